"""One ffmpeg for one take: container bytes in, fragmented MP4 out.

All renditions stand on one timeline. A sample's media time in every rendition
is its time in the source, counted from the source's first sample, plus
`TIMELINE_START_SECONDS`; pictures and sound of all renditions are equal to the
millisecond, and forced key frames of the lower rungs have exactly the
presentation time of the leading rung's key frames. Compare *presentation* times
(tfdt plus the first sample's composition offset): with B-frames the tfdt of a
copied rendition lies some frames before it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.encode.command import TIMELINE_START_SECONDS, Errand, build_argv
from folkmoot.media.encode.process import Limits, Program, ProgramGone
from folkmoot.media.ingest.silence import SilenceFiller
from folkmoot.media.ingest.sniffer import SourceSniffer, UnknownSource
from folkmoot.media.ingest.source import (
    RenditionPlan,
    SourceInfo,
    copy_obstacle,
    plan_renditions,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

__all__ = (
    "TIMELINE_START_SECONDS",
    "Encoder",
    "EncoderGone",
    "Errand",
    "RenditionPlan",
    "SourceInfo",
    "SourceSniffer",
    "UnknownSource",
    "copy_obstacle",
    "plan_renditions",
)

logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 18
NICENESS = 5
"""Of what makes the leading rendition: behind the server, before other rungs."""

_TAPS = ("relay", "loudness", "stillness")
_STALL_SECONDS = 20.0
_LAST_PICTURES_SECONDS = 0.5


class EncoderGone(Exception):
    """ffmpeg has ended or hangs; the argument is its last word."""


class Encoder:
    """Feeds one ffmpeg and hands out its renditions.

    Read every rendition and tap all the time: one that is not read stops all
    others, and in the end `write`. `taps` are "relay", "loudness" and "stillness";
    `Errand` says what they give.
    """

    def __init__(
        self,
        *,
        ffmpeg: str,
        source: SourceInfo,
        renditions: Sequence[RenditionPlan],
        part_seconds: float,
        input_format: str = "flv",
        errand: Errand | None = None,
        taps: Sequence[str] = (),
        niceness: int = NICENESS,
        log: logging.Logger | logging.LoggerAdapter[logging.Logger] = logger,
    ) -> None:
        self._ffmpeg = ffmpeg
        self._source = source
        self._renditions = tuple(renditions)
        self._part_seconds = part_seconds
        self._input_format = input_format
        self._errand = errand or Errand()
        self._taps = tuple(taps)
        self._niceness = niceness
        self._log = log
        self._program: Program | None = None
        self._readers: dict[str, asyncio.StreamReader] = {}
        self._transports: list[asyncio.ReadTransport] = []
        self._silence: SilenceFiller | None = None
        mute = source.has_video and not source.has_audio
        if mute and input_format == "flv" and not self._errand.absolute:
            self._silence = SilenceFiller()
        self._endless = mute and input_format != "flv"

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines ffmpeg wrote to its standard error."""
        return self._program.tail if self._program else ()

    @property
    def pid(self) -> int | None:
        """Ffmpeg's process id while there is one."""
        return self._program.pid if self._program else None

    async def start(self) -> None:
        """Start ffmpeg. Call once, from the event loop's thread."""
        names = [*(plan.name for plan in self._renditions), *self._taps]
        pipes = {name: os.pipe() for name in names}
        try:
            self._program = await Program.start(
                self._argv({name: ends[1] for name, ends in pipes.items()}),
                name="encoder",
                limits=Limits(niceness=self._niceness),
                pass_fds=[ends[1] for ends in pipes.values()],
            )
        finally:
            for _, writing_end in pipes.values():
                os.close(writing_end)
            for name, (reading_end, _) in pipes.items():
                await self._open(name, reading_end)

    async def write(self, data: bytes) -> None:
        """Give container bytes; wait while ffmpeg is busy. Raises `EncoderGone`."""
        if self._silence is not None:
            data = self._silence.fill(data)
        program = self._running()
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                await program.write(data)
        except ProgramGone as error:
            raise EncoderGone(str(error)) from None
        except TimeoutError:
            raise EncoderGone(f"ffmpeg took nothing for {_STALL_SECONDS} s") from None

    async def fragments(self, rendition: str) -> AsyncIterator[bytes]:
        """The bytes of one rendition's fragmented MP4, or of a tap, as they come."""
        reader = self._readers[rendition]
        while chunk := await reader.read(_READ_BYTES):
            yield chunk

    async def finish(self, timeout_seconds: float) -> None:
        """End the input and wait until ffmpeg has written all and ended.

        The renditions must be read meanwhile. Raises `EncoderGone` if ffmpeg
        fails or takes longer.
        """
        program = self._running()
        try:
            async with asyncio.timeout(timeout_seconds):
                await program.close_input()
                code = await (self._end_silence() if self._endless else program.wait())
        except TimeoutError:
            raise EncoderGone(f"ffmpeg did not end in {timeout_seconds} s") from None
        if code != 0:
            raise EncoderGone(f"ffmpeg ended with {code}: {' / '.join(self.tail[-3:])}")

    def kill(self) -> None:
        """Kill ffmpeg at once; it may hang."""
        if self._program is not None:
            self._program.kill()

    async def stop(self) -> None:
        """End ffmpeg, gently and then not; its outputs can still be read."""
        if self._program is not None:
            await self._program.stop()

    async def aclose(self) -> None:
        """Stop ffmpeg, gently and then not, and free the pipes. Idempotent."""
        if self._program is not None:
            code = await self._program.stop()
            self._log.debug("encoder ended with %d", code)
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    async def _end_silence(self) -> int:
        """End ffmpeg's own silence, which has no end and outruns the pictures."""
        program = self._running()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_PICTURES_SECONDS):
                await program.wait()
        await program.stop()
        return 0

    def _argv(self, pipes: dict[str, int]) -> list[str]:
        taps = {name: pipes[name] for name in _TAPS if name in self._taps}
        return build_argv(
            program=self._ffmpeg,
            source=self._source,
            renditions=self._renditions,
            pipes=pipes,
            part_seconds=self._part_seconds,
            input_format=self._input_format,
            errand=msgspec.structs.replace(self._errand, **taps),
        )

    async def _open(self, name: str, reading_end: int) -> None:
        reader = asyncio.StreamReader(limit=_READ_BYTES)
        with suppress(OSError):
            os.set_blocking(reading_end, False)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader),
            os.fdopen(reading_end, "rb", buffering=0),
        )
        self._readers[name] = reader
        self._transports.append(transport)

    def _running(self) -> Program:
        if self._program is None:
            raise EncoderGone("The encoder was not started.")
        return self._program
