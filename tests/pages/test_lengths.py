"""How soon people see a room: chosen at the desk before it is first on air."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from folkmoot.store import catalogue
from tests.pages.browsing import find_form, send
from tests.pages.test_forms import enter
from tests.pages.town import Town

DESK = "/desk/river-quarter"


async def test_lengths_are_chosen_before_and_stay_after(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    hall, library, _ = forum.rooms
    town.webcast.fixed.add(library)
    which = {"room_id": hall}
    typed = {"part_seconds": "0.2", "segment_seconds": "2.0"}
    answer = await send(visitor, DESK, "room.lengths", which, **typed)
    assert answer.status == 303
    assert town.webcast.lengths[hall] == (0.2, 2.0)
    rows = await town.database.read(lambda c: catalogue.rooms_of(c, forum.meeting_id))
    kept = {row.room_id: (row.part_seconds, row.segment_seconds) for row in rows}
    assert kept[hall] == (0.2, 2.0)
    assert kept[library] == (None, None)

    html = await (await visitor.get(DESK)).text()
    assert "Sent in steps of 0.5 s" in html  # the library's, which stays
    action, fields = find_form(html, "room.lengths", **which)
    for wrong, code in (
        ({"part_seconds": "0.3"}, 422),
        ({"segment_seconds": "ages"}, 422),
        ({"room_id": library}, 409),
        ({"room_id": "r_none"}, 404),
    ):
        data = {**fields, **typed, **wrong}
        answer = await visitor.post(action, data=data, allow_redirects=False)
        assert answer.status == code, wrong
    enter(visitor, forum.people[0].token)
    answer = await visitor.post(action, data=fields, allow_redirects=False)
    assert answer.status == 403
