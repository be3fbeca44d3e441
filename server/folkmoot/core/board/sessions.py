"""What all decisions on sessions ask: which one, whose, in which version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from folkmoot.core.decision import Actor
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState, Session

Text = Mapping[str, Any]


def need_session(state: MeetingState, session_id: str) -> Session:
    """Return the session, or refuse; one that was merged says where it went."""
    if (session := state.sessions.get(session_id)) is not None:
        return session
    standing = state.standing(session_id)
    if standing in state.sessions and standing != session_id:
        raise Refusal(
            "merged",
            "This session has become part of another one. Look at it there.",
            data={"session_id": standing},
        )
    raise Refusal("no_such_session", "There is no such session in this meeting.")


def need_standing(state: MeetingState, session_id: str) -> Session:
    """Return the session, or the one that it was merged into, or refuse."""
    return need_session(state, state.standing(session_id))


def need_own(state: MeetingState, actor: Actor, session_id: str) -> Session:
    """Return a session that the actor may change: its hosts' or any for staff.

    While nobody hosts it, whoever asked for it may.
    """
    session = need_session(state, session_id)
    if not (owns(actor, session) or actor.facilitates):
        raise Refusal(
            "not_your_session", "Only its hosts or a facilitator can change a session."
        )
    return session


def need_member(actor: Actor) -> str:
    """Return who acts; who isn't a member is asked to join."""
    if actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    return actor.member_id


def hosts(actor: Actor, session: Session) -> bool:
    """Whether the actor hosts a session, as host, co-host or by a duty."""
    if actor.member_id is not None and actor.member_id in session.host_ids:
        return True
    ids = (session.session_id, *session.merged_ids)
    return any(f"host:{session_id}" in actor.duties for session_id in ids)


def owns(actor: Actor, session: Session) -> bool:
    """Whether a session is the actor's: it hosts it, or asked for it."""
    asked = session.ask and session.asked_by is not None
    return hosts(actor, session) or (asked and session.asked_by == actor.member_id)


def owners(session: Session) -> tuple[str, ...]:
    """Return whose a session is: its hosts, else who asked for it."""
    if session.host_ids or session.asked_by is None:
        return session.host_ids
    return (session.asked_by,)


def check_version(session: Session, expect: int | None) -> None:
    """Refuse what was meant for another version; says how the session stands now."""
    if expect is not None and expect != session.version:
        raise Refusal(
            "outdated",
            "Someone changed this session in the meantime. "
            "Look at where it stands now and try again.",
            data={
                "session_id": session.session_id,
                "seen": expect,
                "version": session.version,
                "room_id": session.room_id,
                "slot_id": session.slot_id,
            },
        )


def names_of(session: Session, text: Text) -> dict[str, str]:
    """Return the names of a session's hosts by their ids, as its text has them."""
    names = dict(zip(session.cohost_ids, text.get("cohosts", ()), strict=False))
    if session.host_id is not None:
        names[session.host_id] = text.get("host") or ""
    return names


def with_hosts(
    text: Text, host_ids: tuple[str, ...], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return a session's text with the names of these hosts."""
    written = [names.get(member_id, "") for member_id in host_ids]
    return {**text, "host": written[0] if written else "", "cohosts": written[1:]}
