"""A participant's own contributions: where they wait, and changing them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from folkmoot.core.talk.attachments import Upload
from folkmoot.store import attachments
from tests.pages.browsing import find_form, send
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


async def test_words_are_found_in_what_one_may_read_here_and_by_nobody_else(
    author: Person, visitor: Any
) -> None:
    await author.give("contribution.post", text="Limes along the RIVER")
    author.town.clock.now += timedelta(minutes=5)
    enter(visitor, author.token)
    (post,) = articles(await see(visitor, "/m/quiet?find=river+limes"))
    assert "Limes along" in post
    nothing = await see(visitor, "/m/quiet?find=limes+zebra")
    assert articles(nothing) == []
    assert "Nothing here is like that" in nothing
    visitor.session.cookie_jar.clear()
    assert articles(await see(visitor, "/m/quiet?find=limes")) == []
    (post,) = articles(await see(visitor, "/m/quiet?find=FIRST"))
    assert "The first one." in post


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


async def test_own_post_is_edited_from_its_text(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    person, key = forum.people[2], forum.posts[2]
    which = {"contribution_id": key}
    enter(visitor, person.token)
    page = await see(visitor, "/m/river-quarter")
    assert page.count('data-command="contribution.edit"') == 1
    _, fields = find_form(page, "contribution.edit", **which)
    assert fields["text"] == "600 flats and one crossing. My daughter is seven."
    answer = await send(
        visitor, "/m/river-quarter", "contribution.edit", which, text="Two crossings!"
    )
    assert answer.status == 303
    page = await see(visitor, "/m/river-quarter")
    assert "Changed." in page
    history = f"/m/river-quarter/c/{key}/history"
    assert f'<a href="{history}">Edited</a>' in page
    assert "600 flats and one crossing." not in page
    assert "600 flats and one crossing." in await see(visitor, history)
    assert "Two crossings!" in page
    assert "one crossing" not in page


async def test_refused_edit_keeps_what_was_typed(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    which = {"contribution_id": forum.posts[2]}
    enter(visitor, forum.people[2].token)
    answer = await send(
        visitor, "/m/river-quarter", "contribution.edit", which, text="x" * 10_001
    )
    assert answer.status == 422
    html = await answer.text()
    assert "Please make the text shorter." in html
    assert '<details class="edit" open>' in html
    _, fields = find_form(html, "contribution.edit", **which)
    assert fields["text"] == "x" * 10_001


async def test_post_is_edited_and_taken_back_on_its_own_page(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    which = {"contribution_id": forum.posts[2]}
    page = f"/m/river-quarter/c/{forum.posts[2]}"
    enter(visitor, forum.people[2].token)
    await send(visitor, page, "contribution.edit", which, text="Two crossings!")
    assert "Two crossings!" in await see(visitor, page)
    await send(visitor, page, "contribution.withdraw", which)
    assert (await visitor.get(page)).status == 410
    assert "Two crossings!" not in await see(visitor, "/m/river-quarter")


async def test_hidden_post_offers_no_edit(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[2].token)
    await town.do(
        forum.meeting_id,
        "contribution.hide",
        contribution_id=forum.posts[2],
        reason="Off topic",
    )
    page = await see(visitor, "/m/river-quarter")
    assert 'data-command="contribution.edit"' not in page
    assert 'data-command="contribution.withdraw"' in page


async def test_a_voice_note_s_words_are_corrected_by_who_posted_it(
    town: Town, visitor: Any
) -> None:
    made = await town.create("spoken")
    author = await town.join("spoken", "Bo")
    upload = Upload(
        attachment_id="a_note",
        member_id=author.member.member_id,
        kind="voice",
        details={
            "attachment_id": "a_note",
            "seconds": 2.0,
            "text": "We need a wrench",
            "heard": "tiny.en",
        },
    )
    await town.database.run(
        lambda c: attachments.add(c, made.meeting_id, upload, {}, at=town.clock())
    )
    posted = await author.give(
        "contribution.post", attachments=[{"attachment_id": "a_note"}]
    )
    which = {"contribution_id": posted["contribution_id"], "attachment_id": "a_note"}
    page = await see(visitor, "/m/spoken")
    assert "Recognised by machine" in page
    assert 'data-command="contribution.caption"' not in page
    enter(visitor, author.token)
    page = await see(visitor, "/m/spoken")
    _, fields = find_form(page, "contribution.caption", **which)
    assert fields["text"] == "We need a wrench"
    answer = await send(
        visitor,
        "/m/spoken",
        "contribution.caption",
        which,
        text="We need a bench",
    )
    assert answer.status == 303
    page = await see(visitor, "/m/spoken")
    assert "We need a bench" in page
    assert "wrench" not in page
    assert "Recognised by machine" not in page
