"""Identity: from a token to a person, and what that person is in a meeting.

A token says who somebody is and nothing more. Duties come from the meeting's
journal at every question, so taking one back holds everywhere at once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from folkmoot.core.decision import Actor
from folkmoot.core.ids import IdSource, RandomIds
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.memory import Memory
from folkmoot.gateway.names import pseudonym
from folkmoot.gateway.principals import Access, Place, Principal
from folkmoot.gateway.tokens import TRUST_SECONDS, Tokens
from folkmoot.store import catalogue, people, rehearsals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from folkmoot.journal import Journal
    from folkmoot.store.database import Database
    from folkmoot.store.people import Member

ORGANISE = frozenset({"organise"})


class Identity:
    """Who somebody is, in general and in each meeting."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        ids: IdSource | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tokens = Tokens(database, clock=clock, monotonic=monotonic)
        self._database = database
        self._journal = journal
        self._clock = clock
        self._ids = ids or RandomIds()
        self._places: Memory[str, Place] = Memory()
        self._members: Memory[tuple[str, str], Member] = Memory()
        self._organised: Memory[str, set[str]] = Memory(
            trust_seconds=TRUST_SECONDS, monotonic=monotonic
        )

    async def open(self, data_dir: Path) -> str:
        """Return the admin token; makes its person and its file when missing."""
        return await self.tokens.open(data_dir)

    async def make_sign_in_link(self, base_url: str) -> str:
        """Return a link that signs the organiser in once, within 24 hours."""
        return f"{base_url}/sign-in/{await self.tokens.make_sign_in()}"

    async def find_place(self, meeting: str) -> Place:
        """Return a meeting by slug or id; raise `no_such_meeting`."""
        if (place := self._places.get(meeting)) is not None:
            standing = self._journal.standing(place.meeting_id)
            if standing is None or standing.visibility == place.visibility:
                return place
        place = await self._database.read(lambda c: _read_place(c, meeting))
        if place is None:
            raise no_such_meeting()
        self._places.put(meeting, place)
        return place

    def forget_place(self, place: Place) -> None:
        """Know a meeting no longer that was deleted."""
        for name in (place.meeting_id, place.slug):
            self._places.forget(name)

    async def enter(self, principal: Principal, meeting: str) -> Access:
        """Return what a principal is in a meeting (slug or id) that it may read.

        Raises `no_such_meeting` also for a private meeting of others: it must
        not be found by trying addresses.
        """
        access = await self.look_up(principal, await self.find_place(meeting))
        if not access.may_enter:
            raise no_such_meeting()
        return access

    async def look_up(self, principal: Principal, place: Place) -> Access:
        """Return what a principal is in a meeting, whoever may read it."""
        member = await self._find_member(principal, place.meeting_id)
        duties: frozenset[str] = frozenset()
        if member is not None:
            standing = await self._journal.open(place.meeting_id)
            duties = standing.duties.get(member.member_id, duties)
            if member.member_id in standing.removed:
                member = None
        organises_all = await self.may_create(principal, place.series_id)
        if organises_all:
            duties |= ORGANISE
        actor = Actor(
            member_id=member.member_id if member else None,
            name=member.name if member else principal.name,
            duties=duties,
        )
        return Access(
            place=place,
            principal=principal,
            actor=actor,
            member=member,
            organises_all=organises_all,
        )

    async def may_create(self, principal: Principal, series_id: str | None) -> bool:
        """Whether a principal may make meetings (in a series)."""
        if principal.admin:
            return True
        return series_id is not None and series_id in await self.series_of(principal)

    async def series_of(self, principal: Principal) -> set[str]:
        """Return the ids of the series that a principal organises."""
        if principal.person_id is None:
            return set()
        person_id = principal.person_id
        if (series := self._organised.get(person_id)) is not None:
            return series
        series = await self._database.read(
            lambda c: catalogue.series_organised_by(c, person_id)
        )
        self._organised.put(person_id, series)
        return series

    def forget_organiser(self, person_id: str) -> None:
        """Look anew at what a person organises; other processes do within a second."""
        self._organised.forget(person_id)

    async def add_person(self, name: str | None) -> tuple[str, Principal]:
        """Add somebody new under a name or pseudonym; return its token too."""
        person = people.Person(
            person_id=self._ids.new("p"),
            name=name or pseudonym(),
            admin=False,
            created_at=self._clock(),
        )
        return await self.tokens.add_visitor(person)

    async def add_member(
        self, principal: Principal, meeting_id: str, name: str | None
    ) -> Member:
        """Make a person a member, under `name` if given; said twice is said once."""
        if principal.person_id is None:
            raise Refusal("not_a_member", "Join the meeting first.")
        wanted = people.Member(
            member_id=self._ids.new("b"),
            meeting_id=meeting_id,
            person_id=principal.person_id,
            name=name or principal.name or pseudonym(),
            created_at=self._clock(),
        )
        member = await self._database.run(lambda c: _put_member(c, wanted, name))
        standing = await self._journal.open(meeting_id)
        if member.member_id in standing.removed:
            raise Refusal(
                "removed", "The organisers have removed you from this meeting."
            )
        self._members.put((meeting_id, principal.person_id), member)
        return member

    async def ensure_member(self, access: Access) -> Access:
        """Return an organiser's access as a member, made one if need be."""
        if access.member is not None or not access.actor.organises:
            return access
        await self.add_member(access.principal, access.meeting_id, None)
        return await self.look_up(access.principal, access.place)

    async def _find_member(
        self, principal: Principal, meeting_id: str
    ) -> Member | None:
        if principal.person_id is None:
            return None
        person_id = principal.person_id
        if (member := self._members.get((meeting_id, person_id))) is not None:
            return member
        member = await self._database.read(
            lambda c: people.member_of(c, meeting_id, person_id)
        )
        if member is not None:
            self._members.put((meeting_id, person_id), member)
        return member


def no_such_meeting() -> Refusal:
    """Return the refusal for a meeting that isn't there for this reader."""
    return Refusal("no_such_meeting", "There is no such meeting.")


def _put_member(connection: sa.Connection, wanted: Member, name: str | None) -> Member:
    member = people.add_member(connection, wanted)
    if name is None or member.name == name:
        return member
    people.rename_member(connection, member.member_id, name)
    return people.Member(
        member_id=member.member_id,
        meeting_id=member.meeting_id,
        person_id=member.person_id,
        name=name,
        created_at=member.created_at,
    )


def _read_place(connection: sa.Connection, meeting: str) -> Place | None:
    row = catalogue.meeting_by_slug(connection, meeting) or catalogue.meeting_by_id(
        connection, meeting
    )
    if row is None:
        return None
    return Place(
        meeting_id=row.meeting_id,
        slug=row.slug,
        visibility=row.visibility,
        series_id=row.series_id,
        is_rehearsal=rehearsals.rehearsal_by_id(connection, row.meeting_id) is not None,
    )
