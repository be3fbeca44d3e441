"""FLV: a file header and tags, written and read.

After Adobe's "Video File Format Specification" version 10.1, annex E.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

AUDIO, VIDEO, SCRIPT = 8, 9, 18
MAX_TAG_BYTES = 8 << 20
"""A tag holds one frame; a bigger one is an attack or nonsense."""

_HEADER_BYTES = 13
_TAG_HEADER_BYTES = 11
_AUDIO_FLAG, _VIDEO_FLAG = 4, 1
_AVC, _AAC = 7, 10
_HALF_TIME = 1 << 31


class FlvError(Exception):
    """These bytes are no FLV."""


class FlvTag(msgspec.Struct, frozen=True):
    """One tag: `kind` is AUDIO, VIDEO or SCRIPT, `timestamp_ms` its decode time."""

    kind: int
    timestamp_ms: int
    payload: bytes

    @property
    def is_sequence_header(self) -> bool:
        """Whether it holds a codec's settings and no picture or sound."""
        head = self.payload[:2]
        if len(head) < len(b"cs") or head[1] != 0:
            return False
        if self.kind == VIDEO:
            return head[0] & 0x0F == _AVC
        return self.kind == AUDIO and head[0] >> 4 == _AAC

    @property
    def is_keyframe(self) -> bool:
        """Whether it holds a picture from which decoding can begin."""
        head = self.payload[:2]
        if self.kind != VIDEO or not head or head[0] >> 4 != 1:
            return False
        # H.264 settings (0) and the end of a sequence (2) are marked as key, too.
        return head[0] & 0x0F != _AVC or head[1:] == b"\x01"


def write_header(*, video: bool = True, audio: bool = True) -> bytes:
    """The bytes before the first tag."""
    flags = (_VIDEO_FLAG if video else 0) | (_AUDIO_FLAG if audio else 0)
    return b"FLV\x01" + struct.pack(">BII", flags, 9, 0)


def write_tag(tag: FlvTag) -> bytes:
    """A tag with its trailing size; the time wraps as the format's does."""
    size, time = len(tag.payload), tag.timestamp_ms & 0xFFFFFFFF
    head = struct.pack(
        ">IIHB",
        tag.kind << 24 | size,
        (time & 0xFFFFFF) << 8 | time >> 24,
        0,
        0,
    )
    return head + tag.payload + struct.pack(">I", _TAG_HEADER_BYTES + size)


class FlvReader:
    """Takes bytes in any pieces and gives whole tags.

    `begun`: the bytes are tags, and no file's header stands before them.
    """

    def __init__(self, *, begun: bool = False) -> None:
        self._buffer = bytearray()
        self._begun = begun

    def feed(self, data: bytes) -> list[FlvTag]:
        """The tags that are whole now. Raises `FlvError`."""
        self._buffer += data
        if not self._begun and not self._skip_header():
            return []
        tags = []
        position = 0
        while (found := self._tag_at(position)) is not None:
            tag, position = found
            tags.append(tag)
        del self._buffer[:position]
        return tags

    def _skip_header(self) -> bool:
        if not b"FLV".startswith(bytes(self._buffer[:3])):
            raise FlvError("The bytes don't begin with FLV.")
        if len(self._buffer) < _HEADER_BYTES:
            return False
        size = int.from_bytes(self._buffer[5:9], "big")
        if size != _HEADER_BYTES - 4:
            raise FlvError(f"The FLV header claims {size} bytes.")
        del self._buffer[:_HEADER_BYTES]
        self._begun = True
        return True

    def _tag_at(self, start: int) -> tuple[FlvTag, int] | None:
        body = start + _TAG_HEADER_BYTES
        if len(self._buffer) < body:
            return None
        size = int.from_bytes(self._buffer[start + 1 : start + 4], "big")
        if size > MAX_TAG_BYTES:
            raise FlvError(f"A tag claims {size} bytes.")
        end = body + size
        if len(self._buffer) < end + 4:
            return None
        low = int.from_bytes(self._buffer[start + 4 : start + 7], "big")
        time = self._buffer[start + 7] << 24 | low
        kind = self._buffer[start] & 0x1F
        return FlvTag(kind, time, bytes(self._buffer[body:end])), end + 4


class FlvWriter:
    """Turns tags into a file's bytes; its time begins at zero.

    Settings and metadata that come before the first frame get the time zero.
    """

    def __init__(self) -> None:
        self._begun = False
        self._first_ms: int | None = None

    def write(self, tags: Iterable[FlvTag]) -> bytes:
        """The bytes of these tags, the first time with the file's header."""
        return self.write_retimed([self.retime(tag) for tag in tags])

    def write_retimed(self, tags: Iterable[FlvTag]) -> bytes:
        """The same of tags that `retime` has given."""
        out = bytearray() if self._begun else bytearray(write_header())
        self._begun = True
        for tag in tags:
            out += write_tag(tag)
        return bytes(out)

    def retime(self, tag: FlvTag) -> FlvTag:
        """The tag with its time in the file."""
        return FlvTag(tag.kind, self._time_ms(tag), tag.payload)

    def _time_ms(self, tag: FlvTag) -> int:
        framed = tag.kind in {AUDIO, VIDEO} and not tag.is_sequence_header
        if self._first_ms is None:
            if not framed:
                return 0
            self._first_ms = tag.timestamp_ms
        passed = (tag.timestamp_ms - self._first_ms) & 0xFFFFFFFF
        # A frame from just before the first one, or metadata without a time.
        return 0 if passed > _HALF_TIME or tag.kind == SCRIPT else passed
