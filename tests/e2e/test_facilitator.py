"""A facilitator's half-day: everyone is heard, and nothing gets out of hand.

Four real browsers: the facilitator's, a participant's phone, a newcomer's, and the
big screen. An encoder sends a film, so that an answer has a second to stand at.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from folkmoot.core.talk.cards import card_code
from tests.e2e.browser import ask_axe, come_as, new_visitor, run_browser
from tests.e2e.service import Publisher, Service, publish_target, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.ffmpeg,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]

SLUG = "half-day"
M = f"/m/{SLUG}"
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
RULES = "We speak one after the other, and to the matter."
ASKED = "Does the path along the river stay open at night?"
ON_PAPER = "My windows shake when the tram passes."
HELD = "The council has bought the depot this morning."
REGRET = "I should not have written that."


@dataclass
class Day:
    """The meeting and the four pages at which people sit."""

    house: Service
    made: dict[str, Any]
    desk: Page
    phone: Page
    wall: Page
    browser: Browser

    async def go(self, page: Page, path: str) -> None:
        await page.goto(self.house.url + path)
        live = page.locator("fm-status[data-state=live]").first
        await expect(live).to_be_visible()

    async def do(self, kind: str, /, **data: Any) -> dict[str, Any]:
        """Act as the organiser from outside; it must be accepted."""
        answer = await asyncio.to_thread(self.house.command, SLUG, kind, data)
        assert answer["ok"], (kind, answer)
        return dict(answer.get("data") or {})

    async def state(self, feed: str = "public") -> dict[str, Any]:
        path = f"/api/v1/meetings/{SLUG}/state?feed={feed}"
        _, answer = await asyncio.to_thread(self.house.ask, "GET", path)
        return dict(answer["state"])


@pytest.fixture
def running(
    tmp_path: Path, ffmpeg_path: str, film: Path
) -> Iterator[tuple[Service, dict[str, Any]]]:
    """Run a server with the meeting, on air, and one session that stands."""
    house = Service(tmp_path / "data").start()
    now = datetime.now(UTC).replace(microsecond=0)
    made = house.make_meeting(
        SLUG,
        title="A half-day",
        moderation="before",
        slots=[
            {
                "starts_at": (now - timedelta(minutes=5)).isoformat(),
                "ends_at": (now + timedelta(hours=1)).isoformat(),
            }
        ],
    )
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    try:
        yield house, made
    finally:
        publisher.stop()
        house.stop()


async def test_a_half_day_stays_in_hand(
    running: tuple[Service, dict[str, Any]], chromium_path: str
) -> None:
    house, made = running
    async with run_browser(chromium_path) as browser:
        _, desk = await new_visitor(browser, **DESKTOP)
        _, phone = await new_visitor(browser, **PHONE)
        _, wall = await new_visitor(browser, **DESKTOP)
        day = Day(house, made, desk, phone, wall, browser)
        await come_as(desk.context, house.url, house.admin_token)
        await come_as(
            phone.context, house.url, await asyncio.to_thread(house.join, SLUG, "Ann")
        )
        await desk.goto(f"{house.url}{M}/wall")
        await wall.goto(f"{house.url}{M}/wall")
        await agree_on_rules(day)
        asked = await read_before_it_appears(day)
        await take_down_a_card(day)
        await calm_down(day)
        await show_on_the_screens(day, asked)
        await answer_in_the_room(day, asked)
        await let_out_at_its_moment(day)
        await take_back(day)
        await follow_up(day, asked)
        for page in (desk, phone, wall):
            assert page.errors == []  # type: ignore[attr-defined]


async def agree_on_rules(day: Day) -> None:
    """The ground rules are set at the desk and accepted with the first post."""
    await day.go(day.desk, f"/desk/{SLUG}/queue")
    await day.desk.get_by_role("link", name="How we moderate").click()
    await day.desk.locator("#rules textarea").fill(RULES)
    await day.desk.get_by_role("button", name="Save the rules").click()
    await expect(day.desk.locator("#rules textarea")).to_have_value(RULES)
    await day.go(day.phone, M)
    await expect(day.phone.locator(".ground-rules").first).to_contain_text(RULES)


async def read_before_it_appears(day: Day) -> str:
    """A question waits until the facilitator has read it; return its id."""
    await post(day.phone, ASKED, kind="question", rules=True)
    mine = day.phone.locator(".post", has_text=ASKED)
    await expect(mine).to_contain_text("Waiting for a moderator")
    assert (await day.state())["contributions"] == {}
    await expect(day.wall.locator(".wall__posts")).not_to_contain_text(ASKED)
    await publish(day, ASKED)
    await expect(mine).not_to_contain_text("Waiting for a moderator")
    await expect(day.wall.locator(".wall__posts")).to_contain_text(ASKED)
    return str(await mine.get_attribute("data-contribution"))


async def publish(day: Day, text: str) -> None:
    await day.go(day.desk, f"/desk/{SLUG}/queue")
    item = day.desk.locator(".queue-item", has_text=text)
    await item.get_by_role("button", name="Publish").click()


async def take_down_a_card(day: Day) -> None:
    """What somebody wrote on paper stands among the rest, and says so."""
    await day.do("card.issue", count=3)
    await day.desk.goto(f"{day.house.url}{M}/table")
    await day.desk.fill("[name=card]", card_code(1))
    await day.desk.fill("[name=table]", "4")
    await day.desk.fill("[name=name]", "Rosa")
    await day.desk.fill("[name=text]", ON_PAPER)
    await day.desk.select_option("[name=kind]", "concern")
    await day.desk.click("fm-table form button")
    # The table keeps it on the device until the service has it.
    sent = day.desk.locator('[data-waiting="0"][data-sent="1"]')
    await expect(sent).to_be_visible()
    # Read first like everything here, whoever took it down.
    await publish(day, ON_PAPER)
    card = day.phone.locator(".post", has_text=ON_PAPER)
    await expect(card).to_contain_text("Rosa")
    await expect(card).to_contain_text(re.compile("paper", re.IGNORECASE))


async def calm_down(day: Day) -> None:
    """One tap: who is here writes on, who comes now is read first."""
    await day.do("meeting.edit", moderation="after")
    await day.go(day.desk, f"/desk/{SLUG}/queue")
    await day.desk.get_by_role("button", name="Calm", exact=True).click()
    await expect(day.desk.get_by_text("Calm is on.")).to_be_visible()
    code = str(day.made["join_code"])
    status, _ = await asyncio.to_thread(
        day.house.ask, "GET", f"/join/{code}", token=None
    )
    assert status == 404
    _, newcomer = await new_visitor(day.browser, **PHONE)
    token = await asyncio.to_thread(day.house.join, SLUG, "Newcomer")
    await come_as(newcomer.context, day.house.url, token)
    await day.go(newcomer, M)
    await post(newcomer, "You are all fools.", rules=True)
    shout = newcomer.locator(".post", has_text="all fools")
    await expect(shout).to_contain_text("Waiting for a moderator")
    await post(day.phone, REGRET)
    await expect(day.wall.locator(".wall__posts")).to_contain_text(REGRET)
    await expect(day.phone.locator(".thread")).not_to_contain_text("all fools")
    item = day.desk.locator(".queue-item", has_text="all fools")
    await item.locator("[data-menu=hide] summary").click()
    await item.locator("[name=reason]").first.fill("It attacks people.")
    await item.get_by_role("button", name="Hide", exact=True).click()
    await expect(shout).to_contain_text("It attacks people.")
    await newcomer.context.close()


async def show_on_the_screens(day: Day, asked: str) -> None:
    """One question stands on the wall and beside the film, and goes again."""
    await day.go(day.desk, M)
    theirs = day.desk.locator(f"[id={asked}]")
    await theirs.get_by_role("button", name="On the screens").click()
    for page in (day.wall, day.phone, day.desk):
        await expect(page.locator(".spotlight__text")).to_have_text(ASKED)
    await expect(day.wall.locator(".wall__board")).to_be_hidden()
    await day.desk.get_by_role("button", name="Show nothing").click()
    for page in (day.wall, day.phone):
        await expect(page.locator(".spotlight")).to_have_count(0)


async def answer_in_the_room(day: Day, asked: str) -> None:
    """The answer stands below the question and leads to its second of the film."""
    await asyncio.to_thread(_wait_for_film, day)
    theirs = day.desk.locator(f"[id={asked}]")
    await theirs.get_by_role("link", name="Answer").click()
    await day.desk.locator(".answering > summary").click()
    form = day.desk.locator(".answering__form")
    await form.get_by_label("In the room").check()
    await form.locator("[name=text]").fill("It stays open **until midnight**.")
    await form.locator("[name=by]").fill("The city engineer")
    await form.get_by_role("button", name="Save the answer").click()
    await expect(day.desk.locator(".answer")).to_contain_text("until midnight")
    mine = day.phone.locator(f"[id={asked}]")
    await expect(mine.locator(".answer")).to_contain_text("by The city engineer")
    await expect(day.wall.locator(".wall__answered")).to_have_text("1 of 2 answered")
    answer = (await day.state())["answers"][asked]
    link = mine.get_by_role("link", name="Watch the answer")
    at = datetime.fromisoformat(str(await link.get_attribute("data-moment")))
    before = datetime.fromisoformat(answer["spoken_at"]) - at
    assert before == timedelta(seconds=5)
    await link.click()
    # The film plays from there: its shown second is the link's, give or take.
    await day.phone.wait_for_function(
        "() => document.querySelector('fm-player video')?.currentTime > 0"
    )


async def let_out_at_its_moment(day: Day) -> None:
    """What was prepared appears when its session starts, and nowhere before."""
    made = await day.do("session.propose", title="The depot")
    await day.do(
        "session.place",
        session_id=made["session_id"],
        room_id=day.made["rooms"][0]["id"],
        slot_id=day.made["slots"][0]["id"],
    )
    await day.desk.goto(f"{day.house.url}/desk/{SLUG}/held")
    form = day.desk.locator("section", has_text="Prepare something").locator("form")
    await form.locator("[name=text]").fill(HELD)
    await form.locator("[name=when]").select_option("session")
    await form.locator("[name=session_id]").select_option(made["session_id"])
    await form.get_by_role("button", name="Hold it back").click()
    await expect(day.desk.locator(".held-list")).to_contain_text(HELD)
    assert HELD not in str(await day.state())
    await expect(day.phone.locator("body")).not_to_contain_text(HELD)
    await day.go(day.desk, f"{M}/s/{made['session_id']}")
    await day.desk.get_by_role("button", name="Begin the session").click()
    await day.go(day.phone, M)
    await expect(day.phone.locator(".thread")).to_contain_text(HELD)


async def take_back(day: Day) -> None:
    """What its author takes back is gone from every screen."""
    mine = day.phone.locator(".thread .post", has_text=REGRET)
    key = await mine.get_attribute("data-contribution")
    await mine.locator("summary", has_text="Take back").click()
    await mine.get_by_role("button", name="Take it back").click()
    await expect(day.phone.locator(".thread")).not_to_contain_text(REGRET)
    await expect(day.wall.locator(".wall__posts")).not_to_contain_text(REGRET)
    status, page = await asyncio.to_thread(
        day.house.ask, "GET", f"{M}/c/{key}", token=None
    )
    assert status == 410
    assert REGRET not in str(page)


async def follow_up(day: Day, asked: str) -> None:
    """What came of it is written by the team and stands before everyone at once."""
    await day.go(day.phone, f"{M}/follow-up")
    question = day.phone.locator(f"[id={asked}]")
    await expect(question).to_contain_text("Answered in the room")
    concern = day.phone.locator(".asked", has_text=ON_PAPER)
    await expect(concern).to_contain_text("Waits for an answer")
    await day.go(day.desk, f"{M}/follow-up")
    await promise(day, day.desk.locator(".asked", has_text=ON_PAPER))
    await expect(concern).to_contain_text("Answer promised")
    await expect(concern.locator(".due")).to_contain_text("left")
    await day.desk.locator(".follow__themes > .follow__new > summary").click()
    form = day.desk.locator(".follow__themes > .follow__new form")
    await form.locator("[name=theme]").fill("The path")
    await form.locator("[name=said]").fill("Keep it open.")
    await form.locator("[name=did]").fill("It is lit and open until midnight.")
    await form.locator("[name=cannot]").fill("The depot locks its gate after that.")
    await form.get_by_role("button", name="Add it").click()
    outcome = day.phone.locator(".outcome", has_text="The path")
    await expect(outcome).to_contain_text("The depot locks its gate")
    await day.do("action.add", text="Put up lamps", who="Ola", due="2030-05-01")
    await expect(day.phone.locator(".actions")).to_contain_text("Put up lamps")
    text = await day.phone.locator("main").inner_text()
    for gone in (REGRET, "all fools"):
        assert gone not in text
    _, stranger = await new_visitor(day.browser)
    await day.go(stranger, f"{M}/follow-up")
    assert await ask_axe(stranger, advice=True) == []


async def promise(day: Day, item: Locator) -> None:
    """Promise an answer for tomorrow."""
    await item.locator(".answering > summary").click()
    await item.get_by_label("Promised for a day").check()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await item.locator("[name=until]").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    await item.get_by_role("button", name="Save the answer").click()


async def post(
    page: Page, text: str, *, kind: str = "note", rules: bool = False
) -> None:
    """Write a contribution, and accept the ground rules where they are new."""
    form = page.locator("form.composer").first
    await form.locator("[name=text]").fill(text)
    if kind != "note":
        await form.locator(f"[name=kind][value={kind}]").check(force=True)
    if rules:
        await form.locator("[name=rules]").check()
    await form.get_by_role("button", name="Post").click()


def _wait_for_film(day: Day) -> None:
    """Wait until the room is on air with a few seconds behind it."""
    path = day.made["rooms"][0]["playback_url"]

    def plays() -> bool:
        status, _ = day.house.ask("GET", path, token=None)
        return status == 200

    wait_until(plays, seconds=60)
