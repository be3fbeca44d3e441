"""Decisions on who wants to speak, and on what is read to the room."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import hosts, need_member, need_standing
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.meeting.lifecycle import need_live_or_coming
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.contributions import feed_of

MAX_HANDS = 200


def raise_hand(
    state: MeetingState, draft: Decision, actor: Actor, session_id: str
) -> None:
    """Ask for the word; one hand a person in a session."""
    member_id = need_member(actor)
    need_live_or_coming(state)
    session = need_standing(state, session_id)
    up = [h for h in state.hands.values() if h.session_id == session.session_id]
    for hand in up:
        if hand.member_id == member_id:
            draft.data["hand_id"] = hand.hand_id
            return
    if len(up) >= MAX_HANDS:
        raise Refusal("too_many_hands", "Very many wait already; try again later.")
    hand_id = draft.ids.new("h")
    draft.say(
        PUBLIC,
        ev.HandRaised(
            hand_id=hand_id,
            session_id=session.session_id,
            member_id=member_id,
            content_id=draft.write(hand_id, name=actor.name),
        ),
    )
    draft.data["hand_id"] = hand_id


def lower_hand(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.LowerHand
) -> None:
    """Take a hand down: one's own, or as a host or facilitator anyone's."""
    hand = state.hands.get(command.hand_id)
    if hand is None:
        return
    own = actor.member_id is not None and hand.member_id == actor.member_id
    session = state.sessions.get(hand.session_id)
    leads = actor.facilitates or (session is not None and hosts(actor, session))
    if not (leads or (own and not command.called)):
        raise Refusal(
            "not_allowed", "Only the session's hosts give the word and take hands down."
        )
    draft.say(PUBLIC, ev.HandLowered(hand_id=hand.hand_id, called=command.called))


def read_aloud(
    state: MeetingState, draft: Decision, actor: Actor, contribution_id: str
) -> None:
    """Say that a contribution is read to the room now."""
    contribution = state.contributions.get(contribution_id)
    if (
        contribution is None
        or contribution.waiting
        or contribution.hidden
        or contribution.withdrawn
    ):
        raise Refusal("no_such_contribution", "There is no such contribution.")
    session = state.sessions.get(contribution.thread.removeprefix("session:"))
    if not (actor.moderates or (session is not None and hosts(actor, session))):
        raise Refusal(
            "not_allowed", "Only a session's hosts and moderators say what is read."
        )
    if contribution.read_aloud_at is None:
        event = ev.ContributionReadAloud(contribution_id=contribution_id)
        draft.say(feed_of(contribution), event)
