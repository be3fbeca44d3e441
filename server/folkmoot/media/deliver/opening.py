"""Let a question about a meeting wait until its rooms are open.

The rooms of ended meetings are opened behind the start of the service. Until then
the recordings would seem not to be there; so who asks for one has its rooms opened
next, and waits for that alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from folkmoot.store import catalogue

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from folkmoot.store.database import Database


class Opener(Protocol):
    """Who opens the rooms."""

    @property
    def is_opening(self) -> bool:
        """Whether rooms are left to be opened."""
        ...

    async def await_open(self, meeting_id: str) -> None:
        """Return once a meeting's rooms are open."""
        ...


def make_opening(opener: Opener, database: Database) -> Middleware:
    """Return what holds requests back while the rooms they ask for aren't open."""

    @web.middleware
    async def open_first(request: web.Request, handler: Handler) -> web.StreamResponse:
        if opener.is_opening:
            meeting_id = await _find_meeting(request, database)
            if meeting_id is not None:
                await opener.await_open(meeting_id)
        return await handler(request)

    return open_first


async def _find_meeting(request: web.Request, database: Database) -> str | None:
    """The id of the meeting that an address names, in any of its three ways."""
    info = request.match_info
    if "meeting_id" in info:
        return info["meeting_id"]
    if "public_path" in info:
        path = info["public_path"]
        row = await database.read(lambda c: catalogue.meeting_by_public_path(c, path))
    elif "slug" in info:
        slug = info["slug"]
        row = await database.read(lambda c: catalogue.meeting_by_slug(c, slug))
    else:
        return None
    return row.meeting_id if row is not None else None
