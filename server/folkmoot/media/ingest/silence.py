"""Gives an FLV stream without sound a track of silence.

Why not ffmpeg's `anullsrc`: that runs on the wall clock or runs ahead, while
this follows the pictures exactly and costs nothing.
"""

from __future__ import annotations

from folkmoot.media.ingest.flv import (
    AUDIO,
    VIDEO,
    FlvReader,
    FlvTag,
    write_header,
    write_tag,
)

_SAMPLES_PER_FRAME = 1024
_SAMPLE_RATE = 48_000
_SETTINGS = bytes.fromhex("af001190")  # AAC-LC, 48 kHz, stereo
_FRAME = bytes.fromhex("af01211004608c1c")  # 1,024 samples of nothing
_LARGEST_GAP_MS = 10_000


class SilenceFiller:
    """Puts silent AAC frames between the pictures; drops other sound."""

    def __init__(self) -> None:
        self._reader = FlvReader()
        self._begun = False
        self._start_ms = 0
        self._frames = 0

    def fill(self, data: bytes) -> bytes:
        """The same tags with silence up to the last picture. Raises `FlvError`."""
        out = bytearray()
        for tag in self._reader.feed(data):
            if not self._begun:
                out += write_header() + write_tag(FlvTag(AUDIO, 0, _SETTINGS))
                self._begun = True
            if tag.kind == AUDIO:
                continue
            if tag.kind == VIDEO and not tag.is_sequence_header:
                self._silence_until(tag.timestamp_ms, out)
            out += write_tag(tag)
        return bytes(out)

    def _silence_until(self, time_ms: int, out: bytearray) -> None:
        if self._frames == 0 or abs(time_ms - self._now_ms()) > _LARGEST_GAP_MS:
            self._start_ms, self._frames = time_ms, 0
        while self._now_ms() <= time_ms:
            out += write_tag(FlvTag(AUDIO, self._now_ms(), _FRAME))
            self._frames += 1

    def _now_ms(self) -> int:
        played = self._frames * _SAMPLES_PER_FRAME * 1000
        return self._start_ms + played // _SAMPLE_RATE
