"""A real browser finds nothing to complain about, at three widths and in the dark."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import async_playwright

from tests.pages.preview import ARGS, list_pages
from tests.pages.town import Town


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_page_scrolls_sideways_or_breaks_its_policy(
    town: Town, forum: SimpleNamespace, visitor: Any, chromium_path: str
) -> None:
    url = str(visitor.make_url("")).rstrip("/")
    complaints: list[str] = []
    pages = list_pages(forum, forum.made.join_code, "none")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=ARGS
        )
        context = await browser.new_context(color_scheme="dark")
        page = await context.new_page()
        page.on(
            "console",
            lambda m: (
                complaints.append(m.text) if "Content Security" in m.text else None
            ),
        )
        for name, path, reader in pages:
            if reader != "visitor" or name in {"invite", "error"} or "hits" in name:
                continue
            await page.goto(url + path)
            for width in (390, 1280, 1920):
                await page.set_viewport_size({"width": width, "height": 800})
                wide = await page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    complaints.append(f"{name} is {wide} wide at {width}")
        await browser.close()
    await asyncio.sleep(0)
    assert complaints == []
