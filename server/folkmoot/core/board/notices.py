"""Whom a change of the board concerns, and telling them in their own feeds."""

from __future__ import annotations

from collections.abc import Iterable

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import need_member, owners
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import member_feed
from folkmoot.core.state import MeetingState, Session


def who_cares(state: MeetingState, session: Session) -> set[str]:
    """Return the members whom a session concerns: its own, interested, starred."""
    interested = state.interest_votes.get(session.session_id, {})
    starred = state.stars.get(session.session_id, {})
    return {*owners(session), *interested, *starred}


def tell(
    draft: Decision,
    kind: ev.NoticeKind,
    session: Session,
    members: Iterable[str],
    *,
    other_id: str | None = None,
    room_id: str | None = None,
    slot_id: str | None = None,
) -> None:
    """Tell each of these members, in an order that is always the same."""
    for member_id in sorted(set(members)):
        draft.say(
            member_feed(member_id),
            ev.Noticed(
                kind=kind,
                session_id=session.session_id,
                member_id=member_id,
                other_id=other_id,
                room_id=room_id,
                slot_id=slot_id,
            ),
        )


def tell_of_move(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    session: Session,
    *,
    room_id: str | None,
    slot_id: str | None,
) -> None:
    """Tell those whom a move concerns; a first place only to who hosts it.

    `session` stands where it stood before. While a timetable is being made,
    everybody would else be told of everything.
    """
    kind: ev.NoticeKind
    if session.slot_id is None:
        kind, members = "placed", set(owners(session))
    else:
        kind = "moved" if slot_id is not None else "unplaced"
        members = who_cares(state, session)
    members.discard(actor.member_id or "")
    tell(draft, kind, session, members, room_id=room_id, slot_id=slot_id)


def dismiss_notice(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.DismissNotice
) -> None:
    """Put one's own notice away, or all; what isn't there is away already."""
    member_id = need_member(actor)
    notices = state.notices.get(member_id, {})
    about = command.contribution_id or command.session_id
    if about in notices or (about is None and notices):
        draft.say(
            member_feed(member_id),
            ev.NoticeDismissed(
                member_id=member_id,
                session_id=command.session_id,
                contribution_id=command.contribution_id,
            ),
        )
