"""A moderator works through a hundred contributions by keyboard alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import ask_axe, come_as, new_visitor, run_browser, wait_live
from tests.e2e.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

SLUG = "long-queue"
COUNT = 100
HIDDEN = 8
BULK = 20
_COUNT_POINTERS = """
  window.pointers = 0;
  addEventListener("pointerdown", () => { window.pointers += 1; }, true);
"""


def _fill(house: Service) -> str:
    """Make a meeting in which a hundred wait; return a moderator's token."""
    house.make_meeting(SLUG, moderation="before")
    people = [house.join(SLUG, f"Person {n}") for n in range(5)]
    for number in range(COUNT):
        text = f"Tree number {number} should be a lime."
        token = people[number % len(people)]
        answer = house.command(SLUG, "contribution.post", {"text": text}, token=token)
        assert answer["ok"], answer
    return house.join_team(SLUG, "Mo", "moderate")


async def _ask_axe(page: Page) -> list[str]:
    found: list[str] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        # Anew: colours that change on the way from one to the other are neither's.
        await page.reload()
        found += [f"{scheme}: {line}" for line in await ask_axe(page, advice=True)]
    return found


def _state(house: Service, feed: str = "public") -> dict[str, Any]:
    path = f"/api/v1/meetings/{SLUG}/state?feed={feed}"
    _, answer = house.ask("GET", path)
    state: dict[str, Any] = answer["state"]
    return state


async def _here(page: Page) -> str:
    """Return what the item says that has the focus."""
    said: str = await page.evaluate(
        "document.activeElement.closest('.queue-item')"
        "?.querySelector('.post__text').textContent ?? ''"
    )
    return said


async def test_a_hundred_are_decided_by_keyboard_alone(
    house: Service, chromium_path: str
) -> None:
    # Ten decisions wait for each other, each behind a queue of a hundred made anew.
    expect.set_options(timeout=90_000)
    token = await asyncio.to_thread(_fill, house)
    other_token = await asyncio.to_thread(house.join_team, SLUG, "Ola", "moderate")
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
        await page.add_init_script(_COUNT_POINTERS)
        await come_as(page.context, house.url, token)
        await page.goto(f"{house.url}/desk/{SLUG}/queue")
        await wait_live(page)
        found = await _ask_axe(page)
        assert found == [], "\n".join(found)
        await wait_live(page)
        await expect(page.locator(".queue-item")).to_have_count(COUNT)
        await expect(page.locator(".queue-keys")).to_be_visible()
        await page.keyboard.press("j")
        assert "number 0 " in await _here(page)
        await _see_who_looks(browser, house, other_token)
        await _hide_some(page)
        await _undo_one(page)
        await _publish_ticked(page)
        left = COUNT - HIDDEN - BULK
        await expect(page.locator(".queue-item")).to_have_count(left)
        await page.keyboard.press("j")
        for _ in range(left):
            await page.keyboard.press("p")
        # A decision takes a second and more where the machine does much else.
        nothing = page.get_by_text("Nothing waits")
        await expect(nothing).to_be_visible(timeout=180_000)
        assert await page.evaluate("window.pointers") == 0
        assert page.errors == []  # type: ignore[attr-defined]
        for path in ("house", "held"):
            await page.goto(f"{house.url}/desk/{SLUG}/{path}")
            assert await _ask_axe(page) == [], path
        await page.goto(f"{house.url}/m/{SLUG}/moderation")
        assert await _ask_axe(page) == [], "queue"
        await expect(page.locator(".log-table")).to_contain_text("Off topic")
    public = await asyncio.to_thread(_state, house)
    assert len(public["contributions"]) == COUNT - HIDDEN
    staff = await asyncio.to_thread(_state, house, "staff")
    assert len(staff["hidden_notes"]) == HIDDEN
    reasons = {note["reason"]["reason"] for note in staff["hidden_notes"].values()}
    assert reasons == {"About trees only"}


async def _see_who_looks(browser: Any, house: Service, token: str) -> None:
    """The other moderator reads that somebody has this one open."""
    _, other = await new_visitor(browser)
    await come_as(other.context, house.url, token)
    await other.goto(f"{house.url}/desk/{SLUG}/queue")
    await wait_live(other)
    look = other.locator(".queue-item").first.locator(".queue-item__look")
    await expect(look).to_have_text("Mo looks at this now.")


async def _hide_some(page: Page) -> None:
    """Hide with a kind of reason and a reason, from one to the next."""
    for _ in range(HIDDEN):
        await page.keyboard.press("h")
        await page.keyboard.type("Off")  # the select goes by its first letters
        await page.keyboard.press("Tab")
        await page.keyboard.type("About trees only")
        await page.keyboard.press("Enter")
    await expect(page.locator(".queue-item")).to_have_count(COUNT - HIDDEN)


async def _undo_one(page: Page) -> None:
    """A decision is taken back and then made again."""
    before = await _here(page)
    await page.keyboard.press("p")
    await expect(page.locator("#queue-said")).to_have_text("Done.")
    assert await _here(page) != before
    await page.keyboard.press("u")
    await expect(page.locator("#queue-said")).to_have_text("It waits again.")
    await expect(page.locator(".queue-item:focus")).to_contain_text(before.strip())


async def _publish_ticked(page: Page) -> None:
    for _ in range(BULK):
        await page.keyboard.press("x")
        await page.keyboard.press("j")
    await expect(page.locator(".queue-bulk__count")).to_have_text(str(BULK))
    # It is a form like any other: the page comes anew, and takes keys once it is live.
    async with page.expect_navigation(timeout=90_000):
        await page.keyboard.press("Shift+P")
    await wait_live(page)
