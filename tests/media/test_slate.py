"""The loop of a pause: picture and sound of each rendition fill it, and no more."""

from __future__ import annotations

import pytest

from folkmoot.media.encode.slate import LOOP_SECONDS, make_slates, play_slates
from folkmoot.media.pack.playlist import Variant

pytestmark = [pytest.mark.ffmpeg]

VARIANTS = (
    Variant(
        name="source",
        bandwidth=600_000,
        codecs="avc1.64001f,mp4a.40.2",
        width=320,
        height=180,
        frame_rate=30.0,
    ),
    Variant(name="audio", bandwidth=48_000, codecs="mp4a.40.2"),
)


async def test_a_loop_is_as_long_as_it_says_in_picture_and_sound(
    ffmpeg_path: str,
) -> None:
    slates = await make_slates(ffmpeg_path, VARIANTS, text="Break", part_seconds=0.5)
    for slate in slates.values():
        first, last = slate.fragments[0], slate.fragments[-1]
        assert last.end_seconds - first.start_seconds == pytest.approx(LOOP_SECONDS)
        scales = {track.track_id: track.timescale for track in slate.init.tracks}
        for track_id, scale in scales.items():
            ticks = sum(
                run.duration_ticks
                for fragment in slate.fragments
                for run in fragment.runs
                if run.track_id == track_id
            )
            assert ticks / scale == pytest.approx(LOOP_SECONDS)
    # The second time round begins where the first ends.
    ends: dict[str, float] = {}
    for _, name, slate, index, shift in play_slates(slates, loops=3):
        fragment = slate.fragments[index]
        if name in ends:
            assert fragment.start_seconds + shift == pytest.approx(ends[name])
        ends[name] = fragment.end_seconds + shift
