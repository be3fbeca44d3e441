"""How soon the transcript editor is there, and how soon an edit is found."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import machine
from tests.bench.report import Figure, Say, absent, spread
from tests.e2e.browser import new_visitor, run_browser
from tests.e2e.service import Service, wait_until

AREA = "editor"
OPENED = "transcript of {:,} lines opened at the desk → first lines can be edited"
TO_END = "End pressed in {:,} lines → the last line has the focus"
KEPT = "words kept in {:,} lines → everyone reads them"
FOUND = "words kept in {:,} lines → found by search, the old ones no more"
WORDS = ["the", "council", "will", "consider", "whether", "repairs", "can", "begin"]
WORDS += ["residents", "asked", "for", "a", "safe", "crossing", "near", "school"]
ROOM = "/api/v1/meetings/{}/rooms/hall"


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures; a machine without Chromium says so."""
    chromium = machine.find_tool("browser")
    if chromium is None:
        return [absent(AREA, OPENED.format(1000), "needs Chromium")]
    return asyncio.run(_measure(chromium, quick=quick, say=say))


async def _measure(chromium: str, *, quick: bool, say: Say) -> list[Figure]:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder) / "data").start()
        try:
            async with run_browser(chromium) as browser:
                for lines in (1_000,) if quick else (1_000, 10_000):
                    say(f"editor: {lines:,} lines")
                    rounds = 3 if quick else 8
                    figures += await _with(browser, service, lines, rounds)
        finally:
            service.stop()
    return figures


async def _with(
    browser: Any, service: Service, lines: int, rounds: int
) -> list[Figure]:
    slug = f"lines-{lines}"
    await asyncio.to_thread(service.make_meeting, slug)
    await asyncio.to_thread(_fill, service, slug, lines)
    context, page = await new_visitor(browser)
    cookie = {"name": "folkmoot", "value": service.admin_token, "url": service.url}
    await context.add_cookies([cookie])
    address = f"{service.url}/desk/{slug}/transcript?room=hall"
    opened, ends, kept, found = [], [], [], []
    for number in range(rounds + 1):
        await page.goto("about:blank")
        began = time.perf_counter()
        await page.goto(address, wait_until="commit")
        await page.wait_for_selector("fm-editor[data-ready] .line")
        if number:  # the first one fills the browser's caches
            opened.append(time.perf_counter() - began)
        line = page.locator(".line").first
        await line.focus()
        began = time.perf_counter()
        await page.keyboard.press("End")
        await page.wait_for_function(
            f"document.activeElement.getAttribute('aria-posinset') == '{lines}'"
        )
        ends.append((time.perf_counter() - began) * 1000)
        word, before = f"zebra{number}x{lines}", f"zebra{number - 1}x{lines}"
        await page.keyboard.press("Enter")
        await page.keyboard.press("Control+a")
        await page.keyboard.type(f"It says {word} now.")
        began = time.perf_counter()
        await page.keyboard.press("Escape")
        await _until(lambda word=word: word in _last(service, slug))
        kept.append((time.perf_counter() - began) * 1000)
        await _until(
            lambda word=word, before=before: (
                _hits(service, word) and not _hits(service, before)
            )
        )
        found.append(time.perf_counter() - began)
    await context.close()
    return [
        spread(AREA, OPENED.format(lines), opened, unit="s"),
        spread(AREA, TO_END.format(lines), ends, unit="ms"),
        spread(AREA, KEPT.format(lines), kept, unit="ms"),
        spread(AREA, FOUND.format(lines), found, unit="s"),
    ]


def _fill(service: Service, slug: str, lines: int) -> None:
    choice = random.Random(lines)
    names = ("Cllr Ann Lee", "Ben Oduya", "Speaker 3", "Mira Brandt")
    cues = [
        {
            "start_seconds": 4 * place,
            "end_seconds": 4 * place + 4,
            "text": " ".join(choice.choices(WORDS, k=choice.randint(4, 20))),
            "speaker": names[place // 5 % 4],
        }
        for place in range(lines)
    ]
    path = f"{ROOM.format(slug)}/transcript?starts_at=2026-05-04T09:00:00Z"
    status, answer = service.ask("PUT", path, {"cues": cues})
    assert status == 200, answer


def _last(service: Service, slug: str) -> str:
    path = f"{ROOM.format(slug)}/transcript.json?from=2026-05-04T10:06:30Z"
    _, found = service.ask("GET", path, token=None)
    return str(found["cues"][-1]["text"])


def _hits(service: Service, word: str) -> int:
    _, found = service.ask("GET", f"/api/v1/search?q={word}", token=None)
    return int(found["total"])


async def _until(check: Callable[[], Any]) -> None:
    await asyncio.to_thread(wait_until, check, seconds=30, every=0.02)
