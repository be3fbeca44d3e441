"""Two people and a moderator in the threads: what each writes, shows and takes back."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.browser import (
    ask_axe,
    come_as,
    new_visitor,
    press_play,
    run_browser,
    wait_live,
)
from tests.e2e.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLUG = "square"


@pytest.fixture
def square(service: Service, film: Path) -> dict[str, Any]:
    """Return a meeting with a recording of 20 s that began ten minutes ago."""
    made = service.make_meeting(SLUG)
    began_at = datetime.now(UTC) - timedelta(minutes=10)
    path = f"/api/v1/meetings/{SLUG}/rooms/hall/recording"
    path += f"?starts_at={quote(began_at.isoformat())}"
    status, told = service.ask(
        "PUT", path, film.read_bytes(), media_type="video/mp4", timeout=120
    )
    assert status == 202, told
    room_id = made["rooms"][0]["id"]
    item = {"room_id": room_id, "kind": "agenda", "label": "Trees and shade"}
    at = (began_at + timedelta(seconds=2)).isoformat()
    marker = service.command(SLUG, "marker.add", {**item, "at": at})
    made |= {"began_at": began_at, "room_id": room_id}
    made["item"] = marker["data"]["marker_id"]
    return made


async def test_what_people_write_is_seen_changed_and_taken_back(
    service: Service, square: dict[str, Any], chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        _, ann = await _enter(browser, service, "Ann Becker")
        ben_context, ben = await _enter(browser, service, "Ben Okafor")
        await _post_with_a_picture(ann, ben)
        await _see_it_large(ben)
        await _go_deep(ann, ben)
        await _support_and_undo(ann, ben)
        await _edit_with_history(ann, ben)
        await _write_under_other_names(ann, ben)
        await _choose_what_is_shown(ben)
        await _keep_a_draft(ben)
        await _hide_and_take_back(browser, service, ann, ben_context)
        faults = [e for e in ann.errors if "404" not in e]  # type: ignore[attr-defined]
        assert faults == []


async def test_contributions_stand_on_the_timeline_and_lead_to_their_moment(
    service: Service, square: dict[str, Any], chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        _, ann = await _enter(browser, service, "Ann Becker")
        _, ben = await _enter(browser, service, "Ben Okafor")
        await press_play(ann)
        await ann.wait_for_function(
            "() => document.querySelector('fm-player video').currentTime > 3"
        )
        await ann.select_option(
            ".thread__filter [name=about]", f"agenda:{square['item']}"
        )
        field = ann.locator("fm-thread > .composer .composer__text")
        await field.press_sequentially("Limes!")
        # What was on when she began to write goes along, and she sees it.
        chip = ann.locator(".spoken")
        await expect(chip).to_contain_text("in Hall")
        spoken_at = await chip.locator("time").get_attribute("datetime")
        await field.press("Control+Enter")
        post = ben.locator("article.post", has_text="Limes!")
        await expect(post.locator(".post__moment")).to_have_attribute(
            "data-moment", str(spoken_at)
        )
        # "Show me this moment" starts Ben's player there.
        await post.locator(".post__moment").click()
        at = datetime.fromisoformat(str(spoken_at))
        seconds = (at - square["began_at"]).total_seconds()
        await ben.wait_for_function(
            "s => Math.abs(document.querySelector('fm-player video').currentTime - s) < 4",
            arg=seconds,
        )
        # Its dot on the timeline, by keyboard.
        await ben.evaluate("document.querySelector('fm-player video').pause()")
        dot = ben.locator(".talk__dot")
        await expect(dot).to_have_count(1)
        await expect(dot).to_contain_text("Ann Becker Limes!")
        await dot.focus()
        await ben.keyboard.press("Enter")
        await expect(post).to_have_attribute("data-found", "")
        assert await ask_axe(ben) == []
        await _find_words(ben)


async def test_a_listed_name_is_confirmed_and_nobody_elses(
    service: Service, square: dict[str, Any], chromium_path: str
) -> None:
    del square
    async with run_browser(chromium_path) as browser:
        context, desk = await new_visitor(browser)
        await come_as(context, service.url, service.admin_token)
        await desk.goto(f"{service.url}/desk/{SLUG}#team")
        names = desk.locator("form:has([name=duty][value=name])")
        await names.locator("[name=label]").fill("Cllr Smith")
        await names.get_by_role("button").click()
        link = await desk.locator(".fresh-invite code").inner_text()
        _, smith = await new_visitor(browser)
        await smith.goto(link)
        await expect(smith.locator(".lead")).to_contain_text("Cllr Smith")
        await smith.get_by_role("button", name="Accept").click()
        await wait_live(smith)
        await _write(smith, "The council decides in May.")
        _, ben = await _enter(browser, service, "Ben Okafor")
        post = ben.locator("article.post", has_text="decides in May")
        await expect(post.locator(".post__author")).to_have_text("Cllr Smith")
        await expect(post.locator(".confirmed")).to_be_visible()
        await ben.focus("fm-thread > .composer .composer__text")
        await ben.select_option("fm-thread > .composer [name=label]", "pseudonym")
        await ben.fill("fm-thread > .composer [name=pseudonym]", "CLLR. SM1TH")
        await _write(ben, "I resign.")
        refused = ben.locator("article.post[data-state=sending]", has_text="I resign.")
        await expect(refused.locator(".refusal")).to_contain_text("for its owner")


# --- steps -----------------------------------------------------------------------


async def _enter(
    browser: Any, service: Service, name: str, **given: Any
) -> tuple[BrowserContext, Page]:
    context, page = await new_visitor(browser, **given)
    token = await asyncio.to_thread(service.join, SLUG, name)
    await come_as(context, service.url, token)
    await page.goto(f"{service.url}/m/{SLUG}")
    await wait_live(page)
    return context, page


async def _write(page: Page, text: str) -> None:
    await page.fill("fm-thread > .composer .composer__text", text)
    await (
        page.locator("fm-thread > .composer").get_by_role("button", name="Post").click()
    )


def _photograph() -> bytes:
    """Return a picture larger than is kept, that says where it was taken."""
    picture = Image.new("RGB", (3000, 2000), "seagreen")
    place = Image.Exif()
    place[0x010E] = "taken at home"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=place)
    return out.getvalue()


async def _post_with_a_picture(ann: Page, ben: Page) -> None:
    composer = ann.locator("fm-thread > .composer")
    file = {"name": "<b>.jpg", "mimeType": "image/jpeg", "buffer": _photograph()}
    await composer.locator(".pick__file").set_input_files(file)  # type: ignore[arg-type]
    await composer.locator(".to-post input").fill('A tree <img src=x onerror="boom()">')
    await composer.locator(".kinds__choice", has_text="Question").click()
    await composer.locator(".standing > summary").click()
    await composer.locator("[name=speaks_for]").fill("The allotments")
    await composer.locator("[name=stake]").fill("I rent one")
    await _write(ann, "Like **this** one? <script>boom()</script>")
    post = ben.locator("article.post", has_text="Like this one?")
    await expect(post).to_have_attribute("data-kind", "question")
    await expect(post.locator(".post__standing")).to_contain_text(
        "Speaks for The allotments"
    )
    await expect(post.locator(".post__standing")).to_contain_text(
        "Interest: I rent one"
    )
    await expect(post.locator(".post__text strong")).to_have_text("this")
    await expect(post.locator(".post__text")).to_contain_text("<script>boom()</script>")
    await expect(post.locator(".pictures img")).to_have_attribute(
        "alt", 'A tree <img src=x onerror="boom()">'
    )


async def _see_it_large(ben: Page) -> None:
    link = ben.locator("a[data-picture]")
    address = await link.get_attribute("href")
    sent = await ben.request.get(f"{ben.url.split('/m/')[0]}{address}")
    assert sent.headers["cache-control"] == "private, no-store"
    data = await sent.body()
    assert b"taken at home" not in data
    assert max(Image.open(io.BytesIO(data)).size) == 1600
    await link.click()
    await expect(ben.locator("dialog.lightbox img")).to_be_visible()
    await ben.keyboard.press("Escape")
    await expect(ben.locator("dialog.lightbox")).to_have_count(0)


async def _go_deep(ann: Page, ben: Page) -> None:
    """Answers to answers: two levels stand open, the rest waits folded up."""
    said = "Like this one?"
    for number, page in enumerate((ben, ann, ben, ann), 1):
        post = page.locator("article.post", has_text=said).last
        await post.locator(".reply > summary").first.click()
        form = post.locator(".reply form").first
        await form.locator("textarea[name=text]").fill(f"Answer {number}.")
        await form.get_by_role("button", name="Reply").click()
        said = f"Answer {number}."
        other = ann if page is ben else ben
        await expect(other.locator(".post__text", has_text=said)).to_have_count(1)
        for one in (ann, ben):
            for folded in await one.locator(
                ".post__deeper:not([open]) > summary"
            ).all():
                await folded.click()
    deeper = ben.locator(".post__deeper")
    await expect(deeper.locator("> summary")).to_have_text(re.compile("2 more replies"))
    await expect(deeper.locator("article.post")).to_have_count(2)


async def _support_and_undo(ann: Page, ben: Page) -> None:
    button = (
        ben.locator("article.post", has_text="Like this one?")
        .first.locator(".support__button")
        .first
    )
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    count = ann.locator("article.post .support__count").first
    await expect(count).to_have_text("1")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await expect(count).to_have_text("0")


async def _edit_with_history(ann: Page, ben: Page) -> None:
    post = ann.locator("article.post", has_text="Like this one?").first
    await post.locator(".edit > summary").first.click()
    await post.locator(".edit textarea").first.fill("Like this lime?")
    await post.locator(".edit").first.get_by_role("button", name="Save").click()
    changed = ben.locator("article.post", has_text="Like this lime?").first
    await expect(changed.locator(".post__edited a").first).to_be_visible()
    address = await changed.locator(".post__edited a").first.get_attribute("href")
    history = await ben.request.get(f"{ben.url.split('/m/')[0]}{address}")
    assert "Like <strong>this</strong> one?" in await history.text()


async def _write_under_other_names(ann: Page, ben: Page) -> None:
    await ann.focus("fm-thread > .composer .composer__text")
    await ann.select_option("fm-thread > .composer [name=label]", "pseudonym")
    await ann.fill("fm-thread > .composer [name=pseudonym]", "Night Owl")
    await _write(ann, "By another name.")
    await ann.focus("fm-thread > .composer .composer__text")
    await ann.select_option("fm-thread > .composer [name=label]", "anonymous")
    await _write(ann, "By nobody.")
    for text, author in (
        ("By another name.", "Night Owl"),
        ("By nobody.", "Anonymous"),
    ):
        post = ben.locator("article.post", has_text=text)
        await expect(post.locator(".post__author")).to_have_text(author)


async def _choose_what_is_shown(ben: Page) -> None:
    await ben.locator(".segments__one", has_text="Unanswered").click()
    await expect(ben.locator(".thread__items > li")).to_have_count(1)
    await expect(ben).to_have_url(re.compile("sort=unanswered"))
    await ben.locator(".segments__one", has_text="New").click()
    await ben.select_option(".thread__filter [name=kind]", "story")
    await expect(ben.locator("fm-thread")).to_contain_text("Nothing here is like that.")
    await ben.get_by_role("button", name="Show all").click()
    await expect(ben.locator(".thread__items > li")).to_have_count(3)


async def _find_words(ben: Page) -> None:
    """Words of posts are found as they are typed; the address takes them along."""
    posts = ben.locator(".thread__items article.post")
    field = ben.get_by_label("Find in contributions")
    await field.fill("lime")
    await expect(posts).to_have_count(1)
    await expect(posts).to_contain_text("Limes!")
    await expect(ben).to_have_url(re.compile("find=lime"))
    await field.fill("poplar")
    await expect(posts).to_have_count(0)
    await expect(ben.locator("fm-thread")).to_contain_text("Nothing here is like that.")
    await field.fill("")
    await expect(posts).to_have_count(1)


async def _keep_a_draft(ben: Page) -> None:
    field = "fm-thread > .composer .composer__text"
    await ben.fill(field, "Half a thou")
    await ben.reload()
    await wait_live(ben)
    await expect(ben.locator(field)).to_have_value("Half a thou")
    await ben.fill(field, "x" * 9_990)
    await expect(ben.locator(".composer__left").first).to_have_text(
        "10 characters left"
    )
    await ben.fill(field, "")


async def _hide_and_take_back(
    browser: Any, service: Service, ann: Page, ben: BrowserContext
) -> None:
    """A picture is gone for everyone with its post, within two seconds."""
    picture = service.url + str(
        await ann.locator("a[data-picture]").get_attribute("href")
    )
    assert (await ben.request.get(picture)).status == 200
    context, staff = await new_visitor(browser)
    await come_as(context, service.url, service.admin_token)
    await staff.goto(f"{service.url}/m/{SLUG}")
    await wait_live(staff)
    post = staff.locator("article.post", has_text="Like this lime?").first
    await post.locator(".staff-menu > summary", has_text="Hide").first.click()
    await post.locator(".hide-form [name=reason]").first.fill("Not in May")
    await post.locator(".hide-form button").first.click()
    await _gone(ben, picture)
    assert (await ann.request.get(picture)).status == 200
    await expect(ann.locator("fm-thread")).to_contain_text("Not in May")
    await ann.locator(".staff-menu > summary", has_text="Take back").first.click()
    mine = ann.locator("article.post[data-state=hidden]").first
    await mine.locator(".staff-menu > summary", has_text="Take back").first.click()
    await mine.get_by_role("button", name="Take it back").first.click()
    await _gone(ann.context, picture)


async def _gone(context: BrowserContext, address: str) -> None:
    async with asyncio.timeout(60):
        while (await context.request.get(address)).status != 404:
            await asyncio.sleep(0.1)
