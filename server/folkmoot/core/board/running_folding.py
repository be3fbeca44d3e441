"""Fold the facts of running sessions: when they were, who waits, what was noted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.folds import folds

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState, Session


@folds(ev.SessionStarted)
def _started(state: MeetingState, event: ev.SessionStarted, at: datetime) -> None:
    if session := state.sessions.get(event.session_id):
        session.spans = (*session.spans, st.Span(room_id=event.room_id, from_at=at))


@folds(ev.SessionFinished)
def _finished(state: MeetingState, event: ev.SessionFinished, at: datetime) -> None:
    if session := state.sessions.get(event.session_id):
        close_span(session, at)
        lower_hands(state, event.session_id)


@folds(ev.SessionExtended)
def _extended(state: MeetingState, event: ev.SessionExtended, _at: datetime) -> None:
    if session := state.sessions.get(event.session_id):
        session.until_at = event.until_at


def close_span(session: Session, at: datetime) -> None:
    """End where a session is now."""
    if session.running:
        last = msgspec.structs.replace(session.spans[-1], to_at=at)
        session.spans = (*session.spans[:-1], last)


def follow_move(session: Session, room_id: str | None, at: datetime) -> None:
    """Go on in another room, or end, where a running session was moved."""
    if not session.running or session.spans[-1].room_id == room_id:
        return
    close_span(session, at)
    if room_id is not None:
        session.spans = (*session.spans, st.Span(room_id=room_id, from_at=at))


def join_spans(session: Session, gone: Session, at: datetime) -> None:
    """Keep when a session was that became part of this one."""
    if not gone.spans:
        return
    was_running = session.running
    close_span(gone, at)
    open_span = session.spans[-1:] if was_running else ()
    closed = (*session.spans[: len(session.spans) - len(open_span)], *gone.spans)
    ordered = sorted(closed, key=lambda span: span.from_at)
    session.spans = (*ordered, *open_span)


def lower_hands(state: MeetingState, session_id: str) -> None:
    """Nobody waits any more in a session that is over."""
    for hand in list(state.hands.values()):
        if hand.session_id == session_id:
            del state.hands[hand.hand_id]


def move_notes(state: MeetingState, merged_id: str, session_id: str) -> None:
    """What was noted and who waits goes along into another session."""
    for items in (state.notes, state.hands):
        for item in items.values():
            if item.session_id == merged_id:
                item.session_id = session_id


def forget_session(state: MeetingState, session_id: str) -> None:
    """Forget what belonged to a session that is gone for good."""
    lower_hands(state, session_id)
    for note in list(state.notes.values()):
        if note.session_id == session_id:
            del state.notes[note.note_id]


@folds(ev.HandRaised)
def _raised(state: MeetingState, event: ev.HandRaised, at: datetime) -> None:
    state.hands[event.hand_id] = st.Hand(
        hand_id=event.hand_id,
        session_id=event.session_id,
        member_id=event.member_id,
        content_id=event.content_id,
        raised_at=at,
    )


@folds(ev.HandLowered)
def _lowered(state: MeetingState, event: ev.HandLowered, _at: datetime) -> None:
    state.hands.pop(event.hand_id, None)


@folds(ev.ContributionReadAloud)
def _read_aloud(
    state: MeetingState, event: ev.ContributionReadAloud, at: datetime
) -> None:
    if contribution := state.contributions.get(event.contribution_id):
        contribution.read_aloud_at = at


@folds(ev.NoteAdded)
def _note_added(state: MeetingState, event: ev.NoteAdded, at: datetime) -> None:
    state.notes[event.note_id] = st.Note(
        note_id=event.note_id,
        session_id=event.session_id,
        kind=event.kind,
        content_id=event.content_id,
        author_id=event.author_id,
        due=event.due,
        image_id=event.image_id,
        width=event.width,
        height=event.height,
        contribution_id=event.contribution_id,
        room_id=event.room_id,
        spoken_at=event.spoken_at,
        added_at=at,
    )


@folds(ev.NoteEdited)
def _note_edited(state: MeetingState, event: ev.NoteEdited, at: datetime) -> None:
    if note := state.notes.get(event.note_id):
        note.content_id = event.content_id
        note.version = event.version
        note.kind = event.kind
        note.due = event.due
        note.edited_at = at
        note.removed = False


@folds(ev.NoteRemoved)
def _note_removed(state: MeetingState, event: ev.NoteRemoved, at: datetime) -> None:
    if event.erased:
        state.notes.pop(event.note_id, None)
    elif note := state.notes.get(event.note_id):
        note.version = event.version
        note.edited_at = at
        note.removed = True


@folds(ev.HereSet)
def _here(state: MeetingState, event: ev.HereSet, _at: datetime) -> None:
    if event.room_id is None:
        state.places.pop(event.member_id, None)
    else:
        state.places[event.member_id] = event.room_id
