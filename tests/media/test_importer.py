from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.media.archive.importer import import_video
from folkmoot.media.archive.verify import verify_meeting
from folkmoot.media.webcast import RoomSpec, Webcast
from folkmoot.settings import MediaSettings
from folkmoot.tasks import TaskOwner
from tests.media.publishing import AAC, H264, make_media

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg

STARTS_AT = datetime(2026, 1, 5, 19, 0, tzinfo=UTC)
PLACE = ("m_1", "r_1")


async def ignore(change: object) -> None:
    """Nobody listens."""


@asynccontextmanager
async def open_webcast(root: Path, ffmpeg_path: str) -> AsyncIterator[Webcast]:
    """A room without an encoder, on what lies in a directory."""
    tasks = TaskOwner()
    webcast = Webcast(
        media_root=root / "media",
        private_root=root / "private",
        settings=MediaSettings(disk_reserve_mb=1),
        tasks=tasks,
        clock=lambda: datetime.now(UTC),
        on_source=ignore,
        ffmpeg=ffmpeg_path,
    )
    await webcast.start()
    await webcast.open_room(
        RoomSpec(
            meeting_id="m_1",
            room_id="r_1",
            public_path="p",
            room_slug="main",
            stream_key="KEY",
            state="ended",
        )
    )
    try:
        yield webcast
    finally:
        await webcast.aclose()
        await tasks.aclose()


@pytest.fixture
async def webcast(tmp_path: Path, ffmpeg_path: str) -> AsyncIterator[Webcast]:
    async with open_webcast(tmp_path, ffmpeg_path) as opened:
        yield opened


async def film(ffmpeg: str, path: Path, *, seconds: float) -> Path:
    return await make_media(ffmpeg, path, *H264, *AAC, seconds=seconds)


async def test_a_film_becomes_the_recording_and_twice_changes_nothing(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
):
    path = await film(ffmpeg_path, tmp_path / "a.mp4", seconds=9)
    heard: list[float] = []
    imported = await import_video(
        webcast, *PLACE, path, STARTS_AT, progress=heard.append
    )
    assert imported.seconds == pytest.approx(9, abs=0.2)
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == (0.0, 1.0)
    channel = webcast.channel(*PLACE)
    ((start, end),) = channel.recorded_spans()
    assert abs((start - STARTS_AT).total_seconds()) < 0.1
    assert (end - start).total_seconds() == pytest.approx(imported.seconds, abs=0.01)
    text = channel.public.render_recording("source").plain.decode()
    assert len(re.findall("#EXTINF", text)) == 3
    assert set(channel.public.lanes) == {"source", "360p", "audio"}

    again = await import_video(webcast, *PLACE, path, STARTS_AT + timedelta(days=1))
    assert (again.known, again.take_id) == (True, imported.take_id)
    assert len(channel.recorded_spans()) == 1

    (room,) = await asyncio.to_thread(
        verify_meeting, tmp_path / "media", tmp_path / "private", "m_1"
    )
    assert [take.problems for take in room.takes] == [()]


async def test_an_overlap_is_refused_and_an_older_film_plays_first(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
):
    first = await film(ffmpeg_path, tmp_path / "a.mp4", seconds=3)
    other = await film(ffmpeg_path, tmp_path / "b.mp4", seconds=2)
    await import_video(webcast, *PLACE, first, STARTS_AT)
    with pytest.raises(Refusal) as refusal:
        await import_video(webcast, *PLACE, other, STARTS_AT + timedelta(seconds=2))
    assert refusal.value.code == "recording_overlaps"
    await import_video(webcast, *PLACE, other, STARTS_AT - timedelta(hours=1))
    channel = webcast.channel(*PLACE)
    starts = [start for start, _ in channel.recorded_spans()]
    assert starts == sorted(starts)
    assert channel.offset_seconds_at(starts[1]) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("content", [b"", b"no film at all" * 1000])
async def test_what_is_no_film_leaves_nothing(
    webcast: Webcast, tmp_path: Path, content: bytes
):
    path = tmp_path / "a.mp4"
    await asyncio.to_thread(path.write_bytes, content)
    with pytest.raises(Refusal) as refusal:
        await import_video(webcast, *PLACE, path, STARTS_AT)
    assert refusal.value.code == "video_unreadable"
    left = await asyncio.to_thread(lambda: list((tmp_path / "media").rglob("*.m4s")))
    assert left == []
    assert webcast.channel(*PLACE).recorded_seconds == 0


async def test_an_import_that_breaks_off_leaves_nothing(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
):
    path = await film(ffmpeg_path, tmp_path / "a.mp4", seconds=20)
    tasks = TaskOwner()
    begun = asyncio.Event()

    def note(share: float) -> None:
        if share > 0.05:
            begun.set()

    tasks.start(
        import_video(webcast, *PLACE, path, STARTS_AT, progress=note), name="import"
    )
    async with asyncio.timeout(45):
        await begun.wait()
    await tasks.aclose()
    left = await asyncio.to_thread(lambda: list((tmp_path / "media").rglob("*.m4s")))
    assert left == []
    assert webcast.status(*PLACE).import_progress is None


async def test_verify_names_what_is_damaged(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
):
    path = await film(ffmpeg_path, tmp_path / "a.mp4", seconds=3)
    await import_video(webcast, *PLACE, path, STARTS_AT)
    segment = next((tmp_path / "media").rglob("source/00001.m4s"))

    def damage() -> None:
        segment.write_bytes(segment.read_bytes()[:-10])

    await asyncio.to_thread(damage)
    (room,) = await asyncio.to_thread(
        verify_meeting, tmp_path / "media", tmp_path / "private", "m_1"
    )
    assert "source/00001.m4s has" in room.takes[0].problems[0]
    (room,) = await asyncio.to_thread(
        verify_meeting, tmp_path / "media", tmp_path / "private", "m_1", repair=True
    )
    assert room.takes[0].problems == ()
