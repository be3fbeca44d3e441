"""A still of what a stream shows, made of its latest key frame when asked for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from folkmoot.media.encode.process import Limits, Program, ProgramGone
from folkmoot.media.pack.playlist import name_segment
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.pack.recorder import Recorder
    from folkmoot.media.pack.stream import Stream

logger = logging.getLogger(__name__)

FRESH_SECONDS = 10.0
STAFF_SECONDS = 3.0
_NOTHING_SECONDS = 1.0
_MAX_SOURCE_BYTES = 4 << 20
_PLACE_IN_RECORDING = 0.2
_LIMITS = Limits(niceness=10, cpu_seconds=10)


class _Made(NamedTuple):
    """A picture, when it was made, and of which edition of the stream."""

    at: float
    edition: tuple[bool, int]
    data: bytes | None


class Posters:
    """At most one picture a stream and width in ten seconds, however many ask.

    Staff who look at a room get a newer one: at most each three seconds.
    """

    def __init__(self, ffmpeg: str, recorder: Recorder) -> None:
        self._ffmpeg = ffmpeg
        self._recorder = recorder
        self._made: dict[tuple[Path, int], _Made] = {}
        self._making = asyncio.Lock()  # one ffmpeg at a time: stills can wait

    async def take(
        self, stream: Stream, *, width: int, fresh_seconds: float = FRESH_SECONDS
    ) -> bytes | None:
        """A JPEG, or None where there is no picture."""
        key = (stream.directory, width)
        async with self._making:
            now = asyncio.get_running_loop().time()
            made = self._made.get(key)
            edition = (stream.ended, stream.edition)
            if made and made.edition == edition:
                lasting = stream.ended and made.data is not None
                # None is soon something else: the first picture is on its way.
                fresh = fresh_seconds if made.data else _NOTHING_SECONDS
                if lasting or now - made.at < fresh:
                    return made.data
            data = await self._make(stream, width)
            if edition != (stream.ended, stream.edition):
                return None  # it may show what was taken away meanwhile
            self._made[key] = _Made(now, edition, data)
            return data

    async def _make(self, stream: Stream, width: int) -> bytes | None:
        source = await self._recorder.run(_read_source, *_find(stream))
        if source is None:
            return None
        program = await Program.start(
            [self._ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
             "-f", "mp4", "-i", "pipe:0", "-frames:v", "1",
             "-vf", f"scale={width}:-2", "-f", "mjpeg", "-q:v", "5", "pipe:1"],
            name="poster", limits=_LIMITS, capture=True,
        )  # fmt: skip
        feeding = TaskOwner()
        feeding.start(_feed(program, source), name="poster.feed")
        try:
            data = await program.output.read()
            await program.wait()
        finally:
            await feeding.aclose()
            await program.stop()
        return data or None


def _find(stream: Stream) -> tuple[Path | None, Path | None]:
    """Initialization and segment file of a good moment."""
    name = next((each.name for each in stream.variants if each.width), None)
    lane = stream.lanes.get(name) if name else None
    if name is None or lane is None:
        return None, None
    good = [each for each in lane.closed[-2000:] if not each.gap and each.independent]
    if good:
        chosen = (
            good[int(len(good) * _PLACE_IN_RECORDING)] if stream.ended else good[-1]
        )
        directory = stream.directory / chosen.take_id / name
        return directory / "init.mp4", directory / name_segment(chosen.sequence)
    take = stream.open_take
    if take is None or not lane.open_parts or not lane.open_parts[0].independent:
        return None, None
    directory = stream.directory / take.take_id / name
    return directory / "init.mp4", directory / name_segment(lane.last_sequence + 1)


def _read_source(init: Path | None, segment: Path | None) -> bytes | None:
    if init is None or segment is None:
        return None
    try:
        with segment.open("rb") as file:
            return init.read_bytes() + file.read(_MAX_SOURCE_BYTES)
    except FileNotFoundError:  # the preview's window went on
        return None


async def _feed(program: Program, data: bytes) -> None:
    try:
        await program.write(data)
    except ProgramGone:
        return  # it needs no more than the first picture
    await program.close_input()
