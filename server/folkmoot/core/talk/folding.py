"""Fold what happens in the threads: posts, edits, pictures, support, moderation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.board.folding import standing_thread
from folkmoot.core.folds import folds, vote
from folkmoot.core.follow_up import folding as answers_folding
from folkmoot.core.talk import consent_folding

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState


@folds(ev.ContributionPosted)
def _posted(state: MeetingState, event: ev.ContributionPosted, _at: datetime) -> None:
    before = state.contributions.get(event.contribution_id)
    state.contributions[event.contribution_id] = st.Contribution(
        contribution_id=event.contribution_id,
        thread=standing_thread(state, event.thread),
        kind=event.kind,
        content_id=event.content_id,
        posted_at=event.posted_at,
        author_id=event.author_id,
        reply_to=event.reply_to,
        waiting=event.waiting,
        # What waits again was public before, if this state knows of that.
        never_public=event.waiting and (before is None or before.never_public),
        held=event.held,
        circle=event.circle,
        edited=before.edited if before else False,
        support=before.support if before else 0,
        scope=before.scope if before else None,
        read_aloud_at=before.read_aloud_at if before else None,
        room_id=event.room_id,
        about_at=event.about_at,
        confirmed=event.confirmed,
        edited_at=before.edited_at if before else None,
        # What it said before it was hidden is not shown again.
        formers=(),
    )
    state.hidden_notes.pop(event.contribution_id, None)


@folds(ev.ContributionAuthored)
def _authored(
    state: MeetingState, event: ev.ContributionAuthored, _at: datetime
) -> None:
    state.authored[event.contribution_id] = st.OwnContribution(
        contribution_id=event.contribution_id,
        content_id=event.content_id,
        member_id=event.member_id,
        thread=event.thread,
        kind=event.kind,
        posted_at=event.posted_at,
        reply_to=event.reply_to,
        waiting=event.waiting,
        held=event.held,
        room_id=event.room_id,
        about_at=event.about_at,
        key=event.key,
    )


@folds(ev.ContributionEdited)
def _contribution_edited(
    state: MeetingState, event: ev.ContributionEdited, at: datetime
) -> None:
    if contribution := state.contributions.get(event.contribution_id):
        # The same fact stands in several feeds; the whole journal folds each.
        if contribution.content_id != event.content_id:
            former = st.Former(
                content_id=contribution.content_id,
                written_at=contribution.edited_at or contribution.posted_at,
            )
            contribution.formers = (*contribution.formers, former)
        contribution.content_id = event.content_id
        contribution.edited = True
        contribution.edited_at = at
    if own := state.authored.get(event.contribution_id):
        own.content_id = event.content_id
    consent_folding.read_anew(state, event.contribution_id)


@folds(ev.ContributionCaptioned)
def _voice_captioned(
    state: MeetingState, event: ev.ContributionCaptioned, _at: datetime
) -> None:
    if contribution := state.contributions.get(event.contribution_id):
        contribution.content_id = event.content_id
    if own := state.authored.get(event.contribution_id):
        own.content_id = event.content_id
    consent_folding.read_anew(state, event.contribution_id)


@folds(ev.ContributionReleased)
def _released(
    state: MeetingState, event: ev.ContributionReleased, _at: datetime
) -> None:
    # It leaves the queue here; the public entry that follows brings it back.
    state.contributions.pop(event.contribution_id, None)
    state.hidden_notes.pop(event.contribution_id, None)
    if own := state.authored.get(event.contribution_id):
        own.waiting = own.hidden = False


@folds(ev.ContributionHidden)
def _hidden(state: MeetingState, event: ev.ContributionHidden, _at: datetime) -> None:
    if contribution := state.contributions.get(event.contribution_id):
        contribution.hidden = True
        contribution.waiting = False
    if event.reason_id is not None or event.text_id is not None:
        note = state.hidden_notes.setdefault(
            event.contribution_id,
            st.HiddenNote(contribution_id=event.contribution_id),
        )
        note.reason_id = event.reason_id or note.reason_id
        note.text_id = event.text_id or note.text_id
        note.category = event.category or note.category
        note.by_id = event.by_id or note.by_id
    if own := state.authored.get(event.contribution_id):
        own.hidden = True
        own.waiting = False
    answers_folding.end_spotlights(state, event.contribution_id)


@folds(ev.ContributionWithdrawn)
def _withdrawn(
    state: MeetingState, event: ev.ContributionWithdrawn, _at: datetime
) -> None:
    if contribution := state.contributions.get(event.contribution_id):
        contribution.withdrawn = True
        contribution.waiting = False
        contribution.formers = ()
    state.hidden_notes.pop(event.contribution_id, None)
    state.appeals.pop(event.contribution_id, None)
    state.support_votes.pop(event.contribution_id, None)
    if own := state.authored.get(event.contribution_id):
        own.withdrawn = True
        own.waiting = False
    answers_folding.forget_answers(state, event.contribution_id)


@folds(ev.ContributionLabelled)
def _contribution_labelled(
    state: MeetingState, event: ev.ContributionLabelled, _at: datetime
) -> None:
    if contribution := state.contributions.get(event.contribution_id):
        contribution.scope = event.scope


@folds(ev.SupportSet)
def _support(state: MeetingState, event: ev.SupportSet, _at: datetime) -> None:
    vote(state.support_votes, event.contribution_id, event.member_id, event.level)
