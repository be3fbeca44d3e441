"""The timetable over a 2G line: little comes before somebody does something."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import come_as, new_visitor, run_browser, wait_live
from tests.e2e.service import Service, plan_hours

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MOST_BYTES = 40_000
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
# Chromium's own "Regular 2G": 250 kbit/s down, 50 up, 300 ms.
REGULAR_2G = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 250_000 / 8,
    "uploadThroughput": 50_000 / 8,
    "connectionType": "cellular2g",
}
# As a page measures its own arrival (web/src/frame/line.ts).
LOOKS_SLOW = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const spent = page.responseEnd - page.responseStart;
  return page.connectEnd - page.connectStart > 450 ||
    (page.encodedBodySize >= 3_000 && spent > page.encodedBodySize * 8 / 350);
}"""
PITCH = (
    "Which crossings frighten children, and what would help tomorrow? Bring "
    "photographs, and somebody who drives there each day, number {}."
)


@pytest.fixture(scope="module")
def quay(house: Service) -> Service:
    """Run a server with a half-day of 3 rooms by 4 times and 18 proposals."""
    times = plan_hours(4)
    rooms = [{"name": name} for name in ("Oak", "Elm", "Fir")]
    made = house.make_meeting("quay", rooms=rooms, slots=times)
    for n in range(18):
        said = house.command(
            "quay",
            "session.propose",
            {"title": f"Proposal number {n}", "pitch": PITCH.format(n)},
        )
        if n < 12:
            place = {
                "room_id": made["rooms"][n % 3]["id"],
                "slot_id": made["slots"][n // 3]["id"],
            }
            house.command("quay", "session.place", {**said["data"], **place})
    return house


class Meter:
    """Counts the bytes that a page's line carried, heads and all."""

    def __init__(self) -> None:
        self.bytes = 0
        self.paths: list[str] = []
        self._urls: dict[str, str] = {}

    async def attach(self, page: Page) -> None:
        line = await page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", self._asked)
        line.on("Network.loadingFinished", self._finished)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", REGULAR_2G)

    def _asked(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["request"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])
        url = self._urls.get(event["requestId"], "")
        self.paths.append(f"{url.rsplit('/', 1)[-1]} {event['encodedDataLength']}")


async def _open(page: Page, quay: Service, token: str | None) -> Meter:
    if token:
        await come_as(page.context, quay.url, token)
    meter = Meter()
    await meter.attach(page)
    await page.goto(f"{quay.url}/m/quay/board")
    await page.wait_for_load_state("networkidle")
    await asyncio.sleep(2)  # what comes late by itself would come now
    return meter


@pytest.mark.parametrize("reader", ["visitor", "participant", "organiser"])
async def test_the_timetable_is_light_until_somebody_touches_it(
    quay: Service, chromium_path: str, reader: str
) -> None:
    token = {
        "visitor": lambda: None,
        "participant": lambda: quay.join("quay", "Cleo"),
        "organiser": lambda: quay.admin_token,
    }[reader]()
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, measures=True, **PHONE)
        meter = await _open(page, quay, token)
        assert 5_000 < meter.bytes < MOST_BYTES, meter.paths
        # All of it is there to read, and to send by form.
        await expect(page.locator(".session-card")).to_have_count(18)
        await expect(page.locator(".propose button")).to_be_visible()
        assert page.errors == []  # type: ignore[attr-defined]


async def test_the_first_touch_makes_it_live(quay: Service, chromium_path: str) -> None:
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, measures=True, **PHONE)
        await _open(page, quay, quay.join("quay", "Dan"))
        await expect(page.locator("fm-status")).to_have_attribute(
            "data-state", "static"
        )
        await page.mouse.wheel(0, 400)
        live = page.locator("fm-status[data-state=live]")
        await expect(live).to_be_visible()
        # A screen on a wall is touched by nobody.
        await page.goto(f"{quay.url}/m/quay/wall")
        await page.wait_for_function("() => customElements.get('fm-wall')")


async def test_a_good_line_is_live_at_once(quay: Service, chromium_path: str) -> None:
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser, measures=True, **PHONE)
        # Where the machine is busy, the line looks slow: it is opened until it doesn't.
        for _ in range(30):
            await page.goto(f"{quay.url}/m/quay/board")
            if not await page.evaluate(LOOKS_SLOW):
                break
        await wait_live(page)
        await page.wait_for_function(
            "() => document.fonts.check('1rem \"Public Sans Variable\"')"
        )
