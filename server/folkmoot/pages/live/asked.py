"""Quick questions as one reader sees them, with what may be told of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from folkmoot.core.live.questions import HIDDEN, SCALE
from folkmoot.pages.frame.visits import Visit
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none, wire_moment

Wire = Mapping[str, Any]
AUDIENCES = {"room": "In the room", "remote": "Elsewhere", "all": "Everybody"}


class BarView(msgspec.Struct, frozen=True, kw_only=True):
    """An answer and how often it was chosen; `hidden`: too few to say.

    `share` is in hundredths of what is told; `count` is known at the end.
    """

    label: str
    share: int
    count: int | None
    hidden: bool


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of one audience."""

    title: str
    bars: tuple[BarView, ...]
    total: int | None


class AskedView(msgspec.Struct, frozen=True, kw_only=True):
    """A quick question as one reader sees it.

    `state`: prepared, ahead, open or closed.
    """

    question_id: str
    text: str
    kind: str
    options: tuple[str, ...]
    state: str
    results: str
    by_audience: bool
    room_name: str
    opened_at: datetime
    closed_at: datetime | None
    mine: int | None
    audience: str
    rows: tuple[RowView, ...]
    settled: bool
    late: int | None


def view_asked(visit: Visit) -> tuple[AskedView, ...]:
    """Return what was asked, the newest first.

    `ahead` is what the public, which is behind by the room's delay, hasn't seen yet.
    """
    views = [
        view_one(visit, question, state=_state_of(visit, question))
        for question in visit.state["questions"].values()
    ]
    return tuple(sorted(views, key=lambda view: view.opened_at, reverse=True))


def view_one(visit: Visit, question: Wire, *, state: str) -> AskedView:
    """Return a question with what may be told of it."""
    key = question["question_id"]
    content = question["content"] or {}
    labels = labels_of(question)
    member_id = visit.me.member_id if visit.me else None
    ballot = visit.own.get("question_ballots", {}).get(key, {}).get(member_id) or {}
    here = visit.own.get("places", {}).get(member_id)
    room = visit.state["rooms"].get(question["room_id"] or "")
    late = question["late"]
    return AskedView(
        question_id=key,
        text=content.get("text", ""),
        kind=question["kind"],
        options=labels,
        state=state,
        results=question["results"],
        by_audience=question["by_audience"],
        room_name=((room or {}).get("content") or {}).get("name", ""),
        opened_at=read_moment(question["opened_at"]),
        closed_at=read_moment_or_none(question["closed_at"]),
        mine=ballot.get("choice"),
        audience=ballot.get("audience") or ("room" if here else ""),
        rows=_rows(question, labels),
        settled=question["settled"],
        late=None if late == HIDDEN else late,
    )


def _rows(question: Wire, labels: tuple[str, ...]) -> tuple[RowView, ...]:
    counts, shares = question["counts"], question["shares"]
    rows = []
    for audience, told in (counts or shares).items():
        whole = sum(number for number in told if number != HIDDEN) or 1
        total = question["totals"].get(audience, HIDDEN)
        bars = tuple(
            BarView(
                label=label,
                share=0 if number == HIDDEN else round(number * 100 / whole),
                count=number if counts and number != HIDDEN else None,
                hidden=number == HIDDEN,
            )
            for label, number in zip(labels, told, strict=True)
        )
        rows.append(
            RowView(
                title=AUDIENCES[audience],
                bars=bars,
                total=None if total == HIDDEN else total,
            )
        )
    return tuple(rows)


def labels_of(question: Wire) -> tuple[str, ...]:
    content = question["content"] or {}
    if question["kind"] == "scale":
        ends = {1: content.get("low"), SCALE: content.get("high")}
        return tuple(
            f"{number}: {ends[number]}" if ends.get(number) else str(number)
            for number in range(1, SCALE + 1)
        )
    return tuple(content.get("options") or map(str, range(question["options"])))


def _state_of(visit: Visit, question: Wire) -> str:
    now = visit.moments.now
    until = question["answers_until"]
    if until is not None and until <= wire_moment(now):
        return "closed"
    behind = timedelta() if _is_inside(visit, question) else _delay(visit, question)
    return "ahead" if read_moment(question["opened_at"]) + behind > now else "open"


def _is_inside(visit: Visit, question: Wire) -> bool:
    """Whether it is asked where the reader is: who said so, answered, or runs it."""
    if visit.query.get("here") == "room":
        return True
    if visit.me is None:
        return False
    member_id = visit.me.member_id
    ballots = visit.own.get("question_ballots", {}).get(question["question_id"], {})
    here = visit.own.get("places", {}).get(member_id)
    return (
        visit.me.moderates
        or member_id in ballots
        or (here is not None and question["room_id"] in {None, here})
    )


def _delay(visit: Visit, question: Wire) -> timedelta:
    """How far behind the public is where it is asked."""
    rooms = visit.state["rooms"].values()
    delays = (
        room["delay_seconds"]
        for room in rooms
        if question["room_id"] in {None, room["room_id"]}
    )
    return timedelta(seconds=max(delays, default=0.0))
