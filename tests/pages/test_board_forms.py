"""Everything on the timetable by form, without script."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.pages.browsing import send
from tests.pages.town import Person, Town

M = "/m/river-quarter"


def come_as(visitor: Any, person: Person) -> None:
    """Give the visitor's browser somebody's cookie."""
    visitor.session.cookie_jar.update_cookies({"folkmoot": person.token})


async def state_of(town: Town, forum: SimpleNamespace) -> Any:
    """Return the public state."""
    return (await town.journal.snapshot(forum.meeting_id, "public")).state


async def read(visitor: Any, path: str) -> str:
    """Return a page's text."""
    answer = await visitor.get(path)
    assert answer.status == 200
    return str(await answer.text())


async def test_a_proposal_carries_needs_times_tags_and_can_lack_a_host(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    come_as(visitor, forum.people[0])
    answer = await send(
        visitor,
        f"{M}/board",
        "session.propose",
        title="A lift for all",
        tags="access, tram , access",
        needs="step-free",
        wished=forum.times[2],
        hosting="false",
    )
    assert answer.status == 303
    session = next(
        s
        for s in (await state_of(town, forum))["sessions"].values()
        if s["content"]["title"] == "A lift for all"
    )
    assert (session["ask"], session["needs"], session["wished"]) == (
        True,
        ["step-free"],
        [forum.times[2]],
    )
    assert session["content"]["tags"] == ["access", "tram"]
    board = await read(visitor, f"{M}/board")
    assert "Wanted: someone who hosts this" in board
    assert '<span class="tag">access</span>' in board

    come_as(visitor, forum.people[1])
    page = f"{M}/s/{session['session_id']}"
    answer = await send(visitor, page, "session.take_up")
    assert answer.status == 303
    assert "Wanted:" not in await read(visitor, page)
    # Nothing ticked and nothing written takes all of it off again.
    answer = await send(
        visitor, page, "session.edit", title="A lift", tags="", needs="", wished=""
    )
    assert answer.status == 303
    session = (await state_of(town, forum))["sessions"][session["session_id"]]
    assert (session["needs"], session["wished"]) == ([], [])
    assert session["content"]["tags"] == []
    assert session["content"]["title"] == "A lift"


async def test_two_hosts_merge_their_sessions_and_the_old_address_leads_on(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    mira, tomas = forum.people[:2]
    kept, gone = forum.sessions[0], forum.sessions[1]  # Mira's and Tomás's
    come_as(visitor, mira)
    asked = await send(visitor, f"{M}/s/{kept}", "session.merge", other_id=gone)
    assert asked.status == 303
    assert "It waits for the other side." in await read(visitor, f"{M}/mine")
    assert gone in (await state_of(town, forum))["sessions"]

    come_as(visitor, tomas)
    page = await read(visitor, f"{M}/mine")
    assert "Make one session of" in page
    merged = await send(visitor, f"{M}/mine", "session.merge", {"other_id": gone})
    assert merged.status == 303
    state = await state_of(town, forum)
    assert state["merged"] == {gone: kept}
    answer = await visitor.get(f"{M}/s/{gone}", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, f"{M}/s/{kept}")
    page = await read(visitor, f"{M}/s/{kept}")
    assert "Brought together from" in page
    assert "Shade, water, benches" in page

    # Whoever would have come to the session that is gone is told.
    fan = forum.people[0]
    come_as(visitor, fan)
    assert "now holds two sessions in one" in await read(visitor, f"{M}/mine")
    put_away = await send(visitor, f"{M}/mine", "notice.dismiss")
    assert put_away.status == 303
    assert "now holds two sessions" not in await read(visitor, f"{M}/mine")


async def test_a_part_is_split_off(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    come_as(visitor, forum.people[0])
    page = f"{M}/s/{forum.sessions[0]}"
    answer = await send(visitor, page, "session.split", title="School buses")
    assert answer.status == 303
    titles = [
        s["content"]["title"]
        for s in (await state_of(town, forum))["sessions"].values()
    ]
    assert "School buses" in titles


async def test_a_refused_merge_keeps_what_was_chosen(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    come_as(visitor, forum.people[0])
    page = f"{M}/s/{forum.sessions[0]}"
    answer = await send(
        visitor, page, "session.merge", other_id="s_gone", title="Both of them"
    )
    text = await answer.text()
    assert answer.status == 404
    assert "There is no such session" in text
    assert 'value="Both of them"' in text


async def test_labels_stars_and_wishes_to_host(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    mira, tomas = forum.people[:2]
    page = f"{M}/s/{forum.sessions[0]}"
    come_as(visitor, mira)
    assert (await send(visitor, page, "session.label", scope="open")).status == 303
    assert "scope--open" in await read(visitor, f"{M}/board")
    assert (await send(visitor, page, "session.label", scope="none")).status == 303
    assert "scope--open" not in await read(visitor, f"{M}/board")

    come_as(visitor, tomas)
    assert (await send(visitor, page, "session.star")).status == 303
    assert "Safe ways to school" in await read(visitor, f"{M}/mine")
    offer = await send(visitor, page, "session.cohost", {"step": "offer"})
    assert offer.status == 303
    come_as(visitor, mira)
    assert "Tomás Oliveira offers to host" in await read(visitor, f"{M}/mine")
    accept = await send(visitor, f"{M}/mine", "session.cohost", {"step": "accept"})
    assert accept.status == 303
    session = (await state_of(town, forum))["sessions"][forum.sessions[0]]
    assert session["cohost_ids"] == [tomas.member.member_id]


async def test_hidden_counts_stand_on_no_page_of_a_participant(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    come_as(visitor, forum.people[4])
    paths = [f"{M}/board", f"{M}/s/{forum.sessions[5]}", f"{M}/mine", M]
    assert "interest__count" in await read(visitor, paths[0])
    await town.do(forum.meeting_id, "board.rules", counts="hidden")
    for path in paths:
        assert "interest__count" not in await read(visitor, path)
    visitor.session.cookie_jar.update_cookies({"folkmoot": town.admin_token})
    assert "interest__count" in await read(visitor, paths[0])


@pytest.mark.parametrize("mode", ["facilitators", "queue", "vote"])
async def test_who_may_not_place_finds_no_form_for_it(
    town: Town, forum: SimpleNamespace, visitor: Any, mode: str
) -> None:
    come_as(visitor, forum.people[0])
    place = 'data-command="session.place"'
    assert place in await read(visitor, f"{M}/board")
    await town.do(forum.meeting_id, "board.rules", mode=mode)
    assert place not in await read(visitor, f"{M}/board")
    assert place not in await read(visitor, f"{M}/s/{forum.sessions[0]}")


async def test_hosts_line_up_and_are_called(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await town.do(forum.meeting_id, "board.rules", mode="queue")
    waiting = next(
        key
        for key, session in (await state_of(town, forum))["sessions"].items()
        if session["slot_id"] is None
        and session["host_id"] == forum.people[3].member.member_id
    )
    come_as(visitor, forum.people[3])
    page = f"{M}/s/{waiting}"
    assert (await send(visitor, page, "pitch.queue")).status == 303
    assert "Leave the line" in await read(visitor, page)
    visitor.session.cookie_jar.update_cookies({"folkmoot": town.admin_token})
    assert (await send(visitor, f"{M}/board", "pitch.call")).status == 303
    come_as(visitor, forum.people[3])
    board = await read(visitor, f"{M}/board")
    assert 'class="pitches__now"' in board
    assert 'data-command="session.place"' in board


async def test_a_visitor_is_told_what_the_own_page_is_for(
    forum: SimpleNamespace, visitor: Any
) -> None:
    page = await read(visitor, f"{M}/mine")
    assert "Your own agenda" in page
    assert "calendar/" not in page
