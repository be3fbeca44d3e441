"""Chromium as a visitor uses it, and what to ask of a playing page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.e2e.service import ROOT

PATIENCE_MS = 60_000
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
# Pages measure how fast they came, and spare a slow line (web/src/frame/line.ts): they
# wait for a touch, and play sound alone. A busy machine is slow too, for no such reason.
GOOD_LINE = """{
  const ask = performance.getEntriesByType.bind(performance);
  performance.getEntriesByType = (kind) => kind !== "navigation" ? ask(kind) :
    ask(kind).map(({responseEnd, encodedBodySize}) => ({
      connectStart: 0, connectEnd: 0,
      responseStart: responseEnd, responseEnd, encodedBodySize,
    }));
}"""


@asynccontextmanager
async def run_browser(path: str) -> AsyncIterator[Browser]:
    """Run headless Chromium."""
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def new_visitor(
    browser: Browser, *, measures: bool = False, **given: Any
) -> tuple[BrowserContext, Page]:
    """Return a fresh browser profile with one page; its errors are collected.

    Its line counts as a good one, unless the page `measures` it.
    """
    context = await browser.new_context(**given)
    if not measures:
        await context.add_init_script(GOOD_LINE)
    # As long as `expect` waits: no promise is measured by it.
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda line: errors.append(line.text) if line.type == "error" else None,
    )
    page.errors = errors  # type: ignore[attr-defined]
    return context, page


async def come_as(visitor: BrowserContext, address: str, token: str) -> None:
    """Give a profile the cookie of somebody at the server with that address."""
    await visitor.add_cookies(
        [{"name": "folkmoot", "value": token, "url": address, "httpOnly": True}]
    )


async def wait_live(page: Page) -> None:
    """Wait until the page follows its meeting."""
    await page.wait_for_selector("fm-status[data-state=live]", timeout=60_000)


async def ask_axe(page: Page, *, advice: bool = False) -> list[str]:
    """Return what axe-core finds wrong with the page as it stands, a line a place.

    That is whatever breaks WCAG or is grave; with `advice` also its good advice.
    """
    # Evaluated: as a script of the page, its own policy would not allow it.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = await page.evaluate(
        """async (advice) => {
          const { violations } = await axe.run(document, {
            resultTypes: ["violations"],
          });
          const counts = ({ impact, tags }) =>
            advice || impact === "serious" || impact === "critical" ||
            tags.some((tag) => tag.startsWith("wcag"));
          return violations.filter(counts).flatMap(({ id, nodes }) =>
            nodes.slice(0, 3).map((node) =>
              `${location.pathname} ${id} at ${node.target.join(" ")}: ` +
                (node.any[0]?.message ?? node.html.slice(0, 120))));
        }""",
        advice,
    )
    return found


async def press_play(page: Page) -> None:
    """Start the page's video as a person would: its big button, or the video."""
    await page.locator("fm-player .player__start").first.click()


async def watch(page: Page) -> dict[str, Any]:
    """Return what the page's video does now."""
    found: dict[str, Any] = await page.evaluate(
        """() => {
          const video = document.querySelector("fm-player video");
          if (!video) return {time: 0, width: 0, frames: 0, sound: 0};
          const quality = video.getVideoPlaybackQuality();
          return {
            time: video.currentTime,
            duration: video.duration,
            width: video.videoWidth,
            frames: quality.totalVideoFrames,
            sound: video.webkitAudioDecodedByteCount || 0,
            paused: video.paused,
            ready: video.readyState,
            error: video.error && video.error.message,
          };
        }"""
    )
    return found
