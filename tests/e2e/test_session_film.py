"""A session's page plays that session: from its start to its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import new_visitor, press_play, run_browser, watch
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
"""


def _hold_and_film(house: Service, film: Path) -> str:
    """A meeting of last week: 20 s of film, of which a session takes the middle."""
    slot = {"starts_at": "2026-05-04T09:00:06Z", "ends_at": "2026-05-04T09:00:12Z"}
    made = house.make_meeting("walk", title="The walk", slots=[slot])
    said = house.command("walk", "session.propose", {"title": "The swing bridge"})
    session_id = str(said["data"]["session_id"])
    place = {"room_id": made["rooms"][0]["id"], "slot_id": made["slots"][0]["id"]}
    placed = house.command("walk", "session.place", {"session_id": session_id, **place})
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
    return session_id


async def test_a_session_page_plays_its_session(
    service: Service, film: Path, chromium_path: str
) -> None:
    session_id = await asyncio.to_thread(_hold_and_film, service, film)
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
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
