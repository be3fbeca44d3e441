"""A room of a meeting by its id or slug, and moments given from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.keys import JOURNAL

if TYPE_CHECKING:
    from aiohttp import web

    from folkmoot.gateway.principals import Access


async def find_room(request: web.Request, access: Access) -> dict[str, Any]:
    """Return the room of the address as the public sees it."""
    snapshot = await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)
    wanted = request.match_info["room"]
    rooms: dict[str, dict[str, Any]] = snapshot.state["rooms"]
    if (room := rooms.get(wanted)) is not None:
        return room
    for room in rooms.values():
        if room["slug"] == wanted:
            return room
    raise Refusal("no_such_room", "There is no such room in this meeting.")


def need_zone(at: datetime | None) -> datetime | None:
    """Return a moment in UTC; one without a zone is refused as ambiguous."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise Refusal(
            "time_without_zone",
            "Give times with their zone, such as 2026-05-04T09:30:00Z.",
        )
    return at.astimezone(UTC)
