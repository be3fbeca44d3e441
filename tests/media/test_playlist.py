from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.media.pack.packager import Constants, Lane, PartAdded, SegmentClosed, Step
from folkmoot.media.pack.playlist import (
    Hint,
    LivePlaylist,
    Variant,
    render_ended,
    render_multivariant,
    render_recording,
    render_take,
)
from tests.media.packaging import merge_delta, pack, pieces, shift

if TYPE_CHECKING:
    from folkmoot.media.pack.packager import Segment

VARIANTS = [
    Variant(
        name="source",
        bandwidth=2_500_000,
        codecs="avc1.64001f,mp4a.40.2",
        width=1280,
        height=720,
        frame_rate=29.97,
    ),
    Variant(name="audio", bandwidth=56_000, codecs="mp4a.40.2"),
]


class Player:
    """Follows the steps of a packager and renders after each."""

    def __init__(self) -> None:
        self.lane = Lane("source")
        self.playlist = LivePlaylist(Constants(), "source")
        self.open_take = "x_a"

    def apply(self, step: Step) -> None:
        self.lane.apply(step)
        if isinstance(step, SegmentClosed):
            self.playlist.append(step.segment)

    def render(self, *, delta: bool = False) -> str:
        opened = self.lane.open_parts
        return self.playlist.render(
            self.lane,
            Hint(self.open_take, self.lane.next_part),
            take_id=self.open_take if opened else None,
            opened_at=shift(opened[0].start_seconds) if opened else None,
            reports={"audio": (2, 1)},
            independent=True,
            delta=delta,
        )


def followed(*groups: tuple[str, int]) -> Player:
    """A player after takes of so many parts; the last take is open."""
    player = Player()
    packager = None
    for index, (take_id, count) in enumerate(groups):
        player.open_take = take_id
        packager, steps = pack(
            ("source", pieces(count)),
            packager=packager,
            take_id=take_id,
            close=index < len(groups) - 1,
        )
        for step in steps:
            player.apply(step)
    return player


def test_multivariant_names_all_renditions():
    assert render_multivariant(VARIANTS, query="from=A") == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=2500000,CODECS="avc1.64001f,mp4a.40.2",'
        "RESOLUTION=1280x720,FRAME-RATE=29.970\n"
        "source.m3u8?from=A\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=56000,CODECS="mp4a.40.2"\n'
        "audio.m3u8?from=A\n"
    )


HEAD = """\
#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24.0,HOLD-BACK=12.0,PART-HOLD-BACK=1.575
#EXT-X-PART-INF:PART-TARGET=0.525
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-INDEPENDENT-SEGMENTS
"""


def test_live_playlist_whole_text():
    player = followed(("x_a", 2), ("x_b", 9))
    assert player.render() == HEAD + (
        """\
#EXT-X-MAP:URI="x_a/source/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:10.000Z
#EXT-X-PART:DURATION=0.50000,URI="x_a/source/p1.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="x_a/source/p2.m4s"
#EXTINF:1.00000,
x_a/source/00001.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="x_b/source/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:10.000Z
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p3.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p4.m4s"
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p5.m4s"
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p6.m4s"
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p7.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p8.m4s"
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p9.m4s"
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p10.m4s"
#EXTINF:4.00000,
x_b/source/00002.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:14.000Z
#EXT-X-PART:DURATION=0.50000,URI="x_b/source/p11.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="x_b/source/p12.m4s"
#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=2,LAST-PART=1
"""
    )


def test_first_part_of_a_new_take_brings_discontinuity_and_map():
    text = followed(("x_a", 2), ("x_b", 1)).render()
    assert (
        "x_a/source/00001.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="x_b/source/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:10.000Z\n"
        "#EXT-X-PART:DURATION=0.50000,"
    ) in text


def test_delta_skips_what_lies_behind_the_boundary_and_repeats_the_map():
    player = followed(("x_a", 8 * 9 + 1))
    delta = player.render(delta=True)
    assert delta.startswith(
        HEAD + "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
        '#EXT-X-MAP:URI="x_a/source/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:22.000Z\n"
    )
    assert delta.count("#EXTINF") == 6  # 24 s: the skip boundary


def test_short_playlist_has_no_delta():
    player = followed(("x_a", 48))
    assert player.render(delta=True) == player.render()


def test_parts_are_listed_for_three_target_durations():
    text = followed(("x_a", 8 * 8 + 4)).render()
    first = text.index("#EXT-X-PART:")
    assert text[:first].count("#EXTINF") == 5
    assert text[first:].count("#EXT-X-PART:") == 3 * 8 + 4


@given(
    takes=st.lists(st.integers(1, 70), min_size=1, max_size=4),
    more=st.integers(1, 20),
)
def test_delta_and_the_full_one_before_make_the_full_one(takes: list[int], more: int):
    groups = [(f"x_{index}", count) for index, count in enumerate(takes)]
    before = followed(*groups).render()
    *first, (name, count) = groups
    player = followed(*first, (name, count + more))
    full, delta = player.render(), player.render(delta=True)
    merged = merge_delta(before, delta) if "EXT-X-SKIP" in delta else delta
    assert _without_parts(merged) == _without_parts(full)


def _without_parts(text: str) -> str:
    return "".join(
        line for line in text.splitlines(True) if not line.startswith("#EXT-X-PART:")
    )


def test_hint_is_the_address_of_the_next_part():
    player = Player()
    _, steps = pack(("source", pieces(40, key_each=5)), close=False)
    hint = None
    for step in steps:
        player.apply(step)
        if not isinstance(step, PartAdded):
            continue
        text = player.render()
        if hint is not None:
            assert f'URI="{hint}"' in text
            assert f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{hint}"' not in text
        hint = text.rsplit('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="', 1)[1].split('"')[0]


def test_gap_has_its_tag_and_the_segment_after_it_its_map():
    packager, _ = pack(("audio", pieces(8, key_each=1)))
    pack(("source", pieces(8)), packager=packager, take_id="x_b")
    playlist = LivePlaylist(Constants(), "source")
    for segment in packager.lanes["source"].closed:
        playlist.append(segment)
    text = playlist.render(
        packager.lanes["source"],
        Hint("x_c", 9),
        take_id=None,
        opened_at=None,
        reports={},
        independent=True,
    )
    assert "#EXT-X-GAP\n#EXTINF:4.00000,\nx_a/source/00001.m4s\n" in text
    assert (
        '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="x_b/source/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:"
    ) in text


def test_sliding_window_counts_what_it_leaves_out():
    player = followed(("x_a", 2), ("x_b", 2), ("x_c", 9))
    player.playlist.forget_before(3)
    player.lane.closed = [each for each in player.lane.closed if each.sequence >= 3]
    text = player.render()
    assert "#EXT-X-MEDIA-SEQUENCE:3\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in text
    assert text.count("#EXTINF") == 1
    assert '#EXT-X-MAP:URI="x_c/source/init.mp4"\n' in text


def test_a_part_over_the_target_is_not_written_so():
    player = Player()
    long = pieces(1, duration=0.6)
    _, steps = pack(("source", long), close=False)
    for step in steps:
        player.apply(step)
    assert "DURATION=0.52500" in player.render()


def closed() -> list[Segment]:
    packager, _ = pack(("source", pieces(10)))
    return packager.lanes["source"].closed


SEGMENTS = """\
#EXT-X-INDEPENDENT-SEGMENTS
{start}#EXT-X-MAP:URI="x_a/source/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:10.000Z
#EXTINF:4.00000,
x_a/source/00001.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:14.000Z
#EXTINF:1.00000,
x_a/source/00002.m4s
#EXT-X-ENDLIST
"""


def test_ended_playlist_has_no_low_latency_tags():
    assert render_ended("source", closed(), target_duration=4) == (
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    ) + SEGMENTS.format(start="")


def test_span_starts_where_it_was_asked():
    text = render_recording("source", closed(), target_duration=4, start_seconds=1.25)
    assert text == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    ) + SEGMENTS.format(start="#EXT-X-START:TIME-OFFSET=1.250,PRECISE=YES\n")


def test_a_takes_own_playlist_is_relative_to_its_directory():
    assert render_take(closed()[:1], target_duration=4, ended=True) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n"
        '#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-MAP:URI="init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-14T09:00:10.000Z\n"
        "#EXTINF:4.00000,\n00001.m4s\n#EXT-X-ENDLIST\n"
    )


@pytest.mark.parametrize("count", [1, 8, 30, 80])
def test_sums_of_parts_and_segments_agree(count: int):
    packager, _ = pack(("source", pieces(count)))
    for segment in packager.lanes["source"].closed:
        parts = sum(part.duration_seconds for part in segment.parts)
        assert segment.duration_seconds == pytest.approx(parts)
