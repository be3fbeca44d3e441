"""Two browsers at one meeting: what one does shows in the other, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.e2e.browser import come_as, new_visitor, run_browser, wait_live
from tests.e2e.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

POSTS = 8


async def enter(page: Any, service: Service, slug: str, name: str) -> None:
    """Bring a page into a meeting as somebody who has joined."""
    token = await asyncio.to_thread(service.join, slug, name)
    await come_as(page.context, service.url, token)
    await page.goto(f"{service.url}/m/{slug}")
    await wait_live(page)


async def write_post(page: Any, text: str) -> float:
    """Send a contribution; return when its button was pressed, in ms since 1970."""
    await page.fill("fm-thread .composer__text >> nth=0", text)
    pressed: float = await page.evaluate(
        """() => {
          const button = document.querySelector(
            "fm-thread .composer button.button--primary");
          const now = Date.now();
          button.click();
          return now;
        }"""
    )
    return pressed


async def test_a_post_shows_in_the_other_browser_at_once(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "together")
    async with run_browser(chromium_path) as browser:
        _, ann = await new_visitor(browser)
        _, ben = await new_visitor(browser)
        await enter(ann, house, "together", "Ann")
        await enter(ben, house, "together", "Ben")
        for number in range(POSTS):
            await write_post(ann, f"word {number}.")
            # How soon, `make bench` says; here only that it does, and once.
            await ben.wait_for_selector(f"text=word {number}.")
        for number in range(POSTS):
            shown = ben.locator(".post", has_text=f"word {number}.")
            assert await shown.count() == 1


async def test_a_moved_session_moves_on_the_other_screen(
    house: Service, chromium_path: str
) -> None:
    made = await asyncio.to_thread(
        lambda: house.make_meeting(
            "board",
            rooms=[{"name": "Hall"}, {"name": "Library"}],
            slots=[
                {
                    "starts_at": "2030-05-04T09:00:00Z",
                    "ends_at": "2030-05-04T10:00:00Z",
                }
            ],
        )
    )
    token = await asyncio.to_thread(house.join, "board", "Ann")
    session = (
        await asyncio.to_thread(
            lambda: house.command(
                "board", "session.propose", {"title": "Benches"}, token=token
            )
        )
    )["data"]["session_id"]
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
        await page.goto(f"{house.url}/m/board/board")
        await wait_live(page)
        await asyncio.to_thread(
            lambda: house.command(
                "board",
                "session.place",
                {
                    "session_id": session,
                    "room_id": made["rooms"][1]["id"],
                    "slot_id": made["slots"][0]["id"],
                },
                token=token,
            )
        )
        cell = f'.board__cell[data-room="{made["rooms"][1]["id"]}"] >> text=Benches'
        await page.wait_for_selector(cell)
