"""Uploads of recordings: streamed to disk, at once or going on after a break."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_query
from folkmoot.api.parts import PARTS, Parts, enter
from folkmoot.api.problems import Problem
from folkmoot.api.rooms import find_room, need_zone
from folkmoot.api.transcripts import first_moment
from folkmoot.api.uploads import (
    BLOCK_BYTES,
    CHECK_BLOCKS,
    UploadShelf,
    kept_bytes,
    need_space,
    read_blocks,
    read_piece,
    read_upload_id,
    receive_piece,
)
from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.keys import WEBCAST
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from folkmoot.gateway.principals import Access
    from folkmoot.media.channel import Channel

SHELF: web.AppKey[UploadShelf] = web.AppKey("api_uploads", UploadShelf)
CLEAR_SECONDS = 3600.0


class RecordingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """When the film's first second was; with `fill` its sound says so.

    A local recording of a meeting that has ended then fills the gaps that a lost
    signal left, and only those. With `look` as well nothing is filled yet: the
    organisers see on the desk's page of the recording what would be, and decide.
    """

    starts_at: datetime | None = None
    name: str | None = None
    fill: bool = False
    look: bool = False


class RecordingView(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the film is here.

    `receiving`: more is to come. `importing`: it is whole; how its import goes is
    in the room's status.
    """

    bytes: int
    state: str = "importing"


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """How many bytes of an upload are kept: go on with the byte of this number."""

    offset: int


async def put_recording(request: web.Request) -> web.Response:
    """Take a film as a room's recording; with `Upload-Id` it may come in parts."""
    access = await need_organiser(request)
    parts = request.app[PARTS]
    if parts.import_recording is None:
        raise Refusal("import_unavailable", "This service takes no recordings.")
    room = await find_room(request, access)
    asked = read_query(request, RecordingQuery)
    starts_at = need_zone(asked.starts_at) or await first_moment(
        request, access, room["room_id"]
    )
    taken = await receive_film(request, access.meeting_id, room["room_id"])
    if isinstance(taken, RecordingView):
        return _tell_offset(taken, 202)
    file, size = taken
    await parts.import_recording(
        access.meeting_id,
        room["room_id"],
        file,
        starts_at=starts_at,
        name=asked.name or request.headers.get("X-File-Name") or "recording",
        fill=asked.fill,
        look=asked.fill and asked.look,
    )
    return json_response(RecordingView(bytes=size), status=202)


async def receive_film(
    request: web.Request, meeting_id: str, room_id: str
) -> tuple[Path, int] | RecordingView:
    """Return a film that is whole now and its size; or how much of it is here."""
    parts = request.app[PARTS]
    upload_id = read_upload_id(request)
    if upload_id is None:
        return await _receive_at_once(request, parts)
    piece = read_piece(request)
    with request.app[SHELF].use(meeting_id, room_id, upload_id) as upload:
        whole = await receive_piece(request, upload, piece, _new_part(parts))
    if whole is None:
        return RecordingView(bytes=piece.end, state="receiving")
    return whole, piece.total


class HoleView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that the recording lacks, and why."""

    starts_at: datetime
    ends_at: datetime
    reason: str


class FillView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that was filled from a local recording."""

    take_id: str
    starts_at: datetime
    ends_at: datetime
    reason: str = "Filled from a local recording"
    confidence: float


class GapList(msgspec.Struct, frozen=True, kw_only=True):
    """What a room's recording lacks, and what was filled."""

    gaps: list[HoleView]
    filled: list[FillView]


async def list_gaps(request: web.Request) -> web.Response:
    """List what a room's recording lacks, and what a local recording filled."""
    channel = await _find_channel(request, await enter(request))
    return json_response(
        GapList(
            gaps=[
                HoleView(starts_at=g.start_at, ends_at=g.end_at, reason=g.reason)
                for g in channel.gaps
            ],
            filled=[
                FillView(
                    take_id=f.take_id,
                    starts_at=f.start_at,
                    ends_at=f.end_at,
                    confidence=f.confidence,
                )
                for f in channel.public.kept.fills
            ],
        )
    )


async def undo_fill(request: web.Request) -> web.Response:
    """Take the newest local recording out of its gap again."""
    channel = await _find_channel(request, await need_organiser(request))
    if not await channel.undo_fill(request.match_info["take_id"]):
        raise Refusal("not_newest", "Only the recording added last can be taken out.")
    return web.Response(status=204)


async def _find_channel(request: web.Request, access: Access) -> Channel:
    room = await find_room(request, access)
    try:
        return request.app[WEBCAST].channel(access.meeting_id, room["room_id"])
    except KeyError:
        raise Refusal("no_such_room", "There is no recording of this room.") from None


async def show_upload(request: web.Request) -> web.Response:
    """Say how many bytes of the upload named by `Upload-Id` are kept."""
    access = await need_organiser(request)
    room = await find_room(request, access)
    return await tell_upload(request, access.meeting_id, room["room_id"])


async def tell_upload(
    request: web.Request, meeting_id: str, room_id: str
) -> web.Response:
    """Say how much of an upload to a room is here."""
    if (upload_id := read_upload_id(request)) is None:
        raise Problem(422, "bad_upload_id", "Upload-Id is missing.")
    with request.app[SHELF].use(meeting_id, room_id, upload_id) as upload:
        offset = await asyncio.to_thread(kept_bytes, upload)
    return _tell_offset(UploadView(offset=offset), 200)


async def need_organiser(request: web.Request) -> Access:
    """The access of who may change recordings; raises `Refusal`."""
    access = await enter(request)
    if not access.actor.organises:
        raise Refusal("not_allowed", "Only organisers import recordings.")
    return access


def _tell_offset(view: RecordingView | UploadView, status: int) -> web.Response:
    response = json_response(view, status=status)
    offset = view.offset if isinstance(view, UploadView) else view.bytes
    response.headers["Upload-Offset"] = str(offset)
    return response


def uploads(data_dir: Path) -> Path:
    """Return where uploads lie until they are whole."""
    return data_dir / "private" / "uploads"


async def clear_uploads(app: web.Application) -> AsyncIterator[None]:
    """Forget at the start what can't be gone on with, and later what is too old."""
    shelf, clock = app[SHELF], app[PARTS].clock
    await asyncio.to_thread(shelf.clear_parts)
    await asyncio.to_thread(shelf.clear, clock())

    async def clear_old() -> None:
        while True:
            await asyncio.sleep(CLEAR_SECONDS)
            await asyncio.to_thread(shelf.clear, clock())

    tasks = TaskOwner()
    tasks.start(clear_old(), name="uploads")
    yield
    await tasks.aclose()


async def _receive_at_once(request: web.Request, parts: Parts) -> tuple[Path, int]:
    """Take the whole film; nothing of it is left if it breaks off."""
    if "Content-Range" in request.headers:
        # Taken for the whole, a part would become the recording.
        raise Problem(422, "bad_upload_id", "A part of a film needs an Upload-Id.")
    file = _new_part(parts)
    try:
        return file, await _receive(request, file, parts)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(file.unlink, missing_ok=True))
        raise


def _new_part(parts: Parts) -> Path:
    return uploads(parts.data_dir) / f"{random_text(12)}.part"


async def _receive(request: web.Request, file: Path, parts: Parts) -> int:
    await need_space(parts, request.content_length or 0)
    size = 0
    out = await asyncio.to_thread(file.open, "xb")
    try:
        async for block in read_blocks(request):
            if size and (size // BLOCK_BYTES) % CHECK_BLOCKS == 0:
                await need_space(parts, len(block))
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
