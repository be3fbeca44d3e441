"""Series and who organises them."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.gateway.house import House

SERIES = "/api/v1/series"
MEETINGS = "/api/v1/meetings"


async def make_organiser(house: House, slug: str = "river") -> tuple[str, str]:
    """Return a new organiser's id and session token, got by the link."""
    path = f"{SERIES}/{slug}/organisers"
    status, made, _ = await house.ask("POST", path, {"name": "Olga"}, admin=True)
    assert status == 201, made
    secret = made["url"].removeprefix("http://meet.example/sign-in/")
    token, _ = await sign_in(house, secret)
    return made["person_id"], token


async def sign_in(house: House, secret: str) -> Any:
    """Use a sign-in link up."""
    from folkmoot.keys import IDENTITY

    return await house.app[IDENTITY].tokens.sign_in(secret)


async def test_a_series_is_made_once_by_the_admin(house: House) -> None:
    body = {"title": "River talks", "slug": "river", "scope": "The river."}
    status, made, _ = await house.ask("POST", SERIES, body, admin=True)
    assert (status, made) == (
        201,
        {**body, "url": "http://meet.example/series/river"},
    )
    status, problem, _ = await house.ask("POST", SERIES, body, admin=True)
    assert (status, problem["code"]) == (409, "slug_taken")
    wrong = {"title": "X", "slug": "Not a slug"}
    status, problem, _ = await house.ask("POST", SERIES, wrong, admin=True)
    assert (status, problem["code"]) == (422, "bad_slug")
    assert (await house.ask("POST", SERIES, body))[0] == 403
    _, listed, _ = await house.ask("GET", SERIES, admin=True)
    assert listed == {"series": [made]}
    assert (await house.ask("GET", SERIES))[1] == {"series": []}


async def test_meetings_name_their_series_by_slug_or_title(house: House) -> None:
    for slug, series in (
        ("a", "River talks"),
        ("b", "River talks"),
        ("c", "river-talks"),
    ):
        await house.make(slug, series=series)
    _, listed, _ = await house.ask("GET", SERIES, admin=True)
    assert [each["slug"] for each in listed["series"]] == ["river-talks"]


async def test_an_organiser_signs_in_once_and_organises_the_series(
    house: House,
) -> None:
    await house.ask("POST", SERIES, {"title": "River"}, admin=True)
    await house.ask("POST", SERIES, {"title": "Hill"}, admin=True)
    person_id, token = await make_organiser(house)
    body = {"title": "Mine", "series": "river", "rooms": [], "slots": []}
    assert (await house.ask("POST", MEETINGS, body, token=token))[0] == 201
    other = {**body, "series": "hill"}
    assert (await house.ask("POST", MEETINGS, other, token=token))[0] == 403
    _, listed, _ = await house.ask("GET", f"{SERIES}/river/organisers", admin=True)
    assert listed == {
        "organisers": [{"person_id": person_id, "name": "Olga", "url": None}]
    }
    path = f"{SERIES}/river/organisers"
    assert (await house.ask("GET", path, token=token))[0] == 403
    # A second link for the same person: a new device, no second organiser.
    again = {"person_id": person_id}
    status, made, _ = await house.ask("POST", path, again, admin=True)
    assert (status, made["person_id"]) == (201, person_id)
    _, listed, _ = await house.ask("GET", path, admin=True)
    assert len(listed["organisers"]) == 1


async def test_a_removed_organiser_loses_a_private_meeting_within_two_seconds(
    house: House,
) -> None:
    await house.ask("POST", SERIES, {"title": "River"}, admin=True)
    await house.make(series="river", visibility="private")
    person_id, token = await make_organiser(house)
    socket = await house.open_socket(token)
    assert (await socket.join())["ok"]
    assert (await socket.join("staff"))["ok"]
    path = f"{SERIES}/river/organisers/{person_id}"
    assert (await house.ask("DELETE", path, admin=True))[0] == 204
    async with asyncio.timeout(20):
        left = await socket.wait_for("left", 2)
    assert {each["feed"] for each in left} == {"public", "staff"}
    assert (await house.ask("GET", f"{MEETINGS}/moot", token=token))[0] == 404
