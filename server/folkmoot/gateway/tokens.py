"""Tokens: what a device shows, the organiser's first one, links to sign in once."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from folkmoot.core.refusals import Refusal
from folkmoot.datadir import DataDir
from folkmoot.gateway.memory import Memory
from folkmoot.gateway.principals import Principal
from folkmoot.store import people, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from pathlib import Path

    from folkmoot.store.database import Database
    from folkmoot.store.people import Person, TokenKind

ADMIN_ID = "p_admin"
ADMIN_NAME = "Organiser"
SIGN_IN_TIME = timedelta(hours=24)
SESSION_TIME = timedelta(days=400)
# So long a void token may still be believed; the promise is two seconds. Longer
# than the pulse between two checks, so that who is connected is looked up in them.
TRUST_SECONDS = 1.5
_CHUNK = 500


class Tokens:
    """Session tokens and sign-in links; only their hashes are kept."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._known: Memory[str, Principal] = Memory(
            trust_seconds=TRUST_SECONDS, monotonic=monotonic
        )

    async def open(self, data_dir: Path) -> str:
        """Return the admin token; makes its person and its file when missing."""
        token = await asyncio.to_thread(DataDir(data_dir).admin_token)
        await self._database.run(lambda c: self._admit_admin(c, token))
        return token

    async def find(self, token: str) -> Principal | None:
        """Return whose token this is; None if it is unknown, void or too old."""
        return await self.find_hash(people.hash_secret(token))

    async def find_hash(self, token_hash: str) -> Principal | None:
        """Return whose token has this hash, as `find` does."""
        if (principal := self._known.get(token_hash)) is not None:
            return principal
        person = await self._database.read(
            lambda c: people.person_by_token(c, token_hash, now=self._clock())
        )
        if person is None:
            return None
        principal = _principal(person, token_hash)
        self._known.put(token_hash, principal)
        return principal

    async def revoke(self, token: str) -> None:
        """Void a token, on every process within two seconds."""
        token_hash = people.hash_secret(token)
        await self._database.run(
            lambda c: people.revoke_token(c, token_hash, now=self._clock())
        )
        self._known.forget(token_hash)

    async def find_void(self, token_hashes: Collection[str]) -> set[str]:
        """Return those of the tokens that no longer hold; trust the others anew."""
        if not token_hashes:
            return set()
        wanted = list(token_hashes)
        valid = await self._database.read(
            lambda c: _valid_among(c, wanted, self._clock())
        )
        for token_hash in valid:
            self._known.renew(token_hash)
        return set(wanted) - valid

    async def add_visitor(self, person: Person) -> tuple[str, Principal]:
        """Add a person; return its first token."""
        token = new_secret()
        token_hash = people.hash_secret(token)

        def work(connection: sa.Connection) -> None:
            people.add_person(connection, person)
            self._add(connection, token_hash, person.person_id, "session", SESSION_TIME)

        await self._database.run(work)
        return token, _principal(person, token_hash)

    async def make_sign_in(self, person_id: str = ADMIN_ID) -> str:
        """Return a secret that signs a person in once, within 24 hours."""
        secret = new_secret()
        token_hash = people.hash_secret(secret)
        await self._database.run(
            lambda c: self._add(c, token_hash, person_id, "signin", SIGN_IN_TIME)
        )
        return secret

    async def make_calendar(self, person_id: str) -> str:
        """Return the secret of a new personal calendar; earlier ones are void."""
        secret = new_secret()
        token_hash = people.hash_secret(secret)

        def work(connection: sa.Connection) -> None:
            now = self._clock()
            people.revoke_tokens(connection, person_id, "calendar", now=now)
            self._add(connection, token_hash, person_id, "calendar", SESSION_TIME)

        await self._database.run(work)
        return secret

    async def find_calendar(self, secret: str) -> Principal | None:
        """Return whose personal calendar this is; None if it is unknown or void."""
        token_hash = people.hash_secret(secret)
        person = await self._database.read(
            lambda c: people.person_by_token(
                c, token_hash, now=self._clock(), kind="calendar"
            )
        )
        return None if person is None else _principal(person, token_hash)

    async def sign_in(self, secret: str) -> tuple[str, Principal]:
        """Use a sign-in secret up; return a new session token and whose it is.

        Raises `bad_link` for a secret that is unknown, used or too old.
        """
        token = new_secret()
        token_hash = people.hash_secret(token)

        def work(connection: sa.Connection) -> Person | None:
            person = people.use_signin(
                connection, people.hash_secret(secret), now=self._clock()
            )
            if person is not None:
                owner = person.person_id
                self._add(connection, token_hash, owner, "session", SESSION_TIME)
            return person

        person = await self._database.run(work)
        if person is None:
            raise Refusal("bad_link", "This link was used already or is too old.")
        return token, _principal(person, token_hash)

    def _admit_admin(self, connection: sa.Connection, token: str) -> None:
        now = self._clock()
        if people.person_by_id(connection, ADMIN_ID) is None:
            person = people.Person(
                person_id=ADMIN_ID, name=ADMIN_NAME, admin=True, created_at=now
            )
            people.add_person(connection, person)
        token_hash = people.hash_secret(token)
        if not _exists(connection, token_hash):
            self._add(connection, token_hash, ADMIN_ID, "session", None)

    def _add(
        self,
        connection: sa.Connection,
        token_hash: str,
        person_id: str,
        kind: TokenKind,
        lasts: timedelta | None,
    ) -> None:
        now = self._clock()
        token = people.Token(
            token_hash=token_hash,
            person_id=person_id,
            kind=kind,
            created_at=now,
            expires_at=None if lasts is None else now + lasts,
        )
        people.add_token(connection, token)


def new_secret() -> str:
    """Return 192 random bits, fit for addresses and headers."""
    return secrets.token_urlsafe(24)


def _principal(person: Person, token_hash: str) -> Principal:
    return Principal(
        person_id=person.person_id,
        name=person.name,
        admin=person.admin,
        token_hash=token_hash,
    )


def _exists(connection: sa.Connection, token_hash: str) -> bool:
    table = tables.tokens
    found = sa.select(table.c.token_hash).where(table.c.token_hash == token_hash)
    return connection.execute(found).first() is not None


def _valid_among(
    connection: sa.Connection, token_hashes: list[str], now: datetime
) -> set[str]:
    table = tables.tokens
    valid: set[str] = set()
    for start in range(0, len(token_hashes), _CHUNK):
        wanted = sa.select(table.c.token_hash).where(
            table.c.token_hash.in_(token_hashes[start : start + _CHUNK]),
            table.c.revoked_at.is_(None),
            sa.or_(table.c.expires_at.is_(None), table.c.expires_at > now),
        )
        valid.update(connection.execute(wanted).scalars())
    return valid
