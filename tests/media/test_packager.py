from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.media.pack.packager import (
    Constants,
    Packager,
    PartAdded,
    Piece,
    SegmentClosed,
    TakeHead,
)
from tests.media.packaging import ANCHOR, data_of, pack, pieces, shift


def durations(packager: Packager, name: str) -> list[float]:
    return [segment.duration_seconds for segment in packager.lanes[name].closed]


def test_part_target_is_the_part_and_a_margin():
    assert Constants(0.5, 4.0).part_target == 0.525
    assert Constants(0.4, 4.0).part_target == 0.425
    assert Constants(0.5, 4.0).target_duration == 4


@pytest.mark.parametrize(
    ("key_each", "seconds"),
    [
        (4, [4.0, 4.0, 4.0]),  # key frames each 2 s
        (2, [4.0, 4.0, 4.0]),
        (6, [3.0, 3.0, 3.0, 3.0]),  # two of 3 s would pass the target duration
        (8, [4.0, 4.0, 4.0]),
    ],
)
def test_segments_hold_whole_groups_up_to_the_target(key_each, seconds):
    packager, _ = pack(("source", pieces(24, key_each=key_each)))
    assert durations(packager, "source") == seconds
    assert packager.independent_segments


@pytest.mark.parametrize(
    ("key_each", "seconds"),
    [
        (2, [1.0, 4.0, 4.0, 3.0]),  # key frames each second
        (4, [2.0, 4.0, 4.0, 2.0]),
        (8, [4.0, 4.0, 4.0]),
    ],
)
def test_first_segment_of_a_live_take_ends_early(key_each, seconds):
    constants = Constants(0.5, 4.0, first_segment_seconds=1.0)
    packager, _ = pack(("source", pieces(24, key_each=key_each)), constants=constants)
    assert durations(packager, "source") == seconds


def test_key_frames_too_far_apart_are_cut_between():
    packager, _ = pack(("source", pieces(24, key_each=12)))
    assert durations(packager, "source") == [4.0, 2.0, 4.0, 2.0]
    assert not packager.independent_segments


def test_a_short_part_is_the_last_of_its_segment():
    first = pieces(4, duration=0.52)[:3]
    group = [*first, Piece(b"short", 11.56, 0.44, False)]
    later = [
        Piece(
            piece.data,
            piece.start_seconds + 2.0,
            piece.duration_seconds,
            piece.independent,
        )
        for piece in group
    ]
    packager, _ = pack(("source", [*group, *later]))
    for segment in packager.lanes["source"].closed:
        for part in segment.parts[:-1]:
            assert part.duration_seconds >= 0.85 * 0.525


def test_followers_are_cut_where_the_leader_is():
    audio = pieces(24, start=9.979, duration=0.512, key_each=1, mark=b"a")
    packager, steps = pack(("source", pieces(24)), ("audio", audio))
    lane = packager.lanes["audio"]
    assert [segment.sequence for segment in lane.closed] == [1, 2, 3]
    assert b"".join(data for _, data in data_of(steps, "audio")) == b"".join(
        piece.data for piece in audio
    )
    for mine, theirs in zip(lane.closed, packager.lanes["source"].closed, strict=True):
        assert mine.start_seconds == pytest.approx(theirs.start_seconds, abs=0.512)


def test_a_follower_that_is_ahead_waits_for_the_leader():
    packager = Packager(Constants())
    list(packager.open_take(TakeHead("x_a", ANCHOR, "source", ("source", "audio"))))
    assert list(packager.add("audio", pieces(1)[0])) == []
    steps = list(packager.add("source", pieces(1)[0]))
    assert [step.rendition for step in steps] == ["source", "audio"]


def test_a_segment_closes_in_the_step_that_opens_the_next():
    packager, _ = pack(("source", pieces(8)), close=False)
    steps = list(packager.add("source", pieces(9)[8]))
    assert [type(step) for step in steps] == [SegmentClosed, PartAdded]
    assert isinstance(steps[1], PartAdded)
    assert (steps[1].sequence, steps[1].part.number, steps[1].part.offset) == (2, 9, 0)


def test_a_rendition_that_stays_behind_goes_on_as_gaps():
    packager, _ = pack(("source", pieces(32)), ("360p", pieces(4)))
    assert [segment.gap for segment in packager.lanes["360p"].closed] == [
        False, True, True, True,
    ]  # fmt: skip
    assert durations(packager, "360p")[1:] == durations(packager, "source")[1:]


def test_a_take_without_a_rendition_is_a_gap_there():
    packager, _ = pack(("source", pieces(8)), ("360p", pieces(8)))
    pack(("source", pieces(8)), packager=packager, take_id="x_b")
    assert [
        (segment.sequence, segment.take_id, segment.gap)
        for segment in packager.lanes["360p"].closed
    ] == [(1, "x_a", False), (2, "x_b", True)]


def test_a_rendition_that_comes_later_begins_with_gaps():
    packager, _ = pack(("audio", pieces(8, key_each=1)))
    pack(("source", pieces(8)), ("audio", pieces(8)), packager=packager, take_id="x_b")
    assert [segment.gap for segment in packager.lanes["source"].closed] == [True, False]
    numbers = {
        name: [segment.sequence for segment in lane.closed]
        for name, lane in packager.lanes.items()
    }
    assert numbers == {"audio": [1, 2], "source": [1, 2]}


def test_numbers_run_on_through_takes():
    packager, _ = pack(("source", pieces(8)))
    _, steps = pack(("source", pieces(8)), packager=packager, take_id="x_b")
    first = steps[0]
    assert isinstance(first, PartAdded)
    assert (first.sequence, first.part.number) == (2, 9)


def test_date_times_are_anchor_plus_media_time():
    packager, _ = pack(("source", pieces(16)))
    assert [segment.at for segment in packager.lanes["source"].closed] == [
        shift(10.0),
        shift(14.0),
    ]


def test_what_reaches_past_the_cut_is_dropped():
    packager, _ = pack(("source", pieces(4)), ("audio", []), close=False)
    late = pieces(6, start=10.0, mark=b"a")
    for piece in late:
        list(packager.add("audio", piece))
    list(packager.close_take(cut_seconds=12.0))
    parts = packager.lanes["audio"].closed[0].parts
    assert parts[-1].end_seconds <= 12.0


@given(
    lags=st.lists(st.integers(0, 12), min_size=24, max_size=24),
    keys=st.integers(1, 14),
)
def test_whatever_the_lag_renditions_stay_in_step(lags: list[int], keys: int):
    packager = Packager(Constants())
    names = ("source", "360p")
    list(packager.open_take(TakeHead("x_a", ANCHOR, "source", names)))
    group = pieces(24, key_each=keys)
    arrivals = sorted(
        [(index, 0, "source", piece) for index, piece in enumerate(group)]
        + [
            (max(lags[: index + 1]) + index, 1, "360p", piece)
            for index, piece in enumerate(group)
        ],
        key=lambda row: row[:2],
    )
    for _, _, name, piece in arrivals:
        list(packager.add(name, piece))
    list(packager.close_take())
    source, small = (packager.lanes[name].closed for name in names)
    assert [each.sequence for each in source] == [each.sequence for each in small]
    assert [each.sequence for each in source] == list(range(1, len(source) + 1))
    assert sum(each.duration_seconds for each in source) == pytest.approx(12.0)
    for segment in source:
        assert round(segment.duration_seconds) <= 4
    for mine, theirs in zip(small, source, strict=True):
        if not mine.gap:
            assert mine.start_seconds == theirs.start_seconds
