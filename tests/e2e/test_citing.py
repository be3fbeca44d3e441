"""Search, hear, correct, cite: from a word to its citation in a private window."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import new_visitor, run_browser, watch
from tests.e2e.service import Service, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(300)]

BEGAN = "2026-05-04T09:00:00Z"
ROOM = "/api/v1/meetings/council/rooms/hall"
WORDS = """WEBVTT

00:00:01.000 --> 00:00:03.500
<v Ana Ruiz>Welcome. We speak about the harbour today.

00:00:04.000 --> 00:00:06.500
<v Ana Ruiz>The ferry terminal needs a roof.

00:00:07.000 --> 00:00:10.000
<v Ben Okoro>A roof for the fairy passengers, and benches.

00:00:11.000 --> 00:00:14.000
<v Ben Okoro>Benches cost little. Thank you.
"""


def _hold(house: Service, film: Path) -> None:
    """A meeting of last week with its film and its words."""
    made = house.make_meeting("council", title="Harbour council")
    for path, data, kind in (
        (f"{ROOM}/recording", film.read_bytes(), "video/mp4"),
        (f"{ROOM}/transcript", WORDS.encode(), "text/vtt"),
    ):
        status, told = house.ask(
            "PUT", f"{path}?starts_at={BEGAN}", data, media_type=kind
        )
        assert status in {200, 202}, told
    item = {
        "room_id": made["rooms"][0]["id"],
        "kind": "agenda",
        "label": "3 Ferry terminal",
        "at": "2026-05-04T09:00:04Z",
    }
    assert house.command("council", "marker.add", item)["ok"]
    assert house.command("council", "meeting.end")["ok"]

    def recorded() -> bool:
        _, state = house.ask("GET", "/api/v1/meetings/council/state", token=None)
        return any(r["recording_revision"] for r in state["state"]["rooms"].values())

    wait_until(recorded, seconds=60)
    wait_until(lambda: bool(_found(house, "fairy")), seconds=60)


def _found(house: Service, word: str) -> list[str]:
    """Where the public search says a word was spoken."""
    _, answer = house.ask(
        "GET", f"/api/v1/search?q={word}&meeting=council&kind=speech", token=None
    )
    return [hit["at"] for hit in answer["hits"]]


def _correct(house: Service) -> float:
    """Put a word right as the desk does; return when that was answered."""
    _, shown = house.ask("GET", f"{ROOM}/transcript/cues")
    cue = next(cue for cue in shown["cues"] if "fairy" in cue["text"])
    act = {
        "do": "change",
        "cue_id": cue["cue_id"],
        "revision": cue["revision"],
        "text": cue["text"].replace("fairy", "ferry"),
    }
    body = {"edit_id": "e2e-correction", "acts": [act]}
    status, answer = house.ask("POST", f"{ROOM}/transcript/edits", body)
    assert (status, answer["conflicts"]) == (200, []), answer
    return time.monotonic()


async def _until_at(page: Page, second: float) -> None:
    """Wait until the picture plays at a second or began to there; then hold it.

    What is marked as it is said would be over on a busy machine.
    """
    await page.wait_for_function(
        """(second) => {
          const video = document.querySelector("fm-player video");
          if (!video || video.readyState < 2) return false;
          const places = [video.currentTime - 1];
          for (let n = 0; n < video.played.length; n += 1)
            places.push(video.played.start(n));
          if (!places.some((at) => at > second - 1.3 && at < second + 2)) return false;
          video.pause();
          if (video.currentTime > second + 2) video.currentTime = second + 0.5;
          return true;
        }""",
        arg=second,
    )


async def test_a_word_is_searched_heard_corrected_and_cited(
    service: Service, film: Path, chromium_path: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(_hold, service, film)
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
        # Search a phrase, open the hit: the video stands at the second.
        await page.goto(f'{service.url}/search?q="fairy passengers"')
        hit = page.locator(".hit")
        await expect(hit).to_have_count(1)
        await expect(hit.locator("mark")).to_have_text("fairy passengers")
        await hit.locator(".hit__title a").click()
        await _until_at(page, 7.0)
        current = page.locator(".cue[data-current]")
        await expect(current).to_contain_text("fairy passengers")
        # All places of the search stand on the timeline, and in a list.
        await expect(page.locator(".found__total")).to_contain_text("1 place")
        await expect(page.locator(".cue[data-found]")).to_have_count(1)
        await page.locator("fm-find input[name=q]").fill("roof")
        await expect(page.locator(".found__place")).to_have_count(2)
        await expect(page.locator(".found__place mark").first).to_have_text("roof")
        marks = page.locator(".heat__mark")
        await expect(marks).to_have_count(2)
        await page.locator(".found__place").first.click()
        await _until_at(page, 4.0)
        await expect(current).to_contain_text("ferry terminal")
        await marks.first.focus()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        await _until_at(page, 7.0)

        # Correct a word: it is found, the old one no more; how soon, `make bench` says.
        before = await asyncio.to_thread(_found, service, "ferry")
        corrected = await asyncio.to_thread(_correct, service)
        while True:
            new = await asyncio.to_thread(_found, service, '"ferry%20passengers"')
            old = await asyncio.to_thread(_found, service, "fairy")
            if new and not old:
                break
            assert time.monotonic() - corrected < 60
            await asyncio.sleep(0.05)
        took = time.monotonic() - corrected
        print(f"a corrected word was found after {took:.2f} s")
        assert before != new
        await expect(
            current.or_(page.locator(".cue")).get_by_text("fairy ")
        ).to_have_count(0)

        # Cite it: select the words, follow the offer.
        words = page.locator(".cue", has_text="ferry passengers")
        await words.select_text()
        await page.locator(".cite-bar a").click()
        await expect(page.locator(".cite__words")).to_contain_text(
            "A roof for the ferry passengers, and benches."
        )
        address = page.url
        lasting = await page.locator("[data-label='Copy link']").get_attribute(
            "data-text"
        )
        assert lasting is not None
        assert lasting.partition("/m/")[2] == address.partition("/m/")[2]
        assert not page.errors, page.errors  # type: ignore[attr-defined]

        # Open the citation in a private window.
        _, private = await new_visitor(browser, accept_downloads=True)
        await private.goto(address)
        source = private.locator(".cite__source")
        await expect(source).to_contain_text("Ben Okoro")
        await expect(source).to_contain_text("3 Ferry terminal")
        await expect(source).to_contain_text("Harbour council")
        async with asyncio.timeout(60):
            while (await watch(private))["frames"] < 5:
                await asyncio.sleep(0.1)
        async with private.expect_download() as downloading:
            await private.get_by_role("link", name="Video (MP4)").click()
        download = await downloading.value
        await download.save_as(tmp_path / "clip.mp4")
        head = await asyncio.to_thread((tmp_path / "clip.mp4").read_bytes)
        assert head[4:8] == b"ftyp"
        await private.get_by_role("link", name="earlier").first.click()
        await expect(private.locator(".cite__words")).to_contain_text("needs a roof")
        assert not private.errors, private.errors  # type: ignore[attr-defined]


async def test_words_follow_what_is_heard_until_one_scrolls_away(
    service: Service, chromium_path: str
) -> None:
    said = "And so it went on about the harbour, its ferry and its benches. " * 3
    words = "WEBVTT\n\n" + "".join(
        f"00:00:{at:02}.000 --> 00:00:{at:02}.900\n<v Ana Ruiz>{at}. {said}\n\n"
        for at in range(10, 50)
    )
    made = await asyncio.to_thread(service.make_meeting, "long")
    room = made["rooms"][0]["id"]
    status, told = await asyncio.to_thread(
        service.ask,
        "PUT",
        f"/api/v1/meetings/long/rooms/hall/transcript?starts_at={BEGAN}",
        words.encode(),
        media_type="text/vtt",
    )
    assert status == 200, told

    async def hear(page: Page, second: int) -> None:
        """Tell the page, again and again as its player does, what is heard now."""
        at = f"2026-05-04T09:00:{second}.100Z"
        await page.evaluate(
            """([room_id, at]) => {
              clearInterval(window.heard);
              window.heard = setInterval(() => document.dispatchEvent(
                new CustomEvent("fm-time", {detail: {room_id, at}})), 200);
            }""",
            [room, at],
        )

    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, reduced_motion="reduce")
        await page.goto(f"{service.url}/m/long?room=hall")
        box = page.locator("fm-transcript")
        current = box.locator(".cue[data-current]")
        button = box.get_by_role("button", name="Follow what is said")
        await expect(box.locator(".cue")).to_have_count(40)
        await box.scroll_into_view_if_needed()
        for second in (12, 35):
            await expect(button).to_be_hidden()
            await hear(page, second)
            await expect(current).to_contain_text(f"{second}. And")
            await expect(current).to_be_in_viewport()
        # Who scrolls away reads in peace, and comes back by the button.
        await box.hover()
        await page.mouse.wheel(0, -10_000)
        await expect(button).to_be_visible()
        await hear(page, 40)
        await expect(current).to_contain_text("40. And")
        assert await box.evaluate("box => box.scrollTop") < 100
        await button.click()
        await expect(button).to_be_hidden()
        await expect(current).to_be_in_viewport()
        await hear(page, 15)
        await expect(current).to_contain_text("15. And")
        await expect(current).to_be_in_viewport()
        # So does who scrolls back to it.
        await page.mouse.wheel(0, 10_000)
        await expect(button).to_be_visible()
        far = await box.evaluate("box => box.scrollTop")
        await hear(page, 48)
        await expect(current).to_contain_text("48. And")
        await page.mouse.wheel(0, -40)
        await expect(button).to_be_hidden()
        assert await box.evaluate("box => box.scrollTop") <= far
        assert page.errors == []  # type: ignore[attr-defined]
