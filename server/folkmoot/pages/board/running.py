"""A session as it happens: how long it still lasts, who waits, when it really was."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from folkmoot.pages.board.timetable import SessionView, TimeState, text_of
from folkmoot.pages.frame.visits import Visit
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none, wire_moment

Wire = Mapping[str, Any]
RunState = Literal["none", "waiting", "running", "over"]
Prompt = Literal["", "ten", "five", "over"]
LONGER_MINUTES = (5, 10, 15)
_LATE_MINUTES = 3
_TEN, _FIVE = timedelta(minutes=10), timedelta(minutes=5)


class HandView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits for the word."""

    hand_id: str
    name: str
    raised_at: datetime
    mine: bool = False


class SpanView(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a session really was; `watch_url` plays it, if anything does."""

    room_name: str
    from_at: datetime
    to_at: datetime | None
    watch_url: str = ""


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """How a session does now.

    `late` are the minutes by which it began late, `following` what stands in the
    room next; `longer` are ends that one can choose, with their minutes.
    """

    session_id: str
    state: RunState
    may_run: bool = False
    began_at: datetime | None = None
    ends_at: datetime | None = None
    prompt: Prompt = ""
    minutes_left: int = 0
    late: int = 0
    extended: bool = False
    following: str = ""
    following_at: datetime | None = None
    following_slot: str = ""
    longer: tuple[tuple[int, datetime], ...] = ()
    hands: tuple[HandView, ...] = ()
    my_hand: str = ""
    here: int = 0
    am_here: bool = False
    room_id: str = ""
    spans: tuple[SpanView, ...] = ()

    @property
    def over_by(self) -> int:
        """By how many minutes it lasts too long."""
        return max(0, -self.minutes_left)


def view_run(visit: Visit, session: SessionView) -> RunView:
    """Return how a session does now, as this reader sees it."""
    wire = visit.state["sessions"][session.session_id]
    now = visit.moments.now
    spans = wire["spans"]
    running = bool(spans) and spans[-1]["to_at"] is None
    may_run = _may_run(visit, wire)
    hands = _view_hands(visit, session.session_id)
    room_id = session.room_id or ""
    places = visit.own.get("places", {})
    base = RunView(
        session_id=session.session_id,
        state=_state(session, running=running, was=bool(spans)),
        may_run=may_run and visit.head.phase != "ended",
        hands=hands,
        my_hand=next((hand.hand_id for hand in hands if hand.mine), ""),
        here=int(visit.state["here"].get(room_id, 0)),
        am_here=bool(room_id) and room_id in places.values(),
        room_id=room_id,
        spans=_view_spans(visit, spans),
        began_at=read_moment(spans[-1]["from_at"]) if running else None,
    )
    if session.ends_at is None or session.starts_at is None:
        return base
    ends_at = read_moment_or_none(wire["until_at"]) or session.ends_at
    following = _following(visit, session)
    late = 0
    if base.began_at is not None and len(spans) == 1:
        late = int((base.began_at - session.starts_at).total_seconds() // 60)
    left = ends_at - now
    return msgspec.structs.replace(
        base,
        ends_at=ends_at,
        extended=wire["until_at"] is not None,
        minutes_left=math.ceil(left.total_seconds() / 60),
        prompt=_prompt(left) if running else "",
        late=late if late >= _LATE_MINUTES else 0,
        following=following.title if following else "",
        following_at=following.starts_at if following else None,
        following_slot=(following.slot_id or "") if following else "",
        longer=tuple(
            (minutes, _whole_minute(max(ends_at, now) + timedelta(minutes=minutes)))
            for minutes in LONGER_MINUTES
        ),
    )


def current_session(visit: Visit, room_id: str) -> SessionView | None:
    """Return what is on in a room: what was begun, else what its time says."""
    timetable = visit.timetable
    for session_id, wire in visit.state["sessions"].items():
        spans = wire["spans"]
        if spans and spans[-1]["to_at"] is None and spans[-1]["room_id"] == room_id:
            return timetable.find(session_id)
    states: tuple[TimeState, ...] = ("now", "next")
    for state in states:
        for session in timetable.at(state):
            if session.room_id == room_id:
                return session
    return None


def _state(session: SessionView, *, running: bool, was: bool) -> RunState:
    if running:
        return "running"
    if was or session.state == "past":
        return "over"
    return "waiting" if session.slot_id is not None else "none"


def _may_run(visit: Visit, wire: Wire) -> bool:
    me = visit.me
    if me is None:
        return False
    hosts = {wire["host_id"], *wire["cohost_ids"]} - {None}
    return (
        me.facilitates
        or me.member_id in hosts
        or f"host:{wire['session_id']}" in me.duties
    )


def _prompt(left: timedelta) -> Prompt:
    if left <= timedelta(0):
        return "over"
    if left <= _FIVE:
        return "five"
    return "ten" if left <= _TEN else ""


def _whole_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _following(visit: Visit, session: SessionView) -> SessionView | None:
    later = [
        other
        for other in visit.timetable.placed
        if other.room_id == session.room_id
        and other.starts_at is not None
        and session.ends_at is not None
        and other.starts_at >= session.ends_at
    ]
    return later[0] if later else None


def _view_hands(visit: Visit, session_id: str) -> tuple[HandView, ...]:
    me = visit.me.member_id if visit.me else None
    hands = [
        HandView(
            hand_id=hand["hand_id"],
            name=text_of(hand, "name") or "Somebody",
            raised_at=read_moment(hand["raised_at"]),
            mine=me is not None and hand["member_id"] == me,
        )
        for hand in visit.state["hands"].values()
        if hand["session_id"] == session_id
    ]
    return tuple(sorted(hands, key=lambda hand: hand.raised_at))


def _view_spans(visit: Visit, spans: list[Wire]) -> tuple[SpanView, ...]:
    found = []
    for span in spans:
        room = next((r for r in visit.rooms if r.room_id == span["room_id"]), None)
        from_at = read_moment(span["from_at"])
        watch = ""
        if room is not None and room.playable:
            query = urlencode({"room": room.slug, "at": wire_moment(from_at)})
            watch = f"/m/{visit.head.slug}?{query}"
        found.append(
            SpanView(
                room_name=room.name if room else "",
                from_at=from_at,
                to_at=read_moment_or_none(span["to_at"]),
                watch_url=watch,
            )
        )
    return tuple(found)
