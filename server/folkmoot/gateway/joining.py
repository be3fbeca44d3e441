"""Joining a meeting: freely, by its code, or by an invitation that gives a duty."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.commands import GrantDuty, MakeInvite
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import STAFF
from folkmoot.core.moderation.screening import refuse_words
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.names import NAME_DUTY, is_same, name_listed
from folkmoot.gateway.identity import Identity, no_such_meeting
from folkmoot.gateway.names import clean_name
from folkmoot.gateway.principals import Principal
from folkmoot.gateway.tokens import new_secret
from folkmoot.journal import Accepted, Refused
from folkmoot.store import catalogue, people
from folkmoot.store.people import Member

if TYPE_CHECKING:
    from folkmoot.gateway.principals import Access, Place
    from folkmoot.journal import Journal
    from folkmoot.store.database import Database


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is after joining; the token is shown here and never again.

    `member` is None for who may only watch.
    """

    token: str | None
    principal: Principal
    member: Member | None = None
    duties: frozenset[str] = frozenset()


class Door:
    """Lets people into meetings and gives what their invitations promise."""

    def __init__(
        self, identity: Identity, journal: Journal, database: Database
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._database = database

    async def join(
        self,
        principal: Principal,
        meeting: str,
        *,
        token: str | None = None,
        name: str | None = None,
        code: str | None = None,
        invite: str | None = None,
    ) -> Joined:
        """Make somebody a member; the same device stays the same person.

        `token` is the principal's own and handed back. Where a meeting is not
        public, `code` or `invite` is needed: without them an unlisted one may
        be watched, a private one doesn't exist.
        """
        place = await self._identity.find_place(meeting)
        invite_id = None if invite is None else await self._open(place, invite)
        if invite_id is None and not await self._admits(principal, place, code):
            return Joined(token=token, principal=principal)
        name = clean_name(await self._name_of(place, invite_id) or name)
        await self._check_name(place.meeting_id, name, invite_id)
        if token is None or not principal.known:
            token, principal = await self._identity.add_person(name)
        member = await self._identity.add_member(principal, place.meeting_id, name)
        if invite_id is not None:
            await self._grant(place.meeting_id, member.member_id, invite_id)
        access = await self._identity.look_up(principal, place)
        return Joined(
            token=token,
            principal=principal,
            member=member,
            duties=access.actor.duties,
        )

    async def make_invite(
        self, access: Access, *, duty: str, label: str = ""
    ) -> tuple[str, str]:
        """Return a new invitation's id and the secret of its link, told only now."""
        answer = await self._journal.submit(
            access.meeting_id, MakeInvite(duty=duty, label=label), actor=access.actor
        )
        if not isinstance(answer, Accepted):
            raise _refusal(answer)
        invite_id: str = answer.data["invite_id"]
        secret = new_secret()
        secret_hash = people.hash_secret(secret)
        meeting_id = access.meeting_id
        await self._database.run(
            lambda c: people.add_invite_secret(c, invite_id, meeting_id, secret_hash)
        )
        return invite_id, secret

    async def _open(self, place: Place, invite: str) -> str:
        secret_hash = people.hash_secret(invite)
        found = await self._database.read(
            lambda c: people.invite_by_secret(c, secret_hash)
        )
        if found is None or found[0] != place.meeting_id:
            raise Refusal("bad_invite", "This invitation is not known here.")
        if (await self._duty_of(place.meeting_id, found[1])) is None:
            raise Refusal("invite_revoked", "This invitation is no longer valid.")
        return found[1]

    async def _admits(
        self, principal: Principal, place: Place, code: str | None
    ) -> bool:
        if place.visibility == "public":
            return True
        if code:
            if await self._is_code(place.meeting_id, code):
                return True
            raise Refusal("wrong_code", "This code doesn't belong to this meeting.")
        access = await self._identity.look_up(principal, place)
        if access.may_take_part:
            return True
        if place.visibility == "private":
            raise no_such_meeting()
        return False

    async def _is_code(self, meeting_id: str, code: str) -> bool:
        """Whether this is the code as it is now: it changes when calm is wanted."""
        row = await self._database.read(
            lambda c: catalogue.meeting_by_id(c, meeting_id)
        )
        return row is not None and secrets.compare_digest(
            _plain(code), _plain(row.join_code)
        )

    async def _check_name(
        self, meeting_id: str, name: str | None, invite_id: str | None
    ) -> None:
        """Refuse a name with a word that is held or refused: a name can't wait.

        And one that the organisers keep for somebody else.
        """
        if name is None:
            return
        staff = await self._journal.snapshot(meeting_id, STAFF)
        for screening in staff.state["screening"].values():
            refuse_words(screening["content"] or {}, name)
        for listed in staff.state["invites"].values():
            kept = listed["duty"] == NAME_DUTY and not listed["revoked"]
            label = (listed["content"] or {}).get("label", "")
            if kept and listed["invite_id"] != invite_id and is_same(label, name):
                raise name_listed(label)

    async def _grant(self, meeting_id: str, member_id: str, invite_id: str) -> None:
        duty = await self._duty_of(meeting_id, invite_id)
        if duty is None:
            raise Refusal("invite_revoked", "This invitation is no longer valid.")
        command = GrantDuty(member_id=member_id, duty=duty, invite_id=invite_id)
        answer = await self._journal.submit(meeting_id, command, actor=SYSTEM)
        if not isinstance(answer, Accepted):
            raise _refusal(answer)

    async def _name_of(self, place: Place, invite_id: str | None) -> str | None:
        """Return the name on the organisers' list that an invitation confirms."""
        if invite_id is None:
            return None
        staff = await self._journal.snapshot(place.meeting_id, STAFF)
        invite = staff.state["invites"].get(invite_id) or {}
        if invite.get("duty") != NAME_DUTY:
            return None
        return (invite["content"] or {}).get("label") or None

    async def _duty_of(self, meeting_id: str, invite_id: str) -> str | None:
        """Return what an invitation gives while it stands."""
        staff = await self._journal.snapshot(meeting_id, STAFF)
        invite = staff.state["invites"].get(invite_id)
        if invite is None or invite["revoked"]:
            return None
        duty: str = invite["duty"]
        return duty


def _refusal(answer: object) -> Refusal:
    if isinstance(answer, Refused):
        return answer.refusal
    return Refusal("not_done", "This could not be done.")


def _plain(code: str) -> bytes:
    """Return a code as it is compared: as people read it aloud or type it."""
    kept = (letter for letter in code.lower() if letter.isalnum())
    return "".join(kept).translate(str.maketrans("ilo", "110")).encode()
