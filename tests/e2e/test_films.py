"""Films as a live source, chosen at the desk; and a meeting that closes while it plays."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.browser import new_visitor, press_play, run_browser, watch
from tests.e2e.service import Service

pytestmark = [
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.ffmpeg,
    pytest.mark.timeout(300),
]

SIGNED = re.compile(r"/media/(~[^/]+)/")
PIECE_BYTES = 8 << 20


def pad(film: Path, path: Path) -> Path:
    """Copy a film with an empty box behind it, so that it goes in two pieces."""
    shutil.copy(film, path)
    with path.open("ab") as file:
        file.write((PIECE_BYTES + 8).to_bytes(4, "big") + b"free" + bytes(PIECE_BYTES))
    return path


async def until_moving(page: Page, seconds: float = 1.0) -> float:
    """Wait until the picture has moved on by so much; return where it is."""
    began = (await watch(page))["time"]
    async with asyncio.timeout(60):
        while (seen := await watch(page))["time"] < began + seconds:
            assert seen.get("error") is None
            await asyncio.sleep(0.1)
    return float(seen["time"])


async def test_films_play_live_and_viewers_go_on_when_the_meeting_closes(
    service: Service, film: Path, tmp_path: Path, chromium_path: str
) -> None:
    made = service.make_meeting("reel", rooms=[{"name": "Hall"}, {"name": "Barn"}])
    token = service.join("reel", "Ann")
    long = await asyncio.to_thread(pad, film, tmp_path / "long.mp4")
    first = tmp_path / "first.mp4"
    await asyncio.to_thread(shutil.copy, film, first)
    async with run_browser(chromium_path) as browser:
        _, desk = await new_visitor(browser)
        await desk.goto(service.sign_in)
        if await desk.get_by_role("button", name="Sign in").count():
            await desk.get_by_role("button", name="Sign in").click()
        await desk.goto(f"{service.url}/desk/reel/films?room=hall")
        broken: list[str] = []

        async def break_once(route: Route) -> None:
            told = route.request.headers.get("content-range", "")
            if told.startswith(f"bytes {PIECE_BYTES}-") and not broken:
                broken.append(told)
                await route.abort("connectionreset")
            else:
                await route.continue_()

        await desk.route(re.compile(r"/films\?name="), break_once)
        # What is said while it goes, noted from inside: it may be over soon.
        await desk.evaluate(
            """() => {
              window.told = new Set();
              new MutationObserver((changes) => {
                for (const node of changes.flatMap((one) => [...one.addedNodes])) {
                  if (node.localName === "progress")
                    window.told.add(node.getAttribute("aria-label"));
                }
              }).observe(document.querySelector("fm-upload"), {childList: true});
            }"""
        )
        await desk.set_input_files("fm-upload input[type=file]", [first, long])
        names = desk.locator(".films__name")
        await expect(names).to_have_count(2)
        assert len(broken) == 1
        told = await desk.evaluate("[...window.told]")
        assert told == ["Sending first.mp4", "Sending long.mp4"]
        await desk.get_by_role("button", name=re.compile("Down ?: first.mp4")).click()
        await expect(names.first).to_contain_text("long.mp4")
        await desk.get_by_role(
            "button", name=re.compile("Play from here ?: first.mp4")
        ).click()
        await expect(names.nth(1)).to_contain_text("Playing")

        # One who belongs to the meeting, and one who only looks.
        context, ann = await new_visitor(browser)
        cookie = {"name": "folkmoot", "value": token, "url": service.url}
        await context.add_cookies([cookie])
        _, outside = await new_visitor(browser)
        used: list[str] = []
        dead: set[str] = set()

        async def look(route: Route) -> None:
            found = SIGNED.search(route.request.url)
            assert found is not None
            used.append(found[1])
            if found[1] in dead:
                await route.fulfill(status=403, body="This link opens nothing.")
            else:
                await route.continue_()

        await ann.route(SIGNED, look)
        for page in (ann, outside):
            await page.goto(f"{service.url}/m/reel?room=hall")
            await press_play(page)
            await until_moving(page)
        await ann.evaluate("window.same = document.querySelector('fm-player video')")
        assert not used

        await desk.goto(f"{service.url}/desk/reel/prepare#who")
        who = desk.locator("#who")
        await who.get_by_label("Who has the code").check()
        await who.get_by_role("button", name="Save").click()
        await expect(who.get_by_label("Who has the code")).to_be_checked()
        # The player of who may stay goes on, at signed addresses now.
        async with asyncio.timeout(60):
            while not used:
                await asyncio.sleep(0.1)
        await until_moving(ann, 3)
        # A signature dies while it is live: the next one follows.
        dead |= set(used)
        async with asyncio.timeout(60):
            while not set(used) - dead:
                await asyncio.sleep(0.1)
        await until_moving(ann, 3)
        assert await ann.evaluate(
            "document.querySelector('fm-player video') === window.same"
        )
        await expect(outside.locator("fm-player")).to_have_count(0)
        await expect(outside.locator("main")).to_contain_text("no such meeting")

        await desk.goto(f"{service.url}/desk/reel/films?room=hall")
        await desk.get_by_role("button", name="Stop", exact=True).click()
        await expect(desk.get_by_role("button", name="Play the list")).to_be_visible()
        await browser.close()
    _, room = service.ask("GET", "/api/v1/meetings/reel/state")
    assert not room["state"]["rooms"][made["rooms"][0]["id"]]["connected"]
