"""Fold what was answered, shown and done about contributions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.folds import folds

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState


@folds(ev.ResponsePromised)
def _response(state: MeetingState, event: ev.ResponsePromised, _at: datetime) -> None:
    state.response_until = event.until
    state.response_id = event.content_id


@folds(ev.AnswerGiven)
def _answered(state: MeetingState, event: ev.AnswerGiven, _at: datetime) -> None:
    contribution_id = event.contribution_id
    before = state.answers.get(contribution_id)
    if before is not None and before.version < event.version:
        state.former_answers[f"{contribution_id}/{before.version}"] = before
    if event.erased:
        _drop_former(state, contribution_id)
    state.answers[contribution_id] = st.Answer(
        contribution_id=contribution_id,
        content_id=event.content_id,
        way=event.way,
        version=event.version,
        given_at=event.given_at,
        partly=event.partly,
        room_id=event.room_id,
        spoken_at=event.spoken_at,
        until=event.until,
    )


@folds(ev.ContributionSpotlit)
def _spotlit(state: MeetingState, event: ev.ContributionSpotlit, at: datetime) -> None:
    if event.contribution_id is None:
        state.spotlights.pop(event.room_id or "", None)
    else:
        state.spotlights[event.room_id or ""] = st.Spotlight(
            contribution_id=event.contribution_id, at=at
        )


@folds(ev.SpotlightQueued)
def _queued(state: MeetingState, event: ev.SpotlightQueued, _at: datetime) -> None:
    queue = [one for one in state.spotlight_queue if one != event.contribution_id]
    state.spotlight_queue = [*queue, event.contribution_id] if event.queued else queue


@folds(ev.ActionTaken)
def _taken(state: MeetingState, event: ev.ActionTaken, at: datetime) -> None:
    if note := state.notes.get(event.note_id):
        note.content_id = event.content_id
        note.version = event.version
        note.owner_id = event.owner_id
        note.edited_at = at


@folds(ev.ActionMoved)
def _moved(state: MeetingState, event: ev.ActionMoved, at: datetime) -> None:
    if note := state.notes.get(event.note_id):
        note.progress_id = event.content_id
        note.version = event.version
        note.status = event.status
        note.moved_at = at


@folds(ev.OutcomeWritten)
def _written(state: MeetingState, event: ev.OutcomeWritten, at: datetime) -> None:
    state.outcomes[event.outcome_id] = st.Outcome(
        outcome_id=event.outcome_id,
        content_id=event.content_id,
        version=event.version,
        written_at=at,
        scope=event.scope,
        contribution_ids=event.contribution_ids,
    )


@folds(ev.OutcomeRemoved)
def _removed(state: MeetingState, event: ev.OutcomeRemoved, _at: datetime) -> None:
    state.outcomes.pop(event.outcome_id, None)


def end_spotlights(state: MeetingState, contribution_id: str) -> None:
    """Show nowhere any more what can't be read any more."""
    for room_id, standing in list(state.spotlights.items()):
        if standing.contribution_id == contribution_id:
            del state.spotlights[room_id]


def forget_answers(state: MeetingState, contribution_id: str) -> None:
    """Forget what was said to a contribution that was taken back."""
    end_spotlights(state, contribution_id)
    state.answers.pop(contribution_id, None)
    _drop_former(state, contribution_id)


def _drop_former(state: MeetingState, contribution_id: str) -> None:
    for key, answer in list(state.former_answers.items()):
        if answer.contribution_id == contribution_id:
            del state.former_answers[key]
