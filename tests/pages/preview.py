"""Look at all pages: render them on a real port, photograph them, run axe.

python -m tests.pages.preview OUT [--only NAME] [--axe FILE] [--serve]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, async_playwright

from folkmoot import pages
from folkmoot.core.commands import PublishMarkers
from folkmoot.pages.frame.assets import find_assets
from tests.machine import find_chromium
from tests.pages.town import NOON, Town, follow_up, hold_forum, hold_others, open_town

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = {390: 844, 1280: 800, 1920: 1080}
POSTER = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 540"><defs><linearGradient id="a" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#c9b48d"/><stop offset="1" stop-color="#6d5334"/></linearGradient></defs><rect width="960" height="540" fill="url(#a)"/><rect y="380" width="960" height="160" fill="#3d2f22"/><g fill="#241c15"><circle cx="480" cy="230" r="46"/><path d="M390 420c0-80 40-120 90-120s90 40 90 120z"/></g><rect x="420" y="330" width="120" height="110" fill="#8a6a43"/><g fill="#1a1410" opacity=".8"><circle cx="150" cy="470" r="34"/><circle cx="270" cy="490" r="34"/><circle cx="700" cy="486" r="34"/><circle cx="830" cy="470" r="34"/></g></svg>"""


async def show_poster(_request: web.Request) -> web.Response:
    return web.Response(text=POSTER, content_type="image/svg+xml")


def list_pages(forum: Any, code: str, invite: str) -> list[tuple[str, str, str]]:
    """Return name, path and reader (visitor, person, staff) of each page."""
    m = "/m/river-quarter"
    return [
        ("home", "/", "visitor"),
        ("meeting", m, "person"),
        ("meeting-paused", f"{m}?room=library", "visitor"),
        ("meeting-interrupted", f"{m}?room=workshop", "visitor"),
        ("meeting-coming", "/m/schools", "visitor"),
        ("meeting-past", "/m/past-1", "visitor"),
        ("cite", f"{m}/cite?room=great-hall&at=2026-05-04T10:18:20Z", "visitor"),
        ("board", f"{m}/board", "person"),
        ("board-staff", f"{m}/board", "staff"),
        ("session", f"{m}/s/{forum.sessions[3]}", "person"),
        ("follow-up", f"{m}/follow-up", "visitor"),
        ("follow-up-staff", f"{m}/follow-up", "staff"),
        ("notes", f"{m}/s/{forum.sessions[3]}/notes", "person"),
        ("screen", f"{m}/rooms/workshop/screen", "staff"),
        ("prepare", "/desk/river-quarter/prepare", "staff"),
        ("contribution", f"{m}/c/{forum.posts[0]}", "visitor"),
        ("queue", "/desk/river-quarter/queue", "staff"),
        ("house", "/desk/river-quarter/house", "staff"),
        ("held", "/desk/river-quarter/held", "staff"),
        ("moderation", f"{m}/moderation", "visitor"),
        ("live", f"{m}/live", "visitor"),
        ("live-staff", f"{m}/live", "staff"),
        ("report", f"{m}/live/write", "staff"),
        ("questions", f"{m}/questions", "person"),
        ("questions-staff", f"{m}/questions", "staff"),
        ("wall", f"{m}/wall", "visitor"),
        ("print", f"{m}/print", "visitor"),
        ("text", f"{m}/text", "visitor"),
        ("embed", "/embed/river-quarter", "visitor"),
        ("join", f"/join/{code}", "visitor"),
        ("join-code", "/join", "visitor"),
        ("invite", f"/invite/{invite}", "visitor"),
        ("search", "/search", "visitor"),
        ("search-hits", "/search?q=night+tram", "visitor"),
        ("search-none", "/search?q=zeppelin", "visitor"),
        ("series", "/series/district", "visitor"),
        ("desk-home", "/desk", "staff"),
        ("desk", "/desk/river-quarter", "staff"),
        ("desk-coming", "/desk/schools", "staff"),
        ("ready", "/desk/river-quarter/ready", "staff"),
        ("recording", "/desk/river-quarter/recording", "staff"),
        ("error", "/m/nowhere", "visitor"),
    ]


async def run(arguments: argparse.Namespace) -> None:
    """Open the town and photograph it."""
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        async with open_town(Path(data)) as town:
            await _photograph(town, arguments)


async def _photograph(town: Town, arguments: argparse.Namespace) -> None:
    if not arguments.built:
        pages.find_assets = lambda root: find_assets(root, built=False)  # type: ignore[attr-defined]
    forum = await hold_forum(town)
    await hold_others(town)
    await follow_up(town, forum)
    await report_from(town, forum)
    town.search = FakeSearch()
    for room in ("great-hall", forum.rooms[0]):
        town.webcast.spans[room] = [(NOON - timedelta(hours=1), NOON)]
    app = town.build_app()
    app.router.add_get("/media/{tail:.*}.jpg", show_poster)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", arguments.port).start()
    host, port = runner.addresses[0][:2]
    url = f"http://{host}:{port}"
    admin = await town.identity.tokens.find(town.admin_token)
    access = await town.identity.enter(admin, "river-quarter")
    _, invite = await town.door.make_invite(access, duty="moderate", label="Ana")
    tokens = {
        "visitor": None,
        "person": forum.people[0].token,
        "staff": town.admin_token,
    }
    print(url, tokens)
    if arguments.serve:
        await asyncio.Event().wait()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=ARGS
        )
        for name, path, reader in list_pages(forum, forum.made.join_code, invite):
            if not arguments.only or name in arguments.only.split(","):
                await _shoot(browser, url, name, path, tokens[reader], arguments)
        await browser.close()
    await runner.cleanup()


async def report_from(town: Town, forum: Any) -> None:
    """Report on the forum: a summary, a quotation, a correction, what others said."""
    mid = forum.meeting_id
    room = next(iter(forum.rooms), None)
    await town.do(
        mid,
        "report.post",
        text="**So far:** the council wants one crossing before the summer. "
        "Money is found for *two*; where the second one goes is open.",
        pinned=True,
    )
    town.clock.now += timedelta(minutes=2)
    await town.do(
        mid,
        "report.post",
        text="The head of planning answers the first question from the room.",
        quote="Nobody has to cross four lanes to get to school.",
        speaker="Mira Holm, head of planning",
        room_id=room,
    )
    town.clock.now += timedelta(minutes=3)
    wrong = await town.do(mid, "report.post", text="About 140 people are here.")
    await town.do(
        mid,
        "report.correct",
        update_id=wrong["update_id"],
        text="About 110 people are here, and 48 follow from elsewhere.",
        note="We first said 140.",
    )
    town.clock.now += timedelta(minutes=1)
    await town.do(
        mid,
        "report.post",
        text="This is what people support most at the moment:",
        embed="contribution",
        embed_id=forum.posts[0],
    )
    await town.do(
        mid,
        "report.post",
        text="Next in the small room:",
        embed="session",
        embed_id=forum.sessions[3],
    )
    for text, low, ask in (
        ("Understood?", "", True),
        ("Going too fast?", "Too slow", True),
        ("Can you influence this?", "", False),
    ):
        made = await town.do(
            mid,
            "question.prepare",
            text=text,
            kind="scale" if low else "choice",
            options=["Yes", "Partly", "No"],
            low=low,
            high="Too fast",
            by_audience=not low,
            ask=ask,
        )
        if not ask or low:
            continue
        for number in range(40):
            person = await town.join("river-quarter", f"Guest {number}")
            await person.give(
                "question.answer",
                question_id=made["question_id"],
                choice=(number * number + number // 7) % 3 if number % 4 else 0,
                audience="room" if number % 3 else "remote",
            )
        await town.do(mid, "question.close", question_id=made["question_id"])
        for minutes in (1, 11):
            town.clock.now += timedelta(minutes=minutes)
            await town.system(mid, PublishMarkers())
    await town.do(mid, "report.draft", text="The vote on the second crossing begins")


async def _shoot(
    browser: Browser, url: str, name: str, path: str, token: str | None, arguments: Any
) -> None:
    for width, height in WIDTHS.items():
        if arguments.widths and str(width) not in arguments.widths.split(","):
            continue
        for scheme in arguments.schemes.split(","):
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
                java_script_enabled=bool(arguments.axe) or arguments.script,
            )
            if token:
                await context.add_cookies(
                    [{"name": "folkmoot", "value": token, "url": url}]
                )
            page = await context.new_page()
            page.on(
                "console",
                lambda m: print("console", name, m.text) if m.type == "error" else None,
            )
            await page.goto(url + path)
            await page.wait_for_timeout(150)
            wide = (
                await page.evaluate("document.documentElement.scrollWidth")
                if arguments.axe or arguments.script
                else width
            )
            if wide > width:
                print(f"{name} {width}: scrolls sideways ({wide})")
            await page.screenshot(
                path=arguments.out / f"{name}-{width}-{scheme}.png",
                full_page=arguments.full,
            )
            if arguments.axe:
                await _check(page, name, width, scheme, arguments.axe)
            await context.close()


async def _check(page: Any, name: str, width: int, scheme: str, axe: Path) -> None:
    # evaluate, not a script element: the page's policy allows no other scripts.
    await page.evaluate(axe.read_text("utf-8"))
    found = await page.evaluate(
        "axe.run(document, {rules: {'meta-refresh': {enabled: false}}})"
    )
    for violation in found["violations"]:
        print(
            f"{name} {width} {scheme}: {violation['id']} ({violation['impact']}): {violation['help']}"
        )
        for node in violation["nodes"][:3]:
            print(
                "   ",
                node["html"][:160],
                "|",
                node["failureSummary"].replace("\n", " ")[:220],
            )


class FakeSearch:
    """Answers one question as the real search would."""

    async def search(self, query: Any, audience: str = "public") -> Any:
        hits = (
            []
            if "zeppelin" in query.text
            else [
                _hit("speech", "Jonas Weber", 4712.0),
                _hit("contribution", "Aylin Kaya", None),
                _hit("speech", "Ngozi Obi", 311.5),
            ]
        )
        return SimpleNamespace(
            total=len(hits),
            took_ms=2.1,
            hits=tuple(hits),
            facets_exact=True,
            facets={
                "speaker": {"Jonas Weber": 4, "Ngozi Obi": 2},
                "meeting": {"river-quarter": 5, "schools": 1},
                "session": {"s_trams": 3, "s_trees": 2, "s_gone": 1},
                "day": {"2025-11-03": 2, "2026-02-10": 1, "2026-05-04": 6},
            },
            suggestion=None,
            names={"session": {"s_trams": "Night trams", "s_trees": "Shade"}},
        )


def _hit(kind: str, speaker: str, offset: float | None) -> Any:
    return SimpleNamespace(
        kind=kind,
        meeting=SimpleNamespace(
            slug="river-quarter", title="River Quarter: what shall it become?"
        ),
        room="great-hall",
        room_name="Great Hall",
        speaker=speaker,
        agenda_item=None,
        title="",
        at="2026-05-04T10:18:27.000Z",
        offset_seconds=offset,
        url="/m/river-quarter?room=great-hall&at=2026-05-04T10:18:27.000Z#t=4712",
        snippet_html="The hospital changes its shift at ten in the evening, and the last <mark>tram</mark> has left by then. Four hundred people walk home at <mark>night</mark> or take the car, every day.",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--only")
    parser.add_argument("--widths")
    parser.add_argument("--schemes", default="light")
    parser.add_argument("--axe", type=Path)
    parser.add_argument("--script", action="store_true")
    parser.add_argument("--built", action="store_true", help="with web/dist")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(run(parser.parse_args()))
