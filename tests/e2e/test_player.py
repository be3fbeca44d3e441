"""The player in a real browser: by keyboard, through breaks, into the recording."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import new_visitor, press_play, run_browser, wait_live, watch
from tests.e2e.service import ROOT, Publisher, Service, publish_target
from tests.e2e.test_broadcast import playback, read, wait_on_air

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.timeout(300),
]

HLS_JS = ROOT / "web/node_modules/hls.js/dist/hls.min.js"
# Notes the moments that the player tells of, as other parts of the page hear them.
LISTEN = """() => {
  window.told = [];
  document.addEventListener("fm-time", ({detail}) => window.told.push(detail));
}"""
AT = "() => document.querySelector('fm-player video').currentTime"
PLAIN = """async (source) => {
  document.body.innerHTML = "<video muted></video>";
  const video = document.querySelector("video");
  const hls = new Hls({lowLatencyMode: false});
  hls.loadSource(source);
  hls.attachMedia(video);
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
}"""


@asynccontextmanager
async def on_air(
    service: Service, ffmpeg: str, film: Path, slug: str, *rooms: str
) -> AsyncIterator[tuple[dict[str, Any], list[Publisher]]]:
    """A meeting whose rooms are all live."""
    names = [{"name": name} for name in rooms or ("Hall",)]
    made = await asyncio.to_thread(service.make_meeting, slug, rooms=names)
    publishers = [
        Publisher(ffmpeg, film, publish_target(made, number))
        for number in range(len(names))
    ]
    try:
        await asyncio.to_thread(wait_on_air, service, playback(service, made))
        yield made, publishers
    finally:
        for publisher in publishers:
            publisher.stop()


async def until_playing(
    page: Page, *, past: float = 0.0, seconds: float = 120
) -> float:
    """Wait until the picture moves past a second; return where it is."""
    async with asyncio.timeout(seconds):
        while (seen := await watch(page))["time"] <= past or seen["ready"] < 3:
            await asyncio.sleep(0.1)
    return float(seen["time"])


async def until_recorded(service: Service, master: str, *, seconds: float) -> None:
    """Wait until whole segments of so many seconds can be had."""
    address = master.replace("master.m3u8", "source.m3u8")
    async with asyncio.timeout(60):
        while True:
            text = await asyncio.to_thread(read, service, address)
            if sum(map(float, re.findall(r"#EXTINF:([\d.]+)", text))) >= seconds:
                return
            await asyncio.sleep(0.5)


async def press(page: Page, key: str) -> None:
    await page.locator("fm-player video").focus()
    await page.keyboard.press(key)


async def test_items_are_marked_by_keyboard_and_read_at_the_viewers_place(
    house: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    async with (
        on_air(house, ffmpeg_path, film, "items"),
        run_browser(chromium_path) as browser,
    ):
        _, desk = await new_visitor(browser)
        await desk.goto(house.sign_in)
        if await desk.locator("form button").count():
            await desk.locator("main form button").first.click()
        await desk.goto(f"{house.url}/desk/items/items")
        await desk.locator("[name=lines]").fill(
            "1 Welcome\nSpeaker: Ana Ruiz\n2 Budget"
        )
        await desk.get_by_role("button", name="Save the list").click()
        await expect(desk.locator(".items__mark")).to_have_count(3)

        _, guest = await new_visitor(browser)
        await guest.goto(f"{house.url}/m/items")
        await press_play(guest)
        await until_playing(guest)
        await wait_live(desk)
        await desk.keyboard.press("n")
        await expect(guest.locator(".player__now")).to_contain_text("1 Welcome")
        await expect(desk.locator(".items__mark[data-done]")).to_have_count(1)
        await desk.keyboard.press("n")
        await expect(guest.locator(".chapters__now")).to_contain_text("Ana Ruiz")
        await desk.keyboard.press("2")  # with that number: the one after the next
        await expect(desk.locator(".items__row")).to_have_count(2)
        await desk.keyboard.press("1")
        await expect(guest.locator(".player__now")).to_contain_text("2 Budget")
        await expect(guest.locator(".timeline__mark")).to_have_count(2)

        # Back to the first item: what is on is what is on there.
        await press(guest, "Home")
        await press(guest, "n")
        await expect(guest.locator(".player__now")).to_contain_text("1 Welcome")
        await expect(guest.locator(".player__live")).to_contain_text("Go live")
        await press(guest, "End")
        await expect(guest.locator(".player__now")).to_contain_text("2 Budget")

        await desk.get_by_role("button", name="5 s earlier").first.click()
        await desk.keyboard.press("u")
        await expect(desk.locator(".items__row")).to_have_count(2)
        await expect(guest.locator(".chapters__now")).not_to_contain_text("2 Budget")
        assert guest.errors == []  # type: ignore[attr-defined]


async def test_the_player_is_led_by_keyboard(
    house: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    async with (
        on_air(house, ffmpeg_path, film, "keys", "Hall", "Library"),
        run_browser(chromium_path) as browser,
    ):
        _, page = await new_visitor(browser)
        await page.goto(f"{house.url}/m/keys")
        await press_play(page)
        await until_playing(page, past=12)
        live = page.locator(".player__live")
        await expect(live).to_have_accessible_name("Live")
        await press(page, "j")
        await expect(live).to_contain_text("Go live")
        await press(page, ">")
        video = page.locator("fm-player video")
        await expect(video).to_have_js_property("playbackRate", 1.25)
        await press(page, "?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await press(page, "m")
        await expect(page.get_by_role("button", name="Sound on")).to_be_visible()
        await page.locator(".timeline").hover(position={"x": 40, "y": 10})
        await expect(page.locator(".timeline__still")).to_be_visible()

        # Sound alone, and how much it weighs; kept on the device.
        await press(page, "s")
        await expect(page.locator(".player__option").first).to_contain_text("an hour")
        await page.get_by_text("Sound only").click()
        await expect(page.locator(".player__sound-only")).to_be_visible()
        # Until the sound's own stream plays, the picture's goes on.
        await expect(video).to_have_js_property("videoWidth", 0)
        await until_playing(page, past=1)
        assert (await watch(page))["width"] == 0
        await page.keyboard.press("Escape")
        await page.reload()
        await page.get_by_role("button", name="Listen live").click()
        await expect(page.locator(".player__sound-only")).to_be_visible()

        # Captions as one likes them.
        await press(page, "s")
        await page.get_by_label("Size").select_option("Large")
        await page.get_by_label("360p").check()
        await page.keyboard.press("Escape")
        kept = await page.evaluate("localStorage.getItem('folkmoot-watching')")
        assert '"size":"large"' in kept

        # Another room without another page.
        await page.evaluate("() => { window.samePage = true; }")
        await page.get_by_role("link", name="Library").click()
        await page.wait_for_url("**room=library")
        await until_playing(page)
        assert await page.evaluate("() => window.samePage")
        name = await page.locator("fm-player video").get_attribute("aria-label")
        assert name == "Picture and sound from Library"
        await page.go_back()
        await expect(page.locator(".rooms__link[aria-current]")).to_contain_text("Hall")


async def test_an_encoder_that_comes_back_is_seen_without_touching_anything(
    house: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    async with (
        on_air(house, ffmpeg_path, film, "again") as (made, publishers),
        run_browser(chromium_path) as browser,
    ):
        _, page = await new_visitor(browser)
        await page.goto(f"{house.url}/m/again")
        await press_play(page)
        before = await until_playing(page, past=4)
        await asyncio.to_thread(publishers[0].stop)
        await expect(page.locator(".player__slate")).to_contain_text(
            "recording is safe"
        )
        await asyncio.sleep(4)
        publishers.append(Publisher(ffmpeg_path, film, publish_target(made)))
        await expect(page.locator(".player__slate")).to_have_count(0)
        after = await until_playing(page, past=before + 3)
        await until_playing(page, past=after + 3)
        await expect(page.locator(".player__live")).to_have_accessible_name("Live")


async def test_who_is_behind_at_the_end_goes_on_in_the_recording(
    house: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    async with (
        on_air(house, ffmpeg_path, film, "ending"),
        run_browser(chromium_path) as browser,
    ):
        _, page = await new_visitor(browser)
        await page.goto(f"{house.url}/m/ending")
        await press_play(page)
        await until_playing(page, past=22)
        await press(page, "Home")
        await page.wait_for_function(f"({AT})() < 10")
        await until_playing(page, past=0.5)
        await page.evaluate(LISTEN)
        await page.wait_for_function("() => window.told.some(({at}) => at)")
        before = (await page.evaluate("() => window.told.findLast(({at}) => at)"))["at"]
        asked_at = time.monotonic()
        began = await page.evaluate(AT)
        assert house.command("ending", "meeting.end")["ok"]
        await page.wait_for_function(
            "() => document.querySelector('fm-player').engine?.live === false"
        )
        # It goes on in the recording, where it was: told of as the same moments.
        switched = await page.evaluate("() => window.told.length")
        await page.wait_for_function(
            "([from, before]) => window.told.slice(from).some(({at}) => at > before)",
            arg=[switched, before],
        )
        seen = await watch(page)
        assert not seen["paused"]
        # Never ahead of what can have been played meanwhile, nor anew from the start.
        played = time.monotonic() - asked_at
        assert began - 1 < seen["time"] < began + 1.1 * played + 1, (began, played)
        await expect(page.locator(".player__live")).to_have_count(0)


async def test_players_without_low_latency_play_it_too(
    house: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    async with (
        on_air(house, ffmpeg_path, film, "plain") as (made, _),
        run_browser(chromium_path) as browser,
    ):
        source = playback(house, made)
        # Such players stay three segments behind; before there are so many they wait
        # for each, at the edge of what there is.
        await until_recorded(house, source, seconds=14)
        _, page = await new_visitor(browser, bypass_csp=True)
        await page.goto(house.url)
        await page.add_script_tag(path=HLS_JS)
        await page.evaluate(PLAIN, source)
        moving = "() => document.querySelector('video').currentTime"
        await page.wait_for_function(f"({moving})() > 1")
        began = await page.evaluate(moving)
        # Eight seconds play, in several times the time where the machine is busy.
        await page.wait_for_function(f"(until) => ({moving})() > until", arg=began + 8)
        # A player that knows no parts at all, as televisions and old ones do.
        done = await asyncio.to_thread(
            subprocess.run,
            [ffmpeg_path, "-hide_banner", "-loglevel", "error", "-i", source,
             "-t", "6", "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
