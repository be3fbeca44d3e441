"""Who took part and how, in counts: no more than everyone may read anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from statistics import median
from typing import Any

import msgspec

from folkmoot.core.feeds import PUBLIC
from folkmoot.journal import Journal
from folkmoot.news.telling import is_readable
from folkmoot.pages.wording.moments import read_moment

Wire = Mapping[str, Any]
# Fewer people than this are not told apart by anything.
FLOOR = 5
_WAYS = {"video": "Watching", "text": "With text alone", "room": "In the rooms"}
# So many points draw a line as well as any more would.
_POINTS = 120


class Bar(msgspec.Struct, frozen=True):
    """A counted thing; `share` is its part of the largest, in percent."""

    name: str
    words: str
    count: int
    share: float


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """How many were there by the minute, and in all.

    `line` are points of 1000 x 100, `hours` the time spent by all by each way.
    """

    most: int
    hours: tuple[Bar, ...]
    line: str
    starts_at: datetime
    ends_at: datetime


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted of a meeting."""

    contributions: int
    people: int | None
    supports: int
    sessions: int
    kinds: tuple[Bar, ...]
    ways: tuple[Bar, ...]
    answered: int
    asked: int
    median_seconds: float | None
    presence: Presence | None


class Attendances:
    """Remembers the counts of each minute, and reads only what is new."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._read: dict[str, tuple[str, int, list[tuple[datetime, Wire]]]] = {}

    async def of(
        self, meeting_id: str, epoch: str, head: int
    ) -> list[tuple[datetime, Wire]]:
        """Return when how many were there by which way, the first first."""
        known, after, counts = self._read.get(meeting_id, (epoch, 0, []))
        if known != epoch:
            after, counts = 0, []
        counts = list(counts)
        while after < head:
            page = await self._journal.entries(meeting_id, PUBLIC, after=after)
            if not page.entries:
                break
            counts += [
                (read_moment(entry["at"]), entry["data"]["counts"])
                for entry in page.entries
                if entry["kind"] == "AttendanceCounted"
            ]
            after = page.entries[-1]["seq"]
        self._read[meeting_id] = epoch, after, counts
        return counts


def view_evidence(
    state: Wire, counts: list[tuple[datetime, Wire]], kinds: Mapping[str, str]
) -> Evidence:
    """Return what is counted; `kinds` are the words for kinds of contributions."""
    items = [one for one in state["contributions"].values() if is_readable(one)]
    authors = {item["author_id"] for item in items} - {None}
    answers = state["answers"]
    waits = [
        (_first_at(state, key) - read_moment(item["posted_at"])).total_seconds()
        for key, item in state["contributions"].items()
        if is_readable(item) and key in answers and answers[key]["way"] != "withdrawn"
    ]
    asked = [item for item in items if item["kind"] in {"question", "concern"}]
    done = {
        key
        for key, answer in answers.items()
        if answer["way"] in {"room", "writing"} and not answer["partly"]
    }
    return Evidence(
        contributions=len(items),
        people=len(authors) if len(authors) >= FLOOR else None,
        supports=sum(item["support"] for item in items),
        sessions=sum(bool(s["slot_id"]) for s in state["sessions"].values()),
        kinds=_bars(Counter(item["kind"] for item in items), kinds),
        ways=_bars(Counter(_way(item) for item in items), _WRITTEN),
        answered=sum(item["contribution_id"] in done for item in asked),
        asked=len(asked),
        median_seconds=median(waits) if waits else None,
        presence=_presence(counts),
    )


_WRITTEN = {
    "own": "On a device of one’s own",
    "paper": "On paper, taken down",
    "behalf": "For somebody else",
}


def _way(item: Wire) -> str:
    content = item["content"] or {}
    if (content.get("origin") or {}).get("way") == "paper":
        return "paper"
    return "behalf" if content.get("on_behalf_of") else "own"


def _first_at(state: Wire, key: str) -> datetime:
    first = state["former_answers"].get(f"{key}/1") or state["answers"][key]
    return read_moment(first["given_at"])


def _bars(counted: Mapping[str, int], words: Mapping[str, str]) -> tuple[Bar, ...]:
    most = max(counted.values(), default=0)
    return tuple(
        Bar(name, words.get(name, name), count, round(100 * count / most, 1))
        for name, count in sorted(counted.items(), key=lambda pair: -pair[1])
        if count
    )


def _presence(counts: list[tuple[datetime, Wire]]) -> Presence | None:
    """Return how many were there; None where it never was anybody."""
    sums = [(at, sum(int(n) for n in one.values())) for at, one in counts]
    most = max((count for _, count in sums), default=0)
    if most < FLOOR:
        return None
    minutes: Counter[str] = Counter()
    for _, one in counts:
        minutes.update({way: int(n) for way, n in one.items()})
    hours = {way: round(total / 60) for way, total in minutes.items()}
    starts_at, ends_at = sums[0][0], sums[-1][0]
    return Presence(
        most=most,
        hours=_bars(hours, _WAYS),
        line=_line(_thin(sums), most, starts_at, ends_at),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _thin(sums: list[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    step = max(1, len(sums) // _POINTS)
    return [*sums[::step], sums[-1]]


def _line(
    sums: Iterable[tuple[datetime, int]],
    most: int,
    starts_at: datetime,
    ends_at: datetime,
) -> str:
    whole = max((ends_at - starts_at).total_seconds(), 1.0)
    points = (
        f"{1000 * (at - starts_at).total_seconds() / whole:.0f},"
        f"{100 - 100 * count / most:.1f}"
        for at, count in sums
    )
    return " ".join(points)
