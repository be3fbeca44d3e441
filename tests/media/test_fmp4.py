from __future__ import annotations

import itertools
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.media.pack.fmp4 import (
    MAX_HEADER_BOX_BYTES,
    Fmp4Error,
    Fmp4Reader,
    Fragment,
    Init,
    shift_fragment,
)
from tests.media.packaging import box, make_fragment, make_init
from tests.media.publishing import make_media

if TYPE_CHECKING:
    from pathlib import Path

FILM = (
    make_init()
    + box(b"styp", b"msdh")
    + make_fragment(10.0, 0.52, key=True)
    + box(b"prft", bytes(16))
    + make_fragment(10.52)
    + box(b"free")
)


def read(data: bytes) -> list[Init | Fragment]:
    return list(Fmp4Reader().feed(data))


def test_init_names_tracks_and_codecs():
    init = read(make_init())[0]
    assert isinstance(init, Init)
    assert init.data == make_init()
    assert init.codecs == "avc1.64001f,mp4a.40.2"
    assert [
        (track.track_id, track.video, track.timescale) for track in init.tracks
    ] == [
        (1, True, 90_000),
        (2, False, 48_000),
    ]
    assert (init.leading.width, init.leading.height) == (640, 360)


def test_fragments_have_times_flags_and_all_their_bytes():
    _, first, second = read(FILM)
    assert isinstance(first, Fragment)
    assert isinstance(second, Fragment)
    assert (first.start_seconds, first.duration_seconds) == (10.0, 0.52)
    assert (second.start_seconds, second.end_seconds) == (10.52, 11.02)
    assert (first.independent, second.independent) == (True, False)
    assert first.data == make_fragment(10.0, 0.52, key=True)


def test_start_is_a_presentation_time_that_does_not_jump():
    data = make_init() + make_fragment(10.0, key=True, composition=0.08)
    data += make_fragment(10.5, composition=0.24)
    _, first, second = read(data)
    assert isinstance(first, Fragment)
    assert isinstance(second, Fragment)
    assert first.start_seconds == pytest.approx(10.08)
    assert second.start_seconds == pytest.approx(10.58)


def test_sound_alone_is_always_independent():
    _, fragment = read(
        make_init(video=False) + make_fragment(10.0, 0.512, track_id=2, frames=24)
    )
    assert isinstance(fragment, Fragment)
    assert fragment.independent
    assert fragment.duration_seconds == 0.512


def test_sizes_of_64_bits_are_read():
    fragment = make_fragment(0.0, key=True)
    moof, mdat = fragment[: fragment.index(b"mdat") - 4], b"x" * 15
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + len(mdat)) + mdat
    found = read(make_init() + moof + large)[1]
    assert isinstance(found, Fragment)
    assert found.data == moof + large


@given(cuts=st.lists(st.integers(0, len(FILM)), max_size=12))
def test_any_split_gives_the_same(cuts: list[int]):
    reader = Fmp4Reader()
    places = [0, *sorted(cuts), len(FILM)]
    found = [
        item
        for start, end in itertools.pairwise(places)
        for item in reader.feed(FILM[start:end])
    ]
    assert found == read(FILM)
    assert reader.pending_bytes == 0


@settings(max_examples=150)
@given(
    at=st.integers(0, len(FILM) - 1),
    change=st.binary(min_size=1, max_size=8),
)
def test_damage_is_an_error_or_bounded_waiting(at: int, change: bytes):
    data = FILM[:at] + change + FILM[at + len(change) :]
    with suppress(Fmp4Error):
        read(data)


@given(st.binary(max_size=200))
def test_garbage_never_gives_media(data: bytes):
    with suppress(Fmp4Error):
        assert not [item for item in read(data) if isinstance(item, Fragment)]


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x04moof",
        b"GIF89a, not a film",
        make_fragment(0.0),
        make_init() + box(b"mdat", b"x"),
        make_init() + make_fragment(0.0)[:-23] + box(b"moof"),
        struct.pack(">I4s", MAX_HEADER_BOX_BYTES + 1, b"moov"),
        struct.pack(">I4sQ", 1, b"mdat", 1 << 60),
        box(b"ftyp") + box(b"moov", box(b"mvex")),
    ],
)
def test_what_is_no_fragmented_film_is_refused(data: bytes):
    with pytest.raises(Fmp4Error):
        read(data)


def test_shifting_changes_times_and_nothing_else():
    init, fragment, _ = read(FILM)
    assert isinstance(init, Init)
    assert isinstance(fragment, Fragment)
    later = shift_fragment(init, fragment, 3.2)
    again = read(make_init() + later.data)[1]
    assert isinstance(again, Fragment)
    assert again.start_seconds == pytest.approx(13.2)
    assert shift_fragment(init, later, -3.2).data == fragment.data


@pytest.mark.ffmpeg
async def test_films_of_ffmpeg_are_read(ffmpeg_path: str, tmp_path: Path):
    flags = "+empty_moov+default_base_moof+frag_keyframe"
    options = [
        "-c:v",
        "libx264",
        "-profile:v",
        "high",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "30",
    ]
    options += ["-c:a", "aac", "-movflags", flags, "-frag_duration", "500000"]
    path = await make_media(ffmpeg_path, tmp_path / "a.mp4", *options, seconds=2)
    init, *fragments = read(path.read_bytes())
    assert isinstance(init, Init)
    assert init.codecs.startswith("avc1.6400")
    assert init.codecs.endswith(",mp4a.40.2")
    times = [item for item in fragments if isinstance(item, Fragment)]
    assert times[0].independent
    assert sum(item.independent for item in times) == 2
    assert sum(item.duration_seconds for item in times) == pytest.approx(2, abs=0.05)
    for earlier, later in itertools.pairwise(times):
        assert later.start_seconds == pytest.approx(earlier.end_seconds, abs=0.05)
