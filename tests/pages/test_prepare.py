"""The frame of a meeting by plain forms: scope, rules, rooms, times, a copy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.pages.browsing import send
from tests.pages.test_forms import enter, state
from tests.pages.town import Town

DESK = "/desk/river-quarter/prepare"
M = "/m/river-quarter"


@pytest.fixture
def organiser(town: Town, visitor: Any) -> Any:
    enter(visitor, town.admin_token)
    return visitor


async def _html(client: Any, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200, path
    return str(await answer.text())


async def test_scope_is_typed_in_lines_and_read_by_everyone(
    town: Town, forum: SimpleNamespace, organiser: Any
) -> None:
    answer = await send(
        organiser,
        DESK,
        "meeting.edit",
        scope_open="Play\n\n  Squares ",
        scope_outside="Rents -> the county",
    )
    assert answer.status == 303
    items = (await state(town, forum))["content"]["scope_items"]
    assert items == [
        {"label": "open", "text": "Play", "holder": ""},
        {"label": "open", "text": "Squares", "holder": ""},
        {"label": "outside", "text": "Rents", "holder": "the county"},
    ]
    assert "Rents → the county" in await _html(organiser, DESK)
    organiser.session.cookie_jar.clear()
    for path in (M, f"{M}/board"):
        assert "the county has this in hand" in await _html(organiser, path)


async def test_rules_room_and_time_are_changed(
    town: Town, forum: SimpleNamespace, organiser: Any
) -> None:
    before = await state(town, forum)
    room_id, slot_id = next(iter(before["rooms"])), list(before["slots"])[-1]
    await send(organiser, DESK, "board.rules", mode="vote", counts="hidden")
    room = {"room_id": room_id}
    await send(
        organiser,
        DESK,
        "room.edit",
        room,
        needs="hearing-loop",
        more_features="kitchen",
    )
    await send(organiser, DESK, "room.close", room, reason="The ceiling drips")
    await send(
        organiser, DESK, "slot.edit", {"slot_id": slot_id}, starts="17:00", ends="18:00"
    )
    after = await state(town, forum)
    assert (after["board_mode"], after["counts"]) == ("vote", "hidden")
    assert after["rooms"][room_id]["features"] == ["hearing-loop", "kitchen"]
    assert after["rooms"][room_id]["closed"]
    # Typed in the meeting's own zone, two hours ahead of UTC in May.
    assert after["slots"][slot_id]["starts_at"] == "2026-05-04T15:00:00.000Z"
    assert "The ceiling drips" in await _html(organiser, DESK)


async def test_seats_without_camera_stand_on_the_door(
    town: Town, forum: SimpleNamespace, organiser: Any
) -> None:
    room = {"room_id": next(iter((await state(town, forum))["rooms"]))}
    seats = "The rows <by> the window"
    await send(organiser, DESK, "room.edit", room, camera_free=seats)
    organiser.session.cookie_jar.clear()
    doors = f"{M}/print?sheet=doors&film=all"
    assert "No camera shows: The rows &lt;by&gt; the window." in await _html(
        organiser, doors
    )
    assert (await _html(organiser, doors)).count("No camera shows") == 1


async def test_refused_change_stands_in_its_place_with_what_was_typed(
    town: Town, forum: SimpleNamespace, organiser: Any
) -> None:
    slot_id = next(iter((await state(town, forum))["slots"]))
    answer = await send(
        organiser, DESK, "slot.edit", {"slot_id": slot_id}, starts="17:00", ends="16:00"
    )
    html = await answer.text()
    assert answer.status >= 400
    assert "A time must end after it starts." in html
    assert 'value="17:00"' in html


async def test_meeting_is_copied_with_its_frame(
    town: Town, forum: SimpleNamespace, organiser: Any
) -> None:
    answer = await send(
        organiser,
        DESK,
        "meeting.copy",
        title="The next one",
        day="2026-06-01",
        starts="09:00",
    )
    assert answer.headers["Location"] == "/desk/the-next-one"
    html = await _html(organiser, "/m/the-next-one/board")
    for room in ("Great Hall", "Library", "Workshop"):
        assert room in html
    assert "Safe ways to school" not in html


async def test_page_is_for_the_team_alone(forum: SimpleNamespace, visitor: Any) -> None:
    enter(visitor, forum.people[0].token)
    assert (await visitor.get(DESK)).status == 403


async def test_calendar_address_is_shown_once_and_lasts(
    forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    await send(visitor, f"{M}/mine", f"{M}/mine/calendar")
    html = await _html(visitor, f"{M}/mine")
    path = html.partition("https://moot.example.org")[2].partition(".ics")[0] + ".ics"
    assert path.startswith(f"{M}/calendar/")
    # Looking at the page again neither shows nor voids it.
    assert "/calendar/" not in await _html(visitor, f"{M}/mine")
    visitor.session.cookie_jar.clear()
    assert (await visitor.get(path)).status == 200


async def test_link_makes_another_device_the_same_participant(
    forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    await send(visitor, f"{M}/mine", f"{M}/mine/device")
    html = await _html(visitor, f"{M}/mine")
    found = html.partition("https://moot.example.org/sign-in/")[2].partition('"')[0]
    visitor.session.cookie_jar.clear()
    answer = await visitor.get(f"/sign-in/{found}", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"{M}/mine")
    assert "Mira Brandt" in await _html(visitor, f"{M}/mine")
    again = await visitor.get(f"/sign-in/{found}", allow_redirects=False)
    assert again.status == 410
