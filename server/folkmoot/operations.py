"""Upkeep over HTTP, for the admin token: reindex, verify, export.

`POST /api/v1/operations/{reindex|verify}` answer lines of JSON while the work
goes on: `{"progress": 0…1}`, at last `{"progress": 1, …}` or `{"error": …}`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from folkmoot import keys
from folkmoot.api.bodies import read_json
from folkmoot.api.parts import body_limit
from folkmoot.api.problems import Problem
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.export import write_export
from folkmoot.media.archive.verify import RoomReport, verify_meeting
from folkmoot.store import catalogue, entries

logger = logging.getLogger(__name__)

TELL_SECONDS = 0.5


def add_operation_routes(app: web.Application) -> None:
    """Add the routes of upkeep."""
    app.router.add_post("/api/v1/operations/reindex", post_reindex)
    app.router.add_post("/api/v1/operations/verify", post_verify)
    app.router.add_get("/api/v1/meetings/{slug}/export.zip", get_export)
    app.router.add_get(
        "/api/v1/meetings/{slug}/rooms/{room}/recording/import", get_import
    )


class _Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    meeting: str | None = None


async def post_reindex(request: web.Request) -> web.StreamResponse:
    """Build the index anew beside the one in use, then swap."""
    await _need_admin(request)

    async def work() -> AsyncIterator[dict[str, Any]]:
        indexer = request.app[keys.INDEXER]
        owner = request.app[keys.TASKS]
        # Not ended with its watcher: who asked may go away.
        building = owner.start(indexer.reindex(), name="operations.reindex")
        while not building.done():
            yield {"progress": indexer.progress}
            await asyncio.wait([building], timeout=TELL_SECONDS)
        building.result()
        yield {"progress": 1.0}

    return await _stream(request, work())


async def post_verify(request: web.Request) -> web.StreamResponse:
    """Check recordings and journal of one meeting or all, and repair them."""
    await _need_admin(request)
    scope = await read_json(request, _Scope, limit_bytes=body_limit(request))

    async def work() -> AsyncIterator[dict[str, Any]]:
        meetings = await _meetings(request, scope.meeting)
        findings: list[str] = []
        whole = True
        for number, (meeting_id, slug) in enumerate(meetings):
            yield {"progress": number / max(1, len(meetings))}
            webcast = request.app[keys.WEBCAST]
            # What is on air is open on purpose; only closed takes are checked.
            rooms = await asyncio.to_thread(
                verify_meeting,
                webcast.media_root,
                webcast.private_root,
                meeting_id,
                repair=False,
            )
            find_holes = partial(entries.find_holes, meeting_id=meeting_id)
            torn = await request.app[keys.DATABASE].read(find_holes)
            said = [*_tell(rooms), *torn]
            whole = whole and not said
            findings += [f"{slug}: {line}" for line in said] or [f"{slug}: whole"]
        yield {"progress": 1.0, "findings": findings, "whole": whole}

    return await _stream(request, work())


async def get_import(request: web.Request) -> web.Response:
    """How the room's last import goes: state, progress, message."""
    await _need_admin(request)
    ((meeting_id, _),) = await _meetings(request, request.match_info["slug"])
    snapshot = await request.app[keys.JOURNAL].snapshot(meeting_id, PUBLIC)
    wanted = request.match_info["room"]
    for room_id, room in snapshot.state["rooms"].items():
        if wanted in (room_id, room["slug"]):
            status = request.app[keys.IMPORTS].status(meeting_id, room_id)
            return web.json_response(msgspec.to_builtins(status))
    raise Refusal("no_such_room", "There is no such room in this meeting.")


async def get_export(request: web.Request) -> web.StreamResponse:
    """Everything public of a meeting as open files in a zip."""
    await _need_admin(request)
    ((meeting_id, slug),) = await _meetings(request, request.match_info["slug"])
    webcast = request.app[keys.WEBCAST]
    # Beside the data: an export holds films, and a system's /tmp may be small.
    folder = await asyncio.to_thread(tempfile.mkdtemp, dir=webcast.private_root)
    try:
        path = Path(folder) / f"{slug}.zip"
        await write_export(
            path,
            meeting_id=meeting_id,
            journal=request.app[keys.JOURNAL],
            database=request.app[keys.DATABASE],
            media_root=webcast.media_root,
        )
        response = web.FileResponse(
            path,
            headers={"Content-Disposition": f'attachment; filename="{slug}.zip"'},
        )
        await response.prepare(request)
        return response
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _tell(rooms: list[RoomReport]) -> list[str]:
    return [
        *(
            f"{take.room_id}/{take.take_id}: {problem}"
            for room in rooms
            for take in room.takes
            for problem in take.problems
        ),
        *(f"{room.room_id}: {line}" for room in rooms for line in room.unsound),
    ]


async def _meetings(request: web.Request, slug: str | None) -> list[tuple[str, str]]:
    database = request.app[keys.DATABASE]
    if slug is None:
        rows = await database.read(catalogue.list_meetings)
        return [(row.meeting_id, row.slug) for row in rows]
    row = await database.read(lambda c: catalogue.meeting_by_slug(c, slug))
    if row is None:
        raise Refusal("no_such_meeting", "There is no such meeting.")
    return [(row.meeting_id, row.slug)]


async def _need_admin(request: web.Request) -> None:
    principal = await request.app[keys.GATEWAY].credentials.identify(request)
    if not principal.admin:
        raise Problem(403, "not_allowed", "This needs the admin token.")


async def _stream(
    request: web.Request, lines: AsyncIterator[dict[str, Any]]
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    try:
        async for line in lines:
            await response.write(json.dumps(line).encode() + b"\n")
    except Exception as error:  # the head is sent: the error goes into the body
        logger.exception("%s failed", request.path)
        await response.write(json.dumps({"error": str(error)}).encode() + b"\n")
    await response.write_eof()
    return response
