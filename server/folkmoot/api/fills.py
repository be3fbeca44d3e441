"""Filling a gap from a local recording: what was found, and the decision on it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response
from folkmoot.api.recordings import need_organiser
from folkmoot.api.rooms import find_room
from folkmoot.core.refusals import Refusal
from folkmoot.keys import IMPORTS


class FoundFill(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that would be filled, and where in the file it lies."""

    starts_at: datetime
    ends_at: datetime
    offset_seconds: float
    confidence: float


class FillStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How filling a room's gaps stands; `found` waits for a decision.

    `state`: none, running, found, done or failed. `progress` is 0 to 1.
    """

    state: str
    progress: float
    message: str
    name: str
    found: list[FoundFill]


async def show_fill(request: web.Request) -> web.Response:
    """Show what a local recording would fill, and how the work goes."""
    place = await _enter(request)
    imports = request.app[IMPORTS]
    look, status = await imports.look_at(*place), imports.status(*place)
    found = look.found if look is not None else []
    view = FillStatus(
        state=status.state if look is None else "found",
        progress=round(status.progress, 3),
        message=status.message,
        name="" if look is None else look.name,
        found=[
            FoundFill(
                starts_at=one.start_at,
                ends_at=one.end_at,
                offset_seconds=one.offset_seconds,
                confidence=one.confidence,
            )
            for one in found
        ],
    )
    return json_response(view)


async def accept_fill(request: web.Request) -> web.Response:
    """Fill what was found; `nothing_found` where nothing waits."""
    await request.app[IMPORTS].accept(*await _enter(request))
    return web.Response(status=202)


async def discard_fill(request: web.Request) -> web.Response:
    """Let go of what was found; the gaps stay as they are."""
    await request.app[IMPORTS].discard(*await _enter(request))
    return web.Response(status=204)


async def _enter(request: web.Request) -> tuple[str, str]:
    access = await need_organiser(request)
    if request.app.get(IMPORTS) is None:
        raise Refusal("import_unavailable", "This service takes no recordings.")
    room = await find_room(request, access)
    return access.meeting_id, str(room["room_id"])
