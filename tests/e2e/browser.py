"""Chromium as a visitor uses it, and what to ask of a playing page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

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


@asynccontextmanager
async def run_browser(path: str) -> AsyncIterator[Browser]:
    """Run headless Chromium."""
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def new_visitor(browser: Browser, **given: Any) -> tuple[BrowserContext, Page]:
    """Return a fresh browser profile with one page; its errors are collected."""
    context = await browser.new_context(**given)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda line: errors.append(line.text) if line.type == "error" else None,
    )
    page.errors = errors  # type: ignore[attr-defined]
    return context, page


async def press_play(page: Page) -> None:
    """Start the page's video as a person would: its big button, or the video."""
    await page.locator("fm-player .player__start").first.click(timeout=10_000)


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
