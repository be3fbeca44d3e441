"""The record of moderation: counts for everyone, a table of acts for the team.

Both come from what the team's own entries say happened. The public page holds
numbers only: no names, no texts, no ids and no moments.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.core.feeds import STAFF
from folkmoot.news.tables import plain_cell
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.moderation.queue import need_moderator
from folkmoot.pages.moderation.waiting import place_of

Wire = Mapping[str, Any]
_PAGE = 1_000
# What of an entry's data goes into the record, beside when and what.
_COLUMNS = ("at", "act", "by", "contribution_id", "kind", "place", "category", "reason")
_ACTS = {
    "ContributionPosted": "waits",
    "ContributionReleased": "published",
    "ContributionHidden": "hidden",
    "ContributionReturned": "put back",
    "ContributionFlagged": "readers asked",
    "FlagsSettled": "let stand",
    "AppealMade": "appealed",
    "AppealAnswered": "appeal answered",
    "MemberMuted": "paused a person",
    "MuteEnded": "ended a pause",
    "ContributionSealed": "kept as evidence",
    "SealPassedOn": "evidence handed over",
    "SealReleased": "evidence deleted",
    "ScreeningSet": "words changed",
}


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How often the team did what, and for what reasons it hid."""

    waited: int
    published: int
    hidden: int
    reasons: tuple[tuple[str, int], ...]
    flagged: int
    let_stand: int
    appeals: int
    granted: int
    open_appeals: int
    paused: int
    evidence: int


class LogPage(MeetingBase, frozen=True, kw_only=True):
    """The public page on how this meeting is moderated."""

    counts: Counts
    rules: str
    rules_version: int
    calm: bool
    thread_modes: tuple[tuple[str, str], ...]
    slow: tuple[tuple[str, int], ...]


async def show_log(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/moderation`: the rules, and what was done in numbers."""
    visit = await open_visit(request)
    state = visit.state
    rules = list(state["ground_rules"].values())[-1:]
    page = LogPage(
        **visit.base("moderation"),
        counts=count_acts(await read_acts(request, visit)),
        rules=((rules[0].get("content") or {}).get("text", "") if rules else ""),
        rules_version=rules[0]["version"] if rules else 0,
        calm=state["calm"],
        thread_modes=tuple(
            (place_of(state, thread), mode)
            for thread, mode in state["thread_modes"].items()
        ),
        slow=tuple(
            ("" if thread == "all" else place_of(state, thread) or "meeting", seconds)
            for thread, seconds in state["slow"].items()
        ),
    )
    return request.app[RENDERER].respond("moderation.html", page)


async def show_record(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/moderation.csv`: every act, for the record."""
    visit = await open_visit(request)
    need_moderator(visit)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for entry in await read_acts(request, visit):
        writer.writerow([plain_cell(cell) for cell in _row(entry, visit)])
    return web.Response(
        # The mark lets spreadsheets read it as UTF-8.
        body=b"\xef\xbb\xbf" + out.getvalue().encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Content-Disposition": (
                f'attachment; filename="moderation-{visit.head.slug}.csv"'
            ),
            "Cache-Control": "no-store",
        },
    )


async def read_acts(request: web.Request, visit: Visit) -> list[Wire]:
    """Return the team's entries that are acts of moderation, in order."""
    journal, found = request.app[PORTS].journal, list[Wire]()
    after = 0
    while True:
        page = await journal.entries(
            visit.row.meeting_id, STAFF, after=after, limit=_PAGE
        )
        found += [entry for entry in page.entries if entry["kind"] in _ACTS]
        if not page.more:
            return found
        after = page.entries[-1]["seq"]


def count_acts(entries: Sequence[Wire]) -> Counts:
    """Return the numbers that everyone may read."""
    kinds = Counter(entry["kind"] for entry in entries)
    hidden = [e["data"] for e in entries if e["kind"] == "ContributionHidden"]
    told = [data for data in hidden if data["reason_id"] is not None]
    granted = sum(
        entry["kind"] == "AppealAnswered" and entry["data"]["granted"]
        for entry in entries
    )
    reasons = Counter(data["category"] or "other" for data in told)
    return Counts(
        waited=sum(
            entry["kind"] == "ContributionPosted" and entry["data"]["waiting"]
            for entry in entries
        ),
        published=kinds["ContributionReleased"],
        hidden=len(told),
        reasons=tuple(reasons.most_common()),
        flagged=kinds["ContributionFlagged"],
        let_stand=kinds["FlagsSettled"],
        appeals=kinds["AppealMade"],
        granted=granted,
        open_appeals=max(0, kinds["AppealMade"] - kinds["AppealAnswered"]),
        paused=kinds["MemberMuted"],
        evidence=kinds["ContributionSealed"],
    )


def _row(entry: Wire, visit: Visit) -> list[str]:
    data = entry["data"]
    key = data.get("contribution_id") or ""
    item = visit.state["contributions"].get(key) or visit.staff.get(
        "contributions", {}
    ).get(key, {})
    by_id = data.get("by_id")
    mine = visit.me is not None and by_id == visit.me.member_id
    answered = {True: "granted", False: "not granted"}.get(data.get("granted"), "")
    return [
        entry["at"],
        _ACTS[entry["kind"]],
        (visit.me.name if mine and visit.me else by_id) or "",
        key,
        item.get("kind", ""),
        place_of(visit.state, item["thread"]) if item else "",
        data.get("category") or data.get("held") or answered,
        (data.get("reason") or {}).get("reason", ""),
    ]
