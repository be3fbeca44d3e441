"""What facts about quick questions do to a state."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.folds import folds

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState


def _make(event: ev.QuestionPrepared | ev.QuestionOpened, at: datetime) -> st.Question:
    return st.Question(
        question_id=event.question_id,
        content_id=event.content_id,
        kind=event.kind,
        options=event.options,
        results=event.results,
        by_audience=event.by_audience,
        room_id=event.room_id,
        opened_at=at,
    )


@folds(ev.QuestionPrepared)
def _prepared(state: MeetingState, event: ev.QuestionPrepared, at: datetime) -> None:
    state.prepared_questions[event.question_id] = _make(event, at)


@folds(ev.QuestionOpened)
def _opened(state: MeetingState, event: ev.QuestionOpened, at: datetime) -> None:
    state.questions[event.question_id] = _make(event, at)


@folds(ev.QuestionClosed)
def _closed(state: MeetingState, event: ev.QuestionClosed, at: datetime) -> None:
    if question := state.questions.get(event.question_id):
        question.closed_at = at
        question.answers_until = event.answers_until
        question.settles_at = event.settles_at


@folds(ev.QuestionRemoved)
def _removed(state: MeetingState, event: ev.QuestionRemoved, _at: datetime) -> None:
    state.prepared_questions.pop(event.question_id, None)
    if not event.asked:
        state.questions.pop(event.question_id, None)
        state.question_ballots.pop(event.question_id, None)


@folds(ev.QuestionAnswered)
def _answered(state: MeetingState, event: ev.QuestionAnswered, at: datetime) -> None:
    ballots = state.question_ballots.setdefault(event.question_id, {})
    ballots[event.member_id] = st.Ballot(
        choice=event.choice, audience=event.audience, at=at, late=event.late
    )


@folds(ev.QuestionCounted)
def _counted(state: MeetingState, event: ev.QuestionCounted, at: datetime) -> None:
    if question := state.questions.get(event.question_id):
        question.shares = event.shares
        question.counted_at = at
        question.told = question.told or event.over


@folds(ev.QuestionSettled)
def _settled(state: MeetingState, event: ev.QuestionSettled, _at: datetime) -> None:
    if question := state.questions.get(event.question_id):
        question.counts = event.counts
        question.totals = event.totals
        question.late = event.late
        question.told = question.settled = True
