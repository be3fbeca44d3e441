"""Uploads of recordings: streamed to disk, whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_query
from folkmoot.api.parts import PARTS, Parts, enter
from folkmoot.api.problems import Problem
from folkmoot.api.rooms import find_room, need_zone
from folkmoot.api.transcripts import first_moment
from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BLOCK_BYTES = 1 << 20
# The disk is looked at again after so many blocks: others write to it as well.
CHECK_BLOCKS = 64


class RecordingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """When the film's first second was."""

    starts_at: datetime | None = None
    name: str | None = None


class RecordingView(msgspec.Struct, frozen=True, kw_only=True):
    """The film is here; how its import goes is in the room's status."""

    bytes: int
    state: str = "importing"


async def put_recording(request: web.Request) -> web.Response:
    """Take a film as a room's recording."""
    access = await enter(request)
    if not access.actor.organises:
        raise Refusal("not_allowed", "Only organisers import recordings.")
    parts = request.app[PARTS]
    if parts.import_recording is None:
        raise Refusal("import_unavailable", "This service takes no recordings.")
    room = await find_room(request, access)
    asked = read_query(request, RecordingQuery)
    starts_at = need_zone(asked.starts_at) or await first_moment(
        request, access, room["room_id"]
    )
    file = uploads(parts.data_dir) / f"{random_text(12)}.part"
    try:
        size = await _receive(request, file, parts)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(file.unlink, missing_ok=True))
        raise
    await parts.import_recording(
        access.meeting_id,
        room["room_id"],
        file,
        starts_at=starts_at,
        name=asked.name or request.headers.get("X-File-Name") or "recording",
    )
    return json_response(RecordingView(bytes=size), status=202)


def uploads(data_dir: Path) -> Path:
    """Return where uploads lie until they are whole."""
    return data_dir / "private" / "uploads"


async def clear_uploads(app: web.Application) -> AsyncIterator[None]:
    """Forget at the start what an earlier process had not received whole."""
    folder = uploads(app[PARTS].data_dir)
    await asyncio.to_thread(_clear, folder)
    yield


async def _receive(request: web.Request, file: Path, parts: Parts) -> int:
    await _need_space(parts, request.content_length or 0)
    size = 0
    out = await asyncio.to_thread(file.open, "xb")
    try:
        async for block in _blocks(request):
            if size and (size // BLOCK_BYTES) % CHECK_BLOCKS == 0:
                await _need_space(parts, len(block))
            await asyncio.to_thread(out.write, block)
            size += len(block)
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Problem(400, "broken_off", "The upload broke off.") from error
    finally:
        await asyncio.shield(asyncio.to_thread(out.close))
    if request.content_length is not None and size != request.content_length:
        raise Problem(400, "broken_off", "The upload broke off.")
    if size == 0:
        raise Problem(422, "empty_file", "This film is empty.")
    return size


async def _blocks(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body in whole blocks, so that each write is worth its thread."""
    block = bytearray()
    async for piece in request.content.iter_any():
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


async def _need_space(parts: Parts, more_bytes: int) -> None:
    usage = await asyncio.to_thread(shutil.disk_usage, parts.data_dir)
    if usage.free - more_bytes < parts.disk_reserve_bytes:
        raise Problem(507, "disk_full", "There is not enough room on the disk.")


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            file.unlink()
