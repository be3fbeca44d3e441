"""What a contribution speaks to: its thread, and a moment of a room."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from folkmoot.core import commands as cmd
from folkmoot.core.board.sessions import need_standing
from folkmoot.core.broadcast.airtime import public_head
from folkmoot.core.meeting.lifecycle import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import Contribution, MeetingState

MEETING_THREAD = "meeting"


class Moment(NamedTuple):
    """A room and when; without a room it holds for all that were on air then."""

    room_id: str | None = None
    at: datetime | None = None


def need_thread(state: MeetingState, thread: str) -> str:
    """Return the thread; that of a merged session is the other's."""
    kind, _, item_id = thread.partition(":")
    if thread == MEETING_THREAD:
        return thread
    if kind == "session":
        return f"session:{need_standing(state, item_id).session_id}"
    marker = state.markers.get(item_id)
    if kind == "agenda" and marker and marker.kind == "agenda" and not marker.waiting:
        return thread
    if kind == "agenda" and room_of_item(state, item_id) is not None:
        return thread
    raise Refusal("no_such_thread", "There is no such thread in this meeting.")


def find_moment(
    state: MeetingState,
    command: cmd.PostContribution,
    thread: str,
    parent: Contribution | None,
    now: datetime,
) -> Moment:
    """Return the moment that a contribution speaks to.

    What its author says; a reply's is its parent's; else what the public sees now,
    or where the thread's subject begins in the recording.
    """
    room_id = command.room_id and need_room(state, command.room_id).room_id
    if command.at is not None:
        return Moment(room_id, min(utc(command.at) or now, now))
    if parent is not None:
        return Moment(parent.room_id, parent.about_at)
    begun = _begin(state, thread)
    rooms = [room_id or begun.room_id] if room_id or begun.room_id else [*state.rooms]
    on_air = [key for key in rooms if key and state.rooms[key].channel == "on"]
    if not on_air:
        return begun if begun.at else Moment()
    at = min(public_head(state.rooms[key], now) for key in on_air)
    return Moment(on_air[0] if len(on_air) == 1 else None, at)


def _begin(state: MeetingState, thread: str) -> Moment:
    """Return where and when a thread's subject begins, as far as it is known."""
    kind, _, item_id = thread.partition(":")
    if kind == "agenda":
        marker = state.markers.get(item_id)
        if marker is None or marker.waiting:
            return Moment(room_of_item(state, item_id))
        return Moment(marker.room_id, marker.marked_at)
    if kind == "session":
        session = state.sessions[item_id]
        if session.spans:
            return Moment(session.spans[-1].room_id, session.spans[-1].from_at)
    return Moment()


def room_of_item(state: MeetingState, item_id: str) -> str | None:
    """Return the room on whose published agenda an item stands, if any."""
    for agenda in state.agenda.values():
        if item_id in agenda.item_ids:
            return agenda.room_id
    return None
