"""Pages as people meet them: found again, without script, by keyboard, by everyone."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import (
    ask_axe,
    come_as,
    new_visitor,
    run_browser,
    wait_live,
)
from tests.e2e.service import Service, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
DELAY_SECONDS = 6.0
WORDS = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Grace Mensah>Good morning and welcome to the quay.

00:00:09.500 --> 00:00:12.000
<v Tomos Rees>The swing bridge opens again in April.

00:00:15.000 --> 00:00:18.000
<v Grace Mensah>Then let us vote on the benches.
"""


class Town(NamedTuple):
    """A server with a meeting that looks like one."""

    house: Service
    made: dict[str, Any]
    session: str
    ann: str

    def url(self, path: str) -> str:
        return f"{self.house.url}{path}"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Run one server for the tests of this module."""
    house = Service(tmp_path_factory.mktemp("pages") / "data").start()
    try:
        yield _furnish(house)
    finally:
        house.stop()


def _furnish(house: Service) -> Town:
    now = datetime.now(UTC).replace(microsecond=0)
    hours = [now + timedelta(hours=number) for number in (-1, 1, 2)]
    times = [
        {"starts_at": a.isoformat(), "ends_at": b.isoformat()}
        for a, b in pairwise(hours)
    ]
    made = house.make_meeting(
        "quay",
        title="The quay",
        purpose="What should become of the quay?",
        rooms=[{"name": "Hall", "capacity": 120}, {"name": "Library"}],
        slots=times,
    )
    ann, ben = house.join("quay", "Ann"), house.join("quay", "Ben Okoro")

    def act(command: str, token: str, **data: Any) -> dict[str, Any]:
        answer = house.command("quay", command, data, token=token)
        assert answer["ok"], answer
        return dict(answer.get("data") or {})

    session = act("session.propose", ann, title="Benches", pitch="Where?")["session_id"]
    act("session.propose", ben, title="Night buses")
    place = {"room_id": made["rooms"][0]["id"], "slot_id": made["slots"][0]["id"]}
    act("session.place", ann, session_id=session, **place)
    for kind in ("idea", "question", "concern", "offer", "need", "action", "story"):
        act("contribution.post", ben, text=f"The {kind} of **Ben**.", kind=kind)
    act("contribution.post", ann, text="About benches.", thread=f"session:{session}")
    return Town(house, made, session, ann)


# --- found again ---------------------------------------------------------------


@pytest.mark.ffmpeg
async def test_a_hit_opens_the_recording_at_its_second(
    town: Town, film: Path, chromium_path: str
) -> None:
    await asyncio.to_thread(_import, town.house, film)
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, viewport=DESKTOP)
        await page.goto(town.url("/search"))
        await page.locator("#q").press_sequentially("swing bridge")
        # Found while typing, without sending the form.
        hit = page.locator(".hit__title a").first
        await expect(hit).to_contain_text("Tomos Rees")
        await hit.click()
        await page.wait_for_url("**/m/walk?**")
        await _plays_from(page, 9.5)
        bridge = page.locator(".cue", has_text="swing bridge")
        await expect(bridge).to_have_attribute("data-current", "")
        await page.locator(".cue", has_text="vote on the benches").click()
        await _plays_from(page, 15.0)
        vote = page.locator(".cue", has_text="vote on the benches")
        await expect(vote).to_have_attribute("data-current", "")
        await expect(bridge).not_to_have_attribute("data-current", "")


def _import(house: Service, film: Path) -> None:
    """A meeting of last week with its film and its transcript."""
    house.make_meeting("walk", title="The walk")
    starts_at = "2026-05-04T09:00:00Z"
    path = "/api/v1/meetings/walk/rooms/hall"
    status, said = house.ask(
        "PUT",
        f"{path}/recording?starts_at={starts_at}",
        film.read_bytes(),
        media_type="video/mp4",
    )
    assert status == 202, said
    status, said = house.ask(
        "PUT",
        f"{path}/transcript?starts_at={starts_at}",
        WORDS.encode(),
        media_type="text/vtt",
    )
    assert status == 200, said
    assert house.command("walk", "meeting.end")["ok"]
    wait_until(
        lambda: house.ask("GET", "/api/v1/search?q=bridge", token=None)[1]["hits"],
        seconds=60,
    )
    wait_until(lambda: _revision(house), seconds=60)
    _follow_search(house)


def _follow_search(house: Service) -> None:
    """A search is a stream, and a slip of the pen finds its word."""
    status, told = house.ask("GET", "/search.json?q=bridge", token=None)
    assert status == 200
    assert "/m/walk?room=hall&at=2026" in told["items"][0]["url"]
    assert "<mark>bridge</mark>" in told["items"][0]["content_html"]
    status, told = house.ask("GET", "/search.atom?q=bridge", token=None)
    assert (status, told.count(b"<entry>") > 0) == (200, True)
    assert house.ask("GET", "/search.atom", token=None)[0] == 400
    status, told = house.ask("GET", "/search?q=brigde", token=None)
    assert b'Did you mean <a href="/search?q=bridge">' in told


def _revision(house: Service) -> int:
    _, read = house.ask("GET", "/api/v1/meetings/walk/state", token=None)
    (room,) = read["state"]["rooms"].values()
    return int(room["recording_revision"])


async def _plays_from(page: Page, seconds: float) -> None:
    """The picture runs, and began within a second of where it was asked for.

    Then it is held: what is marked as it is said would be over on a busy machine.
    """
    starts = """({readyState, currentTime, played}) => readyState < 3 ? [] :
      [currentTime, ...Array.from({length: played.length}, (_, n) => played.start(n))]"""
    hold = """(video, second) => {
      video.pause();
      if (video.currentTime > second + 2) video.currentTime = second + 0.5;
    }"""
    video, began = page.locator("fm-player video"), []
    until = time.monotonic() + 60
    while time.monotonic() < until:
        began = await video.evaluate(starts) if await video.count() else []
        if any(abs(start - seconds) <= 1 for start in began):
            await video.evaluate(hold, seconds)
            return
        await asyncio.sleep(0.05)
    raise AssertionError((seconds, began, page.errors))  # type: ignore[attr-defined]


async def test_an_item_is_to_come_until_the_delay_is_over(
    town: Town, chromium_path: str
) -> None:
    made = await asyncio.to_thread(
        lambda: town.house.make_meeting("late", on_air="by_hand")
    )
    room_id = made["rooms"][0]["id"]

    async def act(kind: str, /, **data: Any) -> None:
        answer = await asyncio.to_thread(
            town.house.command, "late", kind, {"room_id": room_id, **data}
        )
        assert answer["ok"], answer

    items = [{"kind": "agenda", "label": label} for label in ("1 Welcome", "2 Budget")]
    await act("marker.prepare", items=items, published=True)
    await act("channel.delay", seconds=DELAY_SECONDS)
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, viewport=DESKTOP)
        await page.goto(town.url("/m/late"))
        await wait_live(page)
        item = page.locator(".chapters__item")
        coming = page.locator(".chapters__item[data-coming]")
        to_come = [re.compile("To come.*1 Welcome"), re.compile("To come.*2 Budget")]
        await expect(coming).to_have_text(to_come)
        began = time.monotonic()
        await act("marker.add", kind="agenda", label="1 Welcome")
        # Nobody who watches is there yet, also not who comes now.
        await page.reload()
        await wait_live(page)
        seen = await coming.count()
        in_time = time.monotonic() < began + DELAY_SECONDS
        assert seen == 2 or not in_time
        await expect(coming).to_have_count(1)
        assert time.monotonic() - began > DELAY_SECONDS - 1
        await expect(coming).to_contain_text("2 Budget")
        await expect(item.first).to_contain_text("1 Welcome")
        await expect(item.first).not_to_contain_text("To come")


# --- without script --------------------------------------------------------------


async def test_everything_can_be_done_without_script(
    town: Town, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, java_script_enabled=False)
        await page.goto(town.url("/join"))
        await page.fill("[name=code]", str(town.made["join_code"]).upper())
        await page.locator("main form button").first.click()
        await page.fill("[name=name]", "Cleo")
        await page.locator("main form button").first.click()
        await expect(page).to_have_url(town.url("/m/quay"))
        await _write(page)
        await _propose(page, town)
        await _place_too_late(page, town)


async def _write(page: Page) -> None:
    composer = page.locator("fm-thread > .composer")
    await composer.locator("textarea[name=text]").fill("Is the lift open?")
    await composer.locator(".kinds__choice", has_text="Question").click()
    await composer.get_by_role("button", name="Post").click()
    post = page.locator("article.post:not(.post--reply)", has_text="Is the lift open?")
    await expect(post).to_have_attribute("data-kind", "question")
    await post.locator(".support__button").click()
    await expect(post.locator(".support__button")).to_have_attribute(
        "aria-pressed", "true"
    )
    await post.locator(".reply > summary").click()
    await post.locator(".reply textarea[name=text]").fill("Until six.")
    await post.locator(".reply button").click()
    await expect(post.locator(".post--reply")).to_contain_text("Until six.")


async def _propose(page: Page, town: Town) -> None:
    await page.goto(town.url("/m/quay/board"))
    await page.fill(".propose [name=title]", "A lift for all")
    await page.locator(".propose button").click()
    card = page.locator(".session-card", has_text="A lift for all")
    await card.locator(".interest__button").click()
    await expect(card.locator(".interest__button")).to_have_attribute(
        "aria-pressed", "true"
    )
    await _choose(card, town.made["rooms"][1]["id"], 0)
    await expect(
        page.locator(".board__cell", has_text="A lift for all")
    ).to_have_attribute("data-room-name", "Library")


async def _choose(card: Any, room: str, time: int) -> None:
    await card.locator(".move > summary").click()
    await card.locator("[name=room_id]").select_option(room)
    await card.locator("[name=slot_id]").select_option(index=time)
    await card.locator(".move__form button").click()


async def _place_too_late(page: Page, town: Town) -> None:
    """Somebody else was faster: both places are named, the choice is kept."""
    card = page.locator(".session-card", has_text="A lift for all")
    session = await card.get_attribute("data-session")
    (hall, library), (_, later) = town.made["rooms"], town.made["slots"]
    place = {"session_id": session, "room_id": library["id"], "slot_id": later["id"]}
    moved = await asyncio.to_thread(town.house.command, "quay", "session.place", place)
    assert moved["ok"], moved
    await _choose(card, hall["id"], 1)
    await expect(card.locator(".refusal")).to_be_visible()
    await expect(card.locator(".move__both")).to_contain_text("Library")
    chosen = card.locator("[name=room_id] option:checked")
    await expect(chosen).to_contain_text("Hall")


# --- by everyone -------------------------------------------------------------------


def _pages(town: Town) -> dict[str, str]:
    return {
        "home": "/",
        "meeting": "/m/quay",
        "board": "/m/quay/board",
        "session": f"/m/quay/s/{town.session}",
        "search": "/search",
        "results": "/search?q=benches",
        "join": f"/join/{town.made['join_code']}",
        "wall": "/m/quay/wall",
        "print": "/m/quay/print",
        "cards": "/m/quay/print?sheet=cards",
        "doors": "/m/quay/print?sheet=doors&film=all",
        "mine": "/m/quay/mine",
        "text": "/m/quay/text",
        "desk": "/desk/quay",
        "desk-ready": "/desk/quay/ready",
        "desk-items": "/desk/quay/items",
        "desk-recording": "/desk/quay/recording",
        "desk-home": "/desk",
    }


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_no_page_keeps_anybody_out(
    town: Town, chromium_path: str, viewport: dict[str, int]
) -> None:
    """axe-core finds nothing, in light and in dark colours."""
    found: list[str] = []
    async with run_browser(chromium_path) as browser:
        options = {"viewport": viewport, "reduced_motion": "reduce"}
        visitor, page = await new_visitor(browser, **options)
        await come_as(visitor, town.house.url, town.ann)
        staff, desk = await new_visitor(browser, **options)
        await come_as(staff, town.house.url, town.house.admin_token)
        for name, path in _pages(town).items():
            one = desk if name.startswith("desk") else page
            await one.goto(town.url(path))
            if await one.locator("fm-status").count():
                await wait_live(one)
            for scheme in ("light", "dark"):
                await one.emulate_media(color_scheme=scheme)
                found += [f"{name} {scheme}: {line}" for line in await ask_axe(one)]
    assert found == []


async def test_the_keyboard_reaches_all_and_shows_where_it_is(
    town: Town, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        visitor, page = await new_visitor(browser, viewport=DESKTOP)
        await come_as(visitor, town.house.url, town.ann)
        await page.goto(town.url("/m/quay"))
        await wait_live(page)
        stops = []
        for _ in range(24):
            await page.keyboard.press("Tab")
            stops.append(await page.evaluate(_WHERE))
        assert [stop["name"] for stop in stops if not stop["shown"]] == []
        names = [stop["name"] for stop in stops]
        assert names[0] == "a.skip"
        assert any("composer__text" in name for name in names), names


_WHERE = """() => {
  const here = document.activeElement;
  const marks = [here, here.nextElementSibling].filter(Boolean);
  const shown = marks.some((one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
  const classes = [...here.classList].join(".");
  return { name: `${here.localName}.${classes}`, shown };
}"""


async def test_a_phone_shows_one_part_at_a_time(town: Town, chromium_path: str) -> None:
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, viewport=PHONE, has_touch=True)
        await page.goto(town.url("/m/quay"))
        await page.wait_for_selector("fm-tabs[data-ready]")
        for name in ("timetable", "transcript", "thread"):
            tab = page.locator(f'.tabs__link[href="#{name}"]')
            await tab.focus()
            await page.keyboard.press("Enter")
            await expect(tab).to_have_attribute("aria-current", "true")
            shown = page.locator(".panel:not(.panel--watch):visible")
            await expect(shown).to_have_count(1)
            await expect(shown).to_have_id(name)
        await expect(page.locator(".panel--watch")).to_be_visible()


@pytest.mark.parametrize("system", ["light", "dark"])
async def test_one_button_changes_the_colours(
    town: Town, chromium_path: str, system: str
) -> None:
    other = "dark" if system == "light" else "light"
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, color_scheme=system)
        await page.goto(town.url("/"))
        for wanted in (other, system, other):
            button = page.locator(".theme button:visible")
            await expect(button).to_have_count(1)
            await expect(button).to_have_attribute("value", wanted)
            await button.click()
            await expect(page.locator("html")).to_have_attribute("data-theme", wanted)
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("data-theme", other)
