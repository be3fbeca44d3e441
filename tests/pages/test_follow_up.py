"""What came of a meeting: everyone reads it, the team writes it, without script."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from folkmoot.pages.follow_up.answers import say_wait
from tests.pages.browsing import find_form, send
from tests.pages.test_forms import enter, state
from tests.pages.town import Town, follow_up

M = "/m/river-quarter"
PAGE = f"{M}/follow-up"


@pytest.fixture
async def followed(town: Town, forum: SimpleNamespace) -> SimpleNamespace:
    return await follow_up(town, forum)


async def _read(client: Any, path: str = PAGE) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return str(await answer.text())


async def test_everyone_reads_what_was_asked_promised_and_done(
    followed: SimpleNamespace, visitor: Any
) -> None:
    html = await _read(visitor)
    for words in (
        "Every question is answered by",
        "We answer 9–12 and until Friday.",
        "2 days left",
        "overdue by 5 min",
        "Answered in the room",
        "What was said before",
        "Watch the answer",
        "You said",
        "We can’t because",
        "The ground by the bakery belongs to its owner",
        "Ordered on Monday.",
        "overdue",
    ):
        assert words in html
    assert "_csrf" not in html.partition("<fm-follow-up")[2].partition("</fm-follow")[0]


async def test_team_answers_in_three_ways_and_corrects(
    town: Town, forum: SimpleNamespace, followed: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    which = {"contribution_id": followed.promised}
    sent = (
        {"way": "promise", "until": "2026-05-07T09:00", "by": "Mira"},
        {"way": "room", "at": "2026-05-04T12:19:30", "text": "At noon"},
        {"way": "writing", "text": "In writing", "partly": "true"},
    )
    for number, typed in enumerate(sent, 2):
        answer = await send(visitor, PAGE, "contribution.answer", which, **typed)
        assert answer.status == 303, await answer.text()
        standing = (await state(town, forum))["answers"][followed.promised]
        assert (standing["version"], standing["way"]) == (number, typed["way"])
        if typed["way"] == "promise":
            # What was typed is in the zone of the meeting.
            assert standing["until"] == "2026-05-07T07:00:00.000Z"
        if typed["way"] == "room":
            assert standing["spoken_at"] == "2026-05-04T10:19:30.000Z"
    assert standing["partly"] is True


async def test_answer_that_came_too_late_shows_both(
    town: Town, forum: SimpleNamespace, followed: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    which = {"contribution_id": followed.answered}
    action, fields = find_form(await _read(visitor), "contribution.answer", **which)
    about = {"contribution_id": followed.answered, "text": "Theirs"}
    await town.do(forum.meeting_id, "contribution.answer", **about)
    answer = await visitor.post(action, data={**fields, "text": "Mine"})
    html = await answer.text()
    assert answer.status == 409
    assert "There stands now: <q>Theirs</q>" in html
    _, again = find_form(html, "contribution.answer", **which)
    assert again["text"] == "Mine"


async def test_answer_is_taken_back_with_its_reason_in_public(
    town: Town, followed: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    which = {"contribution_id": followed.answered}
    back = await send(
        visitor, PAGE, "answer.withdraw", which, reason="Wrong path", erase="true"
    )
    assert back.status == 303
    html = await _read(visitor)
    assert "Answer taken back" in html
    assert "Wrong path" in html
    assert "open until midnight" not in html


async def test_promise_and_outcome_are_written_on_the_page(
    town: Town, forum: SimpleNamespace, followed: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    answer = await send(visitor, PAGE, "response.promise", until="", text="By June.")
    assert answer.status == 303
    assert (await state(town, forum))["response_until"] is None
    which = {"outcome_id": followed.outcome_id}
    answer = await send(visitor, PAGE, "outcome.write", which, cannot="", scope="none")
    assert answer.status == 303
    outcome = (await state(town, forum))["outcomes"][followed.outcome_id]
    assert outcome["content"]["cannot"] == ""
    assert outcome["content"]["did"].startswith("Two are ordered")
    assert outcome["scope"] is None


async def test_action_is_taken_on_and_moved_by_who_does_it(
    town: Town, forum: SimpleNamespace, followed: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[2].token)
    html = await _read(visitor)
    _, fields = find_form(html, "action.take")
    which = {"note_id": fields["note_id"]}
    assert (await send(visitor, PAGE, "action.take", which)).status == 303
    empty = await send(visitor, PAGE, "action.move", which, status="dropped", text="")
    assert "Please say why" in await empty.text()
    moved = await send(
        visitor, PAGE, "action.move", which, status="doing", text="Borrowed a meter"
    )
    assert moved.status == 303
    assert "Borrowed a meter" in await _read(visitor)
    note = (await state(town, forum))["notes"][fields["note_id"]]
    assert (note["status"], note["content"]["who"]) == ("doing", "Aylin Kaya")


async def test_participant_finds_no_form_of_the_team(
    forum: SimpleNamespace, followed: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    html = await _read(visitor)
    for kind in ("contribution.answer", "outcome.write", "response.promise"):
        assert f'value="{kind}"' not in html


async def test_what_is_hidden_is_nowhere_on_the_page(
    town: Town, forum: SimpleNamespace, followed: SimpleNamespace, visitor: Any
) -> None:
    hide = {"contribution_id": followed.answered, "reason": "x"}
    await town.do(forum.meeting_id, "contribution.hide", **hide)
    html = await _read(visitor)
    assert "path along the river" not in html
    assert "open until midnight" not in html


def test_lengths_of_time_read_well() -> None:
    minute, hour, day = 60, 3600, 86400
    words = [
        say_wait(s) for s in (5, 59 * minute, hour, 3.4 * hour, 30 * hour, 3 * day)
    ]
    assert words == ["1 min", "59 min", "1 h", "3 h 24 min", "30 h", "3 days"]
