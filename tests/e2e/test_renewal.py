"""A signed address dies while somebody watches: it goes on with the next one."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Route

from tests.e2e.browser import (
    come_as,
    new_visitor,
    press_play,
    run_browser,
    wait_live,
    watch,
)
from tests.e2e.service import Service, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(300)]

FILM_SECONDS = 90  # more than a player keeps ahead
SIGNED = re.compile(r"/media/(~[^/]+)/")


def make_long_film(ffmpeg: str, path: Path) -> Path:
    """Make a small film that is longer than what a player fetches ahead."""
    subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
            "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10",
            "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
            "-t", str(FILM_SECONDS), "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", "-g", "20", "-bf", "0", "-c:a", "aac", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


def hold(service: Service, film: Path) -> str:
    """Hold a private meeting with a recording; return the token of who may see it."""
    made = service.make_meeting("closed", visibility="private")
    room = made["rooms"][0]["id"]
    status, told = service.ask(
        "PUT",
        f"/api/v1/meetings/closed/rooms/{room}/recording"
        "?starts_at=2026-05-04T09:00:00Z",
        film.read_bytes(),
        media_type="video/mp4",
    )
    assert status == 202, told
    assert service.command("closed", "meeting.end")["ok"]
    body = {"name": "Ann", "code": made["join_code"]}
    status, joined = service.ask(
        "POST", "/api/v1/meetings/closed/join", body, token=None
    )
    assert status == 200, joined

    def recorded() -> bool:
        _, state = service.ask("GET", "/api/v1/meetings/closed/state")
        return any(r["recording_revision"] for r in state["state"]["rooms"].values())

    wait_until(recorded, seconds=60)
    return str(joined["token"])


async def test_a_player_goes_on_with_a_new_signature(
    service: Service, ffmpeg_path: str, tmp_path: Path, chromium_path: str
) -> None:
    film = await asyncio.to_thread(make_long_film, ffmpeg_path, tmp_path / "long.mp4")
    token = await asyncio.to_thread(hold, service, film)
    async with run_browser(chromium_path) as browser:
        context, page = await new_visitor(browser)
        await come_as(context, service.url, token)
        used: set[str] = set()
        dead: set[str] = set()

        async def look(route: Route) -> None:
            found = SIGNED.search(route.request.url)
            assert found is not None
            used.add(found[1])
            if found[1] in dead:
                await route.fulfill(status=403, body="This link opens nothing.")
            else:
                await route.continue_()

        await page.route(SIGNED, look)
        await page.goto(f"{service.url}/m/closed")
        await wait_live(page)
        await press_play(page)
        async with asyncio.timeout(60):
            while (await watch(page))["time"] < 1:
                await asyncio.sleep(0.1)
        await page.evaluate("window.same = document.querySelector('fm-player video')")
        dead |= used
        # Beyond all that was fetched: only a new signature opens it.
        await page.evaluate("window.same.currentTime = 70")
        async with asyncio.timeout(60):
            while (seen := await watch(page))["time"] < 71 or seen["ready"] < 3:
                await asyncio.sleep(0.1)
        assert used > dead
        assert await page.evaluate(
            "document.querySelector('fm-player video') === window.same"
        )
        assert seen["error"] is None
