"""Small pictures of a stream's moments, to point at on a timeline.

Made when asked for, of what is public at that moment, and kept in memory alone: a
second that is cut is in no file that one could forget. A sheet holds 25 stills, one
each ten seconds or more, decoded from the key frames of the smallest picture. Its
name says which segments it shows, so the same name never shows others; a name that
the stream would not give now is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.encode.process import Limits, Program, ProgramGone
from folkmoot.media.pack.playlist import name_segment
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from folkmoot.media.pack.packager import Segment
    from folkmoot.media.pack.recorder import Recorder
    from folkmoot.media.pack.stream import Stream

logger = logging.getLogger(__name__)

STILL_SECONDS = 10.0
COLUMNS, ROWS = 5, 5
WIDTH, HEIGHT = 160, 90
_KEPT_BYTES = 48 << 20
_MOST_WAITING = 60
_LIMITS = Limits(niceness=15, cpu_seconds=20)


class TooMany(Exception):
    """So many stills are being waited for that one more would only wait."""


class Still(msgspec.Struct, frozen=True):
    """A segment's first picture, and for how long it stands on the timeline."""

    segment: Segment
    start_seconds: float
    end_seconds: float


class Sheet(msgspec.Struct, frozen=True):
    """Stills of one take that lie in one picture."""

    take_id: str
    name: str
    stills: tuple[Still, ...]


def lay_out(segments: Sequence[Segment]) -> list[Sheet]:
    """Choose stills from what is playable, and put them on sheets, in order.

    `segments` are all that a player has; their lengths make its seconds.
    """
    sheets: list[Sheet] = []
    run: list[Still] = []
    for still in _choose(segments):
        take_id = still.segment.take_id
        if run and (run[0].segment.take_id != take_id or len(run) == COLUMNS * ROWS):
            sheets.append(_name(run))
            run = []
        run.append(still)
    if run:
        sheets.append(_name(run))
    return sheets


def render_stills(sheets: Sequence[Sheet]) -> str:
    """WebVTT whose cues are parts of pictures (media fragments, `xywh`)."""
    lines = ["WEBVTT\n"]
    for sheet in sheets:
        for number, still in enumerate(sheet.stills):
            x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
            lines.append(
                f"{_write(still.start_seconds)} --> {_write(still.end_seconds)}\n"
                f"{sheet.take_id}/stills/{sheet.name}.jpg"
                f"#xywh={x},{y},{WIDTH},{HEIGHT}\n"
            )
    return "\n".join(lines)


def choose_rendition(stream: Stream) -> str | None:
    """The smallest picture: its key frames are the cheapest."""
    pictures = [
        each for each in stream.variants if each.width and each.name in stream.lanes
    ]
    return min(pictures, key=lambda each: each.bandwidth).name if pictures else None


_FIT = (
    f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease:flags=fast_bilinear,"
    f"pad={WIDTH}:{HEIGHT}:-1:-1,tile={COLUMNS}x{ROWS}"
)


# Alone it is seen larger than among others.
_ALONE = f"scale={2 * WIDTH}:-2:flags=bicubic"


class Storyboards:
    """Sheets of all streams: one is made at a time, the latest asked for are kept."""

    def __init__(self, ffmpeg: str, recorder: Recorder) -> None:
        self._ffmpeg = ffmpeg
        self._recorder = recorder
        self._making = asyncio.Lock()
        self._waiting = 0
        self._kept: OrderedDict[tuple[Path, str], bytes] = OrderedDict()

    def sheets(self, stream: Stream) -> list[Sheet]:
        """What the stream's public seconds look like; never past its last segment."""
        rendition = choose_rendition(stream)
        if rendition is None:
            return []
        if stream.is_recording:
            return lay_out(stream.recorded(rendition))
        return lay_out(stream.lanes[rendition].closed)

    async def take(self, stream: Stream, take_id: str, name: str) -> bytes | None:
        """A sheet as JPEG; None where the stream has no such sheet (any more)."""
        wanted = None
        for sheet in self.sheets(stream):
            if (sheet.take_id, sheet.name) == (take_id, name):
                wanted = sheet
        rendition = choose_rendition(stream)
        if wanted is None or rendition is None:
            return None
        return await self._have(stream, rendition, wanted, _FIT)

    async def still(self, stream: Stream, at: datetime) -> bytes | None:
        """The picture of a moment as JPEG, as far as it is public; None without one.

        It is the key frame with which the moment's segment begins. Anybody may name
        any moment, so the queue has an end: `TooMany`.
        """
        rendition = choose_rendition(stream)
        if rendition is None:
            return None
        for segment in stream.recorded(rendition):
            if segment.at <= at < segment.end_at:
                if segment.gap or not segment.independent:
                    return None
                only = (Still(segment, 0.0, segment.duration_seconds),)
                alone = Sheet(segment.take_id, f"still {segment.sequence}", only)
                return await self._queue(stream, rendition, alone)
        return None

    async def _queue(
        self, stream: Stream, rendition: str, alone: Sheet
    ) -> bytes | None:
        if self._waiting >= _MOST_WAITING:
            raise TooMany
        self._waiting += 1
        try:
            return await self._have(stream, rendition, alone, _ALONE)
        finally:
            self._waiting -= 1

    async def _have(
        self, stream: Stream, rendition: str, wanted: Sheet, fit: str
    ) -> bytes | None:
        take_id = wanted.take_id
        key = (stream.directory / take_id, wanted.name)
        async with self._making:
            self._forget(stream)
            data = self._kept.get(key)
            if data is None:
                edition = stream.edition
                folder = stream.directory / take_id / rendition
                data = await self._make(folder, wanted, fit)
                if data is None or stream.edition != edition:
                    return None  # it may show what was taken away meanwhile
                self._keep(key, data)
            else:
                self._kept.move_to_end(key)
            return data

    def _forget(self, stream: Stream) -> None:
        """Drop what was made of takes that are no more: seconds were taken away."""
        for key in list(self._kept):
            take = key[0]
            if take.parent == stream.directory and take.name not in stream.takes:
                del self._kept[key]

    def _keep(self, key: tuple[Path, str], data: bytes) -> None:
        self._kept[key] = data
        while sum(map(len, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)

    async def _make(self, directory: Path, sheet: Sheet, fit: str) -> bytes | None:
        source = await self._recorder.run(_read_key_parts, directory, sheet)
        if source is None:
            return None
        program = await Program.start(
            [self._ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
             "-threads", "1", "-skip_frame", "nokey", "-f", "mp4", "-i", "pipe:0",
             "-an", "-fps_mode", "passthrough",
             "-vf", fit,
             "-frames:v", "1", "-f", "mjpeg", "-q:v", "6", "pipe:1"],
            name="storyboard", limits=_LIMITS, capture=True,
        )  # fmt: skip
        feeding = TaskOwner()
        feeding.start(_feed(program, source), name="storyboard.feed")
        try:
            data = await program.output.read()
            await program.wait()
        finally:
            await feeding.aclose()
            await program.stop()
        return data or None


def _choose(segments: Sequence[Segment]) -> Iterator[Still]:
    chosen: list[tuple[Segment, float]] = []
    seconds, take_id = 0.0, None
    for segment in segments:
        due = not chosen or seconds - chosen[-1][1] >= STILL_SECONDS - 0.5
        if segment.take_id != take_id and not segment.gap:
            due = True  # a new take may look quite different
        if due and not segment.gap and segment.independent:
            chosen.append((segment, seconds))
            take_id = segment.take_id
        seconds += segment.duration_seconds
    for (segment, start), (_, end) in pairwise(chosen):
        yield Still(segment, start, end)
    if chosen:
        yield Still(*chosen[-1], seconds)


def _name(stills: Sequence[Still]) -> Sheet:
    said = " ".join(f"{s.segment.take_id}/{s.segment.sequence}" for s in stills)
    name = hashlib.blake2s(said.encode(), digest_size=8).hexdigest()
    return Sheet(stills[0].segment.take_id, name, tuple(stills))


def _read_key_parts(directory: Path, sheet: Sheet) -> bytes | None:
    """The initialization, and of each segment the part that has its key frame."""
    try:
        pieces = [(directory / "init.mp4").read_bytes()]
        for still in sheet.stills:
            first = still.segment.parts[0]
            with (directory / name_segment(still.segment.sequence)).open("rb") as file:
                file.seek(first.offset)
                pieces.append(file.read(first.size))
    except (FileNotFoundError, IndexError):  # cut meanwhile, or the window went on
        return None
    return b"".join(pieces)


def _write(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return (
        f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
    )


async def _feed(program: Program, data: bytes) -> None:
    try:
        await program.write(data)
    except ProgramGone:
        return  # it has what it needs
    await program.close_input()
