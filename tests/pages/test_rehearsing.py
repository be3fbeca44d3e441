"""Rehearsals by form, without script."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from folkmoot.core.refusals import Refusal
from folkmoot.store import rehearsals
from folkmoot.store.rehearsals import Rehearsal
from tests.pages.browsing import find_form, send
from tests.pages.test_forms import enter
from tests.pages.town import NOON, Town

READY = "/desk/river-quarter/ready"


async def test_a_rehearsal_is_begun_and_refusals_are_said(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    answer = await send(visitor, READY, "rehearsal.begin")
    assert (answer.status, answer.headers["Location"]) == (303, "/desk/rehearsal-x")
    action, fields = find_form(
        await (await visitor.get(READY)).text(), "rehearsal.begin"
    )
    fields.pop("borrow")
    await visitor.post(action, data=fields, allow_redirects=False)
    assert town.rehearsals.begun == [
        (forum.meeting_id, True),
        (forum.meeting_id, False),
    ]
    town.rehearsals.refusal = Refusal("on_air", "A room is on air.")
    answer = await send(visitor, READY, "rehearsal.begin")
    assert answer.status == 409
    assert "A room is on air." in await answer.text()


async def test_both_meetings_say_that_there_is_a_rehearsal(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    copy = await town.create("rehearsal-x", visibility="private")
    row = Rehearsal(
        meeting_id=copy.meeting_id,
        of_meeting_id=forum.meeting_id,
        borrows=True,
        began_at=NOON,
    )
    await town.database.run(lambda c: rehearsals.add_rehearsal(c, row))
    enter(visitor, town.admin_token)
    html = await (await visitor.get(READY)).text()
    assert "rehearsal.begin" not in html
    assert 'href="/desk/rehearsal-x"' in html
    assert "send there</strong> until it ends" in html
    for page in ("/desk/rehearsal-x", "/m/rehearsal-x", "/desk/rehearsal-x/ready"):
        html = await (await visitor.get(page)).text()
        assert "This is a rehearsal." in html
        assert "Tuesday 5 May, 10:20" in html
    assert "rehearsal-x" not in await (await visitor.get("/desk")).text()
    # A real meeting is refused, in plain words.
    action, fields = find_form(html, "rehearsal.end")
    assert action == "/desk/rehearsal-x/rehearsal"
    answer = await visitor.post(
        "/desk/river-quarter/rehearsal", data=fields, allow_redirects=False
    )
    assert answer.status == 409
    assert "stays." in await answer.text()
