"""A half-day as it happens: 40 people, 3 rooms by 4 times, 18 proposals.

Two people sit at real browsers: a facilitator and a host. The others are programs
that do over HTTP what people do. There is one merge, one split and one room lost.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import icalendar
import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import come_as, new_visitor, run_browser, wait_live
from tests.e2e.service import Service, plan_hours

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PEOPLE = 40
PROPOSALS = 18
ROOMS = (("Oak", 40), ("Elm", 25), ("Fir", 15))
TIMES = 4
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
BOARD = "/m/half-day/board"


class HalfDay:
    """The meeting, and the people who act in it from outside the browsers."""

    def __init__(self, house: Service) -> None:
        self.house = house
        times = plan_hours(TIMES, ahead_minutes=30)
        self.made = house.make_meeting(
            "half-day",
            title="A half-day",
            rooms=[{"name": name, "capacity": seats} for name, seats in ROOMS],
            slots=times,
        )
        self.people: list[str] = []
        self._members: list[str] = []
        for n in range(PEOPLE):
            path = "/api/v1/meetings/half-day/join"
            status, joined = house.ask(
                "POST", path, {"name": f"Person {n}"}, token=None
            )
            assert status == 200, joined
            self.people.append(joined["token"])
            self._members.append(joined["member_id"])

    def do(self, who: int | None, kind: str, /, **data: Any) -> dict[str, Any]:
        """Act as somebody, or as the organiser; it must be accepted."""
        token = "" if who is None else self.people[who]
        answer = self.house.command("half-day", kind, data, token=token)
        assert answer["ok"], (kind, data, answer)
        return dict(answer.get("data") or {})

    def state(self, who: int | None = None) -> dict[str, Any]:
        """Return the public state, or what only somebody reads."""
        query, token = "", ""
        if who is not None:
            token = self.people[who]
            query = f"?feed=member:{self.member(who)}"
        path = f"/api/v1/meetings/half-day/state{query}"
        status, told = self.house.ask("GET", path, token=token)
        assert status == 200, told
        return dict(told["state"])

    def member(self, who: int) -> str:
        """Return somebody's member id."""
        return self._members[who]

    def named(self, title: str) -> dict[str, Any]:
        """Return the session of this title."""
        return next(
            session
            for session in self.state()["sessions"].values()
            if session["content"]["title"] == title
        )

    def get(self, file: str) -> bytes:
        """Return an export as anybody gets it."""
        status, body = self.house.ask("GET", f"/m/half-day/{file}", token=None)
        assert status == 200, file
        return body if isinstance(body, bytes) else str(body).encode()


@pytest.fixture
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HalfDay]:
    """Run a server with the meeting and its people."""
    house = Service(tmp_path_factory.mktemp("day") / "data").start()
    try:
        yield HalfDay(house)
    finally:
        house.stop()


async def sit_down(browser: Any, day: HalfDay, token: str, **given: Any) -> Page:
    """Open the timetable as somebody and wait until it is live."""
    context, page = await new_visitor(browser, **given)
    await come_as(context, day.house.url, token)
    await page.goto(day.house.url + BOARD)
    await wait_live(page)
    return page


async def test_a_half_day_runs_itself(day: HalfDay, chromium_path: str) -> None:
    async with run_browser(chromium_path) as browser:
        desk = await sit_down(browser, day, day.house.admin_token, viewport=DESKTOP)
        phone = await sit_down(browser, day, day.people[0], **PHONE)
        await propose(day, phone)
        await expect(desk.locator(".session-card")).to_have_count(PROPOSALS)
        wanted = await asyncio.to_thread(say_who_would_come, day)
        await merge(day, phone)
        await split(day, desk)
        await make_the_timetable(day, desk, phone)
        lost = await lose_a_room(day, desk, phone)
        await check_notices(day, phone, lost)
        await asyncio.to_thread(day.do, None, "meeting.end")
        await check_pages(day, phone)
        assert phone.errors == []  # type: ignore[attr-defined]
    check_counts(day, wanted)
    check_exports(day)


async def propose(day: HalfDay, phone: Page) -> None:
    """16 proposals come from others, one from the phone, one nobody can host yet."""
    for n in range(1, PROPOSALS - 1):
        await asyncio.to_thread(day.do, n, "session.propose", title=f"Topic {n:02}")
    for title, hosted in (("Topic 00", True), ("Topic 17", False)):
        await phone.get_by_role("link", name="Propose a session").click()
        form = phone.get_by_role("dialog", name="Propose a session")
        await form.get_by_label("Title").fill(title)
        if not hosted:
            await form.get_by_label("I want this but cannot host it").check()
        await form.get_by_role("button", name="Propose it").click()
        await expect(form).to_be_hidden()
    asked = phone.locator(".session-card", has_text="Topic 17")
    await expect(asked).to_contain_text("Wanted: someone who hosts this")
    session = await asyncio.to_thread(day.named, "Topic 17")
    await asyncio.to_thread(
        day.do, 20, "session.take_up", session_id=session["session_id"]
    )
    await expect(asked).to_contain_text("Person 20")
    await expect(phone.locator(".session-card")).to_have_count(PROPOSALS)


def say_who_would_come(day: HalfDay) -> dict[str, set[int]]:
    """Everybody would come to five sessions; return who to which."""
    sessions = sorted(
        day.state()["sessions"].values(), key=lambda s: s["content"]["title"]
    )
    wanted: dict[str, set[int]] = {s["session_id"]: set() for s in sessions}
    for who in range(PEOPLE):
        for step in range(5):
            session = sessions[(who * 7 + step * step + step) % PROPOSALS]
            session_id = session["session_id"]
            if who not in wanted[session_id]:
                day.do(who, "session.interest", session_id=session_id, level=1)
                wanted[session_id].add(who)
    # Who asks for a session that somebody else hosts would come to it.
    asked = next(s for s in sessions if s["content"]["title"] == "Topic 17")
    wanted[asked["session_id"]].add(0)
    return wanted


async def merge(day: HalfDay, phone: Page) -> None:
    """Person 1 asks; the host at the phone reads of it and agrees."""
    kept, gone = [
        (await asyncio.to_thread(day.named, title))["session_id"]
        for title in ("Topic 00", "Topic 01")
    ]
    await asyncio.to_thread(day.do, 1, "session.merge", session_id=kept, other_id=gone)
    await phone.get_by_role("link", name="Mine").click()
    wish = phone.locator(".wish")
    await expect(wish).to_contain_text("Make one session of")
    await wish.get_by_role("button", name="Merge them").click()
    await expect(wish).to_have_count(0)
    await phone.goto(f"{day.house.url}/m/half-day/s/{gone}")
    await expect(phone).to_have_url(f"{day.house.url}/m/half-day/s/{kept}")
    origins = phone.locator(".session-page__origins")
    await expect(origins).to_contain_text("Topic 01, Person 1")
    await expect(phone.locator(".session-card__host")).to_contain_text("Person 1")
    await phone.goto(day.house.url + BOARD)
    await expect(phone.locator(".session-card")).to_have_count(PROPOSALS - 1)


async def split(day: HalfDay, desk: Page) -> None:
    """The facilitator takes a part out of a session."""
    await desk.locator(".session-card a", has_text="Topic 02").click()
    await desk.get_by_role("link", name="Split").click()
    form = desk.get_by_role("dialog", name="Split something off")
    await form.get_by_label("Title of the new session").fill("Topic 02 in detail")
    await form.get_by_label("are counted for both").check()
    await form.get_by_role("button", name="Split it off").click()
    await expect(form).to_be_hidden()
    await desk.goto(day.house.url + BOARD)
    await expect(desk.locator(".session-card")).to_have_count(PROPOSALS)


async def suggest(desk: Page, keep: str) -> None:
    """Ask for a timetable and accept all of it."""
    panel = desk.locator("fm-suggest")
    await panel.locator("[name=keep]").select_option(keep)
    await panel.get_by_role("button", name="Suggest a timetable").click()
    await panel.get_by_role("button", name="Accept all").click()
    await expect(desk.locator(".ghost-card")).to_have_count(0)


async def make_the_timetable(day: HalfDay, desk: Page, phone: Page) -> None:
    """One session is placed by hand, the rest is suggested; the phone sees it."""
    await desk.get_by_role("button", name="Place: Topic 03").click()
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("button", name="Move: Topic 03")).to_be_visible()
    await wait_live(desk)
    # The split-off part has no host and waits for one.
    await suggest(desk, "all")
    places = len(ROOMS) * TIMES
    placed = phone.locator(".board__cell .session-card")
    await expect(placed).to_have_count(places)
    state = await asyncio.to_thread(day.state)
    check_timetable(state, places)


def check_timetable(state: dict[str, Any], places: int) -> None:
    """So many sessions stand, each in a place of its own, no host in two."""
    standing = [s for s in state["sessions"].values() if s["slot_id"] is not None]
    assert len(standing) == places
    assert len({(s["room_id"], s["slot_id"]) for s in standing}) == places
    for slot_id in state["slots"]:
        hosts = [
            host
            for session in standing
            if session["slot_id"] == slot_id
            for host in (session["host_id"], *session["cohost_ids"])
            if host is not None
        ]
        assert len(hosts) == len(set(hosts))


async def lose_a_room(day: HalfDay, desk: Page, phone: Page) -> dict[str, Any]:
    """A room is closed; one suggestion mends the day. Returns what stood there."""
    oak, elm, _ = (room["id"] for room in day.made["rooms"])
    state = await asyncio.to_thread(day.state)
    gave_up = [s for s in state["sessions"].values() if s["room_id"] == oak][:2]
    for session in gave_up:
        await _take_off(day, session)
    before = (await asyncio.to_thread(day.state))["sessions"]
    lost = {key: s for key, s in before.items() if s["room_id"] == elm}
    await asyncio.to_thread(
        day.do, None, "room.close", room_id=elm, reason="Water on the floor"
    )
    await suggest(desk, "all")
    state = await asyncio.to_thread(day.state)
    left = [s for s in state["sessions"].values() if s["room_id"] == elm]
    assert len(left) < len(lost)  # those who stood there come first
    for session in left:  # for the others there is no place any more
        await _take_off(day, session)
    state = await asyncio.to_thread(day.state)
    places = (len(ROOMS) - 1) * TIMES
    check_timetable(state, places)
    await expect(phone.locator(".board__cell .session-card")).to_have_count(places)
    stayed = {key for key, s in before.items() if s["room_id"] not in {None, elm}}
    moved = {
        key
        for key in stayed
        if (before[key]["room_id"], before[key]["slot_id"])
        != (state["sessions"][key]["room_id"], state["sessions"][key]["slot_id"])
    }
    assert moved == set()  # whoever could stay stayed
    return lost


async def _take_off(day: HalfDay, session: dict[str, Any]) -> None:
    """Put a session back to the proposals."""
    session_id = session["session_id"]
    await asyncio.to_thread(day.do, None, "session.unplace", session_id=session_id)


async def check_notices(day: HalfDay, phone: Page, lost: dict[str, Any]) -> None:
    """Whoever cares about a session that had to go is told; nobody else."""
    state = await asyncio.to_thread(day.state)
    votes = [await asyncio.to_thread(day.state, who) for who in range(PEOPLE)]
    for session_id in lost:
        session = state["sessions"][session_id]
        hosts = {session["host_id"], *session["cohost_ids"]}
        for who, own in enumerate(votes):
            member = day.member(who)
            told = own["notices"].get(member, {})
            cares = member in hosts or bool(own["interest_votes"].get(session_id))
            assert (session_id in told) == cares, (who, session, told)
    mine = votes[0]["notices"].get(day.member(0), {})
    await phone.goto(f"{day.house.url}/m/half-day/mine")
    await expect(phone.locator(".told-list__item")).to_have_count(len(mine))


async def check_pages(day: HalfDay, phone: Page) -> None:
    """Afterwards the timetable tells how the day went, and each session has a page."""
    await phone.goto(day.house.url + BOARD)
    await expect(phone.get_by_text("This is how the day went.")).to_be_visible()
    await expect(phone.locator(".board__cell .session-card")).to_have_count(8)
    await expect(phone.get_by_role("link", name="Propose a session")).to_have_count(0)
    links = phone.locator(".session-card__title a")
    for address in await links.evaluate_all("all => all.map((one) => one.href)"):
        status, page = await asyncio.to_thread(
            day.house.ask, "GET", address, None, token=None
        )
        assert status == 200, address
        assert b"session-page__title" in page


def check_counts(day: HalfDay, wanted: dict[str, set[int]]) -> None:
    """Each person counts once, also for what was merged or split."""
    kept, part = day.named("Topic 00"), day.named("Topic 02 in detail")
    (gone,) = day.state()["merged"]
    whole = day.named("Topic 02")["session_id"]
    expected = {key: len(people) for key, people in wanted.items() if key != gone}
    expected[kept["session_id"]] = len(wanted[kept["session_id"]] | wanted[gone])
    expected[part["session_id"]] = len(wanted[whole])
    sessions = day.state()["sessions"]
    counted = {s["content"]["title"]: s["interest"] for s in sessions.values()}
    assert counted == {
        sessions[key]["content"]["title"]: count for key, count in expected.items()
    }


def check_exports(day: HalfDay) -> None:
    """All files tell the same eight sessions; the table all eighteen."""
    sessions = day.state()["sessions"].values()
    placed = {s["content"]["title"] for s in sessions if s["slot_id"] is not None}
    calendar = icalendar.Calendar.from_ical(day.get("schedule.ics"))
    standing = [e for e in calendar.walk("VEVENT") if e.get("STATUS") != "CANCELLED"]
    assert {str(event["SUMMARY"]) for event in standing} == placed
    assert len({str(event["UID"]) for event in standing}) == len(placed) == 8
    root = ET.fromstring(day.get("schedule.xml"))  # noqa: S314 (made by us)
    assert {str(e.findtext("title")) for e in root.iter("event")} == placed
    rows = list(
        csv.DictReader(io.StringIO(day.get("sessions.csv").decode("utf-8-sig")))
    )
    assert len(rows) == len(sessions) == PROPOSALS
    changes = ET.fromstring(day.get("changes.rss"))  # noqa: S314 (made by us)
    assert len(list(changes.iter("item"))) > 0
