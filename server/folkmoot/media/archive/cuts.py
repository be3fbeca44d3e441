"""Which seconds of a recording are taken away, and what is left beside them. Pure.

A cut says two moments. Media lie in segments, so every segment that a cut touches
goes, and what stood in it outside of the cut is encoded anew as an edge.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.take import GoneSegment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from folkmoot.media.pack.packager import Segment

REORDER_SECONDS = 0.12
"""How far the last frames of a segment may be shown after its end: B-frames."""

SHORTEST_EDGE_SECONDS = 0.04  # a frame


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that the public may not have, and the kind of reason that it reads."""

    cut_id: str
    from_at: datetime
    to_at: datetime
    category: str = "other"


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a segment between two moments, as a take of its own."""

    sequence: int
    origin: str
    from_at: datetime
    to_at: datetime
    take_id: str = ""

    @property
    def place(self) -> tuple[int, datetime, datetime]:
        """What tells it from other edges."""
        return self.sequence, self.from_at, self.to_at


def find_gone(
    lanes: Iterable[Sequence[Segment]], leader: Sequence[Segment], cuts: Sequence[Cut]
) -> tuple[GoneSegment, ...]:
    """The segments that cuts touch in any rendition, as the leading one has them."""
    touched = {
        segment.sequence
        for segments in lanes
        for segment in segments
        if any(touches(segment, cut) for cut in cuts)
    }
    return tuple(
        GoneSegment(each.sequence, each.start_seconds, each.duration_seconds)
        for each in leader
        if each.sequence in touched
    )


def touches(segment: Segment, cut: Cut) -> bool:
    """Whether a frame of the segment may lie in the cut."""
    last = segment.end_at + timedelta(seconds=REORDER_SECONDS)
    return last > cut.from_at and segment.at < cut.to_at


def find_edges(gone: Sequence[Segment], origin: str, cuts: Sequence[Cut]) -> list[Edge]:
    """What is to be kept of segments that are taken away, oldest first."""
    edges = []
    for segment in gone:
        left = [(segment.at, segment.end_at)]
        for cut in cuts:
            left = [piece for span in left for piece in _subtract(span, cut)]
        edges += [
            Edge(sequence=segment.sequence, origin=origin, from_at=start, to_at=end)
            for start, end in left
            if (end - start).total_seconds() >= SHORTEST_EDGE_SECONDS
        ]
    return edges


def _subtract(
    span: tuple[datetime, datetime], cut: Cut
) -> list[tuple[datetime, datetime]]:
    start, end = span
    if cut.to_at <= start or cut.from_at >= end:
        return [span]
    return [
        piece
        for piece in ((start, cut.from_at), (cut.to_at, end))
        if piece[0] < piece[1]
    ]
