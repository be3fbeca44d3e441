"""Decisions on the board: propose, edit, place, move, withdraw, "I would come"."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import BALLOTS, PUBLIC, member_feed
from folkmoot.core.meeting import need_live_or_coming, need_room, need_slot
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState, Session

MAX_SESSIONS = 2_000


def propose_session(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.ProposeSession
) -> None:
    """Put a session among the proposals."""
    need_live_or_coming(state)
    if len(state.sessions) >= MAX_SESSIONS:
        raise Refusal("board_full", f"A board holds at most {MAX_SESSIONS} sessions.")
    session_id = draft.ids.new("s")
    draft.say(
        PUBLIC,
        ev.SessionProposed(
            session_id=session_id,
            host_id=actor.member_id,
            content_id=draft.write(
                session_id,
                title=command.title,
                pitch=command.pitch,
                wants=command.wants,
                host=actor.name,
            ),
        ),
    )
    draft.data["session_id"] = session_id


def edit_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditSession,
    expect: int | None,
    text: dict[str, object],
) -> None:
    """Give a session's text anew; proposal and placed session are one thing."""
    session = _need_own(state, actor, command.session_id)
    _check_version(session, expect)
    given = {
        name: value
        for name in ("title", "pitch", "wants")
        if (value := getattr(command, name)) is not None
    }
    draft.say(
        PUBLIC,
        ev.SessionEdited(
            session_id=session.session_id,
            content_id=draft.write(session.session_id, **{**text, **given}),
            version=session.version + 1,
        ),
    )


def place_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.PlaceSession,
    expect: int | None,
) -> None:
    """Put a session at room x time; also moves it."""
    session = _need_own(state, actor, command.session_id)
    room = need_room(state, command.room_id)
    slot = need_slot(state, command.slot_id)
    if (session.room_id, session.slot_id) == (room.room_id, slot.slot_id):
        return
    _check_version(session, expect)
    if state.taken_by(room.room_id, slot.slot_id) is not None:
        raise Refusal(
            "slot_taken", "Another session already stands in this room at this time."
        )
    draft.say(
        PUBLIC,
        ev.SessionPlaced(
            session_id=session.session_id,
            room_id=room.room_id,
            slot_id=slot.slot_id,
            version=session.version + 1,
        ),
    )


def unplace_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    session_id: str,
    expect: int | None,
) -> None:
    """Put a session back to the proposals."""
    session = _need_own(state, actor, session_id)
    if session.slot_id is None:
        return
    _check_version(session, expect)
    draft.say(
        PUBLIC,
        ev.SessionUnplaced(session_id=session_id, version=session.version + 1),
    )


def withdraw_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    session_id: str,
    written: list[str],
) -> None:
    """Take a session back; `written` are all its texts, which are deleted."""
    session = _need_own(state, actor, session_id)
    draft.say(PUBLIC, ev.SessionWithdrawn(session_id=session.session_id))
    draft.erased.extend(written)


def set_interest(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.SetInterest
) -> None:
    """Note "I would come"; a state, not a count, so said twice is said once."""
    need_session(state, command.session_id)
    if actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    standing = state.interest_votes.get(command.session_id, {})
    if standing.get(actor.member_id, 0) == command.level:
        return
    event = ev.InterestSet(
        session_id=command.session_id,
        member_id=actor.member_id,
        level=command.level,
    )
    draft.say(BALLOTS, event)
    draft.say(member_feed(actor.member_id), event)


def publish_tallies(state: MeetingState, draft: Decision) -> None:
    """Publish all counts that differ from what the public reads."""
    interest = {
        session.session_id: count
        for session in state.sessions.values()
        if (count := len(state.interest_votes.get(session.session_id, ())))
        != session.interest
    }
    support = {
        contribution.contribution_id: count
        for contribution in state.contributions.values()
        if not (contribution.waiting or contribution.hidden or contribution.withdrawn)
        and (count := len(state.support_votes.get(contribution.contribution_id, ())))
        != contribution.support
    }
    if interest or support:
        draft.say(PUBLIC, ev.TalliesChanged(interest=interest, support=support))


def need_session(state: MeetingState, session_id: str) -> Session:
    """Return the session, or refuse."""
    if (session := state.sessions.get(session_id)) is None:
        raise Refusal("no_such_session", "There is no such session in this meeting.")
    return session


def _need_own(state: MeetingState, actor: Actor, session_id: str) -> Session:
    """Return a session that the actor may change: its host's or any for staff."""
    session = need_session(state, session_id)
    own = actor.member_id is not None and session.host_id == actor.member_id
    if not (own or actor.facilitates or f"host:{session_id}" in actor.duties):
        raise Refusal(
            "not_your_session", "Only its host or a facilitator can change a session."
        )
    return session


def _check_version(session: Session, expect: int | None) -> None:
    if expect is not None and expect != session.version:
        raise Refusal(
            "outdated",
            "Someone changed this session in the meantime. "
            "Look at where it stands now and try again.",
        )
