"""Organisers at the desk: from the printed link to the archive, and the queue."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.browser import (
    come_as,
    new_visitor,
    press_play,
    run_browser,
    wait_live,
    watch,
)
from tests.e2e.service import Publisher, Service

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Tab stops before the queue on a desk with one room; more means it can't be reached.
MOST_TABS = 60


@pytest.mark.ffmpeg
@pytest.mark.live
async def test_a_meeting_is_made_and_led_from_the_desk(
    house: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        plain, page = await new_visitor(browser, java_script_enabled=False)
        target = await _make_by_form(page, house)
        signed_in = await plain.storage_state()
        _, desk = await new_visitor(browser, storage_state=signed_in)
        _, guest = await new_visitor(browser)
        await guest.route("**/assets/main-*.js", _come_late)
        await guest.goto(f"{house.url}/m/street-day")
        await wait_live(guest)
        await expect(guest.locator("fm-player")).to_have_attribute(
            "data-state", "coming"
        )
        await desk.goto(f"{house.url}/desk/street-day")
        await wait_live(desk)
        publisher = Publisher(ffmpeg_path, film, target)
        try:
            await _go_on_air(desk, guest)
            await _pause(desk, guest)
            await _end(desk)
        finally:
            publisher.stop()
        await _watch_archive(guest)
        complaints = [
            line
            for line in [*desk.errors, *guest.errors]  # type: ignore[attr-defined]
            if "404" not in line
        ]
        assert complaints == []


async def _come_late(route: Route) -> None:
    """On a slow machine the state is there before the script that waits for it."""
    await asyncio.sleep(2)
    await route.continue_()


async def _make_by_form(page: Page, house: Service) -> str:
    """Sign in and make a meeting without script; return where to publish to."""
    await page.goto(house.sign_in)
    await expect(page).to_have_url(f"{house.url}/desk")
    await page.fill("[name=title]", "Street day")
    await page.fill("[name=rooms]", "Hall (120)\nLibrary")
    await page.fill("[name=day]", "2030-05-04")
    await page.fill("[name=starts]", "10:00")
    await page.fill("[name=ends]", "12:00")
    await page.get_by_role("button", name="Create the meeting").click()
    await expect(page).to_have_url(f"{house.url}/desk/street-day")
    await expect(page.locator(".time-chip")).to_have_count(2)
    await expect(page.locator(".desk-room h3")).to_have_text(["Hall", "Library"])
    keys = page.locator(".desk-room").first.locator(".keys code")
    server, key = await keys.all_text_contents()
    return f"{server.replace('localhost', '127.0.0.1').rstrip('/')}/{key}"


async def _go_on_air(desk: Page, guest: Page) -> None:
    """What the encoder sends shows at the desk first, to the public only then."""
    hall = desk.locator(".desk-room").first
    await expect(hall).to_have_attribute("data-connected", "true")
    await expect(hall.locator(".desk-room__figures")).to_contain_text("640 × 360")
    await expect(hall.locator(".gauges")).to_contain_text("Mbit/s")
    await expect(hall.locator(".level")).to_have_attribute("role", "meter")
    await expect(hall.locator(".renditions")).to_contain_text("as it comes")
    picture = hall.locator(".desk-room__picture img")
    await expect(picture).to_be_visible()
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
    await _look_at_the_moving_picture(hall)
    assert await guest.locator("fm-player").get_attribute("data-state") == "coming"
    await hall.get_by_role("button", name="Go on air").click()
    await expect(hall.locator(".badge")).to_have_text("Live")
    await expect(guest.locator("fm-player")).to_have_attribute("data-state", "live")
    await expect(guest.locator("[data-phase]")).to_have_text("Live now")
    await press_play(guest)
    await _plays(guest)


async def _look_at_the_moving_picture(hall: Locator) -> None:
    """Before the room is on air the team can see it move, without sound."""
    await hall.get_by_role("button", name="Moving picture from Hall").click()
    video = hall.locator(".desk-room__picture video")
    async with asyncio.timeout(60):
        while not await video.evaluate("video => video.currentTime > 1"):
            await asyncio.sleep(0.1)
    assert await video.evaluate("video => video.muted && video.videoHeight <= 360")
    await hall.get_by_role("button", name="Still picture from Hall").click()
    await expect(video).to_have_count(0)


async def _pause(desk: Page, guest: Page) -> None:
    hall = desk.locator(".desk-room").first
    await hall.locator("[name=reason]").fill("Back at half past one")
    await hall.get_by_role("button", name="Pause").click()
    slate = guest.locator(".player__slate")
    await expect(slate).to_contain_text("Back at half past one")
    await expect(hall).to_contain_text("Back at half past one")
    await hall.get_by_role("button", name="End the pause").click()
    await expect(guest.locator("fm-player")).to_have_attribute("data-state", "live")
    await expect(slate).to_have_count(0)


async def _end(desk: Page) -> None:
    """Ending asks first."""
    await desk.get_by_text("End the meeting…").click()
    await desk.get_by_text("Yes, end it for everyone").click()
    await desk.get_by_role("button", name="End the meeting now").click()
    await expect(desk.locator("#main")).to_contain_text("It has ended")
    await expect(desk.get_by_role("button", name="Go on air")).to_have_count(0)


async def _watch_archive(guest: Page) -> None:
    await expect(guest.locator(".toast").last).to_contain_text("The meeting has ended")
    await expect(guest.locator(".player__ended")).to_contain_text("its recording")
    await expect(guest.locator("[data-phase]")).to_have_text("Recording")
    await expect(guest.locator(".recording-notice")).to_be_visible()
    await expect(guest.locator("fm-thread > .composer")).to_be_visible()
    await press_play(guest)
    await _plays(guest)
    assert (await watch(guest))["duration"] > 1


async def _plays(page: Page) -> None:
    """Wait until the picture has moved for a second."""
    began = (await watch(page))["time"]
    seen: dict[str, Any] = {}
    until = time.monotonic() + 60
    while time.monotonic() < until:
        seen = await watch(page)
        if seen["frames"] > 5 and seen["time"] > began + 0.5:
            return
        await asyncio.sleep(0.1)
    raise AssertionError((seen, page.errors))  # type: ignore[attr-defined]


async def test_a_moderator_decides_what_appears(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(
        lambda: house.make_meeting("read-first", moderation="before")
    )
    async with run_browser(chromium_path) as browser:
        _, ann = await new_visitor(browser)
        _, ben = await new_visitor(browser)
        _, moderator = await new_visitor(browser)
        for page, name in ((ann, "Ann"), (ben, "Ben")):
            token = await asyncio.to_thread(house.join, "read-first", name)
            await come_as(page.context, house.url, token)
        await come_as(moderator.context, house.url, house.admin_token)
        for page, path in ((ann, "m"), (ben, "m"), (moderator, "desk")):
            await page.goto(f"{house.url}/{path}/read-first")
            await wait_live(page)
        await ann.fill("fm-thread .composer__text", "More trees, please.")
        await ann.get_by_role("button", name="Post").click()
        mine = ann.locator(".post", has_text="More trees")
        await expect(mine).to_have_attribute("data-state", "waiting")
        await expect(moderator.locator(".queue .post")).to_have_count(1)
        await expect(moderator.locator(".queue__count")).to_have_text("1")
        assert await ben.get_by_text("More trees").count() == 0
        await _publish_by_keyboard(moderator)
        theirs = ben.locator(".post", has_text="More trees")
        await expect(theirs).to_have_attribute("data-state", "shown")
        await expect(mine).to_have_attribute("data-state", "shown")
        await _hide(moderator, house)
        gone = ben.locator(".post__gone")
        await expect(gone).to_have_text("Hidden by a moderator")
        await expect(ben.get_by_text("More trees")).to_have_count(0)
        await expect(ann.locator(".post__gone")).to_contain_text("Off the subject")


async def _publish_by_keyboard(moderator: Page) -> None:
    within = "document.activeElement.closest('fm-queue') !== null"
    for _ in range(MOST_TABS):
        if await moderator.evaluate(within):
            break
        await moderator.keyboard.press("Tab")
    assert await moderator.evaluate(within)
    await moderator.keyboard.press("j")
    await moderator.keyboard.press("p")
    await expect(moderator.locator(".queue .post")).to_have_count(0)
    await expect(moderator.locator(".queue__count")).to_be_hidden()


async def _hide(moderator: Page, house: Service) -> None:
    await moderator.goto(f"{house.url}/m/read-first")
    await wait_live(moderator)
    post: Any = moderator.locator(".post", has_text="More trees")
    await post.locator(".staff-menu > summary", has_text="Hide").click()
    await post.locator("[name=reason]").fill("Off the subject")
    await post.get_by_role("button", name="Hide").click()
