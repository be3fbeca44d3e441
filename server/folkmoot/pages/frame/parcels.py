"""Forms that bring files: read as they come, kept on the disk, gone with the answer.

What a sender calls its files is never read: not as a path, not as a name to show.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from aiohttp import BodyPartReader, web
from multidict import MultiDict

from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.attachments import MOST, AttachmentKind
from folkmoot.received.attachments import LIMITS

# A form's field -> what its files are.
FILES: dict[str, AttachmentKind] = {"_picture": "image", "_voice": "voice"}
_WORDS: dict[AttachmentKind, str] = {"image": "A picture", "voice": "A voice note"}
_MAX_FIELD_BYTES = 64 * 1024
_MAX_FIELDS = 200
# So much is still read, and thrown away, so that the sender gets to see why.
_MAX_BYTES = 100_000_000
_NAME = "file"
Admit = Callable[[MultiDict[str]], Awaitable[object]]


class SentFile(NamedTuple):
    """A file of a form, on the disk for as long as the form is answered."""

    kind: AttachmentKind
    path: Path


class Parcel(msgspec.Struct):
    """What a form brought; `refusal` is why its files were not taken."""

    fields: MultiDict[str]
    files: list[SentFile]
    refusal: Refusal | None = None


def brings_files(request: web.Request) -> bool:
    """Whether a form is sent as one with files."""
    return request.content_type == "multipart/form-data"


@asynccontextmanager
async def open_parcel(request: web.Request, admit: Admit) -> AsyncIterator[Parcel]:
    """Read a form with files; `admit` is asked before the first file is kept."""
    parcel = Parcel(MultiDict(), [])
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="folkmoot-form-"))
    try:
        await _read(request, parcel, folder, admit)
        yield parcel
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, True))


async def _read(
    request: web.Request, parcel: Parcel, folder: Path, admit: Admit
) -> None:
    budget = _MAX_BYTES
    try:
        async for part in await request.multipart():
            name = part.name if isinstance(part, BodyPartReader) else None
            if not isinstance(part, BodyPartReader) or name is None:
                continue
            if name in FILES:
                budget -= await _take_file(parcel, part, FILES[name], folder, admit)
            else:
                value = await _take_field(part)
                budget -= len(value)
                parcel.fields.add(name, value)
            if budget < 0 or len(parcel.fields) > _MAX_FIELDS:
                parcel.refusal = Refusal("bad_form", "This form is too large.")
                return
    except Refusal as refusal:
        parcel.refusal = parcel.refusal or refusal
    except (ValueError, AssertionError) as error:
        # What aiohttp says of a body that is no form.
        raise web.HTTPBadRequest from error


async def _take_field(part: BodyPartReader) -> str:
    read = bytearray()
    while chunk := await part.read_chunk():
        read += chunk
        if len(read) > _MAX_FIELD_BYTES:
            raise Refusal("bad_form", "A text in this form is too long.")
    return read.decode("utf-8", "replace").replace("\r\n", "\n")


async def _take_file(
    parcel: Parcel,
    part: BodyPartReader,
    kind: AttachmentKind,
    folder: Path,
    admit: Admit,
) -> int:
    """Keep a file unless it can't be taken; return how many bytes came."""
    size = 0
    path = folder / f"{_NAME}{len(parcel.files)}"
    while chunk := await part.read_chunk(1 << 16):
        if not size and parcel.refusal is None:
            parcel.refusal = await _check(parcel, admit)
        size += len(chunk)
        if size > LIMITS[kind]:
            most = LIMITS[kind] // 1_000_000
            parcel.refusal = parcel.refusal or Refusal(
                "too_large", f"{_WORDS[kind]} may have {most} MB at most."
            )
        if size > _MAX_BYTES:
            break
        if parcel.refusal is None:
            await asyncio.to_thread(_append, path, chunk)
    # A field without a file is sent as an empty one.
    if size and parcel.refusal is None:
        parcel.files.append(SentFile(kind, path))
    return size


async def _check(parcel: Parcel, admit: Admit) -> Refusal | None:
    if len(parcel.files) >= MOST:
        return Refusal("too_many_files", f"At most {MOST} files go with a text.")
    try:
        await admit(parcel.fields)
    except Refusal as refusal:
        return refusal
    return None


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
