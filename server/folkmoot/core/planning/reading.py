"""A meeting as a problem to plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from folkmoot.core.planning.problem import Card, Hall, Problem, Time

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState, Session


def read_problem(
    state: MeetingState,
    *,
    now: datetime,
    tags: Mapping[str, Sequence[str]] | None = None,
    named: Collection[str] = (),
) -> Problem:
    """Return the board of a whole journal's state; `tags` are those of each session.

    `named` are times with a name of their own. Where only some have one (Opening,
    Lunch), those are for something else unless a session stands there already.

    Votes lie where nobody reads them, so only the server can ask this. A time that
    has begun, and all of them once the meeting is over, are no longer open.
    """
    in_use = {session.slot_id for session in state.sessions.values()}
    special = set(named) - in_use
    if special >= {
        slot_id for slot_id, s in state.slots.items() if s.kind == "session"
    }:
        special = set()
    times = tuple(
        Time(
            slot_id=slot.slot_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            open=slot.starts_at > now and state.phase != "ended",
        )
        for slot in state.slots.values()
        if slot.kind == "session" and slot.slot_id not in special
    )
    return Problem(
        rooms=tuple(
            Hall(room_id=room.room_id, capacity=room.capacity, features=room.features)
            for room in state.rooms.values()
        ),
        times=times,
        cards=tuple(
            _card(state, session, (tags or {}).get(session.session_id, ()))
            for session in state.sessions.values()
        ),
        closed=frozenset(
            (room.room_id, time.slot_id)
            for room in state.rooms.values()
            if room.closed
            for time in times
        ),
    )


def _card(state: MeetingState, session: Session, tags: Sequence[str]) -> Card:
    votes = state.interest_votes.get(session.session_id, {})
    place = None
    if session.room_id is not None and session.slot_id is not None:
        place = (session.room_id, session.slot_id)
    return Card(
        session_id=session.session_id,
        version=session.version,
        hosts=session.host_ids,
        voters=tuple(votes),
        needs=session.needs,
        wished=session.wished,
        tags=tuple(tags),
        place=place,
        pinned=session.pinned,
    )
