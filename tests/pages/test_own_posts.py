"""A participant's own contributions: where they wait, and changing them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.pages.test_forms import enter
from tests.pages.town import Person, Town


@pytest.fixture
async def author(town: Town) -> Person:
    """Return somebody in a meeting where a moderator reads first."""
    made = await town.create("quiet")
    town.clock.now += timedelta(minutes=1)
    author = await town.join("quiet", "Bo")
    await author.give("contribution.post", text="The first one.")
    town.clock.now += timedelta(minutes=7)
    await town.do(made.meeting_id, "meeting.edit", moderation="before")
    return author


def articles(html: str) -> list[str]:
    """Return the contributions of a page, in their order."""
    parts = html.split('<article class="post')[1:]
    return [part.partition("</article>")[0] for part in parts]


async def see(visitor: Any, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200
    text: str = await answer.text()
    return text


async def test_own_waiting_post_stands_in_its_session(
    author: Person, visitor: Any
) -> None:
    made = await author.give("session.propose", title="Trees")
    session = made["session_id"]
    await author.give(
        "contribution.post", text="Limes!", thread=f"session:{session}", kind="idea"
    )
    author.town.clock.now += timedelta(minutes=5)
    enter(visitor, author.token)
    (post,) = articles(await see(visitor, f"/m/quiet/s/{session}"))
    assert 'data-state="waiting"' in post
    assert "Waiting for a moderator" in post
    assert 'data-kind="idea"' in post
    assert "10:28</time>" in post
    assert "Limes!" not in await see(visitor, "/m/quiet")
    visitor.session.cookie_jar.clear()
    assert "Limes!" not in await see(visitor, f"/m/quiet/s/{session}")


async def test_own_waiting_post_keeps_its_place_by_time(
    town: Town, author: Person, visitor: Any
) -> None:
    await author.give("contribution.post", text="It waits.")
    town.clock.now += timedelta(minutes=7)
    other = await town.join("quiet", "Di")
    later = await other.give("contribution.post", text="Said later.")
    place = await town.identity.find_place("quiet")
    await town.do(place.meeting_id, "contribution.publish", **_which(later))
    enter(visitor, author.token)
    said = articles(await see(visitor, "/m/quiet"))
    texts = ["Said later.", "It waits.", "The first one."]
    assert [text for post in said for text in texts if text in post] == texts


async def test_hidden_post_says_why_to_its_author_alone(
    town: Town, author: Person, visitor: Any
) -> None:
    waiting = await author.give("contribution.post", text="Rude.", kind="concern")
    place = await town.identity.find_place("quiet")
    await town.do(
        place.meeting_id, "contribution.hide", **_which(waiting), reason="Too rude"
    )
    assert "Too rude" not in await see(visitor, "/m/quiet")
    enter(visitor, author.token)
    post, _ = articles(await see(visitor, "/m/quiet"))
    assert 'data-state="hidden"' in post
    assert "Hidden by a moderator: Too rude" in post
    assert "Rude." in post
    assert 'data-kind="concern"' in post


async def test_published_post_that_was_hidden_stays_readable_for_its_author(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[1].token)
    assert "Something rude." in await see(visitor, "/m/river-quarter")
    enter(visitor, forum.people[0].token)
    assert "Something rude." not in await see(visitor, "/m/river-quarter")


def _which(data: Any) -> dict[str, Any]:
    return {"contribution_id": data["contribution_id"]}
