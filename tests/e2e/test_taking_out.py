"""Somebody asks to be taken out of a recording; the team looks, cuts and brings back."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import come_as, new_visitor, run_browser, wait_live, watch
from tests.e2e.service import Service, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(300)]

BEGAN = "2026-05-04T09:00:00Z"
FILM_SECONDS = 20


def hold_and_film(house: Service, film: Path, slug: str, **given: Any) -> None:
    """Hold a meeting of last week with 20 s of film, and end it."""
    house.make_meeting(slug, title="The walk", timezone="Europe/Berlin", **given)
    status, told = house.ask(
        "PUT",
        f"/api/v1/meetings/{slug}/rooms/hall/recording?starts_at={BEGAN}",
        film.read_bytes(),
        media_type="video/mp4",
    )
    assert status == 202, told
    assert house.command(slug, "meeting.end")["ok"]

    def recorded() -> bool:
        _, state = house.ask("GET", f"/api/v1/meetings/{slug}/state")
        return any(r["recording_revision"] for r in state["state"]["rooms"].values())

    wait_until(recorded, seconds=60)


def played_seconds(house: Service, slug: str) -> float:
    """How long the public recording plays."""
    _, meeting = house.ask("GET", f"/api/v1/meetings/{slug}")
    master = meeting["rooms"][0]["playback_url"].replace("localhost", "127.0.0.1")
    _, text = house.ask("GET", master, token=None)
    (path, *_) = re.findall(r"^[^#\s].*$", text.decode(), re.MULTILINE)
    _, text = house.ask("GET", master.rsplit("/", 1)[0] + "/" + path, token=None)
    return sum(float(s) for s in re.findall(r"#EXTINF:([\d.]+)", text.decode()))


async def test_taking_out_from_the_wish_to_the_undo(
    service: Service, film: Path, chromium_path: str
) -> None:
    await asyncio.to_thread(hold_and_film, service, film, "walk")
    token = await asyncio.to_thread(service.join, "walk", "Mira")
    async with run_browser(chromium_path) as browser:
        mira_context, mira = await new_visitor(browser)
        desk_context, desk = await new_visitor(browser)
        for context, who in (
            (mira_context, token),
            (desk_context, service.admin_token),
        ):
            await come_as(context, service.url, who)
        await desk.goto(f"{service.url}/desk/walk/recording")
        await wait_live(desk)
        await _ask(mira, service.url)
        film_of = await _look(desk)
        await _is_not_disturbed(desk, service, token)
        await _take_out(desk, mira, service)
        # The team still sees it whole.
        await desk.locator("#cuts-done [data-standing=cut] summary").click()
        await desk.locator("#cuts-done [data-standing=cut] .player__start").click()
        await _plays(desk, "#cuts-done [data-standing=cut] fm-player")
        await _is_secret(desk, film_of, service)
        back = desk.get_by_role("button", name=re.compile("Bring these"))
        await back.click()
        await expect(mira.locator(".missing__box")).to_have_count(0)
        # The entry is told before the edges are taken off again.
        await asyncio.to_thread(
            wait_until,
            lambda: played_seconds(service, "walk") > FILM_SECONDS - 0.3,
            seconds=60,
        )
        whole = await asyncio.to_thread(played_seconds, service, "walk")
        assert whole == pytest.approx(FILM_SECONDS, abs=0.3)
        errors = [*mira.errors, *desk.errors]  # type: ignore[attr-defined]
        assert [line for line in errors if "404" not in line] == []


async def _ask(mira: Page, url: str) -> None:
    """Play to a moment and ask for what is around it: nothing has to be typed."""
    await mira.goto(f"{url}/m/walk#t=10")
    await wait_live(mira)
    async with asyncio.timeout(60):
        while (await watch(mira))["time"] < 10.6:
            await asyncio.sleep(0.1)
    await _stand_still(mira, 10.8)
    await mira.get_by_text("Take me out of the recording").click()
    field = mira.locator("[name=from_clock]")
    await expect(field).to_have_value(re.compile(r"11:00:0[45]"))
    await mira.evaluate(
        "document.querySelector('fm-player video').currentTime = 8;"
        "document.querySelector('fm-player video').play()"
    )
    async with asyncio.timeout(60):
        while (await watch(mira))["time"] < 8.6:
            await asyncio.sleep(0.1)
    await _stand_still(mira, 8.8)
    await mira.locator("[data-take=from_clock]").click()
    await expect(field).to_have_value(re.compile(r"11:00:0[89]"))
    await mira.fill("[name=to_clock]", "11:00:13")
    await expect(mira.locator(".span-fields__sum")).to_contain_text(" s in all")
    await mira.fill("[name=reason]", "My daughter is seen")
    await mira.get_by_role("button", name="Ask to be taken out").click()
    await expect(mira.locator(".asked__one")).to_contain_text("waits for the team")


async def _stand_still(page: Page, second: float) -> None:
    """Pause the picture at a second: it would go on while the machine is busy."""
    await page.evaluate(
        """(second) => new Promise((done) => {
          const video = document.querySelector("fm-player video");
          video.pause();
          video.addEventListener("seeked", () => setTimeout(done, 100), {once: true});
          video.currentTime = second;
        })""",
        second,
    )


async def _look(desk: Page) -> str:
    """It shows at the desk by itself; the film of it plays there."""
    wish = desk.locator("#takeouts .takeout")
    await expect(wish).to_contain_text("Mira asks to be taken out")
    await expect(wish).to_contain_text("My daughter is seen")
    await wish.get_by_text("Look at it").click()
    await wish.locator(".player__start").click()
    await _plays(desk, "#takeouts fm-player")
    return str(await wish.locator("fm-player").get_attribute("data-src"))


async def _is_not_disturbed(desk: Page, house: Service, token: str) -> None:
    """Another wish comes in while a film is looked at: it plays on."""
    video = desk.locator("#takeouts fm-player video")
    await video.evaluate("video => { video.loop = true; video.dataset.same = 'yes' }")
    span = {"from_at": "2026-05-04T09:00:01Z", "to_at": "2026-05-04T09:00:02Z"}
    _, state = await asyncio.to_thread(house.ask, "GET", "/api/v1/meetings/walk/state")
    (room_id,) = state["state"]["rooms"]
    wish = {"room_id": room_id, **span}
    told = await asyncio.to_thread(
        lambda: house.command("walk", "cut.request", wish, token=token)
    )
    assert told["ok"], told
    await expect(desk.locator("#takeouts .takeout")).to_have_count(2)
    same = desk.locator("#takeouts video[data-same]")
    await expect(same).to_have_count(1)
    assert not await same.evaluate("video => video.paused")
    await _plays(desk, "#takeouts fm-player:has([data-same])")
    other = desk.locator(f"#{told['data']['cut_id']}")
    await other.get_by_text("Leave it as it is").click()
    await other.locator("[name=note]").fill("Nobody is to be seen")
    await other.get_by_role("button", name="Say no").click()
    await expect(other).to_have_count(1)
    await expect(desk.locator("#takeouts .takeout")).to_have_count(1)


async def _plays(page: Page, where: str) -> None:
    moved = "([first, where]) => document.querySelector(`${where} video`)?.currentTime"
    async with asyncio.timeout(60):
        began = await page.evaluate(moved, [0, where])
        while (await page.evaluate(moved, [0, where]) or 0) < (began or 0) + 0.5:
            await asyncio.sleep(0.1)


async def _take_out(desk: Page, mira: Page, house: Service) -> None:
    before = await asyncio.to_thread(played_seconds, house, "walk")
    assert before == pytest.approx(FILM_SECONDS, abs=0.3)
    await (
        desk.locator("#takeouts")
        .get_by_role("button", name=re.compile("Take out these"))
        .click()
    )
    await expect(desk.locator("#takeouts .takeout")).to_have_count(0)
    done = desk.locator("#cuts-done .takeout[data-standing=cut]")
    await expect(done).to_contain_text("Can be brought back until")
    await expect(mira.locator(".asked__one[data-standing=cut]")).to_be_visible()
    gap = mira.locator(".missing")
    await expect(gap).to_contain_text("Missing from this recording")
    await expect(gap).to_contain_text("Cut: someone’s privacy")
    await expect(mira.locator(".timeline__gap")).to_have_count(1)

    def is_shorter() -> bool:
        return played_seconds(house, "walk") < before - 2

    await asyncio.to_thread(lambda: wait_until(is_shorter, seconds=60))


async def _is_secret(desk: Page, film_of: str, house: Service) -> None:
    """The team's film has no other way in, and none without its key."""
    path, _, query = film_of.partition("?")

    def ask(address: str) -> int:
        return house.ask("GET", f"{address}?{query}", token=None)[0]

    def tries() -> None:
        assert ask(path) == 200
        token = path.split("/")[2]
        assert ask(path.replace(token, token[:-2] + "xx")) == 403
        _, meeting = house.ask("GET", "/api/v1/meetings/walk")
        public = meeting["rooms"][0]["playback_url"].replace("localhost", "127.0.0.1")
        assert ask(public.replace("/master", "/whole/master")) == 404

    await asyncio.to_thread(tries)
