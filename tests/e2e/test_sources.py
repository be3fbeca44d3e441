"""Sources other than an encoder: a browser's camera, in turn with one, and cut off."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.e2e.browser import ARGUMENTS, new_visitor, press_play, watch
from tests.e2e.cutting import open_line
from tests.e2e.flashes import CAMERA, find_flashes, gaps_between, make_flashes
from tests.e2e.playlists import parse_playlist, variants
from tests.e2e.service import Publisher, Service, publish_target, wait_until
from tests.e2e.test_broadcast import playback, probe_seconds, read, top_playlist

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.timeout(400),
]

FAKES = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-accept-this-tab-capture",
]
SECONDS = 1_000.0
IN_STEP_SECONDS = 0.080
CUT_SECONDS = 12.0


def camera_path(made: dict[str, Any]) -> str:
    """Return the path of a room's camera page."""
    return "/camera/" + made["rooms"][0]["ingest"]["browser_url"].rsplit("/", 1)[1]


def is_sent(service: Service, made: dict[str, Any]) -> bool:
    """Whether somebody sends to the first room."""
    _, got = service.ask("GET", f"/api/v1/meetings/{made['slug']}/state")
    return bool(got["state"]["rooms"][made["rooms"][0]["id"]]["connected"])


async def send_from(page: Page, url: str) -> None:
    """Open the camera page and send a small picture: CI has two cores."""
    await page.add_init_script(
        """localStorage.setItem("folkmoot-camera", '{"picture":"360"}')"""
    )
    await page.goto(url)
    await page.get_by_role("button", name="Open the camera").click()
    await page.get_by_role("button", name="Start sending").click()


def recorded_seconds(service: Service, url: str, *, take: int = 0) -> float:
    """How long the whole segments of a take are that anybody can have; 0 of none."""
    if not variants(read(service, url)):
        return 0.0
    takes = read(service, top_playlist(service, url)).split("#EXT-X-DISCONTINUITY\n")
    return parse_playlist(takes[take]).seconds if take < len(takes) else 0.0


def takes_of(service: Service) -> list[Path]:
    """Return the recorded takes, oldest first."""
    found = (service.data / "media").rglob("take.json")
    return sorted((f.parent for f in found), key=lambda p: p.stat().st_ctime)


def whole(take: Path, to: Path) -> Path:
    """Return a take's leading rendition as one file."""
    rendition = take / "source"
    pieces = [rendition / "init.mp4", *sorted(rendition.glob("*.m4s"))]
    to.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    return to


async def test_two_publishers_in_turn_make_one_recording(
    service: Service, ffmpeg_path: str, chromium_path: str, tmp_path: Path
) -> None:
    film = await asyncio.to_thread(make_flashes, ffmpeg_path, tmp_path / "flash.mp4")
    made = service.make_meeting("turns")
    url = playback(service, made)
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    try:
        await asyncio.to_thread(
            wait_until, lambda: recorded_seconds(service, url) >= 8, seconds=90
        )
    finally:
        publisher.stop()
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(
            executable_path=chromium_path, args=ARGUMENTS + FAKES
        )
        _, page = await new_visitor(browser)
        await send_from(page, f"{service.url}{camera_path(made)}")
        await expect(page.locator(".camera__banner")).to_contain_text("On air")
        await asyncio.to_thread(
            wait_until, lambda: len(takes_of(service)) == 2, seconds=60
        )
        await asyncio.to_thread(
            wait_until,
            lambda: recorded_seconds(service, url, take=1) >= 8,
            seconds=90,
        )
        await page.get_by_role("button", name="Stop sending").click()
        await expect(page.locator(".camera__banner")).to_contain_text("Not sending")
        assert page.errors == []  # type: ignore[attr-defined]
        assert service.command("turns", "meeting.end")["ok"]
        list_url = urljoin(url, await asyncio.to_thread(top_playlist, service, url))
        await asyncio.to_thread(
            wait_until, lambda: "ENDLIST" in read(service, list_url), seconds=60
        )
        recording = await asyncio.to_thread(read, service, list_url)
        assert recording.count("#EXT-X-DISCONTINUITY\n") == 1
        # One page plays both: before the join, after it, and before it again.
        _, viewer = await new_visitor(browser)
        await viewer.goto(f"{service.url}/m/turns")
        await press_play(viewer)
        length = (await _playing(viewer))["duration"]
        for seconds in (2.0, length - 3.0, 1.0, length - 2.0):
            await viewer.evaluate(
                "s => { document.querySelector('fm-player video').currentTime = s }",
                seconds,
            )
            seen = await _playing(viewer, past=seconds)
            assert seen["error"] is None
        await browser.close()
    first, second = takes_of(service)
    flashes, beeps = find_flashes(ffmpeg_path, whole(first, tmp_path / "first.mp4"))
    late = gaps_between(flashes, beeps)
    assert len(late) >= 6
    assert max(map(abs, late)) <= IN_STEP_SECONDS
    assert probe_seconds(ffmpeg_path, str(whole(second, tmp_path / "2.mp4"))) > 6


async def test_a_camera_survives_a_cut_of_its_line_whole(
    service: Service, ffmpeg_path: str, chromium_path: str, tmp_path: Path
) -> None:
    made = service.make_meeting("cut")
    async with open_line(service.port) as line, async_playwright() as tools:
        browser = await tools.chromium.launch(
            executable_path=chromium_path, args=ARGUMENTS + FAKES
        )
        _, page = await new_visitor(browser, viewport={"width": 390, "height": 844})
        await page.add_init_script(CAMERA)
        await send_from(page, f"http://127.0.0.1:{line.port}{camera_path(made)}")
        banner = page.locator(".camera__banner")
        await expect(banner).to_contain_text("On air")
        await asyncio.to_thread(wait_until, lambda: takes_of(service), seconds=60)
        await asyncio.sleep(4)
        line.cut()
        began = time.monotonic()
        await expect(banner).to_contain_text("The line is gone")
        await asyncio.sleep(CUT_SECONDS - (time.monotonic() - began))
        line.mend()
        await expect(banner).to_contain_text("On air")
        await asyncio.sleep(4)
        await page.get_by_role("button", name="Stop sending").click()
        await expect(banner).to_contain_text("Not sending")
        await browser.close()
    # What was kept in the cut goes through the encoder; the end would cut it off.
    await asyncio.to_thread(wait_until, lambda: not is_sent(service, made), seconds=180)
    assert service.command("cut", "meeting.end")["ok"]
    (take,) = takes_of(service)
    flashes, beeps = find_flashes(ffmpeg_path, whole(take, tmp_path / "cut.mp4"))
    assert len(flashes) >= CUT_SECONDS + 6
    apart = [after - before for before, after in pairwise(beeps)]
    # A chunk that was lost or came twice would be a quarter of a second.
    assert max(abs(each - 1.0) for each in apart) < 0.1, apart
    assert max(map(abs, gaps_between(flashes, beeps))) <= IN_STEP_SECONDS


async def _playing(page: Page, past: float = 0.0) -> dict[str, Any]:
    """Wait until the page's video plays beyond a second; return what it does."""
    async with asyncio.timeout(60):
        while True:
            seen = await watch(page)
            if seen["ready"] >= 2 and past < seen["time"] < past + 6:
                return seen
            await asyncio.sleep(0.1)
