"""Uploads that may go on after a break: what came whole is kept for a day."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from folkmoot.api.parts import PARTS, Parts
from folkmoot.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

BLOCK_BYTES = 1 << 20
# The disk is looked at again after so many blocks: others write to it as well.
CHECK_BLOCKS = 64
KEPT_FOR = timedelta(hours=24)
_UPLOAD_ID = re.compile(r"[\w.~-]{8,128}", re.ASCII)
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)


class Piece(NamedTuple):
    """Which bytes of a file a request brings: from `start` up to before `end`."""

    start: int
    end: int
    total: int

    @property
    def is_last(self) -> bool:
        """Whether the file is whole after this piece."""
        return self.end == self.total


def read_upload_id(request: web.Request) -> str | None:
    """Return the name that the client has given its upload; 422 for a bad one."""
    name = request.headers.get("Upload-Id")
    if name is not None and not _UPLOAD_ID.fullmatch(name):
        raise Problem(
            422, "bad_upload_id", "Upload-Id takes 8 to 128 letters, digits and .~_-."
        )
    return name


def read_piece(request: web.Request) -> Piece:
    """Return what `Content-Range` says; without it the body is the whole file."""
    length = request.content_length
    told = request.headers.get("Content-Range")
    if told is None:
        if length is None:
            raise Problem(411, "length_needed", "Content-Length is missing.")
        return Piece(0, length, length)
    if (found := _RANGE.fullmatch(told)) is None:
        raise Problem(422, "bad_range", "Content-Range takes `bytes A-B/TOTAL`.")
    first, last, total = map(int, found.groups())
    piece = Piece(first, last + 1, total)
    if not piece.start < piece.end <= piece.total:
        raise Problem(422, "bad_range", "Content-Range is not within the file.")
    if length is not None and length != piece.end - piece.start:
        raise Problem(422, "bad_range", "Content-Range does not fit Content-Length.")
    return piece


@dataclass
class Upload:
    """An upload on the disk. The newest request for it alone may write.

    A client that comes back is often faster than the end of its old connection.
    """

    file: Path
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    writer: object | None = None
    users: int = 0


class UploadShelf:
    """The uploads in a folder, by the client's name for each in its room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._uploads: dict[str, Upload] = {}

    @contextlib.contextmanager
    def use(self, meeting_id: str, room_id: str, upload_id: str) -> Iterator[Upload]:
        """Give an upload for the length of a request."""
        # Hashed: a client's name never becomes a file's.
        named = f"{meeting_id}/{room_id}/{upload_id}".encode()
        key = hashlib.sha256(named).hexdigest()[:40]
        upload = self._uploads.setdefault(key, Upload(self.folder / f"{key}.kept"))
        upload.users += 1
        try:
            yield upload
        finally:
            upload.users -= 1
            if not upload.users:
                del self._uploads[key]

    def clear(self, now: datetime) -> None:
        """Delete uploads that nobody has gone on with for a day. Blocks."""
        busy = {upload.file for upload in list(self._uploads.values())}
        for file in self.folder.glob("*.kept"):
            with contextlib.suppress(OSError):
                age = now.timestamp() - file.stat().st_mtime
                if file not in busy and age > KEPT_FOR.total_seconds():
                    file.unlink()

    def clear_parts(self) -> None:
        """Delete what can't be gone on with; for the start. Blocks."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob("*.part"):
            with contextlib.suppress(OSError):
                file.unlink()


def kept_bytes(upload: Upload) -> int:
    """Return how much of an upload is here. Blocks."""
    try:
        return upload.file.stat().st_size
    except FileNotFoundError:
        return 0


def cut_to(upload: Upload, start: int) -> None:
    """Make an upload end where the next piece begins. Blocks; 409 for a gap."""
    kept = kept_bytes(upload)
    if start > kept:
        raise Problem(409, "wrong_offset", f"Go on with byte {kept}.", offset=kept)
    upload.file.touch()
    os.truncate(upload.file, start)


def stamp(upload: Upload, now: datetime) -> None:
    """Note when an upload was last gone on with. Blocks."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(upload.file, (now.timestamp(), now.timestamp()))


async def receive_piece(
    request: web.Request, upload: Upload, piece: Piece, target: Path
) -> Path | None:
    """Add a piece to what is kept; once it is whole, move it to `target`."""
    parts = request.app[PARTS]
    await need_space(parts, piece.end - piece.start)
    writer = object()
    async with upload.lock:
        upload.writer = writer
        await asyncio.to_thread(cut_to, upload, piece.start)
    try:
        await _append_all(request, upload, piece, writer)
    finally:
        await asyncio.shield(asyncio.to_thread(stamp, upload, parts.clock()))
    if not piece.is_last:
        return None
    async with upload.lock:
        _need_turn(upload, writer)
        upload.writer = None
        return await asyncio.to_thread(upload.file.rename, target)


async def _append_all(
    request: web.Request, upload: Upload, piece: Piece, writer: object
) -> None:
    size = piece.start
    try:
        async for block in read_blocks(request):
            if (size // BLOCK_BYTES) % CHECK_BLOCKS == 0:
                await need_space(request.app[PARTS], len(block))
            if size + len(block) > piece.end:
                raise Problem(422, "bad_range", "More came than Content-Range says.")
            async with upload.lock:
                _need_turn(upload, writer)
                await asyncio.to_thread(_append, upload.file, block)
            size += len(block)
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Problem(400, "broken_off", "The upload broke off.") from error
    if size != piece.end:
        raise Problem(400, "broken_off", "The upload broke off.")
    if piece.total == 0:
        await asyncio.to_thread(upload.file.unlink, missing_ok=True)
        raise Problem(422, "empty_file", "This file is empty.")


def _append(file: Path, block: bytes) -> None:
    with file.open("ab") as out:
        out.write(block)


def _need_turn(upload: Upload, writer: object) -> None:
    if upload.writer is not writer:
        raise Problem(409, "upload_taken_over", "A newer request goes on with this.")


async def read_blocks(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body in whole blocks, so that each write is worth its thread."""
    block = bytearray()
    broken: Exception | None = None
    try:
        async for piece in request.content.iter_any():
            block += piece
            if len(block) >= BLOCK_BYTES:
                yield bytes(block)
                block.clear()
    except (web.RequestPayloadError, ConnectionError) as error:
        # On a slow line what came before the break is worth keeping.
        broken = error
    if block:
        yield bytes(block)
    if broken is not None:
        raise broken


async def need_space(parts: Parts, more_bytes: int) -> None:
    usage = await asyncio.to_thread(shutil.disk_usage, parts.data_dir)
    if usage.free - more_bytes < parts.disk_reserve_bytes:
        raise Problem(507, "disk_full", "There is not enough room on the disk.")
