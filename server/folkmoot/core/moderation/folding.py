"""Fold the facts of moderation: rules, what is held, muted, flagged, appealed, sealed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.folds import folds

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState

ONLY = "meeting"
"""The one key of what a meeting has once."""


@folds(ev.GroundRulesSet)
def _rules(state: MeetingState, event: ev.GroundRulesSet, _at: datetime) -> None:
    rules = st.GroundRules(**msgspec.structs.asdict(event))
    state.ground_rules[str(event.version)] = rules


@folds(ev.RulesAccepted)
def _accepted(state: MeetingState, event: ev.RulesAccepted, _at: datetime) -> None:
    state.rules_accepted[event.member_id] = event.version


@folds(ev.ModerationSet)
def _moderation(state: MeetingState, event: ev.ModerationSet, _at: datetime) -> None:
    state.thread_modes = dict(event.thread_modes)
    state.slow = dict(event.slow)


@folds(ev.CalmSet)
def _calm(state: MeetingState, event: ev.CalmSet, _at: datetime) -> None:
    state.calm = event.calm


@folds(ev.ScreeningSet)
def _screening(state: MeetingState, event: ev.ScreeningSet, _at: datetime) -> None:
    state.screening[ONLY] = st.Screening(**msgspec.structs.asdict(event))


@folds(ev.MemberMuted)
def _muted(state: MeetingState, event: ev.MemberMuted, _at: datetime) -> None:
    # In the whole journal the member's own entry comes last and says who it is.
    state.mutes[event.mute_id] = st.Mute(**msgspec.structs.asdict(event))


@folds(ev.MuteEnded)
def _mute_ended(state: MeetingState, event: ev.MuteEnded, _at: datetime) -> None:
    state.mutes.pop(event.mute_id, None)


@folds(ev.ContributionFlagged)
def _flagged(state: MeetingState, event: ev.ContributionFlagged, _at: datetime) -> None:
    state.flags[event.flag_id] = st.Flag(**msgspec.structs.asdict(event))


@folds(ev.FlagsSettled)
def _settled(state: MeetingState, event: ev.FlagsSettled, _at: datetime) -> None:
    for flag in state.flags.values():
        if flag.contribution_id == event.contribution_id:
            flag.settled = True


@folds(ev.AppealMade)
def _appealed(state: MeetingState, event: ev.AppealMade, _at: datetime) -> None:
    appeal = st.Appeal(**msgspec.structs.asdict(event))
    state.appeals[event.contribution_id] = appeal


@folds(ev.AppealAnswered)
def _appeal_answered(
    state: MeetingState, event: ev.AppealAnswered, _at: datetime
) -> None:
    if appeal := state.appeals.get(event.contribution_id):
        appeal.granted = event.granted
        appeal.answer_id = event.content_id
        appeal.by_id = event.by_id or appeal.by_id


@folds(ev.ContributionReturned)
def _returned(
    state: MeetingState, event: ev.ContributionReturned, _at: datetime
) -> None:
    state.hidden_notes.pop(event.contribution_id, None)
    if own := state.authored.get(event.contribution_id):
        own.waiting = True
        own.hidden = False


@folds(ev.ContributionSealed)
def _sealed(state: MeetingState, event: ev.ContributionSealed, _at: datetime) -> None:
    state.seals[event.seal_id] = st.Seal(**msgspec.structs.asdict(event))


@folds(ev.SealPassedOn)
def _passed_on(state: MeetingState, event: ev.SealPassedOn, _at: datetime) -> None:
    if seal := state.seals.get(event.seal_id):
        seal.passed_on += 1


@folds(ev.SealReleased)
def _seal_released(state: MeetingState, event: ev.SealReleased, _at: datetime) -> None:
    state.seals.pop(event.seal_id, None)


@folds(ev.Embargoed)
def _embargoed(state: MeetingState, event: ev.Embargoed, _at: datetime) -> None:
    state.embargoes[event.embargo_id] = st.Embargo(**msgspec.structs.asdict(event))


@folds(ev.EmbargoFailed)
def _embargo_failed(
    state: MeetingState, event: ev.EmbargoFailed, _at: datetime
) -> None:
    if embargo := state.embargoes.get(event.embargo_id):
        embargo.failed_id = event.content_id


@folds(ev.EmbargoEnded)
def _embargo_ended(state: MeetingState, event: ev.EmbargoEnded, _at: datetime) -> None:
    state.embargoes.pop(event.embargo_id, None)
