"""Where an encoder can begin in the middle of a publication; pure.

Each gate hears all bytes of one publication and can tell at any time with which
bytes a new encoder begins. Of FLV everything since a key frame is kept, so that
nothing is lost; of the others only the settings at the front are kept.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Protocol

from folkmoot.media.ingest.flv import AUDIO, SCRIPT, VIDEO, write_header, write_tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from folkmoot.media.ingest.flv import FlvTag

_KEPT_BYTES = 24 << 20
_TS_PACKET_BYTES, _TS_SYNC = 188, 0x47
_CLUSTER = b"\x1f\x43\xb6\x75"  # Matroska: an element id that stands in no other
_MAX_HEAD_BYTES = 1 << 20


class Gate(Protocol):
    """Lets encoders in; for containers that are not taken apart."""

    def pass_on(self, data: bytes) -> bytes:
        """What of these bytes an encoder gets that is waiting to begin or began."""
        ...

    def reopen(self) -> None:
        """A new encoder waits: give it what it needs first."""
        ...


class FlvGate:
    """Keeps the settings of an FLV and its tags since a key frame.

    That is the last one, or one before it that `release` has not given free: an
    encoder that hangs has taken bytes that it will never give back.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self._settings: dict[int, bytes] = {}
        self._groups: deque[_Group] = deque()
        self._bytes = 0
        self._patient = patient
        self._has_video = False

    @property
    def can_open(self) -> bool:
        """Whether there is something to begin with now."""
        return bool(self._groups)

    def add(self, tags: Iterable[FlvTag]) -> None:
        """Hear tags that all encoders get."""
        for tag in tags:
            if tag.kind == SCRIPT or tag.is_sequence_header:
                self._settings[tag.kind] = write_tag(tag)
                self._has_video |= tag.kind == VIDEO
                continue
            self._has_video |= tag.kind == VIDEO
            begins = tag.is_keyframe or (tag.kind == AUDIO and not self._has_video)
            if begins:
                self._groups.append(_Group(tag.timestamp_ms))
                if not self._patient:
                    self.release(tag.timestamp_ms)
            if self._groups:
                data = write_tag(tag)
                self._groups[-1].data += data
                self._bytes += len(data)
        while self._bytes > _KEPT_BYTES and self._groups:
            self._bytes -= len(self._groups.popleft().data)

    def release(self, before_ms: float) -> None:
        """What was sent before this came out and is not needed again."""
        while len(self._groups) > 1 and self._groups[1].at_ms <= before_ms:
            self._bytes -= len(self._groups.popleft().data)

    def opening(self, from_ms: float | None = None) -> bytes:
        """A whole FLV up to now, from the last key frame before `from_ms` on."""
        groups = list(self._groups)
        latest = math.inf if from_ms is None else from_ms
        while len(groups) > 1 and groups[1].at_ms <= latest:
            del groups[0]
        # Settings in the order in which they came: ffmpeg looks at few first tags.
        parts = [*self._settings.values(), *(bytes(group.data) for group in groups)]
        return write_header() + b"".join(parts)


class _Group:
    """A key frame and what follows it."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms
        self.data = bytearray()


class TransportGate:
    """MPEG-TS says what it holds over and over; it only has to begin at a packet."""

    def __init__(self) -> None:
        self._waits = False
        self._passed = 0

    def pass_on(self, data: bytes) -> bytes:
        """See `Gate`."""
        skipped = 0
        if self._waits:
            skipped = -self._passed % _TS_PACKET_BYTES
            if skipped < len(data):
                self._waits = False
        self._passed += len(data)
        return data[skipped:]

    def reopen(self) -> None:
        """See `Gate`."""
        self._waits = True


class MarkGate:
    """Keeps what stands before the first mark, and begins again at one."""

    def __init__(self, mark: bytes, *, before: int = 0) -> None:
        self._mark = mark
        self._before = before  # bytes that belong to the mark and stand before it
        self._head: bytes | None = None
        self._front = bytearray()
        self._buffer = bytearray()
        self._waits = False

    def pass_on(self, data: bytes) -> bytes:
        """See `Gate`."""
        if self._head is None:
            self._keep_head(data)
        if not self._waits:
            return data
        self._buffer += data
        at = self._buffer.find(self._mark)
        if at < self._before or self._head is None:
            del self._buffer[: -len(self._mark) - self._before]
            return b""
        found = self._head + bytes(self._buffer[at - self._before :])
        self._buffer.clear()
        self._waits = False
        return found

    def reopen(self) -> None:
        """See `Gate`."""
        self._waits = True
        self._buffer.clear()

    def _keep_head(self, data: bytes) -> None:
        self._front += data
        at = self._front.find(self._mark)
        if at >= self._before:
            self._head = bytes(self._front[: at - self._before])
            self._front.clear()
        elif len(self._front) > _MAX_HEAD_BYTES:
            self._head = b""
            self._front.clear()


def gate_for(container: str) -> Gate:
    """The gate of a container that is not FLV."""
    if container == "mpegts":
        return TransportGate()
    if container == "matroska":
        return MarkGate(_CLUSTER)
    return MarkGate(b"moof", before=4)
