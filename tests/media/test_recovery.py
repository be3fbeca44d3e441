"""Encoders that die or hang, a disk that fills, a clock that is set: all for real."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from folkmoot.media.encode import ladder
from folkmoot.media.encode.ladder import LadderState
from folkmoot.media.health import diagnosis
from folkmoot.media.health.machine_load import LoadReader
from folkmoot.media.health.meters import SILENCE_LUFS, LoudnessFacts, LoudnessMeter
from folkmoot.media.pack.span import Timeline
from tests.media.publishing import make_flv, run
from tests.media.test_webcast import PLACE, House, film, film_path, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from folkmoot.media.pack.stream import Stream
    from folkmoot.media.publication import LivePublication

__all__ = ("film", "film_path")
pytestmark = pytest.mark.ffmpeg


@pytest.fixture
async def house(tmp_path: Path, ffmpeg_path: str) -> AsyncIterator[House]:
    async with open_house(tmp_path, ffmpeg_path) as opened:
        yield opened


async def until(promise: Callable[[], bool], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not promise():
            await asyncio.sleep(0.02)


def publication_of(house: House) -> LivePublication:
    return house.webcast._publications[PLACE]


def stream_of(house: House) -> Stream:
    return house.webcast.channel(*PLACE).public


def head(house: House, rendition: str = "source") -> tuple[int, int]:
    lane = stream_of(house).lanes.get(rendition)
    return lane.last_part if lane else (0, -1)


def pid_of(publication: LivePublication, rung: str = "") -> int:
    run = publication._rungs[rung] if rung else publication._lead
    assert run is not None
    assert run.encoder.pid is not None
    return run.encoder.pid


def codes(house: House) -> list[str]:
    return [problem.code for problem in house.webcast.status(*PLACE).diagnosis]


async def grow(house: House, parts: int, rendition: str = "source") -> None:
    """Wait until so many parts more are out."""
    lane = stream_of(house).lanes[rendition]
    wanted = lane.next_part + parts
    await until(lambda: lane.next_part >= wanted)


def holes(house: House) -> list[float]:
    """Seconds missing between neighbouring segments of the recording."""
    spans = Timeline.of(stream_of(house)).spans()
    return [
        (after[0] - before[1]).total_seconds()
        for before, after in itertools.pairwise(spans)
    ]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_copied_take_goes_on_when_its_encoder_dies_or_hangs(
    house: House, film: bytes, how: signal.Signals
) -> None:
    """The new encoder begins at the last key frame and nothing is lost or twice."""
    house.publish(film)
    await until(lambda: head(house) >= (1, 2))
    publication = publication_of(house)
    os.kill(pid_of(publication), how)
    await until(lambda: len(publication.restarts) == 1)
    await grow(house, 4)
    assert publication_of(house) is publication
    assert publication.closed is None
    assert "encoder_restarted" in codes(house)
    # On a starving machine another restart would only make it worse.
    assert publication._hang_patience(asyncio.get_running_loop().time()) == 2
    stream = stream_of(house)
    assert len(stream.kept.takes) == 1
    parts = [
        part for segment in stream.lanes["source"].closed for part in segment.parts
    ] + stream.lanes["source"].open_parts
    for before, after in itertools.pairwise(parts):
        assert after.start_seconds == pytest.approx(before.end_seconds, abs=0.005)
    assert [change.connected for change in house.changes] == [True]


async def test_rung_that_dies_comes_back_and_the_leading_one_goes_on(
    house: House, film: bytes
) -> None:
    house.publish(film)
    await until(lambda: head(house, "360p") >= (1, 1))
    publication = publication_of(house)
    lead = pid_of(publication)
    os.kill(pid_of(publication, "360p"), signal.SIGKILL)
    await until(lambda: len(publication.restarts) == 1)
    await until(lambda: "360p" in publication._rungs)
    small = stream_of(house).lanes["360p"]
    await until(lambda: bool(small.open_parts) and small.closed[-1].gap)
    assert pid_of(publication) == lead
    assert small.open_parts[0].independent
    leading = stream_of(house).lanes["source"]
    for ours, theirs in zip(small.closed, leading.closed, strict=False):
        assert ours.sequence == theirs.sequence
        assert ours.at == pytest.approx(theirs.at, abs=timedelta(seconds=0.03))


async def test_dropped_rung_goes_on_as_gaps_and_comes_back_whole(
    house: House, film: bytes
) -> None:
    house.publish(film)
    await until(lambda: head(house, "360p") >= (1, 1))
    publication = publication_of(house)
    await publication.drop_rung("360p")
    assert "rungs_dropped" in codes(house)
    small = stream_of(house).lanes["360p"]
    await until(lambda: any(segment.gap for segment in small.closed))
    # A segment that was begun is closed as far as it came; gaps follow it.
    assert [segment.gap for segment in small.closed][-1]
    text = await house.text("/360p.m3u8")
    assert "#EXT-X-GAP" in text
    assert "#EXT-X-GAP" not in await house.text("/source.m3u8")
    await publication.raise_rung("360p")
    await until(lambda: bool(small.open_parts))
    first = small.open_parts[0]
    leading = stream_of(house).lanes["source"]
    await until(lambda: not small.closed[-1].gap)
    whole = small.closed[-1]
    twin = next(one for one in leading.closed if one.sequence == whole.sequence)
    assert first.independent
    assert whole.duration_seconds == pytest.approx(twin.duration_seconds, abs=0.05)
    assert "rungs_dropped" not in codes(house)


async def test_loudness_and_silence_are_told_when_the_sound_rung_is_dropped(
    tmp_path: Path, each_ffmpeg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leading rendition is measured, which no busy machine leaves out."""
    monkeypatch.setattr(diagnosis, "SILENT_SECONDS", 2.0)
    fades = ("-af", "volume=0:enable='gte(t,5)'")
    film = await make_flv(each_ffmpeg, tmp_path / "fades.flv", *fades, seconds=20)
    async with open_house(tmp_path, each_ffmpeg) as house:
        house.publish(await asyncio.to_thread(film.read_bytes))
        await until(lambda: head(house) >= (1, 1))
        publication = publication_of(house)
        await publication.drop_rung("audio")
        await publication.drop_rung("360p")
        publication.loudness = LoudnessMeter()  # what was heard before doesn't count
        await until(lambda: _loudness(house) is not None)
        told = _loudness(house)
        assert told is not None
        assert told.momentary is not None
        assert told.momentary > SILENCE_LUFS
        assert "silence" not in codes(house)
        await until(lambda: "silence" in codes(house))
        texts = [one.text for one in house.webcast.status(*PLACE).diagnosis]
        assert any(text.startswith("No sound for 2 s. Check") for text in texts)


def _loudness(house: House) -> LoudnessFacts | None:
    return house.webcast.status(*PLACE).health.loudness


async def test_far_key_frames_are_noticed_while_copying(
    house: House, ffmpeg_path: str, tmp_path: Path
) -> None:
    """Copying begins at the first key frame; the second decides if that goes on."""
    path = await make_flv(
        ffmpeg_path, tmp_path / "far.flv", "-g", "999", "-bf", "0", seconds=14
    )
    house.publish(await asyncio.to_thread(path.read_bytes))
    await until(lambda: head(house) >= (1, 0), seconds=45)
    publication = publication_of(house)
    assert publication.is_copied
    await until(lambda: not publication.is_copied)
    await until(lambda: len(stream_of(house).kept.takes) == 2)
    await grow(house, 6)
    assert "not_copied" in codes(house)
    text = house.webcast.status(*PLACE).problems[0]
    assert "set the encoder's key frame interval to 2 s" in text
    assert len(stream_of(house).kept.takes) == 2
    # Nothing is lost where the one take ends and the other begins.
    assert max(map(abs, holes(house)), default=0.0) < 0.1
    await until(lambda: head(house, "360p")[0] > 1)


async def test_full_disk_stops_media_and_room_lets_it_go_on(
    house: House, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.publish(film)
    await until(lambda: head(house) >= (1, 1))
    publication = publication_of(house)
    with monkeypatch.context() as full:
        full.setattr(house.webcast.recorder, "_reserve_bytes", 1 << 60)
        full.setattr("folkmoot.media.pack.recorder._SHARE_OF_DISK", 1)
        await until(lambda: publication.stopped is not None)
        assert codes(house)[0] == "disk_full"
        assert publication.closed is None
    await until(lambda: publication.stopped is None)
    await until(lambda: len(stream_of(house).takes) == 2)
    await grow(house, 3)
    await house.webcast.keeper.look()
    assert "disk_full" not in codes(house)


@pytest.mark.parametrize("step", [3600.0, -3600.0])
async def test_clock_that_is_set_is_named_and_a_new_take_has_the_new_time(
    tmp_path: Path, ffmpeg_path: str, film: bytes, step: float
) -> None:
    async with open_house(tmp_path, ffmpeg_path) as house:
        shift = timedelta()

        def clock() -> datetime:
            return datetime.now(UTC) + shift

        keeper, channel = house.webcast.keeper, house.webcast.channel(*PLACE)
        keeper._clock = channel._clock = house.webcast._clock = clock
        await keeper.look()
        house.publish(film)
        await until(lambda: head(house) >= (1, 1))
        publication = publication_of(house)
        publication._clock = clock
        shift = timedelta(seconds=step)
        await keeper.look()
        assert "clock_set" in codes(house)
        await until(lambda: len(stream_of(house).takes) == 2)
        first, second = (stream_of(house).takes[n] for n in stream_of(house).kept.takes)
        moved = (second.anchor_at - first.anchor_at).total_seconds()
        # Forward with the clock; never back, or moments would mean two things.
        assert moved == pytest.approx(max(step, 0.0), abs=0.5)
        await grow(house, 2)


async def test_publisher_is_cut_off_after_its_encoder_fails_again_and_again(
    house: House, film: bytes
) -> None:
    house.publish(film)
    await until(lambda: head(house) >= (1, 0))
    publication = publication_of(house)
    publication._ffmpeg = "/bin/false"
    os.kill(pid_of(publication), signal.SIGKILL)
    await until(lambda: publication.closed is not None)
    await until(lambda: PLACE not in house.webcast._publications)
    assert "publisher_gone" in codes(house)


async def test_rung_that_falls_behind_is_dropped_and_taken_up_again(
    house: House, ffmpeg_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped encoder stands for a machine that is too busy for it.

    Parts of the copied picture go on meanwhile, each with its sound.
    """
    path = await make_flv(ffmpeg_path, tmp_path / "long.flv", seconds=60)
    keeper = house.webcast.keeper
    keeper._ladder = LadderState(patience_seconds=2.0)
    # What else runs here must not keep the rung out: the lag of one alone decides.
    monkeypatch.setattr(ladder, "LEADING_BEHIND_SECONDS", 30.0)
    monkeypatch.setattr(ladder, "CALM_BEHIND_SECONDS", 30.0)
    monkeypatch.setattr(ladder, "BEHIND_SECONDS", 5.0)
    keeper._load = LoadReader(pressure=tmp_path / "none", stat=tmp_path / "none")
    house.publish(await asyncio.to_thread(path.read_bytes))
    await until(lambda: head(house, "360p") >= (1, 0))
    publication = publication_of(house)
    leading = stream_of(house).lanes["source"]
    os.kill(pid_of(publication, "360p"), signal.SIGSTOP)
    await until(lambda: "360p" in publication.dropped)
    assert "rungs_dropped" in codes(house)
    before = leading.next_part
    await until(lambda: leading.next_part - before >= 2, seconds=45)
    assert "audio" not in publication.dropped
    await until(lambda: "360p" not in publication.dropped, seconds=30)
    small = stream_of(house).lanes["360p"]
    await until(lambda: bool(small.open_parts))
    assert any(segment.gap for segment in small.closed)
    assert not any(segment.gap for segment in leading.closed)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
async def test_small_disk_fills_and_the_journal_keeps_its_reserve(
    tmp_path: Path, ffmpeg_path: str, film: bytes
) -> None:
    """A real disk of 12 MB: a tenth of it stays free, and room lets media go on."""
    root = tmp_path / "disk"
    await asyncio.to_thread(root.mkdir)
    code, _, tail = await run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", root)
    if code != 0:
        pytest.skip(f"no right to mount: {tail}")
    try:
        ballast = root / "ballast"
        async with open_house(root, ffmpeg_path, reserve_mb=500) as house:
            house.publish(film)
            await until(lambda: head(house) >= (1, 0))
            publication = publication_of(house)
            await asyncio.to_thread(ballast.write_bytes, bytes(9_600_000))
            await until(lambda: publication.stopped is not None)
            assert codes(house)[0] == "disk_full"
            room = await asyncio.to_thread(shutil.disk_usage, root)
            assert room.free > 900_000  # what a journal needs to commit
            await asyncio.to_thread(ballast.unlink)
            await until(lambda: publication.stopped is None)
            await until(lambda: len(stream_of(house).takes) == 2)
            await grow(house, 2)
    finally:
        await run("umount", "-l", root)
