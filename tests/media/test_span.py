from __future__ import annotations

from datetime import timedelta

import pytest

from folkmoot.media.pack.span import Timeline, select_span
from tests.media.packaging import ANCHOR, pack, pieces, shift

packager, _ = pack(("source", pieces(16)))
pack(
    ("source", pieces(8)),
    packager=packager,
    take_id="x_b",
    anchor_at=ANCHOR + timedelta(seconds=30),
)
SEGMENTS = packager.lanes["source"].closed  # 10-18 and 40-44 seconds after the anchor
TIMELINE = Timeline.from_segments(SEGMENTS)


@pytest.mark.parametrize(
    ("at", "offset"),
    [
        (9.9, None),
        (10.0, 0.0),
        (15.5, 5.5),
        (18.0, 8.0),
        (25.0, 8.0),  # in the gap: where playing goes on
        (41.0, 9.0),
        (44.0, 12.0),
        (44.5, None),
    ],
)
def test_offset_is_playable_seconds(at, offset):
    assert TIMELINE.offset_at(shift(at)) == pytest.approx(offset)


@pytest.mark.parametrize(
    ("offset", "at"),
    [(0.0, 10.0), (5.5, 15.5), (7.99, 17.99), (8.0, 40.0), (12.0, 44.0)],
)
def test_moment_of_an_offset(offset, at):
    assert TIMELINE.at_of(offset) == shift(at)


@pytest.mark.parametrize("offset", [-1.0, 12.5])
def test_no_moment_outside(offset):
    assert TIMELINE.at_of(offset) is None


def test_spans_and_length():
    assert TIMELINE.spans() == [(shift(10), shift(18)), (shift(40), shift(44))]
    assert TIMELINE.seconds == 12.0
    assert (TIMELINE.start_at, TIMELINE.end_at) == (shift(10), shift(44))


def test_nothing_recorded():
    empty = Timeline.from_segments([])
    assert (empty.seconds, empty.spans()) == (0.0, [])
    assert empty.offset_at(shift(0)) is None
    assert empty.at_of(0.0) is None


@pytest.mark.parametrize(
    ("from_at", "to_at", "numbers", "start"),
    [
        (11.0, 12.0, [1], 1.0),
        (11.0, 14.5, [1, 2], 1.0),
        (14.0, 18.0, [2], 0.0),
        (20.0, 41.0, [3], 0.0),
        (50.0, 60.0, [], 0.0),
        (None, 12.0, [1], 0.0),
        (17.0, None, [2, 3], 3.0),
    ],
)
def test_span_takes_whole_segments(from_at, to_at, numbers, start):
    segments, begin = select_span(
        SEGMENTS,
        None if from_at is None else shift(from_at),
        None if to_at is None else shift(to_at),
    )
    assert [segment.sequence for segment in segments] == numbers
    assert begin == start
