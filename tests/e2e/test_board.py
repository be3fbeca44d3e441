"""The timetable under people's hands: mouse, finger, keyboard, and two at once."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Browser, CDPSession, Locator, Page, expect

from tests.e2e.browser import ask_axe, come_as, new_visitor, run_browser, wait_live
from tests.e2e.service import Service, plan_hours

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DESKTOP = {"width": 1440, "height": 900}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
TITLES = ("Benches", "Night buses", "Shade", "Swimming", "Tool shed")


class Board(NamedTuple):
    """A server with a meeting of three rooms by four times and five proposals."""

    house: Service
    slug: str
    made: dict[str, Any]
    sessions: dict[str, str]
    ann: str

    def do(self, kind: str, /, *, token: str = "", **data: Any) -> dict[str, Any]:
        """Give a command that must be accepted."""
        answer = self.house.command(self.slug, kind, data, token=token)
        assert answer["ok"], answer
        return answer

    def place(self, title: str, room: int, time: int) -> None:
        """Put a session somewhere, as a facilitator elsewhere would."""
        self.do(
            "session.place",
            session_id=self.sessions[title],
            room_id=self.made["rooms"][room]["id"],
            slot_id=self.made["slots"][time]["id"],
        )

    def url(self, path: str) -> str:
        """Return the address of one of its pages."""
        return f"{self.house.url}/m/{self.slug}/{path}"


_NUMBERS = itertools.count(1)


@pytest.fixture
def board(house: Service) -> Board:
    """Return such a meeting, anew for each test."""
    times = plan_hours(4)
    rooms = [
        {"name": "Oak", "capacity": 120},
        {"name": "Elm", "capacity": 40},
        {"name": "Fir"},
    ]
    slug = f"quay-{next(_NUMBERS)}"
    made = house.make_meeting(slug, title="The quay", rooms=rooms, slots=times)
    ann = house.join(slug, "Ann")
    board = Board(house, slug, made, {}, ann)
    for number, title in enumerate(TITLES):
        said = board.do("session.propose", title=title, token=ann if number < 2 else "")
        board.sessions[title] = said["data"]["session_id"]
    return board


async def open_board(
    browser: Browser, board: Board, token: str = "", **given: Any
) -> Page:
    """Open the board as somebody; the organiser unless told."""
    context, page = await new_visitor(browser, **(given or {"viewport": DESKTOP}))
    await come_as(context, board.house.url, token or board.house.admin_token)
    await page.goto(board.url("board"))
    await page.wait_for_selector(".pick")
    return page


def card_of(page: Page, title: str) -> Locator:
    """Return a session's card."""
    return page.locator(".session-card", has_text=title)


def cell_of(page: Page, room: str, row: int) -> Locator:
    """Return the cell of a room in a row."""
    return page.locator(".board__row").nth(row).locator(f'[data-room-name="{room}"]')


async def stands_in(page: Page, title: str, room: str, row: int) -> None:
    """Wait until a session stands in a cell."""
    await expect(cell_of(page, room, row)).to_contain_text(title)


# --- by mouse -----------------------------------------------------------------------


async def test_a_card_is_dragged_with_the_mouse_and_taken_back(
    board: Board, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board)
        other = await open_board(browser, board)
        await _drag(page, card_of(page, "Benches"), cell_of(page, "Elm", 1))
        await stands_in(page, "Benches", "Elm", 1)
        await stands_in(other, "Benches", "Elm", 1)
        await expect(page.locator(".ghost")).to_have_count(0)
        await page.get_by_role("button", name="Undo").click()
        await expect(
            other.locator(".proposals .session-card", has_text="Benches")
        ).to_be_visible()
        assert page.url.endswith("/board")  # the title's link was not followed


async def _drag(page: Page, card: Locator, cell: Locator) -> None:
    box = await card.locator(".session-card__title").bounding_box()
    assert box
    await page.mouse.move(box["x"] + 20, box["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 40, box["y"] + 20, steps=4)
    await expect(page.locator(".ghost")).to_be_visible()
    # The cards have drawn together: the cell is looked for only now.
    goal = await cell.bounding_box()
    assert goal
    await page.mouse.move(
        goal["x"] + goal["width"] / 2, goal["y"] + goal["height"] / 2, steps=6
    )
    await expect(cell).to_have_attribute("data-over", "")
    await page.mouse.up()


async def test_a_taken_cell_and_escape_leave_the_card_where_it_was(
    board: Board, chromium_path: str
) -> None:
    board.place("Night buses", 0, 0)
    board.place("Benches", 1, 0)
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board)
        await _drag(page, card_of(page, "Benches"), cell_of(page, "Oak", 0))
        await stands_in(page, "Benches", "Elm", 0)
        box = await card_of(page, "Benches").bounding_box()
        assert box
        await page.mouse.move(box["x"] + 30, box["y"] + 16)
        await page.mouse.down()
        await page.mouse.move(box["x"] + 90, box["y"] + 260, steps=5)
        await page.keyboard.press("Escape")
        await page.mouse.up()
        await stands_in(page, "Benches", "Elm", 0)


# --- by keyboard ----------------------------------------------------------------------


async def test_the_keyboard_takes_up_moves_and_puts_and_says_where(
    board: Board, chromium_path: str
) -> None:
    board.place("Night buses", 1, 0)
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board)
        said = page.locator(".board__say")
        await page.get_by_role("button", name="Place: Benches").focus()
        await page.keyboard.press("Enter")
        hold = page.get_by_role("application", name="Placing “Benches”")
        await expect(hold).to_be_focused()
        # It begins at the first place that nothing speaks against.
        await expect(said).to_contain_text("Oak, ")
        await page.keyboard.press("ArrowUp")
        await expect(said).to_contain_text("A host is in “Night buses” then")
        await page.keyboard.press("ArrowRight")
        await expect(said).to_contain_text("taken by “Night buses”")
        await page.keyboard.press("Enter")
        await expect(said).to_contain_text("Choose another place")
        await page.keyboard.press("ArrowDown")
        await expect(said).to_contain_text("Elm, ")
        await expect(said).to_contain_text("free")
        await page.keyboard.press("Enter")
        await stands_in(page, "Benches", "Elm", 1)
        again = page.get_by_role("button", name="Move: Benches")
        await expect(again).to_be_focused()
        await expect(page.get_by_role("button", name="Undo")).to_be_visible()
        # Before it has arrived it would be taken back without a word of the proposals.
        await expect(page.get_by_text("now stands in Elm")).to_be_visible()
        await page.keyboard.press("Control+z")
        await expect(
            page.locator(".proposals .session-card", has_text="Benches")
        ).to_be_visible()
        await expect(page.get_by_text("now stands in the proposals")).to_be_visible()
        await page.get_by_role("button", name="Place: Benches").focus()
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Place: Benches")).to_be_focused()
        await expect(said).to_contain_text("Left in the proposals")


async def test_a_host_who_would_be_in_two_rooms_is_said(
    board: Board, chromium_path: str
) -> None:
    board.place("Night buses", 1, 0)
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board, board.ann)
        await page.get_by_role("button", name="Place: Benches").click()
        clash = "A host is in “Night buses” then"
        await expect(cell_of(page, "Oak", 0)).to_contain_text(clash)
        await expect(cell_of(page, "Oak", 1)).not_to_contain_text(clash)
        await expect(cell_of(page, "Oak", 1)).to_have_attribute("data-cost", "good")


# --- by touch ---------------------------------------------------------------------------


class Finger:
    """A finger on an emulated phone, through the DevTools protocol."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._at = (0.0, 0.0)

    async def down(self, x: float, y: float) -> None:
        await self._send("touchStart", x, y)

    async def move(self, x: float, y: float, steps: int = 8) -> None:
        from_x, from_y = self._at
        for n in range(1, steps + 1):
            part = n / steps
            await self._send(
                "touchMove", from_x + (x - from_x) * part, from_y + (y - from_y) * part
            )

    async def up(self) -> None:
        await self._session.send(
            "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []}
        )

    async def _send(self, kind: str, x: float, y: float) -> None:
        self._at = (x, y)
        points = [{"x": x, "y": y}]
        await self._session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )


async def test_a_finger_drags_after_a_rest_and_the_page_comes_along(
    board: Board, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board, **PHONE)
        finger = Finger(await page.context.new_cdp_session(page))
        card = card_of(page, "Benches")
        await card.scroll_into_view_if_needed()
        box = await card.bounding_box()
        assert box
        before = await page.evaluate("scrollY")
        assert before > 100  # the proposals lie below the timetable
        await finger.down(box["x"] + 90, box["y"] + 16)
        await expect(page.locator(".ghost")).to_be_visible()
        # At the upper edge the page scrolls by itself, up to the first time.
        await finger.move(180, 70)
        goal = cell_of(page, "Elm", 0)
        await _scrolls_to_the_top(page)
        await finger.move(180, 300)
        place = await goal.bounding_box()
        assert place
        await finger.move(place["x"] + place["width"] / 2, place["y"] + 20)
        await expect(goal).to_have_attribute("data-over", "")
        await finger.up()
        await stands_in(page, "Benches", "Elm", 0)


async def _scrolls_to_the_top(page: Page) -> None:
    async with asyncio.timeout(60):
        while await page.evaluate("scrollY"):
            await asyncio.sleep(0.1)


async def test_a_finger_that_swipes_scrolls_and_takes_nothing_up(
    board: Board, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board, **PHONE)
        finger = Finger(await page.context.new_cdp_session(page))
        card = card_of(page, "Benches")
        await card.scroll_into_view_if_needed()
        box = await card.bounding_box()
        before = await page.evaluate("scrollY")
        assert box
        await finger.down(box["x"] + 90, box["y"] + 16)
        await finger.move(box["x"] + 90, box["y"] + 250, steps=12)
        await finger.up()
        await expect(page.locator(".ghost")).to_have_count(0)
        assert await page.evaluate("scrollY") < before - 50
        await expect(page.locator(".proposals")).to_contain_text("Benches")


async def test_two_taps_place_without_dragging(
    board: Board, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board, **PHONE)
        await page.get_by_role("button", name="Place: Shade").tap()
        here = cell_of(page, "Fir", 2).locator(".board__here")
        box = await here.bounding_box()
        assert box
        assert box["height"] >= 44
        await here.tap()
        await stands_in(page, "Shade", "Fir", 2)
        small = await page.evaluate(
            """() => [...document.querySelectorAll(".session-card button, summary")]
                .filter((one) => one.checkVisibility())
                .map((one) => one.getBoundingClientRect())
                .filter(({ width, height }) => Math.min(width, height) < 44).length"""
        )
        assert small == 0


# --- two at once ----------------------------------------------------------------------


async def test_a_move_that_came_too_late_shows_both_versions(
    board: Board, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board)
        for choice, room, row in (("Keep theirs", "Fir", 3), ("Move anyway", "Oak", 1)):
            await page.get_by_role("button", name=": Benches").first.click()
            await asyncio.to_thread(board.place, "Benches", 2, 2)
            await asyncio.to_thread(board.place, "Benches", 2, 3)
            await expect(page.locator(".hold__late")).to_be_visible()
            await cell_of(page, "Oak", 1).locator(".board__here").click()
            dialog = page.get_by_role("dialog", name="Someone moved “Benches”")
            await expect(dialog).to_contain_text("It stands in")
            await expect(dialog).to_contain_text("Fir, ")
            await expect(dialog).to_contain_text("Oak, ")
            await dialog.get_by_role("button", name=choice).click()
            await stands_in(page, "Benches", room, row)


async def test_a_visitor_takes_nothing_up(board: Board, chromium_path: str) -> None:
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, viewport=DESKTOP)
        await page.goto(board.url("board"))
        await wait_live(page)
        await expect(page.locator(".session-card")).to_have_count(len(TITLES))
        await expect(page.locator(".pick, .session-card[data-movable]")).to_have_count(
            0
        )


# --- all else, by keyboard alone, with names that can be read out ---------------------


async def reach(page: Page, target: Locator) -> None:
    """Press Tab until the focus is there, as somebody without a mouse would."""
    await expect(target).to_be_visible()
    for _ in range(150):
        if await target.evaluate("one => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard doesn't reach {target}.")


async def press(page: Page, name: str, *, role: Any = "button") -> None:
    """Reach a control by its name and press it."""
    await reach(page, page.get_by_role(role, name=name, exact=True).first)
    await page.keyboard.press("Enter")


async def test_every_action_is_done_by_keyboard_alone(
    board: Board, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        page = await open_board(browser, board)
        await press(page, "Propose a session", role="link")
        dialog = page.get_by_role("dialog", name="Propose a session")
        await expect(dialog.get_by_label("Title")).to_be_focused()
        await page.keyboard.type("Ferries")
        await reach(page, dialog.get_by_label("I want this but cannot host it"))
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_hidden()
        ferries = card_of(page, "Ferries")
        await expect(ferries).to_contain_text("Wanted: someone who hosts this")

        benches = card_of(page, "Benches")
        come = benches.get_by_role("button", name="I would come")
        await reach(page, come)
        await page.keyboard.press("Space")
        await expect(come).to_have_attribute("aria-pressed", "true")
        # The plain form stands behind "More": lists instead of arrow keys.
        await reach(page, benches.locator("summary"))
        await page.keyboard.press("Enter")
        await reach(page, benches.get_by_label("Room"))
        await page.keyboard.type("Fir")
        await reach(page, benches.get_by_role("button", name="Place here"))
        await page.keyboard.press("Enter")
        await stands_in(page, "Benches", "Fir", 0)

        await reach(page, page.get_by_role("link", name="Benches", exact=True))
        await page.keyboard.press("Enter")
        await page.wait_for_selector("fm-dialog[data-ready]", state="attached")
        await press(page, "Change the text", role="link")
        await expect(page.get_by_label("Title").first).to_be_focused()
        await page.keyboard.press("Control+a")
        await page.keyboard.type("Benches by the water")
        await page.keyboard.press("Enter")
        title = page.locator(".session-page__title")
        await expect(title).to_have_text("Benches by the water")
        await press(page, "Merge", role="link")
        await expect(page.get_by_label("The other session")).to_be_focused()
        await page.keyboard.type("Shade")
        await press(page, "Merge them")
        await expect(page.locator(".session-page__origins")).to_contain_text("Shade")
        await press(page, "Split", role="link")
        await expect(page.get_by_label("Title of the new session")).to_be_focused()
        await page.keyboard.type("Lamps")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Split off. Everyone")).to_be_visible()
        scope = page.get_by_label("What people can do about it")
        await reach(page, scope)
        await page.keyboard.type("Open")
        await press(page, "Save")
        await expect(page.locator(".session-page__facts .scope")).to_have_text("Open")
        await press(page, "Keep its place in suggestions")
        pin = page.get_by_role("button", name="Suggestions may move it")
        await expect(pin).to_be_visible()
        await press(page, "Withdraw for good")
        await press(page, "Withdraw it")
        await expect(page.get_by_text("The session is withdrawn.")).to_be_visible()


async def test_nothing_keeps_anybody_out_while_something_is_held_or_open(
    board: Board, chromium_path: str
) -> None:
    """axe-core finds nothing in the states that only script makes."""
    found: list[str] = []
    async with run_browser(chromium_path) as browser:
        page = await open_board(
            browser, board, viewport=DESKTOP, reduced_motion="reduce"
        )

        async def look(name: str) -> None:
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                found.extend(f"{name} {scheme}: {line}" for line in await ask_axe(page))

        await page.get_by_role("button", name="Place: Benches").click()
        await look("held")
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="Propose a session").click()
        await page.locator(".more-fields summary").click()
        await look("propose")
        await page.goto(board.url(f"s/{board.sessions['Benches']}#merge"))
        await expect(page.get_by_role("dialog", name="Merge")).to_be_visible()
        await look("merge")
    assert not found, "\n".join(found)
