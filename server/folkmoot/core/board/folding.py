"""Fold the facts of the board: sessions, their hosts, places, interest, notices.

Folds work on the whole journal and on single feeds alike. A merge moves votes
and threads in whatever of them a state holds: the public part follows from the
public fact, a member's own from the notice in its feed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.board import running_folding
from folkmoot.core.folds import folds, vote

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState, Session

_THREAD = "session:"


def standing_thread(state: MeetingState, thread: str) -> str:
    """Return a thread as it is called now: a merged session's is the other's."""
    if not thread.startswith(_THREAD):
        return thread
    return _THREAD + state.standing(thread.removeprefix(_THREAD))


def note_change(
    state: MeetingState,
    at: datetime,
    *,
    room_id: str | None = None,
    slot_id: str | None = None,
) -> None:
    """Note a change of a room or time on all sessions that stand in it."""
    for session in state.sessions.values():
        if session.slot_id is None:
            continue
        if room_id in {None, session.room_id} and slot_id in {None, session.slot_id}:
            _change(state, session, at)


def _change(state: MeetingState, session: Session, at: datetime) -> None:
    """Note that calendars must hear of a session, and when it stands."""
    session.sequence += 1
    session.changed_at = at
    if slot := state.slots.get(session.slot_id or ""):
        session.stood_from, session.stood_to = slot.starts_at, slot.ends_at


@folds(ev.BoardRulesChanged)
def _rules(state: MeetingState, event: ev.BoardRulesChanged, _at: datetime) -> None:
    state.board_mode = event.mode
    state.counts = event.counts
    state.proposals = event.proposals
    state.voting = event.voting
    if event.counts == "hidden":
        for session in state.sessions.values():
            session.interest = 0
    if event.mode != "queue":
        state.pitch_queue = []
        state.pitching = None


# --- what is proposed --------------------------------------------------------


@folds(ev.SessionProposed)
def _proposed(state: MeetingState, event: ev.SessionProposed, at: datetime) -> None:
    state.sessions_ever += 1
    state.sessions[event.session_id] = st.Session(
        session_id=event.session_id,
        number=state.sessions_ever,
        content_id=event.content_id,
        host_id=event.host_id,
        ask=event.ask,
        asked_by=event.asked_by,
        needs=event.needs,
        wished=event.wished,
        scope=event.scope,
        proposed_at=at,
        changed_at=at,
    )


@folds(ev.SessionEdited)
def _edited(state: MeetingState, event: ev.SessionEdited, at: datetime) -> None:
    if session := state.sessions.get(event.session_id):
        session.content_id = event.content_id
        session.version = event.version
        if event.needs is not None:
            session.needs = event.needs
        if event.wished is not None:
            session.wished = event.wished
        _change(state, session, at)


@folds(ev.SessionHostsChanged)
def _hosts(state: MeetingState, event: ev.SessionHostsChanged, at: datetime) -> None:
    if session := state.sessions.get(event.session_id):
        session.content_id = event.content_id
        session.host_id = event.host_id
        session.cohost_ids = event.cohost_ids
        session.ask = event.ask
        session.version = event.version
        _change(state, session, at)


@folds(ev.SessionLabelled)
def _labelled(state: MeetingState, event: ev.SessionLabelled, _at: datetime) -> None:
    if session := state.sessions.get(event.session_id):
        session.scope = event.scope


@folds(ev.SessionPinned)
def _pinned(state: MeetingState, event: ev.SessionPinned, _at: datetime) -> None:
    if session := state.sessions.get(event.session_id):
        session.pinned = event.pinned


@folds(ev.SessionWithdrawn)
def _withdrawn(state: MeetingState, event: ev.SessionWithdrawn, at: datetime) -> None:
    session = state.sessions.pop(event.session_id, None)
    state.interest_votes.pop(event.session_id, None)
    state.stars.pop(event.session_id, None)
    if session is not None:
        _cancel(state, session, at)
        _forget(state, event.session_id)
        running_folding.forget_session(state, event.session_id)


# --- where it stands ---------------------------------------------------------


@folds(ev.SessionPlaced)
def _placed(state: MeetingState, event: ev.SessionPlaced, at: datetime) -> None:
    _put(state, event, at)


@folds(ev.SessionUnplaced)
def _unplaced(state: MeetingState, event: ev.SessionUnplaced, at: datetime) -> None:
    move = ev.Move(session_id=event.session_id, version=event.version)
    _put(state, move, at)


@folds(ev.BoardArranged)
def _arranged(state: MeetingState, event: ev.BoardArranged, at: datetime) -> None:
    for move in event.moves:
        _put(state, move, at)


def _put(state: MeetingState, move: ev.Move | ev.SessionPlaced, at: datetime) -> None:
    if session := state.sessions.get(move.session_id):
        if session.slot_id != move.slot_id:
            session.until_at = None
        session.room_id = move.room_id
        session.slot_id = move.slot_id
        session.version = move.version
        running_folding.follow_move(session, move.room_id, at)
        _change(state, session, at)


# --- merge and split ---------------------------------------------------------


@folds(ev.SessionsMerged)
def _merged(state: MeetingState, event: ev.SessionsMerged, at: datetime) -> None:
    state.merged[event.merged_id] = event.session_id
    _move_thread(state, event.merged_id, event.session_id)
    for member_id in state.interest_votes.pop(event.merged_id, {}):
        vote(state.interest_votes, event.session_id, member_id, 1)
    for member_id in state.stars.pop(event.merged_id, {}):
        vote(state.stars, event.session_id, member_id, 1)
    state.hidden_interest.pop(event.merged_id, None)
    _forget(state, event.merged_id)
    running_folding.move_notes(state, event.merged_id, event.session_id)
    gone = state.sessions.pop(event.merged_id, None)
    session = state.sessions.get(event.session_id)
    if gone is None or session is None:
        return
    session.content_id = event.content_id
    session.host_id = event.host_id
    session.cohost_ids = event.cohost_ids
    session.ask = event.ask
    session.asked_by = session.asked_by or gone.asked_by
    session.room_id = event.room_id
    session.slot_id = event.slot_id
    session.version = event.version
    session.merged_ids = (*session.merged_ids, event.merged_id, *gone.merged_ids)
    session.needs = tuple(dict.fromkeys((*session.needs, *gone.needs)))
    session.wished = tuple(dict.fromkeys((*session.wished, *gone.wished)))
    running_folding.join_spans(session, gone, at)
    running_folding.follow_move(session, event.room_id, at)
    _change(state, session, at)
    _cancel(state, gone, at)


@folds(ev.SessionSplit)
def _split(state: MeetingState, event: ev.SessionSplit, at: datetime) -> None:
    origin = state.sessions.get(event.from_id)
    state.sessions_ever += 1
    state.sessions[event.session_id] = st.Session(
        session_id=event.session_id,
        number=state.sessions_ever,
        content_id=event.content_id,
        host_id=event.host_id,
        ask=event.ask,
        needs=origin.needs if origin else (),
        scope=origin.scope if origin else None,
        split_from=event.from_id,
        proposed_at=at,
        changed_at=at,
    )
    if event.copied:
        for member_id in state.interest_votes.get(event.from_id, {}).copy():
            vote(state.interest_votes, event.session_id, member_id, 1)


def _move_thread(state: MeetingState, merged_id: str, session_id: str) -> None:
    old, new = _THREAD + merged_id, _THREAD + session_id
    for items in (state.contributions, state.authored):
        for item in items.values():
            if item.thread == old:
                item.thread = new


def _cancel(state: MeetingState, session: Session, at: datetime) -> None:
    if session.stood_from is not None and session.stood_to is not None:
        state.cancelled[session.session_id] = st.Cancelled(
            session_id=session.session_id,
            starts_at=session.stood_from,
            ends_at=session.stood_to,
            sequence=session.sequence + 1,
            at=at,
        )


def _forget(state: MeetingState, session_id: str) -> None:
    """Let go of all that waited for a session that is gone."""
    if session_id in state.pitch_queue:
        state.pitch_queue.remove(session_id)
    if state.pitching == session_id:
        state.pitching = None
    for key, merge_ask in list(state.merge_asks.items()):
        if session_id in {merge_ask.session_id, merge_ask.other_id}:
            del state.merge_asks[key]
    for key, cohost_ask in list(state.cohost_asks.items()):
        if cohost_ask.session_id == session_id:
            del state.cohost_asks[key]


# --- pitches -----------------------------------------------------------------


@folds(ev.PitchQueued)
def _queued(state: MeetingState, event: ev.PitchQueued, _at: datetime) -> None:
    if event.session_id not in state.pitch_queue:
        state.pitch_queue.append(event.session_id)


@folds(ev.PitchUnqueued)
def _unqueued(state: MeetingState, event: ev.PitchUnqueued, _at: datetime) -> None:
    if event.session_id in state.pitch_queue:
        state.pitch_queue.remove(event.session_id)


@folds(ev.PitchCalled)
def _called(state: MeetingState, event: ev.PitchCalled, _at: datetime) -> None:
    state.pitching = event.session_id
    if event.session_id in state.pitch_queue:
        state.pitch_queue.remove(event.session_id)


# --- asked and answered, told and read ---------------------------------------


@folds(ev.MergeAsked)
def _merge_asked(state: MeetingState, event: ev.MergeAsked, _at: datetime) -> None:
    key = f"{event.session_id}/{event.other_id}"
    state.merge_asks[key] = st.MergeAsk(
        session_id=event.session_id, other_id=event.other_id, by_id=event.by_id
    )


@folds(ev.MergeDeclined)
def _declined(state: MeetingState, event: ev.MergeDeclined, _at: datetime) -> None:
    state.merge_asks.pop(f"{event.session_id}/{event.other_id}", None)


@folds(ev.CohostAsked)
def _cohost_asked(state: MeetingState, event: ev.CohostAsked, _at: datetime) -> None:
    key = f"{event.session_id}/{event.member_id}"
    state.cohost_asks[key] = st.CohostAsk(
        session_id=event.session_id,
        member_id=event.member_id,
        way=event.way,
        content_id=event.content_id,
    )


@folds(ev.CohostAskEnded)
def _ask_ended(state: MeetingState, event: ev.CohostAskEnded, _at: datetime) -> None:
    state.cohost_asks.pop(f"{event.session_id}/{event.member_id}", None)


@folds(ev.Noticed)
def _noticed(state: MeetingState, event: ev.Noticed, at: datetime) -> None:
    notices = state.notices.setdefault(event.member_id, {})
    notices[event.contribution_id or event.session_id] = st.Notice(
        kind=event.kind,
        session_id=event.session_id,
        at=at,
        other_id=event.other_id,
        room_id=event.room_id,
        slot_id=event.slot_id,
        contribution_id=event.contribution_id,
    )
    if event.other_id is None:
        return
    if event.kind == "merged":
        notices.pop(event.other_id, None)
        _move_thread(state, event.other_id, event.session_id)
        _forget(state, event.other_id)
        for votes in (state.interest_votes, state.stars):
            if event.member_id in votes.get(event.other_id, {}):
                vote(votes, event.other_id, event.member_id, 0)
                vote(votes, event.session_id, event.member_id, 1)
    elif event.kind == "split" and event.member_id in state.interest_votes.get(
        event.other_id, {}
    ):
        vote(state.interest_votes, event.session_id, event.member_id, 1)


@folds(ev.NoticeDismissed)
def _dismissed(state: MeetingState, event: ev.NoticeDismissed, _at: datetime) -> None:
    notices = state.notices.get(event.member_id, {})
    about = event.contribution_id or event.session_id
    if about is None:
        notices.clear()
    else:
        notices.pop(about, None)
    if not notices:
        state.notices.pop(event.member_id, None)


# --- interest ----------------------------------------------------------------


@folds(ev.InterestSet)
def _interest(state: MeetingState, event: ev.InterestSet, _at: datetime) -> None:
    vote(state.interest_votes, event.session_id, event.member_id, event.level)


@folds(ev.StarSet)
def _star(state: MeetingState, event: ev.StarSet, _at: datetime) -> None:
    vote(state.stars, event.session_id, event.member_id, event.level)


@folds(ev.HiddenTalliesCounted)
def _hidden_tallies(
    state: MeetingState, event: ev.HiddenTalliesCounted, _at: datetime
) -> None:
    state.hidden_interest.update(event.interest)
