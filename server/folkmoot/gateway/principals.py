"""Who asks: a person behind a token, and what it is in one meeting."""

from __future__ import annotations

import msgspec

from folkmoot.core.decision import Actor
from folkmoot.core.feeds import may_read
from folkmoot.store.people import Member


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A person on one device, or nobody yet (`person_id` None)."""

    person_id: str | None = None
    name: str = ""
    admin: bool = False
    token_hash: str | None = None

    @property
    def known(self) -> bool:
        """Whether this is a person and not just a visitor."""
        return self.person_id is not None


VISITOR = Principal()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What of a meeting decides who gets in."""

    meeting_id: str
    slug: str
    visibility: str
    series_id: str | None
    is_rehearsal: bool = False


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A principal in a meeting that it may read."""

    place: Place
    principal: Principal
    actor: Actor
    member: Member | None = None
    # As the admin or an organiser of the series, whatever the meeting's duties say.
    organises_all: bool = False

    @property
    def meeting_id(self) -> str:
        """The meeting's id."""
        return self.place.meeting_id

    @property
    def may_take_part(self) -> bool:
        """Whether commands can be given, as a member or as an organiser."""
        return self.member is not None or self.actor.organises

    @property
    def may_enter(self) -> bool:
        """Whether the meeting may be read at all; a private one only by its own."""
        return self.place.visibility != "private" or self.may_take_part

    def may_read(self, feed: str) -> bool:
        """Whether a feed is for this reader."""
        actor = self.actor
        return may_read(
            feed, member_id=actor.member_id, staff=actor.staff, reports=actor.reports
        )
