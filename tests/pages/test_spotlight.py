"""One contribution is shown to everyone: on the big screen, beside the film, embedded."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.pages.browsing import send
from tests.pages.test_forms import enter
from tests.pages.town import Town

M = "/m/river-quarter"
PLACES = (f"{M}/wall", M, "/embed/river-quarter", f"{M}/rooms/great-hall/screen")


async def _shown(client: Any, path: str) -> bool:
    html = await (await client.get(path)).text()
    return 'class="spotlight"' in html


async def test_what_is_shown_stands_on_every_screen_and_goes_again(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    page = f"{M}/c/{forum.posts[0]}"
    which = {"contribution_id": forum.posts[0], "level": "1"}
    answer = await send(visitor, page, "contribution.spotlight", which)
    assert answer.status == 303, await answer.text()
    assert [await _shown(visitor, path) for path in PLACES] == [True] * 4
    answer = await send(visitor, M, "contribution.spotlight", {"level": "0"})
    assert answer.status == 303
    assert [await _shown(visitor, path) for path in PLACES] == [False] * 4


async def test_the_next_is_shown_in_its_turn_and_only_the_team_sees_the_line(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    for post in forum.posts[:2]:
        about = {"contribution_id": post, "queue": True}
        await town.do(forum.meeting_id, "contribution.spotlight", **about)
    assert "Show the next" not in await (await visitor.get(M)).text()
    enter(visitor, town.admin_token)
    for post in forum.posts[:2]:
        answer = await send(visitor, M, "contribution.spotlight", {"next": "true"})
        assert answer.status == 303
        html = await (await visitor.get(M)).text()
        shown = html.partition('class="spotlight"')[2].partition("</section>")[0]
        assert post in shown


async def test_what_is_hidden_leaves_every_screen(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    about = {"contribution_id": forum.posts[0]}
    await town.do(forum.meeting_id, "contribution.spotlight", **about)
    await town.do(forum.meeting_id, "contribution.hide", **about, reason="x")
    assert [await _shown(visitor, path) for path in PLACES] == [False] * 4


async def test_a_room_shows_its_own_on_its_screen_and_where_its_session_runs(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    hall, library, _ = forum.rooms
    about = {"contribution_id": forum.posts[0], "room_id": hall}
    await town.do(forum.meeting_id, "contribution.spotlight", **about)
    assert await _shown(visitor, f"{M}/rooms/{hall}/screen")
    assert not await _shown(visitor, f"{M}/rooms/{library}/screen")
    pages = [f"{M}/s/{session}" for session in forum.sessions]
    (page,) = [path for path in pages if await _shown(visitor, path)]
    html = await (await visitor.get(page)).text()
    assert "Great Hall" in html
    about = {"contribution_id": forum.posts[0], "level": 0}
    await town.do(forum.meeting_id, "contribution.spotlight", **about)
    assert not await _shown(visitor, page)
