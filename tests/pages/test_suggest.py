"""Suggesting a timetable without script: ask, look at it, accept some or all."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.pages.browsing import find_form
from tests.pages.test_forms import enter
from tests.pages.town import Town

PAGE = "/m/river-quarter/board/suggest"


async def read_state(town: Town, forum: Any) -> dict[str, Any]:
    return (await town.journal.snapshot(forum.meeting_id, "public")).state


def read_form(html: str) -> tuple[str, dict[str, str]]:
    """Return the form's address and its fields without what is chosen in it."""
    action, fields = find_form(html.split('id="found-title"')[1], PAGE)
    return action, {k: v for k, v in fields.items() if k not in {"offered", "ticked"}}


def offered(html: str) -> list[str]:
    return re.findall(r'name="offered" value="([^"]+)"', html)


@pytest.fixture
async def facilitator(town: Town, forum: SimpleNamespace, visitor: Any) -> Any:
    enter(visitor, town.admin_token)
    return visitor


async def test_page_asks_first_and_changes_nothing(
    town: Town, forum: SimpleNamespace, facilitator: Any
) -> None:
    before = await read_state(town, forum)
    html = await (await facilitator.get(PAGE)).text()
    assert 'name="keep" value="all" checked' in html
    assert offered(html) == []
    html = await (await facilitator.get(f"{PAGE}?keep=all")).text()
    # The three proposals; the opening and lunch are for something else.
    assert len(offered(html)) == 3
    assert "3 sessions would get a place." in html
    assert (await read_state(town, forum))["sessions"] == before["sessions"]


async def test_all_are_accepted_with_one_button(
    town: Town, forum: SimpleNamespace, facilitator: Any
) -> None:
    html = await (await facilitator.get(f"{PAGE}?keep=all")).text()
    action, fields = read_form(html)
    choices = [("offered", value) for value in offered(html)]
    answer = await facilitator.post(
        action, data=[*fields.items(), *choices, ("all", "yes")], allow_redirects=False
    )
    assert (answer.status, answer.headers["Location"]) == (
        303,
        "/m/river-quarter/board",
    )
    sessions = (await read_state(town, forum))["sessions"].values()
    assert all(session["slot_id"] for session in sessions)
    html = await (await facilitator.get(f"{PAGE}?keep=all")).text()
    assert "Nothing to change" in html


async def test_one_is_accepted_alone_and_the_rest_stay(
    town: Town, forum: SimpleNamespace, facilitator: Any
) -> None:
    html = await (await facilitator.get(f"{PAGE}?keep=all")).text()
    action, fields = read_form(html)
    chosen = offered(html)[0]
    data = {**fields, "only": chosen}
    assert (await facilitator.post(action, data=data)).status == 200
    sessions = (await read_state(town, forum))["sessions"]
    session_id, room_id, slot_id, _ = chosen.split("|")
    placed = sessions[session_id]
    assert (placed["room_id"], placed["slot_id"]) == (room_id, slot_id)
    assert sum(s["slot_id"] is None for s in sessions.values()) == 2


async def test_what_somebody_moved_meanwhile_is_refused_whole(
    town: Town, forum: SimpleNamespace, facilitator: Any
) -> None:
    html = await (await facilitator.get(f"{PAGE}?keep=all")).text()
    action, fields = read_form(html)
    choices = offered(html)
    session_id, room_id, slot_id, _ = choices[-1].split("|")
    await town.do(
        forum.meeting_id,
        "session.place",
        session_id=session_id,
        room_id=room_id,
        slot_id=slot_id,
    )
    answer = await facilitator.post(
        action,
        data=[*fields.items(), *(("ticked", value) for value in choices)],
    )
    html = await answer.text()
    assert answer.status == 409
    assert 'role="alert"' in html
    # The page suggests anew, from how the board stands now.
    assert len(offered(html)) == 2
    answer = await facilitator.post(action, data=fields)
    assert "Tick at least one session." in await answer.text()


async def test_page_is_for_facilitators(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    for token in (None, forum.people[0].token):
        if token:
            enter(visitor, token)
        assert (await visitor.get(f"{PAGE}?keep=all")).status == 403
        html = await (await visitor.get("/m/river-quarter/board")).text()
        _, fields = find_form(html, "session.propose")
        data = {**fields, "keep": "all", "offered": "a|b|c|1", "all": "yes"}
        assert (await visitor.post(PAGE, data=data)).status == 403
