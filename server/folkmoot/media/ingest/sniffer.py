"""Finds out what a publisher sends, from its first bytes, keeping them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folkmoot.media.ingest import probing
from folkmoot.media.ingest.flvprobe import FlvProbe

if TYPE_CHECKING:
    from folkmoot.media.ingest.source import SourceInfo

MAX_BUFFERED_BYTES = 16 << 20
_FIRST_PROBE_BYTES = 1 << 14
_LAST_PROBE_BYTES = 1 << 20


class UnknownSource(Exception):
    """The bytes hold nothing that we can play; the argument says why."""


class SourceSniffer:
    """Collects a publication's first bytes until its source is known.

    With H.264 in FLV it waits for the second key frame, but no more than
    `keyframe_wait_seconds` of media, because their distance decides whether the
    picture can be copied. With `early` the first key frame is enough: who begins
    then must be able to think again.
    """

    def __init__(
        self,
        container: str,
        *,
        ffmpeg: str,
        keyframe_wait_seconds: float = 4.1,
        early: bool = False,
    ) -> None:
        self._container = container
        self._ffmpeg = ffmpeg
        self._buffer = bytearray()
        self._flv = (
            FlvProbe(keyframe_wait_seconds, early=early) if container == "flv" else None
        )
        self._wait_seconds = keyframe_wait_seconds
        self._next_probe_bytes = _FIRST_PROBE_BYTES

    async def feed(self, data: bytes) -> SourceInfo | None:
        """Take more bytes; the source as soon as it is known.

        Raises `UnknownSource` when it never will be, and `FlvError`.
        """
        self._buffer += data
        full = len(self._buffer) >= MAX_BUFFERED_BYTES
        if self._flv is not None:
            known = self._flv.feed(data) or (self._flv.conclude() if full else None)
            return self._playable(known, final=full)
        return await self._probe()

    async def conclude(self) -> SourceInfo | None:
        """The source as far as it is known when no more bytes come."""
        if self._flv is not None:
            return self._flv.conclude()
        found = await probing.probe(self._ffmpeg, self._container, self.buffered())
        return found.source if found else None

    def buffered(self) -> bytes:
        """All bytes so far, for the encoder."""
        return bytes(self._buffer)

    async def _probe(self) -> SourceInfo | None:
        """Ask ffmpeg at 16 KiB, 32 KiB and so on up to 1 MiB."""
        size = len(self._buffer)
        if size < self._next_probe_bytes:
            return None
        while self._next_probe_bytes <= size:
            self._next_probe_bytes *= 2
        found = await probing.probe(self._ffmpeg, self._container, self.buffered())
        final = size >= _LAST_PROBE_BYTES
        settled = final or probing.is_settled(
            found, container=self._container, wait_seconds=self._wait_seconds
        )
        source = found.source if found and settled else None
        return self._playable(source, final=final)

    def _playable(self, found: SourceInfo | None, *, final: bool) -> SourceInfo | None:
        if found is not None and not (found.has_video or found.has_audio):
            found = None
        if found is None and final:
            raise UnknownSource("There is no picture or sound in it that we can read.")
        return found
