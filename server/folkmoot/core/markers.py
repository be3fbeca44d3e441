"""Decisions on markers: agenda items, speakers and slides on the clock."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.meeting import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import Marker, MeetingState


def add_marker(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AddMarker
) -> None:
    """Mark a point on the clock, now if no moment is given."""
    _need_facilitator(actor)
    room = need_room(state, command.room_id)
    marker_id = draft.ids.new("a")
    draft.say(
        PUBLIC,
        ev.MarkerAdded(
            marker_id=marker_id,
            room_id=room.room_id,
            kind=command.kind,
            marked_at=utc(command.at) or draft.now,
            content_id=draft.write(marker_id, label=command.label),
        ),
    )
    draft.data["marker_id"] = marker_id


def prepare_markers(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PrepareMarkers
) -> None:
    """Write down what will be marked; only staff read it before it is."""
    _need_facilitator(actor)
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
    _need_facilitator(actor)
    marker = _need_marker(state, command.marker_id)
    label = {} if command.label is None else {"label": command.label}
    draft.say(
        PUBLIC,
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
    _need_facilitator(actor)
    _need_marker(state, marker_id)
    draft.say(PUBLIC, ev.MarkerRemoved(marker_id=marker_id))


def _need_marker(state: MeetingState, marker_id: str) -> Marker:
    if (marker := state.markers.get(marker_id)) is None:
        raise Refusal("no_such_marker", "There is no such marker.")
    return marker


def _need_facilitator(actor: Actor) -> None:
    if not actor.facilitates:
        raise Refusal("not_allowed", "Only organisers and facilitators set markers.")
