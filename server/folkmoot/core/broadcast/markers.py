"""Decisions on markers: agenda items, speakers and slides on the clock."""

from __future__ import annotations

from datetime import datetime

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.broadcast.airtime import delay_of, public_head
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.meeting.lifecycle import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import Marker, MeetingState


def add_marker(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AddMarker
) -> None:
    """Mark a point on the clock, now if no moment is given."""
    need_facilitator(actor, "set markers")
    room = need_room(state, command.room_id)
    marker_id = draft.ids.new("a")
    marked_at = utc(command.at) or draft.now
    waiting = marked_at > public_head(room, draft.now)
    draft.say(
        STAFF if waiting else PUBLIC,
        ev.MarkerAdded(
            marker_id=marker_id,
            room_id=room.room_id,
            kind=command.kind,
            marked_at=marked_at,
            content_id=draft.write(marker_id, label=command.label),
            waiting=waiting,
        ),
    )
    draft.data["marker_id"] = marker_id


def prepare_markers(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PrepareMarkers
) -> None:
    """Write down what will be marked; only staff read it before it is."""
    need_facilitator(actor, "set markers")
    room = need_room(state, command.room_id)
    items = [{"kind": item.kind, "label": item.label} for item in command.items]
    draft.say(
        STAFF,
        ev.MarkersPrepared(
            room_id=room.room_id,
            content_id=draft.write(f"prepared:{room.room_id}", items=items),
        ),
    )


def edit_marker(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditMarker,
    text: dict[str, object],
) -> None:
    """Correct a marker's label or moment."""
    need_facilitator(actor, "set markers")
    marker = _need_marker(state, command.marker_id)
    label = {} if command.label is None else {"label": command.label}
    draft.say(
        STAFF if marker.waiting else PUBLIC,
        ev.MarkerEdited(
            marker_id=marker.marker_id,
            marked_at=utc(command.at) or marker.marked_at,
            content_id=draft.write(marker.marker_id, **{**text, **label}),
        ),
    )


def remove_marker(
    state: MeetingState, draft: Decision, actor: Actor, marker_id: str
) -> None:
    """Take a marker off."""
    need_facilitator(actor, "set markers")
    marker = _need_marker(state, marker_id)
    feed = STAFF if marker.waiting else PUBLIC
    draft.say(feed, ev.MarkerRemoved(marker_id=marker_id))


def publish_markers(state: MeetingState, draft: Decision) -> None:
    """Publish what waited until the public sees its moment."""
    for marker in due_markers(state, draft.now):
        draft.say(STAFF, ev.MarkerReleased(marker_id=marker.marker_id))
        draft.say(
            PUBLIC,
            ev.MarkerAdded(
                marker_id=marker.marker_id,
                room_id=marker.room_id,
                kind=marker.kind,
                marked_at=marker.marked_at,
                content_id=marker.content_id,
            ),
        )


def due_markers(state: MeetingState, now: datetime) -> list[Marker]:
    """The waiting markers whose moment the public sees by now, in order."""
    due = [
        marker
        for marker in state.markers.values()
        if marker.waiting
        and marker.marked_at <= public_head(state.rooms[marker.room_id], now)
    ]
    return sorted(due, key=lambda marker: marker.marked_at)


def next_due_at(state: MeetingState) -> datetime | None:
    """When the next waiting marker is due; None if none waits."""
    return min(
        (
            marker.marked_at + delay_of(state.rooms[marker.room_id])
            for marker in state.markers.values()
            if marker.waiting
        ),
        default=None,
    )


def _need_marker(state: MeetingState, marker_id: str) -> Marker:
    if (marker := state.markers.get(marker_id)) is None:
        raise Refusal("no_such_marker", "There is no such marker.")
    return marker
