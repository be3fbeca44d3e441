from __future__ import annotations

import pytest

from folkmoot.media.ingest.source import (
    LADDER,
    RenditionPlan,
    SourceInfo,
    copy_obstacle,
    plan_renditions,
)

GOOD = SourceInfo(
    has_video=True,
    has_audio=True,
    width=1280,
    height=720,
    fps=30.0,
    video_codec="avc1.64001f",
    audio_codec="mp4a.40.2",
    keyframe_interval_seconds=2.0,
    bitrate=2_400_000,
)


def changed(**fields: object) -> SourceInfo:
    values = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__}
    return SourceInfo(**{**values, **fields})


def test_fitting_source_is_copied_above_360p_and_audio() -> None:
    small = RenditionPlan(
        name="360p",
        video=True,
        audio=True,
        copied=False,
        bandwidth=500_000,
        codecs="avc1.4d401f,mp4a.40.2",
        width=640,
        height=360,
        frame_rate=30.0,
        video_bits=363_333,
        audio_bits=48_000,
    )
    top = RenditionPlan(
        name="source",
        video=True,
        audio=True,
        copied=True,
        bandwidth=3_000_000,
        codecs="avc1.64001f,mp4a.40.2",
        width=1280,
        height=720,
        frame_rate=30.0,
    )
    sound = RenditionPlan(
        name="audio",
        video=False,
        audio=True,
        copied=False,
        bandwidth=48_000,
        codecs="mp4a.40.2",
        audio_bits=39_000,
    )
    assert plan_renditions(GOOD) == (top, small, sound)


@pytest.mark.parametrize(
    ("fields", "copied"),
    [
        ({}, True),
        ({"keyframe_interval_seconds": 4.0}, True),
        ({"keyframe_interval_seconds": 4.1}, False),
        ({"keyframe_interval_seconds": None}, False),
        ({"video_codec": "vp8"}, False),
        ({"video_codec": None}, False),
        ({"video_codec": "hvc1.1.6.L93.B0"}, False),
        ({"video_codec": "avc1.6e001f"}, False),  # High 10: browsers don't play it
        ({"video_codec": "avc1.7a001f"}, False),
        ({"video_codec": "avc1.42c01f"}, True),
        ({"has_audio": False, "audio_codec": None}, True),
        ({"audio_codec": "opus"}, True),  # the sound alone is encoded
    ],
)
def test_only_what_cannot_be_cut_or_played_is_transcoded(
    fields: dict[str, object], *, copied: bool
) -> None:
    source = changed(**fields)
    assert plan_renditions(source)[0].copied is copied
    assert (copy_obstacle(source) is None) is copied


def test_source_without_picture_yields_audio_alone() -> None:
    plans = plan_renditions(SourceInfo(has_video=False, has_audio=True))
    assert [plan.name for plan in plans] == ["audio"]
    assert copy_obstacle(SourceInfo(has_video=False, has_audio=True)) is None


def test_ladder_chooses_the_rungs() -> None:
    names = [plan.name for plan in plan_renditions(GOOD, ladder=(LADDER[-1],))]
    assert names == ["source", "audio"]


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1920, 1080), (640, 360)),
        ((1024, 768), (480, 360)),
        ((720, 1280), (202, 360)),
        ((2560, 1080), (640, 270)),
        ((320, 240), (480, 360)),
        ((None, None), (640, 360)),
    ],
)
def test_360p_keeps_the_aspect(
    size: tuple[int | None, int | None], small: tuple[int, int]
) -> None:
    plan = plan_renditions(changed(width=size[0], height=size[1]))[1]
    assert (plan.width, plan.height) == small


@pytest.mark.parametrize(
    ("size", "fps", "codec"),
    [
        ((1280, 720), 30.0, "avc1.64001f"),
        ((1920, 1080), 30.0, "avc1.640028"),
        ((1920, 1080), 60.0, "avc1.64002a"),
        ((3840, 2160), 30.0, "avc1.640033"),
    ],
)
def test_transcoded_top_rung_names_the_level_it_needs(
    size: tuple[int, int], fps: float, codec: str
) -> None:
    source = changed(width=size[0], height=size[1], fps=fps, video_codec="vp9")
    assert plan_renditions(source)[0].codecs == f"{codec},mp4a.40.2"


def test_transcoded_rungs_share_one_constant_rate() -> None:
    for fps, rate in ((None, 30.0), (90.0, 60.0), (24.0, 24.0)):
        plans = plan_renditions(changed(fps=fps, video_codec="vp8"))
        assert [plan.frame_rate for plan in plans] == [rate, rate, None]
