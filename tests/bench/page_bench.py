"""What people feel: how soon a picture moves, how soon a word shows elsewhere."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import machine
from tests.bench.report import Figure, Say, absent, spread
from tests.e2e.browser import new_visitor, press_play, run_browser, watch
from tests.e2e.service import (
    Publisher,
    Service,
    make_film,
    publish_target,
)
from tests.e2e.test_broadcast import playback, wait_on_air
from tests.e2e.test_together import enter, write_post

AREA = "page"
PICTURE = "publisher started → moving picture and sound in Chromium"
OPENED = "page of a live meeting opened, play pressed as it shows → picture and sound"
WORD = "contribution sent in one browser → shown in another"


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures; a machine without Chromium or ffmpeg says so."""
    chromium, ffmpeg = machine.find_tool("browser"), machine.find_tool("ffmpeg")
    if chromium is None or ffmpeg is None:
        return [
            absent(AREA, what, "needs Chromium and ffmpeg") for what in (PICTURE, WORD)
        ]
    return asyncio.run(_measure(chromium, ffmpeg, quick=quick, say=say))


async def _measure(
    chromium: str, ffmpeg: str, *, quick: bool, say: Say
) -> list[Figure]:
    rounds, posts = (2, 10) if quick else (5, 40)
    with tempfile.TemporaryDirectory() as folder:
        film = make_film(ffmpeg, Path(folder) / "film.mp4")
        service = Service(Path(folder) / "data").start()
        try:
            async with run_browser(chromium) as browser:
                pictures, opened = [], []
                for number in range(rounds):
                    say(f"page: picture {number + 1} of {rounds}")
                    first, again = await _picture(
                        browser, service, ffmpeg, film, f"live-{number}"
                    )
                    pictures.append(first)
                    opened.append(again)
                say(f"page: {posts} contributions")
                words = await _words(browser, service, posts)
        finally:
            service.stop()
    return [
        spread(AREA, PICTURE, pictures, unit="s"),
        spread(AREA, OPENED, opened, unit="s"),
        spread(AREA, WORD, words, unit="ms"),
    ]


async def _picture(
    browser: Any, service: Service, ffmpeg: str, film: Path, slug: str
) -> tuple[float, float]:
    """Return seconds from the publisher's start, and from opening the page anew."""
    made = await asyncio.to_thread(service.make_meeting, slug)
    context, page = await new_visitor(browser)
    await page.goto(f"{service.url}/m/{slug}")
    publisher = Publisher(ffmpeg, film, publish_target(made))
    try:
        began = time.monotonic()
        await asyncio.to_thread(wait_on_air, service, playback(service, made))
        await press_play(page)
        await wait_for_motion(page)
        first = time.monotonic() - began
        await context.close()
        context, page = await new_visitor(browser)
        await page.add_init_script(_PRESS)
        began = time.monotonic()
        await page.goto(f"{service.url}/m/{slug}", wait_until="commit")
        await wait_for_motion(page)
        return first, time.monotonic() - began
    finally:
        publisher.stop()
        await context.close()


async def wait_for_motion(page: Any, *, seconds: float = 60.0) -> None:
    """Wait until the page's video has shown frames and played sound."""
    async with asyncio.timeout(seconds):
        while True:
            seen = await watch(page)
            if seen["frames"] > 2 and seen["sound"] > 0 and seen["time"] > 0:
                return
            await asyncio.sleep(0.03)


async def _words(browser: Any, service: Service, posts: int) -> list[float]:
    await asyncio.to_thread(service.make_meeting, "words")
    _, ann = await new_visitor(browser)
    _, ben = await new_visitor(browser)
    await enter(ann, service, "words", "Ann")
    await enter(ben, service, "words", "Ben")
    took = []
    for number in range(posts):
        text = f"word {number}."
        # The page itself notes when the words stand in it: asking from outside
        # costs more than the way there.
        seen = ben.evaluate(_SHOWN, text)
        began = await ann.evaluate("() => 0")
        async with asyncio.TaskGroup() as group:
            shown = group.create_task(seen)
            await asyncio.sleep(0.05)
            began = await write_post(ann, text)
        took.append(shown.result() - began)
    return took


# Presses play in the first frame that shows it: pressing from outside waits until the
# page has nothing left to do.
_PRESS = """(() => {
  const look = () => {
    const button = document.querySelector("fm-player .player__start");
    if (button?.offsetParent) button.click();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""

# Resolves with the moment (ms since 1970, same clock on both pages) of the frame
# that shows the text.
_SHOWN = """(text) => new Promise((resolve) => {
  const look = () => {
    if (document.querySelector("fm-thread")?.textContent.includes(text)) {
      requestAnimationFrame(() => resolve(Date.now()));
      return true;
    }
    return false;
  };
  if (look()) return;
  const watcher = new MutationObserver(() => { if (look()) watcher.disconnect(); });
  watcher.observe(document.body, {childList: true, subtree: true, characterData: true});
})"""
