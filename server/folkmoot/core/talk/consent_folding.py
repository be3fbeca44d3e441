"""Fold what people agreed to for their stories, pictures and voices."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.folds import folds

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState


@folds(ev.ConsentGiven)
def _given(state: MeetingState, event: ev.ConsentGiven, at: datetime) -> None:
    before = state.consents.get(event.contribution_id)
    state.consents[event.contribution_id] = st.Consent(
        contribution_id=event.contribution_id,
        purposes=event.purposes,
        audience=event.audience,
        until=event.until,
        way=event.way,
        two_stages=event.two_stages,
        content_id=event.content_id,
        given_at=at,
        cleared_at=before.cleared_at if before else None,
        released_at=before.released_at if before else None,
        ended_at=before.ended_at if before else None,
        expired=before.expired if before else False,
    )


@folds(ev.ContributionCleared)
def _cleared(state: MeetingState, event: ev.ContributionCleared, at: datetime) -> None:
    if consent := state.consents.get(event.contribution_id):
        consent.cleared_at = at
    for item in (
        state.contributions.get(event.contribution_id),
        state.authored.get(event.contribution_id),
    ):
        if item is not None and item.hidden:
            item.hidden = False
            item.waiting = True
    state.hidden_notes.pop(event.contribution_id, None)


@folds(ev.ConsentReleased)
def _released(state: MeetingState, event: ev.ConsentReleased, at: datetime) -> None:
    if consent := state.consents.get(event.contribution_id):
        consent.released_at = at


@folds(ev.ConsentEnding)
def _ending(state: MeetingState, event: ev.ConsentEnding, _at: datetime) -> None:
    if consent := state.consents.get(event.contribution_id):
        consent.reminded = True


@folds(ev.ConsentEnded)
def _ended(state: MeetingState, event: ev.ConsentEnded, at: datetime) -> None:
    if consent := state.consents.get(event.contribution_id):
        consent.ended_at = at
        consent.expired = event.expired


def read_anew(state: MeetingState, contribution_id: str) -> None:
    """What was changed before its release has to be read by staff again."""
    consent = state.consents.get(contribution_id)
    if consent is not None and consent.released_at is None:
        consent.cleared_at = None
