"""Filling a gap at the desk: what was found is seen before anything is filled."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from folkmoot.media.archive.filling import Found
from folkmoot.media.archive.imports import ImportStatus, Look
from tests.pages.browsing import find_form, send
from tests.pages.test_forms import enter
from tests.pages.town import NOON, Town

PAGE = "/desk/past-0/recording"


async def test_what_was_found_is_shown_and_decided(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    html = await (await visitor.get(PAGE)).text()
    assert "<fm-upload" in html
    assert "folkmoot import video --fill past-0" in html  # without script
    place = await town.identity.find_place("past-0")
    state = (await town.journal.snapshot(place.meeting_id, "public")).state
    (room_id,) = state["rooms"]
    town.imports.look = Look(
        meeting_id=place.meeting_id,
        room_id=room_id,
        name="recorder.mp4",
        found=[
            Found(
                start_at=NOON,
                end_at=NOON + timedelta(seconds=75),
                offset_seconds=192.0,
                confidence=31.5,
                drift=0.0001,
            )
        ],
    )
    html = await (await visitor.get(PAGE)).text()
    assert "“recorder.mp4” is of this room" in html
    assert "12:20:00–12:21:15" in html
    assert "1 min 15 s" in html
    assert "lies at 3:12 in the file; certainty 31.5" in html
    assert "its clock runs 0.4 s an hour fast" in html
    which = {"room_id": room_id}
    for kind in ("fill.accept", "fill.discard"):
        answer = await send(visitor, PAGE, kind, which)
        assert answer.status == 303
    assert town.imports.said == [f"accept {room_id}", f"discard {room_id}"]
    action, fields = find_form(html, "fill.accept")
    answer = await visitor.post(action, data={**fields, "room_id": "r_none"})
    assert answer.status == 404

    town.imports.look = None
    town.imports.state = ImportStatus("failed", message="Its sound differs.")
    assert "Its sound differs." in await (await visitor.get(PAGE)).text()
    town.imports.state = ImportStatus("running", 0.42)
    assert "42 %" in await (await visitor.get(PAGE)).text()


async def test_only_what_was_filled_last_can_be_taken_out(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    town.webcast.fills = [
        SimpleNamespace(take_id=take, start_at=NOON, end_at=NOON + timedelta(seconds=9))
        for take in ("x_old", "x_new")
    ]
    html = await (await visitor.get(PAGE)).text()
    assert html.count("Take it out again") == 1
    answer = await send(visitor, PAGE, "fill.undo", {"take_id": "x_new"})
    assert answer.status == 303
    action, fields = find_form(html, "fill.undo")
    answer = await visitor.post(action, data={**fields, "take_id": "x_old"})
    assert answer.status in {409, 422}
    assert "added last" in await answer.text()
