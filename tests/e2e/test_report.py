"""Live updates and quick questions in real browsers: two who write, some who read."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest

from tests.e2e.browser import ask_axe, come_as, new_visitor, run_browser, wait_live
from tests.e2e.service import Service
from tests.e2e.test_together import enter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SLUG = "reported"


async def sign_in(page: Any, service: Service, token: str, path: str) -> None:
    await come_as(page.context, service.url, token)
    await page.goto(f"{service.url}{path}")
    await wait_live(page)


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
        await wait_live(ana)
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
        # What somebody wrote is shared from its thread, and goes when they take it back.
        token = await asyncio.to_thread(service.join, SLUG, "Cleo")
        made = await asyncio.to_thread(
            service.command,
            SLUG,
            "contribution.post",
            {"text": "The kerb is too high"},
            token=token,
        )
        which = {"contribution_id": made["data"]["contribution_id"]}
        await ana.goto(f"{service.url}/m/{SLUG}/c/{which['contribution_id']}")
        await ana.click("a >> text=Share in live updates")
        await wait_live(ana)
        await ana.click("button >> text=Publish")
        await reader.wait_for_selector("#live .update__embed >> text=The kerb")
        assert await ana.locator(".report-form__shared:visible").count() == 0
        await asyncio.to_thread(
            service.command, SLUG, "contribution.withdraw", which, token=token
        )
        await reader.wait_for_selector("#live >> text=no longer shown")
        assert await reader.locator("text=The kerb is too high").count() == 0
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
        await wait_live(reader)
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


async def test_quick_question_is_answered_in_one_tap_and_without_a_line(
    service: Service, chromium_path: str
) -> None:
    slug = "asked"
    await asyncio.to_thread(service.make_meeting, slug)
    async with run_browser(chromium_path) as browser:
        _, fay = await new_visitor(browser)
        context, ann = await new_visitor(browser)
        _, wall = await new_visitor(browser)
        await enter(ann, service, slug, "Ann")
        await sign_in(fay, service, service.admin_token, f"/m/{slug}/questions")
        await wall.goto(f"{service.url}/m/{slug}/wall")
        await fay.click("button >> text=Is this understood?")
        option = ".asked__option >> text=Partly"
        await ann.wait_for_selector(f"#watch {option}")
        await wall.wait_for_selector(".wall__asked >> text=Is this understood?")
        await ann.click(option)
        await ann.wait_for_selector(".asked__option[aria-pressed=true] >> text=Partly")
        await ann.wait_for_selector("text=Your answer is counted.")
        # Ten more, and everybody sees shares; her own alone would have told hers.
        assert await fay.locator(".bar__number").count() == 0
        key = await ann.get_attribute("[data-question]", "data-question")
        for number in range(10):
            token = await asyncio.to_thread(service.join, slug, f"P{number}")
            await asyncio.to_thread(
                lambda token=token: service.command(
                    slug,
                    "question.answer",
                    {"question_id": key, "choice": 0, "audience": "room"},
                    token=token,
                )
            )
        await fay.wait_for_selector("fm-questions .bar__number >> text=about 100 %")
        await wall.wait_for_selector(".wall__asked .bar__number >> text=about 100 %")
        complaints = []
        for page in (fay, ann, wall):
            complaints += [*await ask_axe(page), *await check_widths(page, 390, 1440)]
        # Changed without a line, and sent when it is back: the last one counts.
        await context.set_offline(True)
        await ann.click(".asked__option >> text=No")
        await ann.wait_for_selector(".asked__option[aria-pressed=true] >> text=No")
        await fay.click("button >> text=Close it")
        await fay.wait_for_selector("text=who watches later can still answer")
        await context.set_offline(False)
        await ann.wait_for_function(
            """() => !document.querySelector("fm-status[data-state=offline]")"""
        )
        mine = await asyncio.to_thread(read_own, service, slug, ann, key or "")
        assert complaints == []
        await wait_live(ann)
        async with asyncio.timeout(60):
            while (await mine())["choice"] != 2:
                await asyncio.sleep(0.2)


def read_own(service: Service, slug: str, page: Any, key: str) -> Any:
    """Return how to read what somebody's own answer is, as the service has it."""

    async def read() -> dict[str, Any]:
        cookies = await page.context.cookies()
        token = next(c["value"] for c in cookies if c["name"] == "folkmoot")
        member = json.loads(await page.inner_text("#folkmoot-page"))["me"]["member_id"]
        return await asyncio.to_thread(ask, token, member)

    def ask(token: str, member: str) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{service.url}/api/v1/meetings/{slug}/state?feed=member:{member}",
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            state = json.load(answer)["state"]
        ballot: dict[str, Any] = state["question_ballots"][key][member]
        return ballot

    return read
