"""Fold what happened to broadcasts and recordings into a meeting's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.folds import folds

if TYPE_CHECKING:
    from datetime import datetime

    from folkmoot.core.state import MeetingState


def note_airing(room: st.Room, at: datetime) -> None:
    """Keep what the broadcast is now, and what a public that is behind still sees."""
    airing = st.Airing(at=at, channel=room.channel, connected=room.connected)
    # Of what is older than the longest delay the last one is enough.
    older = [each for each in room.airings if at - each.at > st.LONGEST_DELAY]
    newer = room.airings[len(older) :]
    room.airings = (*older[-1:], *newer, airing)[-st.AIRINGS_KEPT :]


def end_pause(room: st.Room, at: datetime) -> None:
    """What is seen from now on may be public."""
    if room.pauses and room.pauses[-1].to_at is None:
        last = msgspec.structs.replace(room.pauses[-1], to_at=at)
        room.pauses = (*room.pauses[:-1], last)


@folds(ev.ChannelStarted, ev.ChannelReleased)
def _on_air(
    state: MeetingState, event: ev.ChannelStarted | ev.ChannelReleased, at: datetime
) -> None:
    if room := state.rooms.get(event.room_id):
        room.channel = "on"
        room.connected = event.connected
        room.reason_id = None
        room.held_from = None
        room.channel_changed_at = at
        room.ever_on_air = True
        end_pause(room, at)
        note_airing(room, at)


@folds(ev.ChannelHeld)
def _held(state: MeetingState, event: ev.ChannelHeld, at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.channel = "hold"
        room.reason_id = event.content_id
        room.channel_changed_at = at
        room.held_from = event.from_at
        end_pause(room, at)
        room.pauses = (*room.pauses, st.Pause(from_at=at))
        note_airing(room, at)
        if event.cut_id is not None and event.from_at is not None:
            room.cuts[event.cut_id] = st.CutSpan(
                from_at=event.from_at, to_at=at, made_at=at, category="hold"
            )


@folds(ev.ChannelStopped)
def _stopped(state: MeetingState, event: ev.ChannelStopped, at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.channel = "off"
        room.reason_id = None
        room.held_from = None
        room.channel_changed_at = at
        end_pause(room, at)
        note_airing(room, at)


@folds(ev.ChannelDelayed)
def _delayed(state: MeetingState, event: ev.ChannelDelayed, _at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.delay_seconds = event.seconds


@folds(ev.CutRequested)
def _cut_requested(state: MeetingState, event: ev.CutRequested, at: datetime) -> None:
    state.cut_requests[event.cut_id] = st.CutRequest(
        cut_id=event.cut_id,
        room_id=event.room_id,
        from_at=event.from_at,
        to_at=event.to_at,
        content_id=event.content_id,
        asked_at=at,
        member_id=event.member_id,
    )


@folds(ev.CutDeclined)
def _cut_declined(state: MeetingState, event: ev.CutDeclined, _at: datetime) -> None:
    if request := state.cut_requests.get(event.cut_id):
        request.declined_id = event.content_id


@folds(ev.RecordingCut)
def _cut(state: MeetingState, event: ev.RecordingCut, at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.cuts[event.cut_id] = st.CutSpan(
            from_at=event.from_at,
            to_at=event.to_at,
            made_at=at,
            category=event.category,
        )


@folds(ev.RecordingRestored)
def _restored(state: MeetingState, event: ev.RecordingRestored, _at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.cuts.pop(event.cut_id, None)


@folds(ev.SourceChanged)
def _source(state: MeetingState, event: ev.SourceChanged, at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.connected = event.connected
        note_airing(room, at)


@folds(ev.RecordingChanged)
def _recording(state: MeetingState, event: ev.RecordingChanged, _at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.recording_revision += 1


@folds(ev.TranscriptChanged)
def _transcript(
    state: MeetingState, event: ev.TranscriptChanged, _at: datetime
) -> None:
    if room := state.rooms.get(event.room_id):
        room.transcript_revision = event.revision


@folds(ev.MarkerAdded)
def _marker_added(state: MeetingState, event: ev.MarkerAdded, _at: datetime) -> None:
    state.markers[event.marker_id] = st.Marker(
        marker_id=event.marker_id,
        room_id=event.room_id,
        kind=event.kind,
        marked_at=event.marked_at,
        content_id=event.content_id,
        waiting=event.waiting,
    )


@folds(ev.MarkerEdited)
def _marker_edited(state: MeetingState, event: ev.MarkerEdited, _at: datetime) -> None:
    if marker := state.markers.get(event.marker_id):
        marker.content_id = event.content_id
        marker.marked_at = event.marked_at


@folds(ev.MarkerRemoved, ev.MarkerReleased)
def _marker_removed(
    state: MeetingState, event: ev.MarkerRemoved | ev.MarkerReleased, _at: datetime
) -> None:
    # A released one leaves the staff's list; the public entry brings it back.
    state.markers.pop(event.marker_id, None)


@folds(ev.AgendaPublished)
def _agenda_published(
    state: MeetingState, event: ev.AgendaPublished, _at: datetime
) -> None:
    state.agenda.pop(event.room_id, None)
    if event.item_ids:
        state.agenda[event.room_id] = st.Agenda(
            room_id=event.room_id,
            content_id=event.content_id,
            item_ids=event.item_ids,
        )


@folds(ev.MarkersPrepared)
def _markers_prepared(
    state: MeetingState, event: ev.MarkersPrepared, _at: datetime
) -> None:
    state.prepared[event.room_id] = st.Preparation(
        room_id=event.room_id, content_id=event.content_id
    )
