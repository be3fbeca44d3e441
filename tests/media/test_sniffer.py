from __future__ import annotations

import pytest

from folkmoot.media.ingest.flv import AUDIO, FlvError, FlvTag, write_header, write_tag
from folkmoot.media.ingest.probing import (
    is_even,
    is_settled,
    measure_rate,
    read_description,
)
from folkmoot.media.ingest.sniffer import (
    MAX_BUFFERED_BYTES,
    SourceSniffer,
    UnknownSource,
)
from folkmoot.media.ingest.source import SourceInfo
from tests.media.publishing import picture, some_tags

WORDS = """\
Input #0, mpegts, from 'pipe:0':
  Duration: N/A, start: 1.466667, bitrate: N/A
  Stream #0:0[0x100]: Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p(progressive), 1280x720 [SAR 1:1 DAR 16:9], 29.97 fps, 29.97 tbr, 90k tbn
  Stream #0:1[0x101](und): Audio: aac (LC) ([15][0][0][0] / 0x000F), 44100 Hz, mono
"""
PACKETS = """\
#software: Lavf59.27.100
#tb 0: 1/90000
#media_type 0: video
0, 0, 6000, 3000, 100, 0x1, S=1
0, 3000, 3000, 3000, 100, 0x1, F=0x10
0, 180000, 186000, 3000, 100, 0x1, S=1
0, 450000, 456000, 3000, 100, 0x1, F=0x3, S=1
0, 453000, 453000, 3000, 100, 0x1, F=0x0
"""


async def known_after(tags: list[FlvTag], **options: float) -> tuple[int, SourceInfo]:
    """Which tag made the source known, and what it is."""
    sniffer = SourceSniffer("flv", ffmpeg="none", **options)
    assert await sniffer.feed(write_header()) is None
    for index, tag in enumerate(tags):
        if (source := await sniffer.feed(write_tag(tag))) is not None:
            sent = write_header() + b"".join(map(write_tag, tags[: index + 1]))
            assert sniffer.buffered() == sent
            return index, source
    raise AssertionError("The source stays unknown.")


async def test_second_key_frame_makes_a_source_known() -> None:
    tags = some_tags(5, gop_ms=2000)
    index, source = await known_after(tags)
    assert tags[index] == picture(2000, key=True)
    assert source == SourceInfo(
        has_video=True,
        has_audio=True,
        width=1280,
        height=720,
        fps=25.0,
        video_codec="avc1.64001f",
        audio_codec="mp4a.40.2",
        keyframe_interval_seconds=2.0,
        bitrate=source.bitrate,
    )
    assert source.bitrate == pytest.approx((45 + 8) * 8 * 25, rel=0.05)


async def test_waiting_for_a_key_frame_ends() -> None:
    tags = some_tags(8, gop_ms=8000)
    index, source = await known_after(tags)
    assert 4100 <= tags[index].timestamp_ms <= 4140
    assert source.keyframe_interval_seconds is None


async def test_who_does_not_wait_knows_earlier() -> None:
    index, source = await known_after(some_tags(8), keyframe_wait_seconds=0)
    assert index == 2  # both settings and the first picture
    assert source.keyframe_interval_seconds is None


async def test_missing_sound_is_waited_for_one_second() -> None:
    tags = [tag for tag in some_tags(5, gop_ms=400) if tag.kind != AUDIO]
    index, source = await known_after(tags)
    assert tags[index].timestamp_ms == 1000
    assert not source.has_audio


async def test_pictures_without_a_key_frame_are_no_end() -> None:
    tags = [tag for tag in some_tags(8) if not tag.is_keyframe]
    index, source = await known_after(tags)
    assert tags[index].timestamp_ms >= 4100
    assert source.keyframe_interval_seconds is None


async def test_flood_without_media_is_refused() -> None:
    sniffer = SourceSniffer("flv", ffmpeg="none")
    await sniffer.feed(write_header())
    script = write_tag(FlvTag(18, 0, bytes(4 << 20)))
    for _ in range(MAX_BUFFERED_BYTES // (4 << 20) - 1):
        assert await sniffer.feed(script) is None
    with pytest.raises(UnknownSource):
        await sniffer.feed(script)


async def test_no_flv_is_refused() -> None:
    with pytest.raises(FlvError):
        await SourceSniffer("flv", ffmpeg="none").feed(b"<html>")


def test_ffmpegs_description_is_read() -> None:
    finding = read_description(WORDS.splitlines(), PACKETS)
    assert finding is not None
    assert finding.source == SourceInfo(
        has_video=True,
        has_audio=True,
        width=1280,
        height=720,
        fps=29.97,
        video_codec="avc1.640028",
        audio_codec="mp4a.40.2",
        keyframe_interval_seconds=3.0,
    )
    assert finding.media_seconds == pytest.approx(453_000 / 90_000)
    assert read_description(["pipe:0: Invalid data"], "") is None


@pytest.mark.parametrize(
    ("words", "packets", "container", "settled"),
    [
        (WORDS, PACKETS, "mpegts", True),
        (WORDS, "", "mpegts", False),  # key frames still unknown
        (WORDS.replace("h264", "vp8"), PACKETS, "matroska", True),
        (WORDS.replace("h264", "vp8"), "", "matroska", False),  # which rate?
        (
            WORDS.split("  Stream #0:1", maxsplit=1)[0],
            "",
            "mpegts",
            False,
        ),  # sound may come
        (WORDS.split("  Stream #0:1", maxsplit=1)[0], PACKETS, "mpegts", True),
        (WORDS.split("  Stream #0:1", maxsplit=1)[0], PACKETS, "mp4", True),
        ("", "", "mp4", False),
    ],
)
def test_asking_ends_when_more_bytes_tell_no_more(
    words: str, packets: str, container: str, *, settled: bool
) -> None:
    finding = read_description(words.splitlines(), packets)
    assert is_settled(finding, container=container, wait_seconds=4.1) is settled


def every(*gaps_ms: float, times: int = 20) -> list[float]:
    moments = [0.0]
    for gap in gaps_ms * times:
        moments.append(moments[-1] + gap / 1000)
    return moments


@pytest.mark.parametrize(
    ("moments", "even", "rate"),
    [
        (every(33, 33, 34), True, 30.0),  # thirds in whole milliseconds
        (every(40), True, 25.0),
        (every(50), True, 20.0),
        (every(33, 67, 33, 33), False, 24.0),
        (every(33, 33, 100), False, 20.0),
        (every(16), True, 30.0),
        (every(500, 2000), False, 30.0),  # a screen that stands still
        ([0.0, 0.5, 0.6], True, 30.0),  # too few to say
    ],
)
def test_a_rate_that_varies_is_known(
    moments: list[float], *, even: bool, rate: float
) -> None:
    assert (is_even(moments), measure_rate(moments)) == (even, rate)


def test_a_clock_is_not_taken_for_a_rate() -> None:
    words = WORDS.replace("29.97 fps, 29.97 tbr", "1k tbr")
    finding = read_description(words.splitlines(), "")
    assert finding is not None
    assert finding.source.fps is None


@pytest.mark.ffmpeg
async def test_noise_in_a_container_is_refused(each_ffmpeg: str) -> None:
    sniffer = SourceSniffer("matroska", ffmpeg=each_ffmpeg)
    noise = bytes(range(256)) * 256  # 64 KiB
    for _ in range(15):
        assert await sniffer.feed(noise) is None
    with pytest.raises(UnknownSource):
        await sniffer.feed(noise)
