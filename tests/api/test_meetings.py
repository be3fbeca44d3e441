"""Meetings over HTTP: made, listed, shown, joined, with invitations."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from folkmoot.keys import DATABASE, IDENTITY
from folkmoot.store import catalogue
from tests.gateway.house import House

API = "/api/v1/meetings"


async def test_a_new_meeting_is_told_with_its_keys(house: House) -> None:
    made = await house.make("moot", title="Our Moot", purpose="Talk")
    hall, barn = made["rooms"]
    assert made["slug"] == "moot"
    assert len(made["join_code"]) >= 6
    assert made["urls"] == {
        "page": "http://meet.example/m/moot",
        "board": "http://meet.example/m/moot/board",
        "desk": "http://meet.example/desk/moot",
        "wall": "http://meet.example/m/moot/wall",
        "join": f"http://meet.example/join/{made['join_code']}",
    }
    assert (hall["slug"], hall["name"], barn["slug"]) == ("hall", "Hall", "barn")
    assert hall["playback_url"].startswith("http://meet.example/media/")
    assert hall["playback_url"].endswith("/hall/master.m3u8")
    assert set(hall["ingest"]) == {
        "rtmp_url",
        "stream_key",
        "push_url",
        "browser_url",
    }
    assert hall["ingest"]["push_url"].endswith("/push/" + hall["ingest"]["stream_key"])
    assert hall["ingest"]["stream_key"] != barn["ingest"]["stream_key"]
    assert [slot["starts_at"] for slot in made["slots"]] == [
        "2030-05-04T09:00:00.000Z",
        "2030-05-04T10:00:00.000Z",
    ]
    _, shown, _ = await house.ask("GET", f"{API}/moot")
    assert (shown["title"], shown["purpose"], shown["state"]) == (
        "Our Moot",
        "Talk",
        "live",
    )
    assert [room["channel"] for room in shown["rooms"]] == ["on", "on"]
    assert shown["slots"] == made["slots"]
    secrets = [made["join_code"]] + [
        room["ingest"]["stream_key"] for room in made["rooms"]
    ]
    for path in (f"{API}/moot", API):
        _, public, _ = await house.ask("GET", path)
        assert not [secret for secret in secrets if secret in str(public)]


async def test_what_lies_ahead_is_upcoming_and_what_ended_is_ended(
    house: House,
) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await house.make("soon", starts_at=ahead)
    await house.make("gone")
    body = {"client_id": "a", "client_seq": 1, "type": "meeting.end", "data": {}}
    _, answer, _ = await house.ask("POST", f"{API}/gone/commands", body, admin=True)
    assert answer["ok"]
    _, listed, _ = await house.ask("GET", API)
    assert {m["slug"]: m["state"] for m in listed["meetings"]} == {
        "soon": "upcoming",
        "gone": "ended",
    }


async def test_addresses_are_made_from_titles_and_never_taken_twice(
    house: House,
) -> None:
    body = {"title": "Grüne Wege!", "rooms": [{"name": "A"}], "slots": []}
    slugs = []
    for _ in range(3):
        _, made, _ = await house.ask("POST", API, body, admin=True)
        slugs.append(made["slug"])
    assert slugs == ["grune-wege", "grune-wege-2", "grune-wege-3"]
    status, problem, headers = await house.ask(
        "POST", API, {**body, "slug": "grune-wege"}, admin=True
    )
    assert (status, problem["code"]) == (409, "slug_taken")
    assert headers["Content-Type"].startswith("application/problem+json")


async def test_only_organisers_make_meetings(house: House) -> None:
    await house.make()
    ann = await house.join()
    body = {"title": "Mine", "rooms": [], "slots": []}
    assert (await house.ask("POST", API, body))[0] == 401
    status, problem, _ = await house.ask("POST", API, body, token=ann.token)
    assert (status, problem["code"]) == (403, "not_allowed")
    status, problem, headers = await house.ask("POST", API, body, token="wrong")
    assert (status, problem["code"]) == (401, "bad_token")
    assert headers["WWW-Authenticate"] == "Bearer"


async def test_organisers_of_a_series_organise_its_meetings(house: House) -> None:
    await house.make("first", series="Town Council", visibility="private")
    await house.make("open")
    ann = await house.join("open")
    body = {"title": "Next", "series": "town-council", "rooms": [], "slots": []}
    assert (await house.ask("POST", API, body, token=ann.token))[0] == 403
    database = house.app[DATABASE]
    series = await database.read(lambda c: catalogue.series_by_slug(c, "town-council"))
    assert series is not None
    found = await house.app[IDENTITY].tokens.find(ann.token)
    assert found is not None
    assert found.person_id is not None
    person_id: str = found.person_id
    await database.run(
        lambda c: catalogue.add_organiser(c, series.series_id, person_id)
    )
    house.app[IDENTITY]._organised.forget(person_id)
    assert (await house.ask("POST", API, body, token=ann.token))[0] == 201
    path = f"{API}/first/state?feed=staff"
    assert (await house.ask("GET", path, token=ann.token))[0] == 200
    _, listed, _ = await house.ask("GET", API, token=ann.token)
    assert {m["slug"] for m in listed["meetings"]} == {"first", "open", "next"}
    _, listed, _ = await house.ask("GET", API)
    assert {m["slug"] for m in listed["meetings"]} == {"open", "next"}


async def test_the_same_device_stays_the_same_person(house: House) -> None:
    await house.make("one")
    await house.make("two")
    ann = await house.join("one", name="  Ann\u202e \n B  ")
    _, again, _ = await house.ask("POST", f"{API}/one/join", {}, token=ann.token)
    assert (again["member_id"], again["token"]) == (ann.member_id, ann.token)
    assert again["name"] == "Ann B"
    _, other, _ = await house.ask(
        "POST", f"{API}/two/join", {}, headers={"Cookie": f"folkmoot={ann.token}"}
    )
    assert other["token"] == ann.token
    assert other["name"] == "Ann B"
    nobody = await house.join("one", name="")
    _, shown, _ = await house.ask("POST", f"{API}/one/join", {}, token=nobody.token)
    assert shown["name"].startswith("Guest ")


async def test_another_sites_page_can_not_use_the_cookie(house: House) -> None:
    await house.make()
    ann = await house.join()
    body = ann.request("session.propose", title="Forged")
    for told in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        headers = {"Cookie": f"folkmoot={ann.token}", **told}
        status, problem, _ = await house.ask(
            "POST", f"{API}/moot/commands", body, headers=headers
        )
        assert (status, problem["code"]) == (403, "cross_site")
    headers = {"Cookie": f"folkmoot={ann.token}", "Origin": house.url}
    status, answer, _ = await house.ask(
        "POST", f"{API}/moot/commands", body, headers=headers
    )
    assert (status, answer["ok"]) == (200, True)


@pytest.mark.parametrize(
    ("visibility", "given", "status", "code"),
    [
        ("unlisted", {}, 200, None),
        ("unlisted", {"code": "wrong"}, 403, "wrong_code"),
        ("private", {}, 404, "no_such_meeting"),
        ("private", {"code": "wrong"}, 403, "wrong_code"),
        ("public", {"invite": "wrong"}, 403, "bad_invite"),
    ],
)
async def test_who_may_join_without_more(
    house: House, visibility: str, given: Any, status: int, code: str | None
) -> None:
    await house.make(visibility=visibility)
    got, body, _ = await house.ask("POST", f"{API}/moot/join", {"name": "A", **given})
    assert got == status
    if code is None:
        assert body == {"member_id": None, "token": None, "name": None, "duties": []}
    else:
        assert body["code"] == code


async def test_a_code_lets_in_however_it_is_typed(house: House) -> None:
    made = await house.make(visibility="private")
    code = made["join_code"]
    typed = f" {code[:4].upper()}-{code[4:].replace('0', 'O').replace('1', 'l')} "
    ann = await house.join(code=typed)
    assert (await house.ask("GET", f"{API}/moot", token=ann.token))[0] == 200
    assert (await house.ask("GET", f"{API}/moot"))[0] == 404
    _, listed, _ = await house.ask("GET", API)
    assert listed == {"meetings": []}


async def test_an_invitation_works_for_its_meeting_only(house: House) -> None:
    await house.make("one", visibility="private")
    await house.make("two")
    invite = await house.invite("facilitate", "one")
    assert invite["url"].startswith("http://meet.example/invite/")
    secret = invite["url"].rpartition("/")[2]
    staff = await house.join("one", name="Fay", invite=secret)
    assert staff.duties == ["facilitate"]
    _, problem, _ = await house.ask("POST", f"{API}/two/join", {"invite": secret})
    assert problem["code"] == "bad_invite"
    body = {"duty": "moderate"}
    status, problem, _ = await house.ask(
        "POST", f"{API}/one/invites", body, token=staff.token
    )
    assert (status, problem["code"]) == (403, "not_allowed")
    status, problem, _ = await house.ask(
        "POST", f"{API}/one/invites", {"duty": "rule"}, admin=True
    )
    assert (status, problem["code"]) == (404, "no_such_duty")


async def test_the_admin_token_is_for_its_owner_alone(house: House) -> None:
    path = house.data_dir / "admin-token"
    mode = await asyncio.to_thread(lambda: path.stat().st_mode)
    assert stat.S_IMODE(mode) == 0o600
    assert await house.app[IDENTITY].open(house.data_dir) == house_token(house)


def house_token(house: House) -> str:
    return house.admin_token


async def test_a_sign_in_link_works_once(house: House) -> None:
    tokens = house.app[IDENTITY].tokens
    link = await house.app[IDENTITY].make_sign_in_link("http://meet.example")
    secret = link.removeprefix("http://meet.example/sign-in/")
    # The secret of the link is no token.
    assert await tokens.find(secret) is None
    token, principal = await tokens.sign_in(secret)
    assert principal.admin
    status, _, _ = await house.ask("GET", API, token=token)
    assert status == 200
    with pytest.raises(Exception, match="used already"):
        await tokens.sign_in(secret)
