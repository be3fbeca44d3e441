"""What can be heard of a room: what the public has, whole and in order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from folkmoot.media.archive.cuts import Cut
from folkmoot.media.listening import Listener, PublicSound, SoundPiece
from tests.media.coded import make_coded_film, until
from tests.media.test_webcast import PLACE, House, open_house

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(120)]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ROUNDING = timedelta(seconds=0.08)


@pytest.fixture(scope="module")
def film_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("coded") / "film.flv"


@pytest.fixture
async def film(ffmpeg_path: str, film_path: Path) -> bytes:
    if not await asyncio.to_thread(film_path.exists):
        await make_coded_film(ffmpeg_path, film_path, seconds=40)
    return await asyncio.to_thread(film_path.read_bytes)


async def hear(listener: Listener, seconds: float) -> list[SoundPiece]:
    """Listen for so long."""
    loop = asyncio.get_running_loop()
    end, pieces = loop.time() + seconds, []
    while (left := end - loop.time()) > 0:
        piece = await listener.next(min(left, 0.3))
        if piece is not None:
            pieces.append(piece)
    return pieces


def overlaps(piece: SoundPiece, from_at: datetime, to_at: datetime) -> bool:
    end_at = piece.at + timedelta(seconds=piece.seconds)
    return piece.at < to_at - ROUNDING and end_at > from_at + ROUNDING


async def sounding(house: House) -> PublicSound:
    sound = PublicSound(house.webcast)
    await until(lambda: sound.on_air() == [PLACE], 25)
    return sound


async def test_sound_comes_whole_from_live_and_from_the_disk(
    tmp_path: Path, ffmpeg_path: str, film: bytes
) -> None:
    async with open_house(tmp_path, ffmpeg_path) as house:
        assert PublicSound(house.webcast).on_air() == []
        house.publish(film)
        sound = await sounding(house)
        live = sound.listen(*PLACE, after=LONG_AGO)
        pieces = await hear(live, 8)
        assert pieces[0].init is not None
        # Once more where the rendition with sound alone comes up.
        assert sum(piece.init is not None for piece in pieces) <= 2
        for one, other in pairwise(pieces):
            seam = other.at - (one.at + timedelta(seconds=one.seconds))
            assert abs(seam) < ROUNDING
        # One who comes later hears the same from the disk.
        later = await hear(sound.listen(*PLACE, after=LONG_AGO), 1)
        assert abs(later[0].at - pieces[0].at) < ROUNDING
        length = timedelta(seconds=sum(piece.seconds for piece in later))
        assert abs(later[-1].at - later[0].at - length) < timedelta(seconds=5)
        assert all(b"moof" in piece.data for piece in (*pieces, *later))
        # From the middle of it, and no sooner.
        middle = pieces[len(pieces) // 2].at
        (first, *_) = await hear(sound.listen(*PLACE, after=middle), 1)
        assert abs(first.at - middle) < timedelta(seconds=0.6)
        assert first.at > middle - ROUNDING
        assert live.end_at is not None
        span = sound.recorded_span(*PLACE)
        assert span is not None
        assert abs(span[0] - pieces[0].at) < timedelta(seconds=0.6)


async def test_what_is_not_public_is_never_heard(
    tmp_path: Path, ffmpeg_path: str, film: bytes
) -> None:
    async with open_house(tmp_path, ffmpeg_path) as house:
        channel = house.webcast.channel(*PLACE)
        await channel.set_delay(2.0)
        house.publish(film)
        sound = await sounding(house)
        listener = sound.listen(*PLACE, after=LONG_AGO)
        heard: list[SoundPiece] = []
        for _ in range(10):
            piece = await listener.next(1.0)
            if piece is not None:
                end_at = piece.at + timedelta(seconds=piece.seconds)
                # Not before the public has it.
                assert end_at <= datetime.now(UTC) - timedelta(seconds=2) + ROUNDING
                heard.append(piece)
        held_at = datetime.now(UTC)
        taken_from = held_at - timedelta(seconds=1)
        await channel.set_state("hold", reason="In private", from_at=taken_from)
        heard += await hear(listener, 4)
        assert sound.on_air() == []
        await channel.set_state("on")
        released = datetime.now(UTC)
        await until(lambda: sound.on_air() == [PLACE], 20)
        heard += await hear(listener, 4)
        assert not any(overlaps(piece, taken_from, released) for piece in heard)
        assert heard[-1].at > released - ROUNDING
        # Cut afterwards: nobody who listens anew hears it.
        cut = Cut(
            cut_id="c_1",
            from_at=heard[0].at,
            to_at=heard[0].at + timedelta(seconds=2),
            category="privacy",
        )
        await channel.apply_cuts([cut])
        assert sound.is_cut(*PLACE, cut.from_at, cut.to_at)
        assert not sound.is_cut(*PLACE, cut.to_at, cut.to_at + ROUNDING)
        again = await hear(sound.listen(*PLACE, after=LONG_AGO), 2)
        assert again
        assert not any(overlaps(piece, cut.from_at, cut.to_at) for piece in again)
        # What was recorded, in the order of time.
        recorded = await hear(sound.listen(*PLACE, after=LONG_AGO, recording=True), 2)
        assert [piece.at for piece in recorded] == sorted(p.at for p in recorded)
        assert not any(overlaps(piece, taken_from, released) for piece in recorded)
