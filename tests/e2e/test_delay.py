"""What waits for a delay outlives `kill -9`, and what was taken back does not."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.e2e.service import Publisher, Service, publish_target
from tests.media.coded import FPS, Eye, make_coded_film

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(300)]

DELAY_SECONDS = 20.0
DUMP_SECONDS = 2.0
TOLERANCE_SECONDS = 1.0
"""Half of what is taken back: how unevenly a busy machine takes pictures in."""
_READY = "/api/v1/meetings/late/rooms/{}/recording"


class Hall:
    """A room of a service that gets killed, and its public."""

    def __init__(self, service: Service, made: dict[str, Any], ffmpeg: str) -> None:
        self.service = service
        self.room_id = made["rooms"][0]["id"]
        path = urlsplit(made["rooms"][0]["playback_url"]).path
        self.base = path.removesuffix("master.m3u8")
        self.eye = Eye(ffmpeg, self._get)

    async def _get(self, path: str) -> tuple[int, bytes]:
        url = f"{self.service.url}{self.base}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.read()

    def do(self, kind: str, **data: Any) -> datetime:
        """Give a command; return when it was done."""
        answer = self.service.command("late", kind, {"room_id": self.room_id, **data})
        assert answer["ok"], answer
        return datetime.now(UTC)

    def recording(self) -> dict[str, Any]:
        """What the public is told of the recording."""
        status, found = self.service.ask("GET", _READY.format(self.room_id))
        assert status == 200, found
        return dict(found)

    def wait_for(self, check: Any, seconds: float) -> dict[str, Any]:
        """Wait until the recording is so."""
        deadline = time.monotonic() + seconds
        while not check(found := self.recording()):
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
        return found


async def test_what_waits_for_its_delay_outlives_a_kill_and_the_dump_holds(
    service: Service, ffmpeg_path: str, tmp_path: Path
) -> None:
    film = await make_coded_film(ffmpeg_path, tmp_path / "film.flv", seconds=45)
    made = await asyncio.to_thread(
        service.make_meeting, "late", rooms=[{"name": "Hall"}], on_air="by_hand"
    )
    hall = Hall(service, made, ffmpeg_path)
    spans = await asyncio.to_thread(_run, hall, ffmpeg_path, film, made)
    seen = await hall.eye.see()
    numbers = sorted(set().union(*seen.values()))
    first, held, released, killed, began = spans
    begins = numbers[0] - first * FPS  # of the film's first frame, by its numbers
    seconds = [(number - begins) / FPS for number in numbers]
    assert [one for one in seconds if first <= one < held - DUMP_SECONDS]
    # Nothing of the pause, nor of what it took back, in no rendition. The film's own
    # numbers say so: a label begins with the first part, which comes late on a busy
    # machine, and is then ahead of what it tells of.
    last, after = max(pairwise(numbers), key=lambda two: two[1] - two[0])
    missing = (after - last) / FPS
    assert missing > released - held + DUMP_SECONDS - TOLERANCE_SECONDS, (spans, last)
    # The encoder can't have sent it sooner than that: it stays, what follows doesn't.
    assert began + last / FPS < held - DUMP_SECONDS + TOLERANCE_SECONDS, (spans, last)
    # What came after it was captured before the kill and came out when it was due.
    assert max(seconds) > released + 1
    assert max(seconds) > killed - 2.5


def _run(
    hall: Hall, ffmpeg: str, film: Path, made: dict[str, Any]
) -> tuple[float, float, float, float, float]:
    """Seconds from "on air" on: first frame, pause, its end, kill, encoder's start."""
    service = hall.service
    hall.do("channel.delay", seconds=DELAY_SECONDS)
    began_at = datetime.now(UTC)
    publisher = Publisher(ffmpeg, film, publish_target(made))
    try:
        deadline = time.monotonic() + 60
        while not _is_captured(hall):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        on_at = hall.do("channel.start")
        time.sleep(6)
        held_at = hall.do("channel.hold", reason="Names", dump_seconds=DUMP_SECONDS)
        time.sleep(2)
        released_at = hall.do("channel.release")
        time.sleep(6)
        seen = hall.recording()["seconds"]
        in_time = datetime.now(UTC) < on_at + timedelta(seconds=DELAY_SECONDS)
        assert seen == 0 or not in_time  # nobody saw any of it
        killed_at = datetime.now(UTC)
        service.kill()
    finally:
        publisher.stop()
    service.start()
    # What is told is behind by the delay, also now.
    head = datetime.now(UTC).timestamp() - DELAY_SECONDS
    told = hall.recording()
    assert all(
        datetime.fromisoformat(one["to_at"]).timestamp() <= head
        for one in told["spans"]
    )
    found = hall.wait_for(
        lambda told: (
            told["spans"]
            and (
                killed_at - datetime.fromisoformat(told["spans"][-1]["to_at"])
            ).total_seconds()
            < 2.5
        ),
        DELAY_SECONDS + 60,
    )
    begins = datetime.fromisoformat(found["spans"][0]["from_at"])
    assert any(gap["reason"] == "Names" for gap in found["gaps"])
    times = (begins, held_at, released_at, killed_at, began_at)
    first, held, released, killed, began = (
        (at - on_at).total_seconds() for at in times
    )
    return first, held, released, killed, began


def _is_captured(hall: Hall) -> bool:
    """Whether something waits for its delay on the disk."""
    files = (hall.service.data / "private").rglob("*.spool")
    return any(path.stat().st_size > 20_000 for path in files)
