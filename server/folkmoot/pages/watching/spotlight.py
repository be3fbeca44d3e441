"""What is shown to everyone now: on the big screen, beside the film, under a player."""

from __future__ import annotations

import msgspec

from folkmoot.pages.frame.visits import Visit
from folkmoot.pages.talk.thread import PostView, view_post

EVERYWHERE = ""


class SpotlightView(msgspec.Struct, frozen=True, kw_only=True):
    """The one contribution that is shown, if there is one; `queued` follow.

    `runs` says that the reader decides what is shown.
    """

    room_id: str
    post: PostView | None
    queued: tuple[PostView, ...] = ()
    runs: bool = False


def view_spotlight(visit: Visit, room_id: str | None = None) -> SpotlightView:
    """Return what is shown in a room: its own, else what all rooms show."""
    standing = visit.state["spotlights"]
    shown = standing.get(room_id or EVERYWHERE) or standing.get(EVERYWHERE)
    runs = visit.me is not None and visit.me.moderates
    queue = visit.staff.get("spotlight_queue", ()) if runs else ()
    queued = (_readable(visit, key) for key in queue)
    return SpotlightView(
        room_id=room_id or EVERYWHERE,
        post=_readable(visit, shown["contribution_id"]) if shown else None,
        queued=tuple(post for post in queued if post is not None),
        runs=runs,
    )


def is_shown(visit: Visit, contribution_id: str) -> bool:
    """Whether a contribution is on any screen."""
    return any(
        one["contribution_id"] == contribution_id
        for one in visit.state["spotlights"].values()
    )


def _readable(visit: Visit, contribution_id: str) -> PostView | None:
    post = view_post(visit.reading, contribution_id)
    return post if post is not None and post.state == "shown" else None
