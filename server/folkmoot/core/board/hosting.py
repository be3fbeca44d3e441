"""Decisions on who hosts: take up what was asked for, host along, leave."""

from __future__ import annotations

from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.notices import tell, who_cares
from folkmoot.core.board.sessions import (
    Text,
    hosts,
    names_of,
    need_member,
    need_session,
    with_hosts,
)
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import PUBLIC, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import CohostAsk, MeetingState, Session

MAX_HOSTS = 20


def take_up_session(
    state: MeetingState, draft: Decision, actor: Actor, session_id: str, text: Text
) -> None:
    """Host a session that somebody asked for; those who want it are told."""
    session = need_session(state, session_id)
    member_id = need_member(actor)
    if member_id in session.host_ids:
        return
    if not session.ask:
        raise Refusal("hosted_already", "Somebody hosts this session already.")
    _say_hosts(draft, session, text, (member_id,), {member_id: actor.name})
    concerned = {*who_cares(state, session), session.asked_by or ""}
    tell(draft, "hosts_changed", session, concerned - {member_id, ""})


def cohost_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.CohostSession,
    shelf: Shelf,
) -> None:
    """Invite to host along, offer it, accept or leave."""
    session = need_session(state, command.session_id)
    step = _Step(state, draft, actor, session, shelf)
    member_id = command.member_id or need_member(actor)
    match command.step:
        case "invite":
            step.invite(command.member_id)
        case "offer":
            step.offer(need_member(actor))
        case "accept":
            step.accept(member_id)
        case "leave":
            step.leave(member_id)


def end_asks(state: MeetingState, draft: Decision, session: Session) -> None:
    """Answer for all who were asked to host a session that is going."""
    for ask in list(state.cohost_asks.values()):
        if ask.session_id == session.session_id:
            _say_ended(draft, session, ask.member_id)


class _Step:
    """One step of somebody towards hosting a session, or away from it."""

    def __init__(
        self,
        state: MeetingState,
        draft: Decision,
        actor: Actor,
        session: Session,
        shelf: Shelf,
    ) -> None:
        self._state = state
        self._draft = draft
        self._actor = actor
        self._session = session
        self._shelf = shelf

    def invite(self, member_id: str | None) -> None:
        """Ask somebody to host along."""
        if not (hosts(self._actor, self._session) or self._actor.facilitates):
            raise _not_your_session()
        if member_id is None:
            raise Refusal("nobody_named", "Say whom you invite.")
        self._ask(member_id, "invited", self._actor.name)

    def offer(self, member_id: str) -> None:
        """Offer to host along; without any host take the session up."""
        if self._session.ask:
            raise Refusal("nobody_hosts", "Nobody hosts this session yet. Take it up.")
        self._ask(member_id, "offered", self._actor.name)

    def accept(self, member_id: str) -> None:
        """Accept an invitation to oneself, or as a host somebody's offer."""
        if member_id in self._session.host_ids:
            return
        ask = self._state.cohost_asks.get(f"{self._session.session_id}/{member_id}")
        mine = member_id == self._actor.member_id
        if ask is None:
            raise Refusal("nobody_asked", "There is no such invitation or offer.")
        if mine != (ask.way == "invited") and not self._actor.facilitates:
            raise Refusal("not_yours_to_accept", "The other side has to accept this.")
        if not (mine or hosts(self._actor, self._session) or self._actor.facilitates):
            raise _not_your_session()
        if len(self._session.host_ids) >= MAX_HOSTS:
            raise Refusal("too_many_hosts", f"A session has at most {MAX_HOSTS} hosts.")
        name = self._actor.name if mine else self._name_in(ask)
        text = self._text()
        names = {**names_of(self._session, text), member_id: name}
        host_ids = (*self._session.host_ids, member_id)
        _say_hosts(self._draft, self._session, text, host_ids, names)
        self._end_ask(member_id)
        others = {*self._session.host_ids, member_id} - {self._actor.member_id or ""}
        tell(self._draft, "hosts_changed", self._session, others)

    def leave(self, member_id: str) -> None:
        """Leave, decline, take back, or as a host remove somebody.

        When the last host leaves, the session waits for somebody else.
        """
        mine = member_id == self._actor.member_id
        if not (mine or hosts(self._actor, self._session) or self._actor.facilitates):
            raise _not_your_session()
        if member_id not in self._session.host_ids:
            self._end_ask(member_id)
            return
        text = self._text()
        left = tuple(m for m in self._session.host_ids if m != member_id)
        names = names_of(self._session, text)
        _say_hosts(self._draft, self._session, text, left, names)
        concerned = {*self._session.host_ids} - {self._actor.member_id or ""}
        if not left:
            concerned |= who_cares(self._state, self._session)
        concerned.discard(self._actor.member_id or "")
        tell(self._draft, "hosts_changed", self._session, concerned)

    def _ask(self, member_id: str, way: ev.CohostWay, name: str) -> None:
        session_id = self._session.session_id
        key = f"{session_id}/{member_id}"
        if member_id in self._session.host_ids or key in self._state.cohost_asks:
            return
        open_asks = [
            ask
            for ask in self._state.cohost_asks.values()
            if ask.session_id == session_id
        ]
        if len(open_asks) >= MAX_HOSTS:
            raise Refusal(
                "too_many_hosts", f"At most {MAX_HOSTS} people can be asked at a time."
            )
        event = ev.CohostAsked(
            session_id=session_id,
            member_id=member_id,
            way=way,
            # Not the session's own text: a withdrawn session takes no name out of
            # feeds that are not told of it.
            content_id=self._draft.write(f"cohost:{key}", name=name),
        )
        for reader in sorted({*self._session.host_ids, member_id}):
            self._draft.say(member_feed(reader), event)

    def _end_ask(self, member_id: str) -> None:
        session_id = self._session.session_id
        if f"{session_id}/{member_id}" not in self._state.cohost_asks:
            return
        _say_ended(self._draft, self._session, member_id)

    def _text(self) -> dict[str, Any]:
        return self._shelf.text(self._session.content_id)

    def _name_in(self, ask: CohostAsk) -> str:
        """Return who is meant: an offer carries its own name, an invitation not."""
        if ask.way == "invited":
            return ""
        return str(self._shelf.text(ask.content_id).get("name") or "")


def _say_ended(draft: Decision, session: Session, member_id: str) -> None:
    event = ev.CohostAskEnded(session_id=session.session_id, member_id=member_id)
    for reader in sorted({*session.host_ids, member_id}):
        draft.say(member_feed(reader), event)


def _say_hosts(
    draft: Decision,
    session: Session,
    text: Text,
    host_ids: tuple[str, ...],
    names: dict[str, str],
) -> None:
    written = with_hosts(text, host_ids, names)
    draft.say(
        PUBLIC,
        ev.SessionHostsChanged(
            session_id=session.session_id,
            host_id=host_ids[0] if host_ids else None,
            cohost_ids=host_ids[1:],
            ask=not host_ids,
            version=session.version + 1,
            content_id=draft.write(session.session_id, **written),
        ),
    )


def _not_your_session() -> Refusal:
    return Refusal(
        "not_your_session", "Only its hosts or a facilitator can change a session."
    )
