"""Lasting moments and playable seconds of a recording, and spans of it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.packager import Segment, make_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from folkmoot.media.pack.stream import Stream

_SLACK_SECONDS = 0.05  # two takes of one capture touch to within rounding


class Timeline(msgspec.Struct, frozen=True):
    """Segments in the order in which they play; `starts` are playable seconds."""

    segments: tuple[Segment, ...]
    starts: tuple[float, ...]

    @classmethod
    def of(cls, stream: Stream, *, slates: bool | None = None) -> Timeline:
        """What a stream plays now: slates are in it until it has ended.

        All renditions have the same segments, so the first stands for all.
        """
        variant = next(iter(stream.variants), None)
        lane = stream.lanes.get(variant.name) if variant else None
        if lane is None:
            return cls((), ())
        with_slates = not stream.is_recording if slates is None else slates
        segments = list(lane.closed) if with_slates else stream.recorded(lane.name)
        take = stream.open_take
        if take is not None and (with_slates or take.kind != "slate"):
            leading = stream.lanes[take.leading]
            if leading.open_parts:
                segments.append(
                    make_segment(
                        leading.last_sequence + 1,
                        take.take_id,
                        take.anchor_at,
                        leading.open_parts,
                    )
                )
        if not with_slates:
            segments.sort(key=lambda segment: segment.at)
        return cls.from_segments(segments)

    @classmethod
    def from_segments(cls, segments: Sequence[Segment]) -> Timeline:
        """The timeline of these segments."""
        starts, total = [], 0.0
        for segment in segments:
            starts.append(total)
            total += segment.duration_seconds
        return cls(tuple(segments), tuple(starts))

    @property
    def seconds(self) -> float:
        """How long it plays: the sum of EXTINF."""
        if not self.segments:
            return 0.0
        return self.starts[-1] + self.segments[-1].duration_seconds

    @property
    def start_at(self) -> datetime | None:
        """The moment at 0."""
        return self.segments[0].at if self.segments else None

    @property
    def end_at(self) -> datetime | None:
        """The moment of its end."""
        return self.segments[-1].end_at if self.segments else None

    def offset_at(self, at: datetime) -> float | None:
        """Playable seconds of a moment; in a gap, where playing goes on."""
        index = bisect_right(self.segments, at, key=lambda segment: segment.at) - 1
        if index < 0:
            return None
        segment = self.segments[index]
        inside = (at - segment.at).total_seconds()
        if inside <= segment.duration_seconds:
            return self.starts[index] + inside
        if index + 1 < len(self.segments):
            return self.starts[index + 1]
        return None

    def at_of(self, seconds: float) -> datetime | None:
        """The moment at a playable second."""
        index = bisect_right(self.starts, seconds) - 1
        if index < 0:
            return None
        segment = self.segments[index]
        inside = seconds - self.starts[index]
        if inside > segment.duration_seconds + 1e-6:
            return None
        return segment.at + timedelta(seconds=inside)

    def spans(self) -> list[tuple[datetime, datetime]]:
        """Stretches without a gap."""
        spans: list[tuple[datetime, datetime]] = []
        for segment in self.segments:
            end_at = segment.end_at
            if spans and (segment.at - spans[-1][1]).total_seconds() <= _SLACK_SECONDS:
                spans[-1] = (spans[-1][0], end_at)
            else:
                spans.append((segment.at, end_at))
        return spans


def select_span(
    segments: Sequence[Segment], from_at: datetime | None, to_at: datetime | None
) -> tuple[list[Segment], float]:
    """Whole segments that hold a span, and where in them it starts, in seconds."""
    chosen = [
        segment
        for segment in segments
        if (to_at is None or segment.at < to_at)
        and (from_at is None or segment.end_at > from_at)
    ]
    if not chosen or from_at is None:
        return chosen, 0.0
    return chosen, max(0.0, (from_at - chosen[0].at).total_seconds())
