"""Live updates as one reader sees them, with what they show as that is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup

from folkmoot.core.broadcast.quoting import LONGEST
from folkmoot.pages.board.timetable import RoomView, SessionView
from folkmoot.pages.frame.visits import Visit
from folkmoot.pages.talk.thread import PostView, view_post
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none, wire_moment
from folkmoot.pages.wording.prose import render_prose

Wire = Mapping[str, Any]


class CorrectionView(msgspec.Struct, frozen=True):
    """What was put right, and when."""

    at: datetime
    note: str


class UpdateView(msgspec.Struct, frozen=True, kw_only=True):
    """A live update as one reader sees it.

    `at` is the moment that it speaks to; `lost` says that what it showed can no
    longer be read. `film_url` plays its clip, `cite_url`
    leads to its words, where a clip of this length can be cited.
    """

    update_id: str
    href: str
    author: str
    posted_at: datetime | None
    changed_at: datetime
    at: datetime
    version: int
    html: Markup
    plain: str
    quote: str
    speaker: str
    alt: str
    corrections: tuple[CorrectionView, ...]
    edited: bool
    pinned: bool
    withdrawn: bool
    waiting: bool
    room: RoomView | None
    watch_url: str
    image_url: str
    width: int
    height: int
    post: PostView | None = None
    session: SessionView | None = None
    film_url: str = ""
    cite_url: str = ""
    from_at: datetime | None = None
    to_at: datetime | None = None
    lost: bool = False


def view_updates(visit: Visit) -> tuple[UpdateView, ...]:
    """Return what stands, the newest moment first."""
    standing = (u for u in visit.state["updates"].values() if not u["withdrawn"])
    views = [view_update(visit, update) for update in standing]
    return tuple(sorted(views, key=lambda view: view.at, reverse=True))


def view_update(visit: Visit, update: Wire) -> UpdateView:
    """Return an update or a draft as this reader sees it."""
    content = update["content"] or {}
    posted_at = read_moment_or_none(update["posted_at"])
    changed_at = read_moment(update["changed_at"])
    at = read_moment_or_none(update["about_at"]) or posted_at or changed_at
    room = _find_room(visit, update["room_id"])
    text = content.get("text", "")
    image = update["image_id"]
    return UpdateView(
        update_id=update["update_id"],
        href=f"/m/{visit.head.slug}/live/{update['update_id']}",
        author=content.get("author", ""),
        posted_at=posted_at,
        changed_at=changed_at,
        at=at,
        version=update["version"],
        html=render_prose(text),
        plain=text,
        quote=content.get("quote", ""),
        speaker=content.get("speaker", ""),
        alt=content.get("alt", ""),
        corrections=tuple(
            CorrectionView(read_moment(one["at"]), one["note"])
            for one in content.get("corrections", ())
        ),
        edited=update["edited"],
        pinned=update["pinned"],
        withdrawn=update["withdrawn"],
        waiting=update["waiting"],
        room=room,
        watch_url=_watch_url(visit, room, at),
        image_url=f"/m/{visit.head.slug}/images/{image}" if image else "",
        width=update["width"] or 0,
        height=update["height"] or 0,
        **_view_embed(visit, update, room),
    )


def _view_embed(visit: Visit, update: Wire, room: RoomView | None) -> dict[str, Any]:
    """Return what an update shows, as it is now: what was hidden since is gone."""
    embed, embed_id = update["embed"], update["embed_id"]
    if embed == "contribution":
        post = find_shared(visit, embed_id)
        return {"post": post, "lost": post is None}
    if embed == "session":
        standing = embed_id
        while standing in visit.state["merged"]:
            standing = visit.state["merged"][standing]
        session = visit.timetable.find(standing)
        return {"session": session, "lost": session is None}
    if embed == "clip" and room is not None:
        span = {"from": update["from_at"], "to": update["to_at"]}
        from_at, to_at = (read_moment(at) for at in span.values())
        cite = urlencode({"room": room.slug, **span})
        return {
            "film_url": f"{room.playback_url}?{urlencode(span)}",
            "cite_url": (
                f"/m/{visit.head.slug}/cite?{cite}"
                if to_at - from_at <= LONGEST
                else ""
            ),
            "from_at": from_at,
            "to_at": to_at,
        }
    return {}


def find_shared(visit: Visit, contribution_id: str) -> PostView | None:
    """Return a contribution as the public reads it, if it does."""
    public = msgspec.structs.replace(visit.reading, own={}, staff={})
    post = view_post(public, contribution_id)
    return post if post is not None and post.state == "shown" else None


def _find_room(visit: Visit, room_id: str | None) -> RoomView | None:
    return next((room for room in visit.rooms if room.room_id == room_id), None)


def _watch_url(visit: Visit, room: RoomView | None, at: datetime) -> str:
    if room is None or not room.playable:
        return ""
    query = urlencode({"room": room.slug, "at": wire_moment(at)})
    return f"/m/{visit.head.slug}?{query}"
