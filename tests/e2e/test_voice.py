"""Voice notes: recorded, heard, sent over a bad line, played, gone."""

from __future__ import annotations

import asyncio
import os
import time

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.e2e.browser import ARGUMENTS, come_as, new_visitor, wait_live
from tests.e2e.service import Service
from tests.e2e.slow_line import SlowLine
from tests.e2e.test_together import enter
from tests.soak.promises import read_feed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.ffmpeg,
    pytest.mark.timeout(900),
]

# Ten megabytes take three minutes over this line; the whole: MOOT_NOTE_MB=10.
NOTE_MB = float(os.environ.get("MOOT_NOTE_MB", "0.8"))
LINE_KBITS = 512
DROPS = 10
MICROPHONE = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
# A tone as WAV, put where the microphone's recording would be.
_PUT = """(bytes) => {
  const rate = 48000, data = new DataView(new ArrayBuffer(bytes));
  const text = (at, word) => [...word].forEach(
    (letter, n) => data.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF"); data.setUint32(4, bytes - 8, true); text(8, "WAVEfmt ");
  data.setUint32(16, 16, true); data.setUint16(20, 1, true);
  data.setUint16(22, 1, true); data.setUint32(24, rate, true);
  data.setUint32(28, 2 * rate, true); data.setUint16(32, 2, true);
  data.setUint16(34, 16, true); text(36, "data");
  data.setUint32(40, bytes - 44, true);
  for (let at = 44; at + 1 < bytes; at += 2)
    data.setInt16(at, 9000 * Math.sin(at / 40) * Math.random(), true);
  const blob = new Blob([data.buffer], {type: "audio/wav"});
  const voice = document.querySelector("fm-thread .composer fm-voice");
  voice.recording = {
    blob, seconds: bytes / 2 / rate, peaks: [], address: URL.createObjectURL(blob)};
  voice.changed();
}"""


async def _post(page: Page) -> None:
    button = page.locator("fm-thread .composer button.button--primary").first
    await button.evaluate("button => button.click()")


async def test_a_note_is_recorded_heard_posted_played_and_taken_back(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "voice")
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(
            executable_path=chromium_path, args=[*ARGUMENTS, *MICROPHONE]
        )
        _, ann = await new_visitor(browser, viewport={"width": 1280, "height": 900})
        _, ben = await new_visitor(browser)
        await enter(ann, house, "voice", "Ann")
        await enter(ben, house, "voice", "Ben")
        voice = ann.locator("fm-thread .composer fm-voice").first
        await voice.get_by_role("button", name="Voice note").click()
        await expect(voice.locator("meter")).to_be_visible()
        await asyncio.sleep(2.5)
        await voice.get_by_role("button", name="Stop").click()
        # It can be heard before anything is sent, and recorded anew.
        await expect(voice.locator("audio")).to_be_visible()
        await expect(voice.locator(".bar").nth(9)).to_be_attached()
        await voice.get_by_role("button", name="Record again").click()
        began = time.monotonic()
        await expect(voice.locator("meter")).to_be_visible()
        await asyncio.sleep(2)
        await voice.get_by_role("button", name="Stop").click()
        most = time.monotonic() - began + 1
        await voice.locator("textarea").fill("What I say in it")
        await _post(ann)
        note = ben.locator(".post fm-voice-note").first
        await expect(note).to_be_visible()
        await expect(note).to_contain_text("What I say in it")
        await expect(note.locator(".bar").nth(9)).to_be_attached()
        played = await note.locator("audio").evaluate(
            """async (audio) => {
              audio.muted = true;
              await audio.play();
              await new Promise((done) =>
                audio.addEventListener("timeupdate", done, {once: true}));
              return audio.duration;
            }"""
        )
        assert 1.0 < played < most  # the first is not in it
        address = await note.locator("audio").evaluate("audio => audio.src")
        assert await _status(ben, address) == 200
        post = ann.locator(".post", has_text="What I say in it")
        form = post.locator('form[data-command="contribution.withdraw"]')
        await form.evaluate("form => form.requestSubmit()")
        async with asyncio.timeout(60):
            while await _status(ben, address) != 404:
                await asyncio.sleep(0.1)
        await expect(ben.locator("fm-voice-note")).to_have_count(0)
        await browser.close()


async def _status(page: Page, address: str) -> int:
    asked = "async (url) => (await fetch(url, {cache: 'no-store'})).status"
    return int(await page.evaluate(asked, address))


async def test_a_note_survives_ten_drops_of_a_thin_line(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "thin")
    token = await asyncio.to_thread(house.join, "thin", "Ann")
    line = SlowLine(house.port, kbits=LINE_KBITS)
    await line.start()
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(
            executable_path=chromium_path, args=ARGUMENTS
        )
        context, ann = await new_visitor(browser)
        await come_as(context, line.url, token)
        await ann.goto(f"{line.url}/m/thin")
        await wait_live(ann)
        size = int(NOTE_MB * 1_000_000) // 2 * 2
        await ann.evaluate(_PUT, size)
        before = line.sent_bytes
        await _post(ann)
        # A break after each eleventh of the note.
        for number in range(1, DROPS + 1):
            async with asyncio.timeout(120):
                while line.sent_bytes - before < number * size / (DROPS + 1):
                    await asyncio.sleep(0.05)
            line.cut()
        shown = ann.locator('.post[data-state="shown"] fm-voice-note')
        await expect(shown).to_have_count(1, timeout=180_000)
        assert line.cuts == DROPS
        # It went on each time: much more would mean that it began anew.
        assert line.sent_bytes - before < 1.6 * size + 600_000
        await browser.close()
    await line.stop()
    _, entries = await asyncio.to_thread(read_feed, house, "thin", "public")
    posts = [e for e in entries if e["kind"] == "ContributionPosted"]
    assert len(posts) == 1
    (voice,) = posts[0]["data"]["content"]["attachments"]
    assert voice["seconds"] == pytest.approx((size - 44) / 96_000, abs=0.2)
