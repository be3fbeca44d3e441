"""The team's back channel: one tap, heard by those whom it concerns, taken up by one.

Cameras, captioners, hosts and reporters are no staff and must not read the staff
feed; a signal stands there and in the own feed of each who looks after the room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import STAFF, member_feed
from folkmoot.core.meeting.lifecycle import need_room
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState

_STAFF_DUTIES = frozenset({"organise", "facilitate", "moderate"})


def send_signal(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.SendSignal
) -> None:
    """Tell the team something about a room, or about all of them."""
    _need_team(actor)
    room_id = command.room_id
    if room_id is not None:
        need_room(state, room_id)
    signal_id = draft.ids.new("g")
    event = ev.SignalSent(
        signal_id=signal_id,
        signal=command.signal,
        room_id=room_id,
        by_id=actor.member_id,
        content_id=draft.write(signal_id, name=actor.name, text=command.text),
    )
    for feed in _feeds(state, room_id, actor.member_id):
        draft.say(feed, event)
    draft.data["signal_id"] = signal_id


def see_signal(
    state: MeetingState, draft: Decision, actor: Actor, signal_id: str
) -> None:
    """Take a signal up; the first who does stands beside it."""
    _need_team(actor)
    signal = state.signals.get(signal_id)
    if signal is None:
        raise Refusal("no_such_signal", "There is no such signal any more.")
    if not actor.staff and not _concerns(signal.room_id, actor.duties):
        raise Refusal("not_allowed", "This signal is for those who look after it.")
    if signal.seen_id is not None:
        return
    event = ev.SignalSeen(
        signal_id=signal_id, content_id=draft.write(signal_id, name=actor.name)
    )
    for feed in _feeds(state, signal.room_id, signal.by_id):
        draft.say(feed, event)


def _need_team(actor: Actor) -> None:
    if not actor.staff and not actor.duties:
        raise Refusal("not_allowed", "Signals are for the team of this meeting.")


def _feeds(
    state: MeetingState, room_id: str | None, sender_id: str | None
) -> Iterator[str]:
    """The feeds of those who hear of it; staff read theirs already."""
    yield STAFF
    for member_id, duties in sorted(state.duties.items()):
        if _STAFF_DUTIES.intersection(duties):
            continue
        if member_id == sender_id or _concerns(room_id, duties):
            yield member_feed(member_id)


def _concerns(room_id: str | None, duties: Collection[str]) -> bool:
    """Whether somebody with these duties looks after a room; null: any room."""
    if room_id is None:
        return bool(duties)
    if f"camera:{room_id}" in duties or f"caption:{room_id}" in duties:
        return True
    # Hosts and reporters go from room to room.
    return any(duty == "report" or duty.startswith("host:") for duty in duties)
