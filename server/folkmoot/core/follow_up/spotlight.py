"""Decisions on what everyone is shown: one contribution a room, and what comes next."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.follow_up.answers import need_answerable, speaks_for_team
from folkmoot.core.meeting.lifecycle import need_room
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_team
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.contributions import is_readable, need_public

EVERYWHERE = ""
MAX_QUEUED = 50


def spotlight_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.SpotlightContribution,
) -> None:
    """Show a contribution on wall and stream, queue it, show the next, or none."""
    room_id = None
    if command.room_id is not None:
        room_id = need_room(state, command.room_id).room_id
    if command.queue:
        _queue(state, draft, actor, command)
    elif command.next:
        need_team(actor, "decides what is shown")
        _show_next(state, draft, room_id)
    elif command.contribution_id is None:
        _clear(state, draft, actor, room_id)
    elif command.level:
        contribution = need_answerable(state, actor, command.contribution_id)
        _ = need_public(state, contribution.contribution_id)
        _show(state, draft, contribution.contribution_id, room_id)
    else:
        _take_off(state, draft, actor, command.contribution_id)


def _queue(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.SpotlightContribution,
) -> None:
    if command.contribution_id is None:
        raise Refusal("no_such_contribution", "There is no such contribution.")
    contribution = need_answerable(state, actor, command.contribution_id)
    if command.level:
        _ = need_public(state, contribution.contribution_id)
    queued = contribution.contribution_id in state.spotlight_queue
    if queued == bool(command.level):
        return
    if command.level and len(state.spotlight_queue) >= MAX_QUEUED:
        raise Refusal("queue_full", "Very many wait to be shown already.")
    draft.say(
        STAFF,
        ev.SpotlightQueued(
            contribution_id=contribution.contribution_id, queued=bool(command.level)
        ),
    )


def _show(
    state: MeetingState, draft: Decision, contribution_id: str, room_id: str | None
) -> None:
    standing = state.spotlights.get(room_id or EVERYWHERE)
    if contribution_id in state.spotlight_queue:
        draft.say(
            STAFF, ev.SpotlightQueued(contribution_id=contribution_id, queued=False)
        )
    if standing is None or standing.contribution_id != contribution_id:
        draft.say(
            PUBLIC,
            ev.ContributionSpotlit(contribution_id=contribution_id, room_id=room_id),
        )


def _show_next(state: MeetingState, draft: Decision, room_id: str | None) -> None:
    """Show the first of the queue; what nobody may read any more is passed over."""
    for contribution_id in state.spotlight_queue:
        contribution = state.contributions.get(contribution_id)
        if contribution is not None and is_readable(contribution):
            _show(state, draft, contribution_id, room_id)
            draft.data["contribution_id"] = contribution_id
            return
        draft.say(
            STAFF, ev.SpotlightQueued(contribution_id=contribution_id, queued=False)
        )
    if (room_id or EVERYWHERE) in state.spotlights:
        draft.say(PUBLIC, ev.ContributionSpotlit(room_id=room_id))


def _clear(
    state: MeetingState, draft: Decision, actor: Actor, room_id: str | None
) -> None:
    standing = state.spotlights.get(room_id or EVERYWHERE)
    contribution = (
        None if standing is None else state.contributions.get(standing.contribution_id)
    )
    if contribution is None:
        need_team(actor, "decides what is shown")
    elif not speaks_for_team(state, actor, contribution):
        raise Refusal("not_allowed", "Only the team decides what is shown.")
    if standing is not None:
        draft.say(PUBLIC, ev.ContributionSpotlit(room_id=room_id))


def _take_off(
    state: MeetingState, draft: Decision, actor: Actor, contribution_id: str
) -> None:
    """Show a contribution nowhere any more."""
    contribution = state.contributions.get(contribution_id)
    if contribution is None or not speaks_for_team(state, actor, contribution):
        raise Refusal("not_allowed", "Only the team decides what is shown.")
    for room_id, standing in state.spotlights.items():
        if standing.contribution_id == contribution_id:
            draft.say(PUBLIC, ev.ContributionSpotlit(room_id=room_id or None))
