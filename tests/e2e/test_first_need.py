"""Rooms of ended meetings are opened at first need: the oldest answers at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.service import Service, wait_until
from tests.e2e.test_citing import BEGAN, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(300)]

OTHERS = 12
OLDEST = "/api/v1/meetings/oldest"
ROOM = f"{OLDEST}/rooms/hall"
TEXT = "text/vtt"


def fill(service: Service, film: Path) -> dict[str, Any]:
    """An old meeting with film and words, and many that are younger; all have ended."""
    made = service.make_meeting("oldest", title="Harbour council")
    for path, data, kind in (
        (f"{ROOM}/recording", film.read_bytes(), "video/mp4"),
        (f"{ROOM}/transcript", WORDS.encode(), TEXT),
    ):
        status, told = service.ask(
            "PUT", f"{path}?starts_at={BEGAN}", data, media_type=kind
        )
        assert status in {200, 202}, told
    wait_until(lambda: bool(recording(service)["spans"]), seconds=60)
    assert service.command("oldest", "meeting.end")["ok"]
    for number in range(OTHERS):
        slug = f"younger-{number}"
        service.make_meeting(slug)
        assert service.command(slug, "meeting.end")["ok"]
    return made


def recording(service: Service) -> dict[str, Any]:
    """What the service says of the old room's recording."""
    status, told = service.ask("GET", f"{ROOM}/recording")
    assert status == 200, told
    return dict(told)


def test_a_server_that_just_started_answers_for_the_oldest_of_many_meetings(
    service: Service, film: Path
) -> None:
    made = fill(service, film)
    media = urlsplit(made["rooms"][0]["playback_url"]).path.rpartition("/")[0]
    clip = "from=2026-05-04T09:00:04Z&to=2026-05-04T09:00:06Z"
    known = recording(service)
    _, words = service.ask("GET", f"{ROOM}/transcript.vtt")
    assert b"ferry" in words
    asks: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "recording": (f"{ROOM}/recording", lambda told: told == known),
        "playlist": (f"{media}/master.m3u8", lambda told: b"source.m3u8" in told),
        "poster": (f"{media}/poster.jpg", lambda told: told[:2] == b"\xff\xd8"),
        "storyboard": (f"{media}/storyboard.vtt", lambda told: b"-->" in told),
        "clip": (f"{ROOM}/clip.mp4?{clip}", lambda told: b"moov" in told),
        "words": (f"{ROOM}/transcript.vtt", lambda told: told == words),
        "hits": (
            "/api/v1/search?q=ferry",
            lambda told: told["hits"][0]["offset_seconds"] == pytest.approx(4, abs=0.2),
        ),
        "page": ("/m/oldest", lambda told: b"fm-player" in told),
    }
    service.stop()
    service.start()
    began = time.monotonic()
    with ThreadPoolExecutor(len(asks)) as many:
        answers = many.map(lambda ask: service.ask("GET", ask[0]), asks.values())
    for name, (status, told) in zip(asks, answers, strict=True):
        assert status == 200, (name, told)
        assert asks[name][1](told), (name, told)
    print(f"all of the oldest {time.monotonic() - began:.2f} s after the start")
    service.stop()
    service.start()
    # Without a moment of its own, a transcript begins where the recording does.
    status, told = service.ask(
        "PUT", f"{ROOM}/transcript?replace=all", WORDS.encode(), media_type=TEXT
    )
    assert status == 200, told
    assert service.ask("GET", f"{ROOM}/transcript.vtt") == (200, WORDS.encode())
