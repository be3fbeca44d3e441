"""A session's page plays that session: from its start to its end."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import ask_axe, new_visitor, press_play, run_browser, watch
from tests.e2e.service import Service, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(300)]

BEGAN = "2026-05-04T09:00:00Z"
WORDS = """WEBVTT

00:00:01.000 --> 00:00:03.000
Before it began.

00:00:07.000 --> 00:00:08.000
<v Ana>We stand at the bridge.

00:00:10.500 --> 00:00:11.500
<v Ben>It swings no more.

00:00:14.000 --> 00:00:16.000
<v Ana>Beyond the bridge lie the locks.
"""


def _hold_and_film(house: Service, film: Path) -> str:
    """A meeting of last week: 20 s of film, of which a session takes the middle.

    Another follows it. Returns the first one's id.
    """
    slots = [
        {"starts_at": f"2026-05-04T09:00:{a}Z", "ends_at": f"2026-05-04T09:00:{b}Z"}
        for a, b in (("06", "12"), ("12", "18"))
    ]
    made = house.make_meeting("walk", title="The walk", slots=slots)
    session_ids = []
    for title, slot in zip(
        ("The swing bridge", "The locks"), made["slots"], strict=True
    ):
        said = house.command("walk", "session.propose", {"title": title})
        session_ids.append(str(said["data"]["session_id"]))
        place = {"room_id": made["rooms"][0]["id"], "slot_id": slot["id"]}
        placed = house.command(
            "walk", "session.place", {"session_id": session_ids[-1], **place}
        )
        assert placed["ok"], placed
    status, told = house.ask(
        "PUT",
        f"/api/v1/meetings/walk/rooms/hall/recording?starts_at={BEGAN}",
        film.read_bytes(),
        media_type="video/mp4",
    )
    assert status == 202, told
    status, told = house.ask(
        "PUT",
        f"/api/v1/meetings/walk/rooms/hall/transcript?starts_at={BEGAN}",
        WORDS.encode(),
        media_type="text/vtt",
    )
    assert status == 200, told
    assert house.command("walk", "meeting.end")["ok"]

    def recorded() -> bool:
        _, state = house.ask("GET", "/api/v1/meetings/walk/state", token=None)
        return any(r["recording_revision"] for r in state["state"]["rooms"].values())

    wait_until(recorded, seconds=60)
    wait_until(
        lambda: _found(house, "bridge") == {"session": 1, "speech": 1}, seconds=60
    )
    return session_ids[0]


def _found(house: Service, word: str) -> Counter[str]:
    """How many of each kind the public search finds."""
    _, answer = house.ask("GET", f"/api/v1/search?q={word}", token=None)
    return Counter(hit["kind"] for hit in answer["hits"])


async def test_a_session_page_plays_its_session(
    service: Service, film: Path, chromium_path: str
) -> None:
    session_id = await asyncio.to_thread(_hold_and_film, service, film)
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
        await _narrow_a_search_down(page, service.url)
        await page.goto(f"{service.url}/m/walk/s/{session_id}")
        await expect(page.locator("fm-player[data-span]")).to_be_visible()
        await press_play(page)
        async with asyncio.timeout(60):
            while (seen := await watch(page))["frames"] < 10:
                await asyncio.sleep(0.1)
        # Six seconds, rounded outward to whole segments of four.
        assert 6 <= seen["duration"] <= 16
        # What was said in it stands below; a sentence plays from where it is said.
        words = page.locator(".said .cue")
        await expect(words).to_have_text(
            ["We stand at the bridge.", "It swings no more."]
        )
        await words.last.click()
        await expect(words.last).to_have_attribute("data-current", "")
        # A form whose answer renews this part of the page leaves the film alone.
        await page.evaluate(
            "document.querySelector('fm-player video').dataset.same = 'yes'"
        )
        told = await asyncio.to_thread(
            lambda: service.command(
                "walk",
                "session.edit",
                {"session_id": session_id, "title": "The bridge that swung"},
                token=service.admin_token,
            )
        )
        assert told["ok"], told
        title = page.locator(".session-page__title")
        await expect(title).to_have_text("The bridge that swung")
        await expect(page.locator("fm-player video[data-same]")).to_have_count(1)
        assert not await page.evaluate(
            "document.querySelector('fm-player video').error"
        )


async def _narrow_a_search_down(page: Page, url: str) -> None:
    """What was said and written about a word, by the session that it was said in."""
    for width in (390, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(f"{url}/search?q=bridge")
        await expect(page.locator(".hit")).to_have_count(2)
        row = page.locator(".facets", has_text="Sessions")
        await expect(row.locator(".chip")).to_have_text(
            [re.compile(r"The swing bridge\s+2"), re.compile(r"The locks\s+1")]
        )
        assert await ask_axe(page) == []
        await row.get_by_role("link", name="The locks").click()
        within = page.locator(".search__within", has_text="Only in the session")
        await expect(within.locator(".chip")).to_contain_text("The locks")
        # Nothing of the form says it: it stays closed, and the hit stands in sight.
        await expect(page.locator(".filters[open]")).to_have_count(0)
        await expect(page.locator(".hit__title")).to_be_in_viewport()
        await expect(page.locator(".hit")).to_have_count(1)
        await expect(page.locator(".hit")).to_contain_text("Beyond the bridge")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        await within.get_by_role("link", name="Search all sessions").click()
        await expect(page.locator(".hit")).to_have_count(2)
