"""Voice notes: whatever a browser records becomes one plain file and a picture of it.

What comes out is mono AAC at 48 kbit/s in MP4, which every browser plays, written
anew from the sound alone: no place, no device and no bytes of the file that came in.
"""

from __future__ import annotations

import asyncio
from array import array
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.encode.process import Limits, Program

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 25_000_000
MAX_SECONDS = 300
KBITS = 48
PEAKS = 100
"""Bars of the picture of a note."""

# What browsers and phones record; nothing that names other files.
_FORMATS = "matroska,webm,ogg,mov,mp4,m4a,wav,mp3,aac,flac,caf"
_LIMITS = Limits(niceness=5, cpu_seconds=60)
_RATE = 8_000
_SHORTEST_SECONDS = 0.3
_PATIENCE_SECONDS = 90.0


class BadVoice(Exception):
    """It can't be used; the argument says why, in a sentence for people."""


class Voice(msgspec.Struct, frozen=True):
    """A note as it is kept: MP4, its length, and its loudness from 0 to 100."""

    m4a: bytes
    seconds: float
    peaks: tuple[int, ...]


class Booth:
    """Makes voice notes, one after the other."""

    def __init__(self, ffmpeg: str) -> None:
        self._ffmpeg = ffmpeg
        self._turn = asyncio.Lock()

    async def read(self, file: Path) -> Voice:
        """Read a recording; raises `BadVoice`."""
        async with self._turn:
            return await self._convert(file)

    async def _convert(self, file: Path) -> Voice:
        target = file.with_suffix(".m4a")
        program = await Program.start(
            _command(self._ffmpeg, file, target),
            name="ffmpeg.voice",
            limits=_LIMITS,
            capture=True,
        )
        try:
            await program.close_input()
            async with asyncio.timeout(_PATIENCE_SECONDS):
                sound = await program.output.read()
                code = await program.wait()
            seconds = len(sound) / 2 / _RATE
            if code != 0 or seconds < _SHORTEST_SECONDS:
                raise BadVoice("There is no sound in this that we can read.")
            if seconds > MAX_SECONDS:
                minutes = MAX_SECONDS // 60
                raise BadVoice(f"A voice note may be {minutes} minutes long.")
            m4a = await asyncio.to_thread(target.read_bytes)
        except TimeoutError:
            raise BadVoice("It took too long to read this recording.") from None
        finally:
            await program.stop(gentle_seconds=0.0)
            with suppress(OSError):
                await asyncio.to_thread(target.unlink)
        return Voice(m4a, round(seconds, 1), tuple(_peaks(sound)))


def _command(ffmpeg: str, file: Path, target: Path) -> list[str]:
    # A second more than allowed: too long is refused, not cut off unnoticed.
    longest = str(MAX_SECONDS + 1)
    return [
        ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-y",
        "-protocol_whitelist", "file", "-format_whitelist", _FORMATS,
        "-i", f"file:{file}",
        "-map", "0:a:0", "-t", longest, "-ac", "1", "-ar", "44100",
        "-c:a", "aac", "-b:a", f"{KBITS}k", "-map_metadata", "-1",
        "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4",
        f"file:{target}",
        "-map", "0:a:0", "-t", longest, "-ac", "1", "-ar", str(_RATE),
        "-f", "s16le", "pipe:1",
    ]  # fmt: skip


def _peaks(sound: bytes) -> Iterator[int]:
    """Yield how loud each hundredth is, the loudest as 100; quiet ones still show."""
    samples = array("h", sound[: len(sound) // 2 * 2])
    step = max(1, len(samples) // PEAKS)
    bars = [
        max(map(abs, samples[start : start + step]))
        for start in range(0, len(samples) - step + 1, step)
    ][:PEAKS]
    loudest = max(*bars, 1, 1)
    for bar in bars:
        yield max(2, round(100 * bar / loudest))
