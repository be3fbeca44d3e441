"""What is printed: the timetable on A3, cards and door sheets on A4."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import new_visitor, run_browser
from tests.e2e.service import Service, plan_hours

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOMS = ("Oak", "Elm", "Fir")
# Width and height in points, as PDF counts them.
A3_LANDSCAPE = (1191, 842)
A4_PORTRAIT = (595, 842)


@pytest.fixture(scope="module")
def quay(house: Service) -> Service:
    """Run a server with three rooms, six times and seven sessions."""
    times = plan_hours(6)
    made = house.make_meeting(
        "quay", rooms=[{"name": name} for name in ROOMS], slots=times
    )
    for n in range(7):
        said = house.command("quay", "session.propose", {"title": f"Session {n}"})
        place = {
            "room_id": made["rooms"][n % 3]["id"],
            "slot_id": made["slots"][n // 3]["id"],
        }
        house.command("quay", "session.place", {**said["data"], **place})
    return house


async def print_sheets(page: Page, quay: Service, query: str) -> list[tuple[int, int]]:
    """Print and return the size of each sheet of paper."""
    await page.goto(f"{quay.url}/m/quay/print?{query}")
    pdf = await page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


@pytest.mark.parametrize(
    ("sheet", "papers"),
    [
        ("grid", [A3_LANDSCAPE]),
        ("cards", [A4_PORTRAIT] * 4),  # two cards on each
        ("doors", [A4_PORTRAIT] * 3),  # one for each room
    ],
)
async def test_sheets_fit_their_paper(
    quay: Service, chromium_path: str, sheet: str, papers: list[tuple[int, int]]
) -> None:
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, color_scheme="dark")
        assert await print_sheets(page, quay, f"sheet={sheet}") == papers


async def test_a_door_tells_of_cameras_where_there_are_any(
    quay: Service, chromium_path: str
) -> None:
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
        await page.goto(f"{quay.url}/m/quay/print?sheet=doors")
        notice = page.get_by_text("This room is filmed.")
        await expect(notice).to_have_count(0)
        await page.get_by_role("link", name="Filming notice on every door").click()
        await expect(notice).to_have_count(len(ROOMS))
