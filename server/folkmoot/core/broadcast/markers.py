"""Decisions on markers: agenda items, speakers and slides on the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.broadcast.airtime import delay_of, public_head
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.meeting.lifecycle import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import Marker, MeetingState


def add_marker(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.AddMarker,
    shelf: Shelf,
) -> None:
    """Mark a point on the clock, now if no moment is given.

    An item of the published agenda that isn't marked yet stays the same item.
    """
    need_facilitator(actor, "set markers")
    room = need_room(state, command.room_id)
    announced = _announced(state, shelf, room.room_id) if _is_item(command) else {}
    marker_id = next(
        (
            item_id
            for item_id, label in announced.items()
            if label == command.label and item_id not in state.markers
        ),
        None,
    ) or draft.ids.new("a")
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
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.PrepareMarkers,
    shelf: Shelf,
) -> None:
    """Write down what will be marked; only staff read it, unless it is published."""
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
    labels = [item.label for item in command.items if _is_item(item)]
    _publish(state, draft, shelf, room.room_id, labels if command.published else [])


def _publish(
    state: MeetingState, draft: Decision, shelf: Shelf, room_id: str, labels: list[str]
) -> None:
    """Let everyone read a room's agenda as it is now, and nothing else of it."""
    before = _announced(state, shelf, room_id)
    if labels == [*before.values()]:
        return
    item_id = f"agenda:{room_id}"
    draft.erased.extend(shelf.written(item_id))
    draft.say(
        PUBLIC,
        ev.AgendaPublished(
            room_id=room_id,
            content_id=draft.write(item_id, labels=labels),
            item_ids=tuple(
                kept or draft.ids.new("a") for kept in _kept(before, labels)
            ),
        ),
    )


def _kept(before: Mapping[str, str], labels: list[str]) -> list[str | None]:
    """Return under which ids items stand already: by their words, else their place.

    What was written to an item stays with it when it moves or is reworded.
    """
    left = dict(before)
    kept: list[str | None] = []
    for label in labels:
        found = next((key for key, words in left.items() if words == label), None)
        kept.append(found)
        if found is not None:
            del left[found]
    for number, old in enumerate([*before][: len(labels)]):
        if kept[number] is None and old in left:
            kept[number] = old
    return kept


def _announced(state: MeetingState, shelf: Shelf, room_id: str) -> dict[str, str]:
    """Return the labels of a room's published agenda, by item."""
    if (agenda := state.agenda.get(room_id)) is None:
        return {}
    labels = shelf.text(agenda.content_id).get("labels", [])
    return dict(zip(agenda.item_ids, labels, strict=False))


def _is_item(wanted: cmd.AddMarker | cmd.PreparedMarker) -> bool:
    return wanted.kind == "agenda"


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
