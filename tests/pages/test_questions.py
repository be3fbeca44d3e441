"""Quick questions on pages: asked and answered by form, results without small groups."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from folkmoot.core.commands import PublishMarkers
from tests.pages.browsing import find_form, send
from tests.pages.test_forms import enter
from tests.pages.town import Town

M = "/m/river-quarter"
PAGE = f"{M}/questions"
CHAPTER = 'class="chapters__item" data-kind="question"'


async def see(visitor: Any, path: str = PAGE) -> str:
    answer = await visitor.get(path)
    text: str = await answer.text()
    assert answer.status == 200, text
    return text


@pytest.fixture
async def asked(town: Town, forum: SimpleNamespace) -> str:
    made = await town.do(
        forum.meeting_id,
        "question.prepare",
        text="Understood <b>?",
        options=["Yes, fully", "Partly", "No"],
        by_audience=False,
        ask=True,
    )
    return str(made["question_id"])


async def answer_many(town: Town, question_id: str, choices: list[int]) -> None:
    for number, choice in enumerate(choices):
        person = await town.join("river-quarter", f"Person {number}")
        town.clock.now += timedelta(seconds=1)
        await person.give("question.answer", question_id=question_id, choice=choice)


async def test_question_is_prepared_asked_answered_and_closed_by_form(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    typed = {"text": "Go on?", "options": "Yes, now\nNo", "ask": "false"}
    answer = await send(visitor, PAGE, "question.prepare", {"text": ""}, **typed)
    assert answer.status == 303, await answer.text()
    assert "Yes, now · No" in await see(visitor)
    assert (await send(visitor, PAGE, "question.open")).status == 303
    # Anyone answers in one tap, without a name.
    visitor.session.cookie_jar.clear()
    for path in (M, PAGE):
        assert "Go on?" in await see(visitor, path)
    answer = await send(visitor, M, "question.answer", choice="0", audience="remote")
    assert answer.status == 303, await answer.text()
    page = await see(visitor)
    assert 'value="0" aria-pressed="true">Yes, now' in page
    assert (await send(visitor, PAGE, "question.answer", choice="none")).status == 303
    assert 'aria-pressed="true"' not in await see(visitor)
    visitor.session.cookie_jar.clear()
    enter(visitor, town.admin_token)
    assert (await send(visitor, PAGE, "question.close")).status == 303
    town.clock.now += timedelta(seconds=31)
    visitor.session.cookie_jar.clear()
    assert "asked__form" not in await see(visitor)
    # Among the chapters it stays; nobody can answer it any more.
    assert "asked__option" not in await see(visitor, M)


async def test_participants_see_nothing_of_what_is_prepared(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    given = {"text": "Zebra?", "options": ["a", "b"]}
    await town.do(forum.meeting_id, "question.prepare", **given)
    enter(visitor, (await town.join("river-quarter", "Zoe")).token)
    page = await see(visitor)
    assert "Zebra" not in page
    with pytest.raises(AssertionError):
        find_form(page, "question.prepare")


async def test_small_groups_are_shown_nowhere(
    town: Town, forum: SimpleNamespace, visitor: Any, asked: str
) -> None:
    await answer_many(town, asked, [0] * 8 + [1] * 5 + [2] * 2)
    mid = forum.meeting_id
    # The journal tells the shares by itself, in its time.
    async with asyncio.timeout(45):
        while "about " not in (page := await see(visitor)):
            town.clock.now += timedelta(seconds=1)
            await asyncio.sleep(0.05)
    assert "Understood &lt;b&gt;?" in page
    assert "fewer than 5" in page
    assert ">15 answers" not in page
    await town.do(mid, "question.close", question_id=asked)
    for minutes in (1, 11):
        town.clock.now += timedelta(minutes=minutes)
        await town.system(mid, PublishMarkers())
    page = await see(visitor)
    assert '<span class="bar__number">8</span>' in page
    assert "answers</span>" not in page
    answer = await visitor.get(f"{M}/questions.csv")
    assert answer.content_type == "text/csv"
    lines = (await answer.text()).splitlines()[1:]
    told = [line.rsplit(",", 4)[1:] for line in lines]
    assert [(row[-2], row[-1]) for row in told] == [
        ("8", ""),
        ("5", ""),
        ("fewer than 5", ""),
    ]


async def test_refused_answer_is_told_where_it_was_given(
    town: Town, forum: SimpleNamespace, visitor: Any, asked: str
) -> None:
    enter(visitor, (await town.join("river-quarter", "Zoe")).token)
    _, fields = find_form(await see(visitor), "question.answer")
    await town.do(forum.meeting_id, "question.close", question_id=asked)
    town.clock.now += timedelta(minutes=1)
    late = {**fields, "choice": "1"}
    answer = await visitor.post(f"{M}/do", data=late, allow_redirects=False)
    assert answer.status == 409


async def test_question_waits_for_who_reads_behind_and_not_in_the_room(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    hall = forum.rooms[0]
    await town.do(forum.meeting_id, "channel.hold", room_id=hall)
    await town.do(forum.meeting_id, "channel.delay", room_id=hall, seconds=60)
    given = {"text": "Louder?", "options": ["Yes", "No"], "room_id": hall}
    await town.do(forum.meeting_id, "question.prepare", **given, ask=True)
    film = f"{M}?room=great-hall"
    places = (PAGE, M, film, f"{M}/text")
    for path in places:
        assert "Louder?" not in shown_of(await see(visitor, path))
    page = await see(visitor)
    assert "A question is being asked in the room." in page
    assert "Louder?" in await see(visitor, f"{PAGE}?here=room")
    inside = await town.join("river-quarter", "Inga")
    await inside.give("here.set", room_id=hall)
    enter(visitor, inside.token)
    for path in places:
        assert "Louder?" in shown_of(await see(visitor, path))
    # Its mark on the film is the film's, wherever its viewer sits.
    assert CHAPTER not in await see(visitor, film)
    visitor.session.cookie_jar.clear()
    town.clock.now += timedelta(seconds=61)
    for path in places:
        assert "Louder?" in shown_of(await see(visitor, path))
    assert CHAPTER in await see(visitor, film)


def shown_of(html: str) -> str:
    """Return what a page shows, without what its script starts from."""
    return html.partition('<script type="application/json"')[0]
