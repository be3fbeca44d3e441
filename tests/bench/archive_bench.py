"""The end of a three-hour meeting: how soon its archive is whole, and its pages open.

The recording is a minute's film put in a row until it lasts three hours, imported
like any other, so it is made much faster than real time; then the room is on air for
some seconds more, and the meeting ends. Opened are pages with
`#t=` at seconds spread over it, each in a fresh browser profile; done is when the
page's video shows a frame of that second.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import machine
from tests.bench.media_bench import end_meeting, top_playlist
from tests.bench.report import Figure, Say, absent, spread
from tests.e2e.browser import new_visitor, run_browser, watch
from tests.e2e.playlists import parse_playlist
from tests.e2e.service import (
    Publisher,
    Service,
    make_film,
    publish_target,
    wait_until,
)

AREA = "archive"
HOURS, QUICK_HOURS = 3.0, 0.25
PLACES, QUICK_PLACES = 24, 6
TARGET_SECONDS = 1.0
_MINUTE = 60


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return how long it took from opening the page to the picture of a second."""
    hours = QUICK_HOURS if quick else HOURS
    what = f"page of a {hours:g}-hour recording opened → its second shown"
    chromium, ffmpeg = machine.find_tool("browser"), machine.find_tool("ffmpeg")
    if chromium is None or ffmpeg is None:
        return [absent(AREA, what, "needs Chromium and ffmpeg")]
    with tempfile.TemporaryDirectory(prefix="folkmoot-archive-") as folder:
        home = Path(folder)
        say(f"archive: making {hours:g} hours")
        began = time.monotonic()
        film = make_long_film(ffmpeg, home, seconds=round(hours * 3600))
        # Copied, not encoded: the rungs below would take the time of a real import.
        env = {"FOLKMOOT_MEDIA_LADDER": ""}
        service = Service(home / "data", env=env)
        try:
            service.start()
            meeting = service.make_meeting("long")
            import_video(service, "long", film, hours=hours, env=env)
            made = time.monotonic() - began
            say("archive: on air after it, and the end")
            with_live = film.with_name("minute.mp4")
            whole = end_on_air(service, meeting, ffmpeg, with_live, hours=hours)
            places = QUICK_PLACES if quick else PLACES
            say(f"archive: made in {made:.0f} s; opening {places} seconds")
            took = asyncio.run(
                _open_all(chromium, service, places=places, seconds=hours * 3600)
            )
        finally:
            service.stop()
    late = sum(each > TARGET_SECONDS for each in took)
    note = f"aimed at {TARGET_SECONDS} s, {late} later; the recording took {made:.0f} s"
    ended = f"`meeting.end` of {hours:g} hours, on air → archive whole at its address"
    return [
        spread(AREA, ended, [whole], unit="ms"),
        spread(AREA, what, took, unit="s", note=note),
    ]


def make_long_film(ffmpeg: str, home: Path, *, seconds: int) -> Path:
    """Make a film of any length out of one minute, without encoding the rest."""
    minute = make_film(ffmpeg, home / "minute.mp4", seconds=_MINUTE, kbits=150)
    target = home / "long.mp4"
    subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
            "-stream_loop", str(seconds // _MINUTE - 1), "-i", str(minute),
            "-c", "copy", str(target),
        ],
        check=True,
    )  # fmt: skip
    return target


def import_video(
    service: Service, slug: str, film: Path, *, hours: float, env: dict[str, str]
) -> None:
    """Import a film that ended a minute ago as a room's recording; wait for it."""
    starts_at = datetime.now(UTC) - timedelta(hours=hours, minutes=1)
    argv = [sys.executable, "-m", "folkmoot", "import", "video", slug, str(film)]
    argv += ["--data", str(service.data), "--starts-at", starts_at.isoformat()]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env={**os.environ, **env}
    )
    if done.returncode:
        raise RuntimeError(f"import: {done.stdout[-300:]} {done.stderr[-300:]}")


def end_on_air(
    service: Service, made: dict[str, Any], ffmpeg: str, film: Path, *, hours: float
) -> float:
    """Go on air, end the meeting; milliseconds until all of it stood closed."""

    def seconds_there() -> float:
        address = top_playlist(service, made)
        if address is None:
            return 0.0
        text = service.ask("GET", address, token=None)[1].decode()
        return parse_playlist(text).seconds

    before = seconds_there()
    assert before > hours * 3600 - 10, before
    publisher = Publisher(ffmpeg, film, publish_target(made))
    try:
        wait_until(lambda: seconds_there() > before + 8, seconds=60, every=0.5)
        address = top_playlist(service, made)
        assert address is not None
        took = end_meeting(service, "long", address)
    finally:
        publisher.stop()
    after = seconds_there()
    assert after > before + 8, (before, after)
    return took


async def _open_all(
    chromium: str, service: Service, *, places: int, seconds: float
) -> list[float]:
    chance = random.Random(7)
    wanted = sorted(chance.uniform(5, seconds - 30) for _ in range(places))
    async with run_browser(chromium) as browser:
        await _open(browser, service, 1.0)  # the browser's own first page
        return [await _open(browser, service, second) for second in wanted]


async def _open(browser: Any, service: Service, second: float) -> float:
    context, page = await new_visitor(browser)
    try:
        began = time.monotonic()
        await page.goto(f"{service.url}/m/long#t={second:.1f}", wait_until="commit")
        async with asyncio.timeout(30):
            while True:
                seen = await watch(page)
                if seen.get("frames") and seen["time"] >= second - 0.2:
                    break
                await asyncio.sleep(0.01)
        took = time.monotonic() - began
        assert seen["time"] < second + 8, (second, seen)
        return took
    finally:
        await context.close()
