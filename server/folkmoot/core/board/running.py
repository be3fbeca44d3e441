"""Decisions on sessions as they happen: begin, end, last longer, who is where."""

from __future__ import annotations

from datetime import datetime, timedelta

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.notices import tell, who_cares
from folkmoot.core.board.sessions import (
    hosts,
    need_member,
    need_standing,
)
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import BALLOTS, PUBLIC, member_feed
from folkmoot.core.meeting.lifecycle import need_room, need_slot, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import MeetingState, Session, Slot

MOST_HOURS = 6
_FOLLOWING_HOURS = 12


def start_session(
    state: MeetingState, draft: Decision, actor: Actor, session_id: str
) -> None:
    """Say that a session begins now; a facilitator thereby ends what was there."""
    session = need_run(state, actor, session_id)
    if state.phase != "live":
        raise Refusal("not_open", "The meeting isn't open.")
    if session.room_id is None:
        raise Refusal("not_placed", "Give the session a room and a time first.")
    if session.running:
        return
    other = running_in(state, session.room_id)
    if other is not None:
        if not (actor.facilitates or hosts(actor, other)):
            raise Refusal(
                "room_in_use",
                "Another session is still on in this room. Ask its host to end it.",
                data={"session_id": other.session_id},
            )
        draft.say(PUBLIC, ev.SessionFinished(session_id=other.session_id))
    draft.say(
        PUBLIC,
        ev.SessionStarted(session_id=session.session_id, room_id=session.room_id),
    )


def finish_session(
    state: MeetingState, draft: Decision, actor: Actor, session_id: str
) -> None:
    """Say that a session ends now."""
    session = need_run(state, actor, session_id)
    if session.running:
        draft.say(PUBLIC, ev.SessionFinished(session_id=session.session_id))


def extend_session(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.ExtendSession
) -> None:
    """Let a session last until another moment, as long as nobody needs its room."""
    session = need_run(state, actor, command.session_id)
    slot = state.slots.get(session.slot_id or "")
    if slot is None:
        raise Refusal("not_placed", "Give the session a room and a time first.")
    until_at = utc(command.until_at)
    if until_at is not None:
        latest = slot.ends_at + timedelta(hours=MOST_HOURS)
        if not slot.starts_at < until_at <= latest:
            raise Refusal("bad_time", "A session ends after it starts, the same day.")
        following = next_in_room(state, session)
        if following is not None and until_at > following[1].starts_at:
            data = {"session_id": following[0].session_id}
            if not actor.facilitates:
                raise Refusal(
                    "room_needed",
                    "The next session needs the room then. "
                    "A facilitator can move the times that follow.",
                    data=data,
                )
            draft.data["overlaps"] = following[0].session_id
    if until_at != session.until_at:
        draft.say(
            PUBLIC,
            ev.SessionExtended(session_id=session.session_id, until_at=until_at),
        )


def shift_times(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.ShiftTimes
) -> None:
    """Move a time and all that follow it that day; those concerned are told."""
    need_facilitator(actor, "move times")
    first = need_slot(state, command.slot_id)
    if not command.minutes:
        return
    by = timedelta(minutes=command.minutes)
    last = first.starts_at + timedelta(hours=_FOLLOWING_HOURS)
    for slot in state.slots.values():
        if not first.starts_at <= slot.starts_at <= last:
            continue
        draft.say(
            PUBLIC,
            ev.SlotEdited(
                slot_id=slot.slot_id,
                content_id=slot.content_id,
                starts_at=slot.starts_at + by,
                ends_at=slot.ends_at + by,
                kind=slot.kind,
            ),
        )
        for session in state.sessions.values():
            if session.slot_id == slot.slot_id:
                concerned = who_cares(state, session) - {actor.member_id or ""}
                tell(
                    draft,
                    "time_changed",
                    session,
                    concerned,
                    room_id=session.room_id,
                    slot_id=session.slot_id,
                )


def set_here(
    state: MeetingState, draft: Decision, actor: Actor, room_id: str | None
) -> None:
    """Say in which room one is; who is where stays with each, rooms have counts."""
    member_id = need_member(actor)
    room = need_room(state, room_id).room_id if room_id is not None else None
    if state.places.get(member_id) == room:
        return
    event = ev.HereSet(member_id=member_id, room_id=room)
    draft.say(BALLOTS, event)
    draft.say(member_feed(member_id), event)


def running_in(state: MeetingState, room_id: str) -> Session | None:
    """Return the session that is on in a room now."""
    for session in state.sessions.values():
        if session.running and session.spans[-1].room_id == room_id:
            return session
    return None


def next_in_room(state: MeetingState, session: Session) -> tuple[Session, Slot] | None:
    """Return what stands in the same room after a session, the first of it."""
    slot = state.slots.get(session.slot_id or "")
    if slot is None:
        return None
    later = [
        (other, theirs)
        for other in state.sessions.values()
        if other.room_id == session.room_id
        and (theirs := state.slots.get(other.slot_id or "")) is not None
        and theirs.starts_at >= slot.ends_at
    ]
    return min(later, key=lambda pair: pair[1].starts_at, default=None)


def ends_at(session: Session, slot: Slot) -> datetime:
    """Return when a session is to end: as extended, else as its time says."""
    return session.until_at or slot.ends_at


def need_run(state: MeetingState, actor: Actor, session_id: str) -> Session:
    """Return a session that the actor may run: its hosts or a facilitator."""
    session = need_standing(state, session_id)
    if not (hosts(actor, session) or actor.facilitates):
        raise Refusal(
            "not_your_session", "Only its hosts or a facilitator run a session."
        )
    return session
