"""Contributions as pages show them: newest first, with their replies below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from markupsafe import Markup

from folkmoot.pages.moments import read_moment, read_moment_or_none
from folkmoot.pages.page import Me
from folkmoot.pages.people import ANONYMOUS, Avatar, draw_avatar
from folkmoot.pages.prose import render_prose
from folkmoot.pages.timetable import origin_of

PostState = Literal["shown", "waiting", "hidden", "withdrawn"]
Wire = Mapping[str, Any]
_EMPTY: Wire = {}


class PostView(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution. `html` is empty where the reader may not read it.

    `reason` is why it is hidden, for staff and its author; `mine` holds for
    the author, also of an anonymous one; `read_at` is when it was read to the room.
    """

    contribution_id: str
    thread: str
    href: str
    state: PostState
    kind: str
    author: str
    behalf: str
    origin: str
    avatar: Avatar
    posted_at: datetime | None
    html: Markup
    plain: str
    support: int
    supported: bool = False
    mine: bool = False
    edited: bool = False
    read_at: datetime | None = None
    reason: str = ""
    reply_to: str | None = None
    replies: tuple[PostView, ...] = ()


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """The posts of one thread, newest first."""

    thread: str
    posts: tuple[PostView, ...]
    count: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader's posts are made of: the public, its own, and staff's state."""

    public: Wire
    own: Wire = _EMPTY
    staff: Wire = _EMPTY
    me: Me | None = None


def view_thread(reading: Reading, thread: str) -> Thread:
    """Return one thread with what the reader may see of it."""
    posts = [post for post in _view_posts(reading) if post.thread == thread]
    tops = _nest(posts)
    shown = sum(post.state == "shown" for post in posts)
    return Thread(thread=thread, posts=tops, count=shown)


def view_newest(reading: Reading, count: int) -> tuple[PostView, ...]:
    """Return the newest readable posts of all threads."""
    posts = [post for post in _view_posts(reading) if post.state == "shown"]
    return tuple(sorted(posts, key=_moment, reverse=True)[:count])


def view_queue(reading: Reading) -> tuple[PostView, ...]:
    """Return what waits for a moderator, oldest first."""
    waiting = [
        _view_post(item, reading, state="waiting")
        for item in reading.staff.get("contributions", {}).values()
        if item["waiting"]
    ]
    return tuple(sorted(waiting, key=_moment))


def view_post(reading: Reading, contribution_id: str) -> PostView | None:
    """Return one post with its replies, or None if this reader has no such post."""
    posts = list(_view_posts(reading))
    for post in posts:
        if post.contribution_id == contribution_id:
            replies = tuple(p for p in posts if p.reply_to == contribution_id)
            return msgspec.structs.replace(post, replies=_oldest_first(replies))
    return None


def _nest(posts: Iterable[PostView]) -> tuple[PostView, ...]:
    """Put replies below what they answer; a reply to a reply joins its parent's."""
    posts = list(posts)
    by_id = {post.contribution_id: post for post in posts}
    below: dict[str, list[PostView]] = {}
    tops = []
    for post in posts:
        top = _top_of(post, by_id)
        if top is post:
            tops.append(post)
        else:
            below.setdefault(top.contribution_id, []).append(post)
    # A stub without replies says nothing to anybody.
    kept = [
        post
        for post in tops
        if post.state != "withdrawn" or post.contribution_id in below
    ]
    return tuple(
        msgspec.structs.replace(
            post, replies=_oldest_first(below.get(post.contribution_id, ()))
        )
        for post in sorted(kept, key=_moment, reverse=True)
    )


def _moment(post: PostView) -> datetime:
    """Order by time; an own post of the first days, without one, is the newest."""
    return post.posted_at or datetime.max.replace(tzinfo=UTC)


def _top_of(post: PostView, by_id: Mapping[str, PostView]) -> PostView:
    seen = set()
    while (
        post.reply_to is not None
        and (parent := by_id.get(post.reply_to)) is not None
        and post.contribution_id not in seen
    ):
        seen.add(post.contribution_id)
        post = parent
    return post


def _oldest_first(posts: Iterable[PostView]) -> tuple[PostView, ...]:
    shown = (post for post in posts if post.state != "withdrawn")
    return tuple(sorted(shown, key=_moment))


def _view_posts(reading: Reading) -> Iterable[PostView]:
    public = reading.public["contributions"]
    for item in public.values():
        yield _view_post(item, reading, state=_state_of(item))
    # One's own post that waits or was never published stands in one's own feed alone.
    for key, own in reading.own.get("authored", {}).items():
        if key not in public and not own["withdrawn"]:
            yield _view_own(own, reading)


def _state_of(item: Wire) -> PostState:
    if item["withdrawn"]:
        return "withdrawn"
    return "hidden" if item["hidden"] else "shown"


def _view_post(item: Wire, reading: Reading, *, state: PostState) -> PostView:
    key = item["contribution_id"]
    content = item.get("content") or _hidden_text(key, state, reading)
    text = content.get("text") or ""
    author = content.get("author") or ""
    return PostView(
        contribution_id=key,
        thread=item["thread"],
        href=f"/m/{reading.public['slug']}/c/{key}",
        state=state,
        kind=item["kind"],
        author=author,
        behalf=content.get("on_behalf_of") or "",
        origin=origin_of(content),
        avatar=draw_avatar(author) if author else ANONYMOUS,
        posted_at=read_moment(item["posted_at"]),
        html=render_prose(text),
        plain=text,
        support=item["support"],
        supported=bool(reading.own.get("support_votes", {}).get(key)),
        mine=key in reading.own.get("authored", {}),
        edited=item["edited"],
        read_at=read_moment_or_none(item["read_aloud_at"]),
        reason=_reason(key, reading),
        reply_to=item["reply_to"],
    )


def _hidden_text(key: str, state: PostState, reading: Reading) -> Wire:
    """Return what a hidden post said to whom may still read it: staff, its author."""
    if state != "hidden":
        return _EMPTY
    note = reading.staff.get("hidden_notes", {}).get(key) or {}
    own = reading.own.get("authored", {}).get(key) or {}
    return note.get("text") or own.get("content") or _EMPTY


def _view_own(own: Wire, reading: Reading) -> PostView:
    key = own["contribution_id"]
    content = own.get("content") or {}
    text = content.get("text") or ""
    return PostView(
        contribution_id=key,
        thread=own["thread"],
        href=f"/m/{reading.public['slug']}/c/{key}",
        state="waiting" if own["waiting"] else "hidden",
        kind=own["kind"],
        author=content.get("author") or "",
        behalf=content.get("on_behalf_of") or "",
        origin=origin_of(content),
        avatar=draw_avatar(content.get("author")),
        posted_at=read_moment_or_none(own["posted_at"]),
        html=render_prose(text),
        plain=text,
        support=0,
        mine=True,
        reason=_reason(key, reading),
        reply_to=own["reply_to"],
    )


def _reason(key: str, reading: Reading) -> str:
    for state in (reading.staff, reading.own):
        note = state.get("hidden_notes", {}).get(key) or {}
        if reason := (note.get("reason") or {}).get("reason"):
            return str(reason)
    return ""
