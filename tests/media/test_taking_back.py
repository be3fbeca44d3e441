"""What was paused, delayed, off air or cut can't be had by anybody outside."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from folkmoot.media.archive.cuts import Cut
from tests.media.coded import FPS, Eye, make_coded_film, read_numbers, until
from tests.media.test_webcast import PLACE, ROOM, House, open_house

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.channel import Channel

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(180)]

FILM_SECONDS = 100


@pytest.fixture(scope="module")
def film_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("coded") / "film.flv"


@pytest.fixture
async def film(ffmpeg_path: str, film_path: Path) -> bytes:
    if not await asyncio.to_thread(film_path.exists):
        await make_coded_film(ffmpeg_path, film_path, seconds=FILM_SECONDS)
    return await asyncio.to_thread(film_path.read_bytes)


def eye_on(house: House, ffmpeg: str) -> Eye:
    async def get(path: str) -> tuple[int, bytes]:
        status, body, _ = await house.get(f"/{path}")
        return status, body

    return Eye(ffmpeg, get)


def frame_at(channel: Channel, began_at: datetime, at: datetime) -> float:
    """The number of the frame that the camera saw at a moment, in the rough."""
    return (at - began_at).total_seconds() * FPS


def played_seconds(channel: Channel) -> float:
    return channel.timeline.seconds


async def test_a_dump_takes_back_what_was_public(
    tmp_path: Path, ffmpeg_path: str, film: bytes
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        channel, eye = house.webcast.channel(*PLACE), eye_on(house, ffmpeg_path)
        began = datetime.now(UTC)
        house.publish(film)
        await until(lambda: played_seconds(channel) > 9, 25)
        seen = await eye.see()
        now = datetime.now(UTC)
        taken_from = now - timedelta(seconds=5)
        before = channel.public.last_sequence
        assert max(seen["source"]) / FPS > (now - began).total_seconds() - 4
        await channel.set_state("hold", reason="In private", from_at=taken_from)
        cut = Cut(cut_id="c_1", from_at=taken_from, to_at=now, category="hold")
        assert await channel.apply_cuts([cut])
        assert await channel.encode_edges()
        seen = await eye.see()
        last = (taken_from - began).total_seconds()
        for rendition in ("source", "360p"):
            assert max(seen[rendition]) / FPS <= last
        # To the frame: what came before is all still there, in the rewind too.
        await channel.set_state("ended")
        whole = set(range(min(seen["source"]), max(seen["source"]) + 1))
        assert seen["source"] == whole
        assert channel.public.last_sequence >= before
        text = (await house.text("/source.m3u8")).splitlines()
        assert any(line == "#EXT-X-GAP" for line in text)
        # Staff may bring it back while it is kept.
        assert await channel.apply_cuts([])
        seen = await eye.see()
        assert max(seen["source"]) / FPS > last + 1


async def test_a_cut_removes_exactly_its_span(
    tmp_path: Path, ffmpeg_path: str, film: bytes
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        channel, eye = house.webcast.channel(*PLACE), eye_on(house, ffmpeg_path)
        house.publish(film)
        await until(lambda: played_seconds(channel) > 17, 30)
        await eye.look()
        # By the recording's own clock, as somebody at a player means it.
        segments = channel.public.recorded("source")
        start_at = segments[0].at
        numbers = await _numbers_of(house, ffmpeg_path, segments[0].take_id, "source")
        first = numbers[0]
        from_at = start_at + timedelta(seconds=3.3)
        to_at = start_at + timedelta(seconds=9.7)
        cut = Cut(cut_id="c_1", from_at=from_at, to_at=to_at, category="privacy")
        await channel.apply_cuts([cut])
        await channel.encode_edges()
        assert channel.public.open_take is not None  # the room is still on air
        inside = {
            n
            for n in range(first, max(numbers) + 1)
            if (n - first) / FPS + 1e-6 >= 3.3 and (n - first + 1) / FPS <= 9.7 + 1e-6
        }
        seen = await eye.see()
        assert not seen["source"] & inside
        assert not seen["360p"] & inside
        await channel.set_state("ended")
        seen = await eye.see()
        assert not seen["source"] & inside
        wanted = set(range(first, max(seen["source"]) + 1)) - inside
        assert len(wanted - seen["source"]) <= 2  # a frame at each edge
        spans = channel.recorded_spans()
        assert abs((spans[0][1] - from_at).total_seconds()) <= 1 / FPS + 0.01
        assert abs((spans[1][0] - to_at).total_seconds()) <= 1 / FPS + 0.03
        # And it stays so after a restart.
    async with open_house(
        tmp_path,
        ffmpeg_path,
        room=msgspec.structs.replace(ROOM, state="ended", cuts=(cut,)),
    ) as house:
        eye = eye_on(house, ffmpeg_path)
        again = await eye.see()
        assert again["source"] == seen["source"]


async def _numbers_of(
    house: House, ffmpeg: str, take_id: str, rendition: str
) -> list[int]:
    data = b""
    for file in ["init.mp4", *(f"{number:05d}.m4s" for number in range(1, 30))]:
        status, body, _ = await house.get(f"/{take_id}/{rendition}/{file}")
        if status == 200:
            data += body
    return await read_numbers(ffmpeg, data)
