"""Live updates in real browsers: two who write, one who reads."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import new_visitor, run_browser
from tests.e2e.service import Service
from tests.e2e.test_together import enter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SLUG = "reported"
LIVE = "fm-status[data-state=live]"


async def sign_in(page: Any, service: Service, token: str, path: str) -> None:
    await page.context.add_cookies(
        [{"name": "folkmoot", "value": token, "url": service.url, "httpOnly": True}]
    )
    await page.goto(f"{service.url}{path}")
    await page.wait_for_selector(LIVE, timeout=15_000)


async def ask_axe(page: Any) -> list[str]:
    """What axe-core finds serious; evaluated, as the page's policy allows no others."""
    await page.evaluate(AXE.read_text("utf-8"))
    return await page.evaluate(
        """async () => {
          const { violations } = await axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
          });
          return violations.flatMap(({ id, nodes }) =>
            nodes.map((node) => `${location.pathname} ${id}: ${node.html.slice(0, 120)}`));
        }"""
    )


async def check_widths(page: Any, *widths: int) -> list[str]:
    """At which widths a page scrolls sideways."""
    found = []
    before = page.viewport_size
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 800})
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{page.url} is {wide} wide at {width}")
    await page.set_viewport_size(before)
    return found


async def test_two_reporters_write_side_by_side_and_readers_see_it(
    service: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(service.make_meeting, SLUG)
    write = f"/m/{SLUG}/live/write"
    async with run_browser(chromium_path) as browser:
        _, ana = await new_visitor(browser)
        _, bo = await new_visitor(browser)
        _, reader = await new_visitor(browser)
        await enter(reader, service, SLUG, "Reader")
        await sign_in(ana, service, service.admin_token, write)
        await sign_in(bo, service, service.admin_token, write)
        # What one types, the other sees being written; nobody else does.
        await ana.fill("[name=text]", "The vote on the crossing be")
        await bo.wait_for_selector("fm-drafts >> text=The vote on the crossing be")
        await bo.wait_for_selector("fm-drafts >> text=is writing")
        await ana.type("[name=text]", "gins **now**.")
        await bo.wait_for_selector("fm-drafts >> text=begins **now**.")
        assert await reader.locator("text=The vote on the crossing").count() == 0
        # A page that is lost loses no word.
        await ana.reload()
        await ana.wait_for_selector(LIVE)
        assert "begins **now**." in await ana.input_value("[name=text]")
        # The keyboard publishes; readers see it beside the film, without a reload.
        await ana.focus("[name=text]")
        await ana.keyboard.press("Control+Enter")
        await reader.wait_for_selector(
            "#live .update__text >> text=The vote on the crossing"
        )
        assert await reader.locator("#live strong", has_text="now").count() == 1
        await bo.wait_for_selector("fm-drafts >> text=No drafts")
        assert await ana.input_value("[name=text]") == ""
        complaints = [*await ask_axe(ana), *await check_widths(ana, 390, 1440)]
        # Who reads further down is told of what is new, and not pushed about.
        for number in range(14):
            await asyncio.to_thread(
                service.command,
                SLUG,
                "report.post",
                {"text": f"Update {number}. " + "Long words. " * 30},
            )
        await reader.goto(f"{service.url}/m/{SLUG}/live")
        await reader.wait_for_selector(LIVE)
        await reader.wait_for_selector("fm-live >> text=Update 13.")
        complaints += [*await ask_axe(reader), *await check_widths(reader, 390, 1440)]
        await reader.evaluate("scrollTo(0, 900)")
        await asyncio.to_thread(
            service.command, SLUG, "report.post", {"text": "The newest of all"}
        )
        await reader.wait_for_selector("button >> text=1 new")
        assert await reader.locator("text=The newest of all").count() == 0
        await reader.click("button >> text=1 new")
        await reader.wait_for_selector("text=The newest of all")
        assert complaints == []
        # A room that never sent has no picture yet; nothing else may be missing.
        for page in (ana, bo, reader):
            errors = [line for line in page.errors if "404" not in line]
            assert errors == []
