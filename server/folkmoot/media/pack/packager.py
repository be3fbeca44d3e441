"""Decides how fragments become parts and segments, pure.

The leading rendition of a take decides every cut, and the others follow at the
same media time; so all renditions have the same segments under the same media
sequence numbers. A rendition that stays behind, or that a take lacks, goes on as
gaps. Rules: draft-pantos-hls-rfc8216bis, 4.4.4.9 (parts) and 6.2.1.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from folkmoot.media.pack.fmp4 import Fragment

PART_MARGIN_SECONDS = 0.025
"""A first part is longer by an AAC frame; this and a rounded frame fit in it."""

CUT_TOLERANCE_SECONDS = 0.03
"""Times of renditions differ by less than this where they mean the same."""

_SHORT = 0.85  # a shorter part must be the last of its segment
_FOLLOW_SECONDS = 0.1
_LAG_SEGMENTS = 2
_ROUNDING = 0.499  # EXTINF rounded to the nearest integer may not pass the target


class Constants(msgspec.Struct, frozen=True):
    """What never changes in a channel, since players stop where it does."""

    part_seconds: float = 0.5
    segment_seconds: float = 4.0
    first_segment_seconds: float | None = None
    """From where on a take's first segment may end; None: like the others."""

    @property
    def part_target(self) -> float:
        """PART-TARGET."""
        return round(self.part_seconds + PART_MARGIN_SECONDS, 5)

    @property
    def target_duration(self) -> int:
        """EXT-X-TARGETDURATION."""
        return max(1, round(self.segment_seconds))


class Part(msgspec.Struct, frozen=True):
    """A fragment in its segment's file; `number` runs on through the channel."""

    number: int
    offset: int
    size: int
    start_seconds: float
    duration_seconds: float
    independent: bool

    @property
    def end_seconds(self) -> float:
        """Media time of its end."""
        return self.start_seconds + self.duration_seconds


class Segment(msgspec.Struct, frozen=True):
    """A run of parts under one media sequence number; `gap`: there is no media."""

    sequence: int
    take_id: str
    start_seconds: float
    duration_seconds: float
    at: datetime
    parts: tuple[Part, ...] = ()
    gap: bool = False

    @property
    def end_at(self) -> datetime:
        """The date-time of its end."""
        return self.at + timedelta(seconds=self.duration_seconds)

    @property
    def size(self) -> int:
        """Bytes in its file."""
        return self.parts[-1].offset + self.parts[-1].size if self.parts else 0

    @property
    def independent(self) -> bool:
        """Whether it can be decoded without the one before."""
        return self.gap or not self.parts or self.parts[0].independent


class PartAdded(msgspec.Struct, frozen=True):
    """Append these bytes to the segment `sequence` of `rendition`."""

    rendition: str
    sequence: int
    part: Part
    data: bytes


class SegmentClosed(msgspec.Struct, frozen=True):
    """Nothing more comes to this segment."""

    rendition: str
    segment: Segment


Step = PartAdded | SegmentClosed


class Piece(msgspec.Struct, frozen=True):
    """A fragment as the packager wants it, with times on the take's timeline."""

    data: bytes
    start_seconds: float
    duration_seconds: float
    independent: bool

    @property
    def end_seconds(self) -> float:
        """Media time of its end."""
        return self.start_seconds + self.duration_seconds


def to_piece(fragment: Fragment) -> Piece:
    """A fragment as the packager wants it."""
    return Piece(
        data=fragment.data,
        start_seconds=fragment.start_seconds,
        duration_seconds=fragment.duration_seconds,
        independent=fragment.independent,
    )


class Lane:
    """One rendition: its closed segments, the open one, what is held back."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed: list[Segment] = []
        self.open_parts: list[Part] = []
        self.next_part = 1
        self.held: list[Piece] = []
        self.cuts_followed = 0
        self.numbers_taken = 0  # segments that lie elsewhere, before these

    @property
    def last_sequence(self) -> int:
        """The last closed segment's number; 0 when there is none."""
        return self.closed[-1].sequence if self.closed else self.numbers_taken

    @property
    def last_part(self) -> tuple[int, int]:
        """Where the last part is: segment number and place in it; (0, -1): none."""
        if self.open_parts:
            return self.last_sequence + 1, len(self.open_parts) - 1
        if self.closed:
            return self.last_sequence, len(self.closed[-1].parts) - 1
        return 0, -1

    def apply(self, step: Step) -> None:
        """Take over what another lane did."""
        if isinstance(step, SegmentClosed):
            self.closed.append(step.segment)
            self.open_parts = []
        else:
            self.open_parts.append(step.part)
            self.next_part = step.part.number + 1


class TakeHead(msgspec.Struct, frozen=True):
    """The take that is being packaged."""

    take_id: str
    anchor_at: datetime
    leading: str
    renditions: tuple[str, ...]


class Packager:
    """All renditions of one channel; fragments in, `Step`s out.

    The caller does the steps in order and shows them when they are done.
    """

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.lanes: dict[str, Lane] = {}
        self.take: TakeHead | None = None
        self.independent_segments = True
        self.idle: AbstractSet[str] = frozenset()
        """Renditions of the take that are not made now: they go on as gaps."""
        self._cuts: list[float] = []
        self._key_at: float | None = None
        self._key_interval = 0.0

    def open_take(self, take: TakeHead) -> Iterator[Step]:
        """Begin a take; a rendition seen for the first time starts with gaps."""
        if self.take is not None:
            raise ValueError(f"Take {self.take.take_id} is still open.")
        model = next(iter(self.lanes.values()), None)
        for name in take.renditions:
            if name in self.lanes:
                continue
            lane = self.lanes[name] = Lane(name)
            for segment in model.closed if model else ():
                gap = msgspec.structs.replace(segment, gap=True, parts=())
                lane.closed.append(gap)
                yield SegmentClosed(name, gap)
        self.take = take
        self._cuts = []
        self._key_at = None
        self._key_interval = 0.0
        for lane in self.lanes.values():
            lane.cuts_followed = 0
            lane.held.clear()

    def add(self, rendition: str, piece: Piece) -> Iterator[Step]:
        """Take one fragment. Those of unknown renditions are dropped."""
        take = self._opened()
        lane = self.lanes.get(rendition)
        if lane is None or rendition not in take.renditions:
            return
        if rendition != take.leading:
            lane.held.append(piece)
            yield from self._follow(lane)
            return
        yield from self._lead(lane, piece)
        for name in take.renditions:
            if name != take.leading:
                yield from self._follow(self.lanes[name])

    def close_take(self, *, cut_seconds: float | None = None) -> Iterator[Step]:
        """End the take; all renditions then stand at the same number.

        What is still held back and reaches past `cut_seconds` is dropped.
        """
        take = self._opened()
        leader = self.lanes[take.leading]
        for lane in self.lanes.values():
            if cut_seconds is not None:
                last = cut_seconds + CUT_TOLERANCE_SECONDS
                lane.held = [piece for piece in lane.held if piece.end_seconds <= last]
            yield from self._flush(lane)
            yield from self._close(lane)
        for lane in self.lanes.values():
            yield from self._fill(lane, leader, len(leader.closed))
        self.take = None

    def forget_before(self, sequence: int) -> None:
        """Drop closed segments with lower numbers from a sliding window."""
        for lane in self.lanes.values():
            while lane.closed and lane.closed[0].sequence < sequence:
                del lane.closed[0]

    def _opened(self) -> TakeHead:
        if self.take is None:
            raise ValueError("No take is open.")
        return self.take

    def _lead(self, lane: Lane, piece: Piece) -> Iterator[Step]:
        if self._cuts_before(lane, piece):
            yield from self._cut(lane, piece)
        if piece.independent:
            if self._key_at is not None:
                self._key_interval = piece.start_seconds - self._key_at
            self._key_at = piece.start_seconds
        yield self._append(lane, piece)

    def _cuts_before(self, lane: Lane, piece: Piece) -> bool:
        if not lane.open_parts:
            return False
        limit = self.constants.target_duration + _ROUNDING
        opened = lane.open_parts[-1].end_seconds - lane.open_parts[0].start_seconds
        if opened + piece.duration_seconds > limit:
            return True  # the key frames are too far apart: better so than never
        if not piece.independent:
            return False
        if lane.open_parts[-1].duration_seconds < _SHORT * self.constants.part_target:
            return True
        first = self.constants.first_segment_seconds
        if first is not None and not self._cuts and opened >= first:
            # hls.js plays nothing before the playlist has a whole segment, so a
            # live take's first one ends at its first key frame.
            return True
        wanted = self.constants.segment_seconds - self.constants.part_seconds / 2
        return opened >= wanted or opened + self._next_interval(piece) > limit

    def _next_interval(self, piece: Piece) -> float:
        """How long until the next key frame, if it goes on as it did."""
        if self._key_at is None:
            return self._key_interval
        return max(piece.start_seconds - self._key_at, self._key_interval)

    def _cut(self, lane: Lane, piece: Piece) -> Iterator[Step]:
        self._cuts.append(piece.start_seconds)
        self.independent_segments &= piece.independent
        yield from self._close(lane)
        take = self._opened()
        for other in self.lanes.values():
            if other is lane:
                continue
            missing = other.name not in take.renditions or other.name in self.idle
            lag = 0 if missing else _LAG_SEGMENTS
            if missing and other.open_parts:
                yield from self._give_up(other)
            if other.open_parts:
                continue
            yield from self._fill(other, lane, len(lane.closed) - lag)

    def _give_up(self, lane: Lane) -> Iterator[Step]:
        """Close what a rendition has that is not made any more; it may be short."""
        lane.held.clear()
        yield from self._close(lane)
        lane.cuts_followed += 1

    def _fill(self, lane: Lane, leader: Lane, count: int) -> Iterator[Step]:
        """Go on as gaps up to the leader's first `count` segments."""
        first = leader.closed[0].sequence if leader.closed else 1
        for segment in leader.closed[max(0, lane.last_sequence + 1 - first) : count]:
            gap = msgspec.structs.replace(segment, gap=True, parts=())
            lane.closed.append(gap)
            lane.cuts_followed += 1
            yield SegmentClosed(lane.name, gap)

    def _follow(self, lane: Lane) -> Iterator[Step]:
        """Place what is held of a follower, as far as the cuts are known."""
        leading = self.lanes[self._opened().leading]
        known = leading.open_parts[-1].end_seconds if leading.open_parts else -1.0
        while lane.held:
            start = lane.held[0].start_seconds
            if start + _FOLLOW_SECONDS >= known:
                return
            yield from self._place(lane, lane.held.pop(0))

    def _flush(self, lane: Lane) -> Iterator[Step]:
        while lane.held:
            yield from self._place(lane, lane.held.pop(0))

    def _place(self, lane: Lane, piece: Piece) -> Iterator[Step]:
        start = piece.start_seconds + _FOLLOW_SECONDS
        if lane.cuts_followed and start < self._cuts[lane.cuts_followed - 1]:
            return  # its segment is past: it became a gap
        while lane.cuts_followed < len(self._cuts):
            if start < self._cuts[lane.cuts_followed]:
                break
            if lane.open_parts:
                yield from self._close(lane)
                lane.cuts_followed += 1
            else:
                leader = self.lanes[self._opened().leading]
                behind = lane.last_sequence - leader.last_sequence + len(leader.closed)
                yield from self._fill(lane, leader, behind + 1)
        if self._is_too_late(lane, piece):
            return  # the beginning of its segment is missing: the next is whole
        yield self._append(lane, piece)

    def _is_too_late(self, lane: Lane, piece: Piece) -> bool:
        if lane.open_parts or not lane.cuts_followed:
            return False
        begins = self._cuts[lane.cuts_followed - 1]
        late = piece.start_seconds - begins - _FOLLOW_SECONDS
        return late > self.constants.part_target

    def _append(self, lane: Lane, piece: Piece) -> PartAdded:
        last = lane.open_parts[-1] if lane.open_parts else None
        part = Part(
            number=lane.next_part,
            offset=last.offset + last.size if last else 0,
            size=len(piece.data),
            start_seconds=round(piece.start_seconds, 6),
            duration_seconds=round(piece.duration_seconds, 6),
            independent=piece.independent,
        )
        lane.next_part += 1
        lane.open_parts.append(part)
        return PartAdded(lane.name, lane.last_sequence + 1, part, piece.data)

    def _close(self, lane: Lane) -> Iterator[Step]:
        if not lane.open_parts:
            return
        take = self._opened()
        segment = make_segment(
            lane.last_sequence + 1, take.take_id, take.anchor_at, lane.open_parts
        )
        lane.closed.append(segment)
        lane.open_parts = []
        yield SegmentClosed(lane.name, segment)


def make_segment(
    sequence: int, take_id: str, anchor_at: datetime, parts: Sequence[Part]
) -> Segment:
    """The segment that these parts make."""
    start = parts[0].start_seconds
    return Segment(
        sequence=sequence,
        take_id=take_id,
        start_seconds=start,
        duration_seconds=round(sum(part.duration_seconds for part in parts), 6),
        at=anchor_at + timedelta(seconds=start),
        parts=tuple(parts),
    )
