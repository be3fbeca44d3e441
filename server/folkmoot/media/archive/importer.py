"""Makes a video file a room's recording, like one that was live.

The file is packaged beside the recording and moved in when it is whole; whatever
breaks off leaves nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.refusals import Refusal
from folkmoot.media.capture import Capture
from folkmoot.media.encode.encoder import (
    TIMELINE_START_SECONDS,
    Encoder,
    EncoderGone,
    SourceSniffer,
    UnknownSource,
    plan_renditions,
)
from folkmoot.media.encode.process import Limits, Program
from folkmoot.media.ingest.flv import FlvError
from folkmoot.media.ingest.reading import Film, FilmUnreadable, look_at, plan_reading
from folkmoot.media.pack.fmp4 import Fmp4Error, Fmp4Reader, Init
from folkmoot.media.pack.packager import Piece
from folkmoot.media.pack.recorder import DiskFull
from folkmoot.media.pack.stored_stream import STAGING
from folkmoot.media.pack.stream import Stream
from folkmoot.media.webcast import make_take_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from folkmoot.media.channel import Channel
    from folkmoot.media.ingest.source import SourceInfo
    from folkmoot.media.webcast import Webcast

logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 18
_FINISH_SECONDS = 120.0
_LIMITS = Limits(niceness=10)


class Imported(msgspec.Struct, frozen=True):
    """What came of an import; `known`: the same file was there already."""

    take_id: str
    seconds: float
    known: bool = False


class _Failed(Exception):
    """The file can't be packaged; the argument says why."""


async def import_video(
    webcast: Webcast,
    meeting_id: str,
    room_id: str,
    file: Path,
    starts_at: datetime,
    *,
    progress: Callable[[float], None] | None = None,
) -> Imported:
    """Package `file` as the recording from `starts_at` on.

    `progress` hears shares from 0 to 1; the room's status has them too. Raises
    `Refusal`: `recording_overlaps`, `room_on_air`, `video_unreadable`, `disk_full`.
    """
    channel = webcast.channel(meeting_id, room_id)
    digest = await asyncio.to_thread(_hash, file)
    for take in channel.public.takes.values():
        if take.source_hash == digest:
            return Imported(take.take_id, channel.recorded_seconds, known=True)
    try:
        film = await look_at(webcast.ffmpeg, file)
    except FilmUnreadable as error:
        raise Refusal("video_unreadable", f"The file can't be read: {error}.") from None
    _refuse_overlap(channel, starts_at, film.seconds)
    work = _Import(webcast, channel, film, starts_at, digest)
    key = (meeting_id, room_id)

    def note(share: float) -> None:
        webcast.import_progress[key] = share
        if progress is not None:
            progress(share)

    try:
        note(0.0)
        imported = await work.run(note)
        note(1.0)
    except DiskFull as error:
        raise Refusal("disk_full", str(error)) from error
    except (_Failed, UnknownSource, FlvError, EncoderGone, Fmp4Error) as error:
        raise Refusal("video_unreadable", f"The file can't be read: {error}") from error
    finally:
        webcast.import_progress.pop(key, None)
        await asyncio.to_thread(shutil.rmtree, work.staging, ignore_errors=True)
    logger.info(
        "channel=%s imported %.1f s as take=%s",
        channel.name,
        film.seconds,
        imported.take_id,
    )
    return imported


class _Import:
    """One import under way."""

    def __init__(
        self,
        webcast: Webcast,
        channel: Channel,
        film: Film,
        starts_at: datetime,
        digest: str,
    ) -> None:
        self._webcast = webcast
        self._channel = channel
        self._film = film
        self._starts_at = starts_at
        self._digest = digest
        self._seconds = film.seconds
        self._turn = asyncio.Lock()
        public = channel.public
        self.staging = public.directory / STAGING / make_take_id()
        self._stream = Stream(
            self.staging,
            recorder=webcast.recorder,
            make_id=make_take_id,
            constants=public.constants,
        )

    async def run(self, note: Callable[[float], None]) -> Imported:
        reading = await Program.start(
            plan_reading(self._webcast.ffmpeg, self._film),
            name="import.read",
            limits=_LIMITS,
            capture=True,
        )
        try:
            await reading.close_input()
            await self._encode(reading, self._film.container, note)
            # What was cut off ends with an error after its last whole picture.
            if await reading.wait() != 0 and not self._stream.takes:
                raise _Failed(" / ".join(reading.tail[-2:]))
        finally:
            await _stop(reading)
        async with self._turn:
            await self._stream.finish()
        take_id = next(iter(self._stream.takes), None)
        if take_id is None:
            raise _Failed("no picture and no sound came out of it")
        await self._move_in(take_id)
        seconds = self._stream.lanes[self._stream.variants[0].name].closed
        return Imported(take_id, sum(each.duration_seconds for each in seconds))

    async def _encode(
        self, reading: Program, container: str, note: Callable[[float], None]
    ) -> None:
        sniffer = SourceSniffer(container, ffmpeg=self._webcast.ffmpeg)
        source: SourceInfo | None = None
        while source is None:
            data = await reading.output.read(_READ_BYTES)
            source = await (sniffer.feed(data) if data else sniffer.conclude())
            if source is None and not data:
                raise _Failed(" / ".join(reading.tail[-2:]) or "it is empty")
        encoder, capture = await self._begin(source, container)
        try:
            async with asyncio.TaskGroup() as group:
                for plan in capture.plans:
                    group.create_task(
                        self._read(encoder, capture, plan.name, note),
                        name=f"import.{plan.name}",
                    )
                await encoder.write(sniffer.buffered())
                while data := await reading.output.read(_READ_BYTES):
                    await encoder.write(data)
                await encoder.finish(_FINISH_SECONDS)
        except* (EncoderGone, DiskFull, Fmp4Error) as errors:
            raise errors.exceptions[0] from None
        finally:
            await encoder.aclose()

    async def _begin(
        self, source: SourceInfo, container: str
    ) -> tuple[Encoder, Capture]:
        plans = plan_renditions(source, ladder=self._webcast.ladder)
        seconds = self._channel.part_seconds_for(source)
        self._stream.fix(self._channel.public.constants)
        self._stream.number_after(self._channel.public, [plan.name for plan in plans])
        anchor = self._starts_at - timedelta(seconds=TIMELINE_START_SECONDS)
        encoder = Encoder(
            ffmpeg=self._webcast.ffmpeg,
            source=source,
            renditions=plans,
            part_seconds=seconds,
            input_format=container,
        )
        await encoder.start()
        return encoder, Capture(plans, source, anchor_at=anchor)

    async def _read(
        self,
        encoder: Encoder,
        capture: Capture,
        name: str,
        note: Callable[[float], None],
    ) -> None:
        reader = Fmp4Reader()
        async for chunk in encoder.fragments(name):
            for item in reader.feed(chunk):
                async with self._turn:
                    if isinstance(item, Init):
                        await self._add_init(capture, name, item)
                        continue
                    piece = Piece(
                        data=item.data,
                        start_seconds=item.start_seconds,
                        duration_seconds=item.duration_seconds,
                        independent=item.independent,
                    )
                    at = self._starts_at + timedelta(seconds=item.end_seconds)
                    await self._stream.add(name, piece, wall=at)
                if name == capture.leading:
                    played = item.end_seconds - TIMELINE_START_SECONDS
                    note(min(0.99, max(0.0, played / self._seconds)))

    async def _add_init(self, capture: Capture, name: str, init: Init) -> None:
        """Open the take with the first initialization that comes."""
        capture.inits[name] = init
        if self._stream.open_take is not None:
            await self._stream.add_init(name, init.data)
            return
        await self._stream.begin(
            kind="import",
            anchor_at=capture.anchor.at or self._starts_at,
            leading=capture.leading,
            variants=capture.variants,
            inits={name: init.data},
            source_hash=self._digest,
        )

    async def _move_in(self, take_id: str) -> None:
        _refuse_overlap(self._channel, self._starts_at, self._seconds)
        try:
            await self._channel.adopt(self.staging / take_id)
        except ValueError as error:
            raise Refusal(
                "room_on_air", "The room went on air meanwhile; import it afterwards."
            ) from error


async def _stop(program: Program) -> None:
    """Stop it, reading what it still says: with a full pipe its end is not seen."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_drain(program), name="import.drain")
        await program.stop()


async def _drain(program: Program) -> None:
    while await program.output.read(_READ_BYTES):
        pass


def _refuse_overlap(channel: Channel, starts_at: datetime, seconds: float) -> None:
    public = channel.public
    if public.open_take is not None:
        raise Refusal("room_on_air", "The room is on air; import it afterwards.")
    ends_at = starts_at + timedelta(seconds=seconds)
    spans = channel.recorded_spans()
    if any(start < ends_at and starts_at < end for start, end in spans):
        raise Refusal(
            "recording_overlaps", "There is a recording of that time already."
        )
    if spans and not public.is_recording and starts_at < spans[-1][1]:
        raise Refusal(
            "recording_overlaps",
            "While a meeting is under way only later recordings can be added.",
        )


def _hash(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as data:
        while block := data.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
