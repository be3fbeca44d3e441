"""A room's sound as the public has it, piece by piece, for who writes captions.

Read from the public stream alone: what is off air, paused, held back by a delay or
taken away is not in it, so no listener can be told of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.playlist import name_segment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from folkmoot.media.pack.packager import Part, Segment
    from folkmoot.media.pack.recorder import Recorder
    from folkmoot.media.pack.stream import Stream
    from folkmoot.media.pack.take import TakeInfo
    from folkmoot.media.webcast import Webcast

_SLACK = timedelta(milliseconds=60)  # parts of one take touch to within rounding


class SoundPiece(msgspec.Struct, frozen=True):
    """Fragments of MP4 with sound in them; `init` where a take or rendition begins."""

    at: datetime
    seconds: float
    data: bytes
    init: bytes | None


class PublicSound:
    """The rooms' sound as the public has it."""

    def __init__(self, webcast: Webcast) -> None:
        self._webcast = webcast

    def on_air(self) -> list[tuple[str, str]]:
        """Meeting and room of each room that the public hears now."""
        found = []
        for room in self._webcast.rooms():
            place = (room.meeting_id, room.room_id)
            take = self._webcast.channel(*place).public.open_take
            if take is not None and take.kind != "slate":
                found.append(place)
        return found

    def listen(
        self, meeting_id: str, room_id: str, *, after: datetime, recording: bool = False
    ) -> Listener:
        """Read a room from a moment on. Raises `KeyError`."""
        stream = self._webcast.channel(meeting_id, room_id).public
        recorder = self._webcast.recorder
        return Listener(stream, recorder, after=after, recording=recording)

    def recorded_span(
        self, meeting_id: str, room_id: str
    ) -> tuple[datetime, datetime] | None:
        """From when to when there is recording; None: there is none."""
        try:
            spans = self._webcast.channel(meeting_id, room_id).recorded_spans()
        except KeyError:
            return None
        return (spans[0][0], max(end for _, end in spans)) if spans else None

    def is_public(
        self, meeting_id: str, room_id: str, start_at: datetime, end_at: datetime
    ) -> bool:
        """Whether the public has come past this time, and nothing of it is missing."""
        try:
            spans = self._webcast.channel(meeting_id, room_id).recorded_spans()
        except KeyError:
            return False
        return any(start <= start_at and end_at <= end for start, end in spans)

    def delay_seconds(self, meeting_id: str, room_id: str) -> float:
        """How far the public is behind."""
        try:
            return self._webcast.channel(meeting_id, room_id).delay_seconds
        except KeyError:
            return 0.0

    def is_cut(
        self, meeting_id: str, room_id: str, start_at: datetime, end_at: datetime
    ) -> bool:
        """Whether something of this time was taken away."""
        try:
            cuts = self._webcast.channel(meeting_id, room_id).cuts
        except KeyError:
            return False
        return any(cut.from_at < end_at and start_at < cut.to_at for cut in cuts)


class _Place(msgspec.Struct, frozen=True):
    """Where bytes of a piece lie; the whole file if `size` is None."""

    take_id: str
    rendition: str
    sequence: int
    at: datetime
    end_at: datetime
    offset: int = 0
    size: int | None = None


class Listener:
    """Reads a public stream from a moment on, as fast as it is asked.

    `recording` reads what was recorded in the order of time, films that were brought
    in included, and not what is being made.
    """

    def __init__(
        self,
        stream: Stream,
        recorder: Recorder,
        *,
        after: datetime,
        recording: bool = False,
    ) -> None:
        self._recording = recording
        self._stream = stream
        self._recorder = recorder
        self._init_of: tuple[str, str] | None = None
        self.after = after
        """Up to here it was read."""

    @property
    def end_at(self) -> datetime | None:
        """The moment that the public stream has come to."""
        stream, take = self._stream, self._stream.open_take
        lane = stream.lanes.get(take.leading) if take is not None else None
        if take is not None and lane is not None and lane.open_parts:
            return _moment(take, lane.open_parts[-1].end_seconds)
        variant = next(iter(stream.variants), None)
        lane = stream.lanes.get(variant.name) if variant else None
        return lane.closed[-1].end_at if lane and lane.closed else None

    async def next(self, wait_seconds: float) -> SoundPiece | None:
        """The next piece; None when there is none in this time."""
        place = self._find()
        if place is None and wait_seconds > 0 and self._stream.variants:
            names = [variant.name for variant in self._stream.variants]
            await self._stream.wait(self._sounding() or names[0], wait_seconds)
            place = self._find()
        if place is None:
            return None
        self.after = place.end_at
        key = (place.take_id, place.rendition)
        try:
            init = None
            if key != self._init_of:
                folder = self._stream.directory / place.take_id / place.rendition
                init = await self._recorder.run((folder / "init.mp4").read_bytes)
            data = await self._recorder.run(_read, self._stream.directory, place)
        except OSError:  # taken away meanwhile
            return await self.next(0)
        self._init_of = key
        seconds = (place.end_at - place.at).total_seconds()
        return SoundPiece(place.at, seconds, data, init)

    def _sounding(self) -> str | None:
        take = self._stream.open_take
        return None if take is None else self._rendition(take)

    def _rendition(self, take: TakeInfo) -> str:
        """The smallest rendition of a take that is made: sound alone, if there is."""
        for variant in take.variants:
            small = variant.width is None and variant.name not in self._stream.idle
            if small and variant.name in self._stream.lanes:
                return variant.name
        return take.leading

    def _find(self) -> _Place | None:
        """What follows, without what has no sound: slates and gaps."""
        closed = self._first_closed()
        if closed is not None or self._recording:
            return closed
        take = self._stream.open_take
        if take is None or take.kind == "slate":
            return None
        rendition = self._rendition(take)
        lane = self._stream.lanes.get(rendition)
        if lane is None:
            return None
        parts = [
            part
            for part in lane.open_parts
            if _moment(take, part.start_seconds) > self.after - _SLACK
        ]
        if not parts:
            return None
        return _slice(
            take.take_id,
            rendition,
            lane.last_sequence + 1,
            parts,
            _moment(take, parts[0].start_seconds),
        )

    def _first_closed(self) -> _Place | None:
        """The first closed segment with something new in it."""
        variant = next(iter(self._stream.variants), None)
        lane = self._stream.lanes.get(variant.name) if variant else None
        if lane is None:
            return None
        segments = lane.closed
        if self._recording:
            segments = self._stream.recorded(lane.name)
        for model in _after(segments, self.after + _SLACK):
            take = self._stream.takes.get(model.take_id)
            if take is None or take.kind == "slate":
                continue
            rendition = self._rendition(take)
            segment = self._segment(rendition, model.sequence)
            if segment is None or segment.gap:
                rendition = take.leading
                segment = self._segment(rendition, model.sequence)
            if segment is None or segment.gap:
                continue
            place = _place(segment, rendition, self.after)
            if place is not None:
                return place
        return None

    def _segment(self, rendition: str, sequence: int) -> Segment | None:
        lane = self._stream.lanes.get(rendition)
        closed = lane.closed if lane else []
        index = sequence - closed[0].sequence if closed else -1
        return closed[index] if 0 <= index < len(closed) else None


def _after(segments: Sequence[Segment], at: datetime) -> Sequence[Segment]:
    """The segments that end later, found from the end: there are few."""
    first = len(segments)
    while first and segments[first - 1].end_at > at:
        first -= 1
    return segments[first:]


def _place(segment: Segment, rendition: str, after: datetime) -> _Place | None:
    if segment.at > after - _SLACK or not segment.parts:
        whole = _Place(
            segment.take_id, rendition, segment.sequence, segment.at, segment.end_at
        )
        return whole if segment.end_at > after + _SLACK else None
    parts = [part for part in segment.parts if _part_at(segment, part) > after - _SLACK]
    if not parts:
        return None
    return _slice(
        segment.take_id,
        rendition,
        segment.sequence,
        parts,
        _part_at(segment, parts[0]),
    )


def _slice(
    take_id: str, rendition: str, sequence: int, parts: Sequence[Part], at: datetime
) -> _Place:
    """Parts that lie behind one another in a segment's file."""
    seconds = parts[-1].end_seconds - parts[0].start_seconds
    return _Place(
        take_id,
        rendition,
        sequence,
        at,
        at + timedelta(seconds=seconds),
        parts[0].offset,
        parts[-1].offset + parts[-1].size - parts[0].offset,
    )


def _part_at(segment: Segment, part: Part) -> datetime:
    return segment.at + timedelta(seconds=part.start_seconds - segment.start_seconds)


def _moment(take: TakeInfo, seconds: float) -> datetime:
    return take.anchor_at + timedelta(seconds=seconds)


def _read(directory: Path, place: _Place) -> bytes:
    path = directory / place.take_id / place.rendition / name_segment(place.sequence)
    with path.open("rb") as file:
        file.seek(place.offset)
        return file.read() if place.size is None else file.read(place.size)
