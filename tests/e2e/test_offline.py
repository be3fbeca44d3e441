"""Offline first in real browsers: what is written in the dark arrives, once, in order."""

from __future__ import annotations

import asyncio
import io
import os
import re
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.e2e.browser import come_as, new_visitor, run_browser
from tests.e2e.service import Service
from tests.e2e.test_together import enter, write_post
from tests.soak.promises import check_gapless, read_feed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# A minute is what people in a tunnel know; it shows no more than this does.
_UP_TO_DATE = re.compile(r"Up to date \d\d:\d\d")
DARK_SECONDS = float(os.environ.get("MOOT_DARK_SECONDS", "15"))


async def _give(page: Page, text: str, kind: str, words: str | None = None) -> None:
    """Send one of the forms that stand below a post."""
    form = page.locator(".post", has_text=text).locator(f'form[data-command="{kind}"]')
    await form.first.evaluate("form => (form.closest('details').open = true)")
    if words is not None:
        await form.first.locator("textarea[name=text]").fill(words)
    await form.first.evaluate("form => form.requestSubmit()")


async def _texts(page: Page) -> list[str]:
    """Return what a page shows as posts, oldest first."""
    found = await page.locator(
        '.post[data-state="shown"] .post__text'
    ).all_inner_texts()
    return [text.strip() for text in reversed(found)]


async def _until_texts(page: Page, texts: list[str]) -> None:
    async with asyncio.timeout(60):
        while await _texts(page) != texts:
            await asyncio.sleep(0.2)


async def test_both_end_the_same_after_a_minute_in_the_dark(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "dark")
    async with run_browser(chromium_path) as browser:
        context, ann = await new_visitor(browser)
        _, ben = await new_visitor(browser)
        await enter(ann, house, "dark", "Ann")
        await enter(ben, house, "dark", "Ben")
        for text in ("first words", "a regret"):
            await write_post(ann, text)
            await ben.wait_for_selector(f"text={text}")
        await expect(ann.locator(".post", has_text="a regret")).to_have_attribute(
            "data-state", "shown"
        )
        await context.set_offline(True)
        await expect(ann.locator("fm-status")).to_have_attribute(
            "data-state", "offline"
        )
        for number in range(1, 6):
            await write_post(ann, f"in the dark {number}")
        await _give(ann, "first words", "contribution.edit", "better words")
        await _give(ann, "a regret", "contribution.withdraw")
        waiting = ann.locator(".post__note", has_text="On this device")
        await expect(waiting).to_have_count(5)
        # What has not left yet can still be changed, and be dropped.
        third = ann.locator(".post", has_text="in the dark 3")
        await third.get_by_role("button", name="Edit").click()
        await ann.fill(
            ".post .composer--reply textarea >> visible=true", "in the dark, three"
        )
        await ann.keyboard.press("Control+Enter")
        await ann.wait_for_selector("text=in the dark, three")
        fifth = ann.locator(".post", has_text="in the dark 5")
        await fifth.get_by_role("button", name="Discard").click()
        await expect(ann.locator("fm-status")).to_contain_text("Offline, 6 waiting")
        await write_post(ben, "meanwhile in the hall")
        await asyncio.sleep(DARK_SECONDS)
        assert "in the dark" not in await ben.inner_text("fm-thread")
        await context.set_offline(False)
        texts = [
            "better words",
            "meanwhile in the hall",
            "in the dark 1",
            "in the dark 2",
            "in the dark, three",
            "in the dark 4",
        ]
        await _until_texts(ben, texts)
        await _until_texts(ann, texts)
        await expect(ann.locator("fm-status")).to_have_text(_UP_TO_DATE)
        # Nothing comes later, and nothing twice.
        await asyncio.sleep(2)
        assert await _texts(ann) == await _texts(ben) == texts
        _, entries = await asyncio.to_thread(read_feed, house, "dark", "public")
        assert check_gapless("public", entries) == []
        kinds = [entry["kind"] for entry in entries]
        assert kinds.count("ContributionPosted") == 7
        assert kinds.count("ContributionEdited") == 1
        assert kinds.count("ContributionWithdrawn") == 1
        assert "a regret" not in str(entries)


async def test_the_page_opens_in_the_dark_with_what_waits_and_leaves_nothing(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "cellar")
    async with run_browser(chromium_path) as browser:
        context, ann = await new_visitor(browser)
        await enter(ann, house, "cellar", "Ann")
        await write_post(ann, "seen by all")
        await ann.wait_for_selector("text=seen by all")
        await ann.reload()
        await ann.wait_for_selector("html[data-keeps]", state="attached")
        await ann.evaluate("navigator.serviceWorker.ready")
        kept = await ann.evaluate(_CACHED)
        # As a stranger gets it: nobody's name, no way to act as somebody.
        assert "seen by all" in kept
        assert '"me": null' in kept or '"me":null' in kept
        await context.set_offline(True)
        await write_post(ann, "kept through a restart")
        await ann.close()
        # The whole browser profile stays; the page is opened anew.
        again = await context.new_page()
        await again.goto(f"{house.url}/m/cellar")
        await again.wait_for_selector("text=seen by all")
        await again.wait_for_selector("text=kept through a restart")
        await expect(again.locator("fm-status")).to_contain_text("Offline, 1 waiting")
        await write_post(again, "and one more")
        await context.set_offline(False)
        for text in ("kept through a restart", "and one more"):
            post = again.locator(".post", has_text=text)
            shown = again.locator(".post[data-state=shown]", has_text=text)
            await expect(shown).to_have_count(1)
            # Its echo may stand beside it for the moment of its answer.
            await expect(post).to_have_count(1)
        _, entries = await asyncio.to_thread(read_feed, house, "cellar", "public")
        posted = [
            entry["data"]["content"]["text"]
            for entry in entries
            if entry["kind"] == "ContributionPosted"
        ]
        assert posted == ["seen by all", "kept through a restart", "and one more"]
        # Leaving wipes: the next person at this device finds nothing.
        await again.goto(f"{house.url}/m/cellar/mine/consents")
        await again.get_by_role("button", name="Leave this device").click()
        await again.wait_for_url(f"{house.url}/*")
        left = await again.evaluate(_LEFT)
        assert left == {"caches": [], "local": 0, "items": 0}
        cookies = {cookie["name"] for cookie in await context.cookies()}
        assert "folkmoot" not in cookies


_CACHED = """async () => {
  const kept = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (!request.url.includes("/static/"))
        kept.push(await (await cache.match(request)).text());
    }
  }
  return kept.join("\\n");
}"""
_LEFT = """async () => {
  const dbs = await indexedDB.databases();
  let items = 0;
  if (dbs.some(({name}) => name === "folkmoot")) {
    const open = (request) => new Promise((done) => {
      request.onsuccess = () => done(request.result);
    });
    const db = await open(indexedDB.open("folkmoot"));
    if (db.objectStoreNames.contains("items"))
      items = await open(db.transaction("items").objectStore("items").count());
    db.close();
  }
  return {caches: await caches.keys(), local: localStorage.length, items};
}"""


async def test_a_device_without_room_says_so_and_keeps_the_words(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "full")
    async with run_browser(chromium_path) as browser:
        _, ann = await new_visitor(browser)
        await enter(ann, house, "full", "Ann")
        await ann.evaluate(
            """() => {
              IDBObjectStore.prototype.add = () => {
                throw new DOMException("No room.", "QuotaExceededError");
              };
            }"""
        )
        await write_post(ann, "no room for this")
        refusal = ann.locator("fm-thread .composer .refusal").first
        await expect(refusal).to_contain_text("no room left")
        field = ann.locator("fm-thread .composer__text").first
        await expect(field).to_have_value("no room for this")


async def test_a_form_sent_twice_without_script_counts_once(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "twice")
    token = await asyncio.to_thread(house.join, "twice", "Ann")
    async with run_browser(chromium_path) as browser:
        context, page = await new_visitor(browser, java_script_enabled=False)
        await come_as(context, house.url, token)
        await page.goto(f"{house.url}/m/twice")
        await page.fill(".composer__text >> nth=0", "said once")
        form = page.locator('form[data-command="contribution.post"]').first
        fields: dict[str, Any] = {
            name: await form.locator(f"[name={name}]").first.get_attribute("value")
            or ""
            for name in ("_csrf", "_client_id", "_type", "thread")
        }
        await form.locator("button.button--primary").click()
        await page.wait_for_selector("text=said once")
        # The back button, and forward again.
        await page.go_back()
        await page.go_forward()
        await page.wait_for_selector("text=said once")
        # The same form again and again: two presses, or a form sent anew.
        sent = {**fields, "text": "said once", "kind": "note"}
        for _ in range(2):
            answer = await context.request.post(
                f"{house.url}/m/twice/do",
                form=sent,
                headers={"Origin": house.url},
                max_redirects=0,
            )
            assert answer.status == 303
        assert await page.locator(".post", has_text="said once").count() == 1
        _, entries = await asyncio.to_thread(read_feed, house, "twice", "public")
        kinds = [entry["kind"] for entry in entries]
        assert kinds.count("ContributionPosted") == 1


async def test_pictures_wait_in_the_dark_and_go_out_once_for_those_meant(
    house: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(house.make_meeting, "album")
    async with run_browser(chromium_path) as browser:
        context, ann = await new_visitor(browser)
        _, ben = await new_visitor(browser)
        _, eve = await new_visitor(browser)
        await enter(ann, house, "album", "Ann")
        await enter(ben, house, "album", "Ben")
        await eve.goto(f"{house.url}/m/album")
        await eve.wait_for_selector("fm-status[data-state=live]")
        await context.set_offline(True)
        composer = ann.locator("fm-thread > .composer")
        await composer.locator(".terms").wait_for(state="hidden")
        files = [_png("one.png", "teal"), _png("two.png", "navy")]
        await composer.locator("input[type=file]").set_input_files(files)
        # Beside what is attached stands what may be done with it.
        await expect(composer.locator(".terms")).to_contain_text("until you take it")
        await composer.locator("select[name=audience]").select_option("participants")
        await composer.locator("textarea[name=text]").fill("Both banks")
        await composer.get_by_role("button", name="Post").click()
        unsent = ann.locator(".post .unsent img")
        await expect(unsent).to_have_count(2)
        note = ann.locator(".post__note", has_text="On this device")
        await expect(note).to_have_count(1)
        await context.set_offline(False)
        for page in (ann, ben):
            post = page.locator('.post[data-state="shown"]', has_text="Both banks")
            await expect(post.locator(".pictures img")).to_have_count(2)
            await expect(post.locator(".among")).to_have_text("Participants")
        await expect(unsent).to_have_count(0)
        # An edit takes one off and leaves the other.
        mine = ann.locator('.post[data-state="shown"]', has_text="Both banks")
        await mine.locator("details.edit > summary").click()
        edit = mine.locator('form[data-command="contribution.edit"]')
        await edit.get_by_role("button", name="Remove this picture").first.click()
        await edit.locator("textarea[name=text]").fill("One bank")
        await edit.get_by_role("button", name="Save").click()
        post = ben.locator('.post[data-state="shown"]', has_text="One bank")
        await expect(post.locator(".pictures img")).to_have_count(1)
        # Who has not joined never heard of it.
        assert "bank" not in (await eve.content())
        _, entries = await asyncio.to_thread(read_feed, house, "album", "public")
        assert "bank" not in str(entries)


def _png(name: str, color: str) -> Any:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), color).save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}
