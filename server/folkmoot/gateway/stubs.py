"""Stubs of paper cards: the owner's secret, and what one may do with it.

A secret is made from the meeting's key and the card's number (HMAC-SHA256, RFC
2104), so it can be printed again and is kept nowhere. Who shows it acts as the
card's owner, under the owner's rules and for that answer only: the device stays
whoever it was.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot.core.commands import ServeCard
from folkmoot.core.feeds import STAFF
from folkmoot.core.ids import ALPHABET
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.cards import card_code, read_card_code
from folkmoot.gateway.principals import Principal
from folkmoot.gateway.tokens import new_secret
from folkmoot.journal import Accepted
from folkmoot.store import cards, people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from folkmoot.gateway.commands import Commands
    from folkmoot.gateway.identity import Identity
    from folkmoot.gateway.limits import Limits
    from folkmoot.gateway.principals import Access, Place
    from folkmoot.journal import Journal
    from folkmoot.store.database import Database

SECRET_LENGTH = 8
"""40 bits, for which nobody can try more than a few a minute."""
ALLOWED = frozenset(
    {
        "session.edit",
        "session.withdraw",
        "session.interest",
        "contribution.edit",
        "contribution.withdraw",
    }
)


class Stub(msgspec.Struct, frozen=True, kw_only=True):
    """A stub that was shown with its right secret.

    `principal` is the card's owner; None while nothing was taken down from it.
    """

    place: Place
    number: int
    principal: Principal | None = None
    member_id: str | None = None
    card: Mapping[str, Any] | None = None

    @property
    def code(self) -> str:
        """The card's number as it is printed."""
        return card_code(self.number)


class Stubs:
    """Makes the secrets of cards, and lets their owners act."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        identity: Identity,
        commands: Commands,
        limits: Limits,
    ) -> None:
        self._database = database
        self._journal = journal
        self._identity = identity
        self._commands = commands
        self._limits = limits

    async def secrets(self, meeting_id: str, numbers: range) -> list[str]:
        """Return the secrets of cards, to be printed on their stubs."""
        made = new_secret()
        key = await self._database.run(
            lambda c: cards.keep_card_key(c, meeting_id, made)
        )
        return [make_secret(key, number) for number in numbers]

    async def open(self, meeting: str, code: str, secret: str) -> Stub:
        """Return a stub; raise `wrong_stub` for a secret that isn't its own.

        Counted card by card: a secret can't be found by trying.
        """
        number = read_card_code(code)
        try:
            place = await self._identity.find_place(meeting)
        except Refusal:
            # A private meeting must not be found by trying stubs.
            raise wrong_stub() from None
        meeting_id = place.meeting_id
        await self._limits.check("stub", f"{meeting_id}:{number}")
        key = await self._database.read(lambda c: cards.card_key(c, meeting_id))
        right = make_secret(key, number) if key is not None else ""
        if not right or not hmac.compare_digest(right, plain_secret(secret)):
            raise wrong_stub()
        staff = await self._journal.snapshot(meeting_id, STAFF)
        card = staff.state["cards"].get(str(number))
        if card is None:
            return Stub(place=place, number=number)
        return Stub(
            place=place,
            number=number,
            principal=await self._owner(card["member_id"]),
            member_id=card["member_id"],
            card=card,
        )

    async def act(self, stub: Stub, request: Mapping[str, Any]) -> dict[str, Any]:
        """Give a command as the card's owner; return its answer."""
        if stub.principal is None:
            raise Refusal("no_such_card", "Nothing was taken down from this card yet.")
        if request.get("type") not in ALLOWED:
            raise Refusal("not_allowed", "A stub can’t be used for that.")
        return await self._commands.run(stub.principal, stub.place.slug, request)

    async def note_help(self, stub: Stub, helper: Access, way: str) -> None:
        """Note for staff who acted for the owner, at a table or on the phone."""
        command = msgspec.convert({"card": stub.code, "way": way}, ServeCard)
        answer = await self._journal.submit(
            stub.place.meeting_id, command, actor=helper.actor
        )
        if not isinstance(answer, Accepted):
            raise Refusal("not_allowed", "Only helpers act for others.")

    async def _owner(self, member_id: str) -> Principal:
        member = await self._database.read(lambda c: people.member_by_id(c, member_id))
        if member is None:
            raise wrong_stub()
        return Principal(person_id=member.person_id, name=member.name)


def make_secret(key: str, number: int) -> str:
    """Return the secret of a card's stub."""
    digest = hmac.new(key.encode(), f"card {number}".encode(), hashlib.sha256).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:SECRET_LENGTH])


def plain_secret(secret: str) -> str:
    """Return a secret as it was made, however it was read aloud or typed."""
    kept = "".join(letter for letter in secret.lower() if letter.isalnum())
    return kept.translate(str.maketrans("ilou", "110v"))


def show_secret(secret: str) -> str:
    """Return a secret as it is printed: in two halves."""
    half = SECRET_LENGTH // 2
    return f"{secret[:half]}-{secret[half:]}"


def wrong_stub() -> Refusal:
    """Return the refusal of a number and secret that don't belong together."""
    return Refusal(
        "wrong_stub",
        "This number and secret don’t belong together. Please look again.",
    )
