"""Parts of a real encoder at the usual frame rates, at every length offered."""

from __future__ import annotations

import asyncio
import subprocess
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from folkmoot.media.capture import choose_part_seconds
from folkmoot.media.ingest.source import SourceInfo
from folkmoot.pages.desk.room import PART_CHOICES
from tests.media.test_webcast import PLACE, ROOM, open_house

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(180)]

FILM_SECONDS = 12
RATES = ("25", "30000/1001", "50", "60")


def make_film(ffmpeg: str, rate: str) -> bytes:
    """Make a small film with a key frame each two seconds, as encoders are set."""
    gop = round(2 * Fraction(rate))
    return subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error",
            "-f", "lavfi", "-i", f"testsrc2=size=160x90:rate={rate}",
            "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
            "-t", str(FILM_SECONDS), "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", "-g", str(gop), "-keyint_min", str(gop),
            "-sc_threshold", "0", "-bf", "0", "-c:a", "aac", "-b:a", "64k",
            "-f", "flv", "-",
        ],
        check=True,
        capture_output=True,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("rate", RATES)
async def test_parts_are_as_long_as_promised(
    tmp_path: Path, ffmpeg_path: str, rate: str
) -> None:
    film = await asyncio.to_thread(make_film, ffmpeg_path, rate)
    async with asyncio.TaskGroup() as group:
        for part_seconds in PART_CHOICES:
            group.create_task(_check(tmp_path, ffmpeg_path, film, part_seconds))


async def _check(root: Path, ffmpeg: str, film: bytes, part_seconds: float) -> None:
    room = msgspec.structs.replace(ROOM, part_seconds=part_seconds)
    async with open_house(root / str(part_seconds), ffmpeg, room=room) as house:
        publication = await house.webcast.open_publication(
            "KEY", container="flv", peer="test"
        )
        await publication.write(film)
        await publication.close("The test is over.")
        channel = house.webcast.channel(*PLACE)
        async with asyncio.timeout(60):
            while channel.timeline.seconds < FILM_SECONDS - 4.5:
                await asyncio.sleep(0.1)
        constants = channel.public.constants
        target = constants.part_target
        assert 0.75 * part_seconds <= constants.part_seconds <= part_seconds
        lane = channel.public.lanes["source"]
        assert lane.closed
        for segment in lane.closed:
            seconds = [part.duration_seconds for part in segment.parts]
            assert max(seconds) <= target
            # RFC 8216bis 4.4.4.9: all but the last of a segment.
            assert min([target, *seconds[:-1]]) >= 0.85 * target, (segment, seconds)


@pytest.mark.parametrize(
    ("fps", "frames"), [(25.0, 10), (29.97, 12), (30.0, 15), (59.94, 24), (50.0, 25)]
)
def test_parts_are_whole_frames_that_fill_a_group(fps: float, frames: int) -> None:
    source = SourceInfo(
        width=1280,
        height=720,
        fps=fps,
        video_codec="avc1.64001f",
        audio_codec=None,
        has_video=True,
        has_audio=False,
        keyframe_interval_seconds=2.0 if fps % 1 < 0.01 else 2.002,
    )
    exact = fps if fps % 1 < 0.01 else round(fps) * 1000 / 1001
    assert choose_part_seconds(source, 0.5) == pytest.approx(frames / exact)
    odd = msgspec.structs.replace(source, fps=17.4)
    assert choose_part_seconds(odd, 0.5) == 0.5
