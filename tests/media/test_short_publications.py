"""What is over before it has begun is kept as well: films sent in one go."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.media.publishing import AAC, H264, SOUND, make_flv, make_media, run
from tests.media.test_webcast import PLACE, ROOM, House, open_house

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg

_MP4 = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4")
_FILMS = {
    # Key frames stand a second apart.
    "flv of four seconds": ("flv", 4.0, (*H264, *AAC, "-f", "flv")),
    "flv of one group": ("flv", 1.0, (*H264, *AAC, "-f", "flv")),
    "flv of half a group": ("flv", 0.5, (*H264, *AAC, "-f", "flv")),
    "flv without sound": ("flv", 2.0, (*H264, "-an", "-f", "flv")),
    "transport stream": ("mpegts", 2.0, (*H264, *AAC, "-f", "mpegts")),
    "fragments": ("mp4", 2.0, (*H264, *AAC, *_MP4)),
    "matroska to be encoded": (
        "matroska",
        2.0,
        ("-c:v", "mpeg4", *AAC, "-f", "matroska"),
    ),
}


async def push(
    house: House, container: str, film: bytes, *, queued: bool = False
) -> None:
    """Send all at once and go, as a copied file comes."""
    publication = await house.webcast.open_publication(
        "KEY", container=container, peer="test", queued=queued
    )
    await publication.write(film)
    await publication.close("The film is over.")


@pytest.mark.parametrize("name", _FILMS)
async def test_a_film_sent_in_one_go_is_in_the_recording(
    tmp_path: Path, ffmpeg_path: str, name: str
) -> None:
    container, seconds, options = _FILMS[name]
    path = await make_media(ffmpeg_path, tmp_path / "film", *options, seconds=seconds)
    film = await asyncio.to_thread(path.read_bytes)
    async with open_house(tmp_path, ffmpeg_path) as house:
        await push(house, container, film)
        status = house.webcast.status(*PLACE)
        assert status.recorded_seconds == pytest.approx(seconds, abs=0.15)
        for rendition in ("source", "360p", "audio"):
            assert "#EXTINF" in await house.text(f"/{rendition}.m3u8"), rendition


async def test_sound_alone_sent_in_one_go_is_in_the_recording(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    path = tmp_path / "sound.flv"
    code, _, tail = await run(
        ffmpeg_path, "-v", "error", *SOUND, "-t", "3", *AAC, "-f", "flv", path
    )
    assert code == 0, tail
    async with open_house(tmp_path, ffmpeg_path) as house:
        await push(house, "flv", await asyncio.to_thread(path.read_bytes))
        recorded = house.webcast.status(*PLACE).recorded_seconds
        assert recorded == pytest.approx(3.0, abs=0.15)


async def test_what_may_be_from_before_on_air_is_not_public(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    """A relay may have kept some of a pause, a cut-off camera a minute."""
    path = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=4)
    film = await asyncio.to_thread(path.read_bytes)
    room = msgspec.structs.replace(ROOM, state="off")
    on_air = []
    async with open_house(tmp_path, ffmpeg_path, room=room) as house:
        channel = house.webcast.channel(*PLACE)
        on_air.append(datetime.now(UTC))
        await channel.set_state("on")
        await push(house, "flv", film, queued=True)
        assert all(start >= on_air[0] for start, _ in channel.recorded_spans())
        held_at = datetime.now(UTC)
        await channel.set_state("hold", reason="Names are read")
        on_air.append(datetime.now(UTC))
        await channel.set_state("on")
        await push(house, "flv", film)
        spans = [span for span in channel.recorded_spans() if span[0] >= held_at]
        assert all(start >= on_air[1] for start, _ in spans)
    # Nor does a new process know less.
    async with open_house(tmp_path, ffmpeg_path) as house:
        await push(house, "flv", film, queued=True)
        spans = house.webcast.channel(*PLACE).recorded_spans()
        assert all(start >= on_air[0] for start, _ in spans)
        assert not any(held_at <= start < on_air[1] for start, _ in spans)


async def test_on_air_counts_from_when_it_was_said(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    """A publisher may come before the channel hears that the room is on air."""
    path = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=2)
    room = msgspec.structs.replace(ROOM, state="off")
    async with open_house(tmp_path, ffmpeg_path, room=room) as house:
        said_at = datetime.now(UTC)
        publication = await house.webcast.open_publication(
            "KEY", container="flv", peer="test"
        )
        await house.webcast.set_state(*PLACE, "on", from_at=said_at)
        await publication.write(await asyncio.to_thread(path.read_bytes))
        await publication.close("The film is over.")
        recorded = house.webcast.status(*PLACE).recorded_seconds
        assert recorded == pytest.approx(2.0, abs=0.15)
