"""Persons, their tokens, and who they are in a meeting.

Tokens and invitation secrets are kept as hashes only; `hash_secret` makes them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

# A `calendar` token lets calendars read what its owner would go to, and no more.
TokenKind = Literal["session", "signin", "calendar"]
S = TypeVar("S", bound=msgspec.Struct)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone, on one or more devices, in any number of meetings."""

    person_id: str
    name: str
    admin: bool
    created_at: datetime


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in one meeting, under the name that it uses there."""

    member_id: str
    meeting_id: str
    person_id: str
    name: str
    created_at: datetime


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What a device shows; `signin` tokens work once."""

    token_hash: str
    person_id: str
    kind: TokenKind
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


def hash_secret(secret: str) -> str:
    """Return the form in which a token or secret is kept.

    A plain SHA-256 is enough: the secrets are long and random, not chosen.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def add_person(connection: sa.Connection, person: Person) -> None:
    connection.execute(sa.insert(tables.persons), msgspec.structs.asdict(person))


def person_by_id(connection: sa.Connection, person_id: str) -> Person | None:
    table = tables.persons
    row = connection.execute(sa.select(table).where(table.c.person_id == person_id))
    return _one(row, Person)


def rename_person(connection: sa.Connection, person_id: str, name: str) -> None:
    table = tables.persons
    connection.execute(
        sa.update(table).where(table.c.person_id == person_id).values(name=name)
    )


def add_token(connection: sa.Connection, token: Token) -> None:
    connection.execute(sa.insert(tables.tokens), msgspec.structs.asdict(token))


def person_by_token(
    connection: sa.Connection,
    token_hash: str,
    *,
    now: datetime,
    kind: TokenKind = "session",
) -> Person | None:
    """Return whose token of this kind this is, None if void or past its time."""
    tokens, persons = tables.tokens, tables.persons
    row = connection.execute(
        sa.select(persons)
        .join(tokens, tokens.c.person_id == persons.c.person_id)
        .where(
            tokens.c.token_hash == token_hash,
            tokens.c.kind == kind,
            _valid(now),
        )
    )
    return _one(row, Person)


def use_signin(
    connection: sa.Connection, token_hash: str, *, now: datetime
) -> Person | None:
    """Use a one-time token up and return whose it was; None if it is void."""
    tokens = tables.tokens
    used = connection.execute(
        sa.update(tokens)
        .where(
            tokens.c.token_hash == token_hash,
            tokens.c.kind == "signin",
            _valid(now),
        )
        .values(revoked_at=now)
        .returning(tokens.c.person_id)
    ).scalar()
    return None if used is None else person_by_id(connection, used)


def revoke_token(connection: sa.Connection, token_hash: str, *, now: datetime) -> None:
    tokens = tables.tokens
    connection.execute(
        sa.update(tokens)
        .where(tokens.c.token_hash == token_hash, tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke_tokens(
    connection: sa.Connection, person_id: str, kind: TokenKind, *, now: datetime
) -> None:
    """Void all tokens of a kind that a person has."""
    tokens = tables.tokens
    connection.execute(
        sa.update(tokens)
        .where(
            tokens.c.person_id == person_id,
            tokens.c.kind == kind,
            tokens.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def add_member(connection: sa.Connection, member: Member) -> Member:
    """Make a person a member, or return the member that it is already."""
    standing = member_of(connection, member.meeting_id, member.person_id)
    if standing is not None:
        return standing
    connection.execute(sa.insert(tables.members), msgspec.structs.asdict(member))
    return member


def member_of(
    connection: sa.Connection, meeting_id: str, person_id: str
) -> Member | None:
    table = tables.members
    row = connection.execute(
        sa.select(table).where(
            table.c.meeting_id == meeting_id, table.c.person_id == person_id
        )
    )
    return _one(row, Member)


def member_by_id(connection: sa.Connection, member_id: str) -> Member | None:
    table = tables.members
    row = connection.execute(sa.select(table).where(table.c.member_id == member_id))
    return _one(row, Member)


def members_of(connection: sa.Connection, meeting_id: str) -> list[Member]:
    table = tables.members
    rows = connection.execute(
        sa.select(table)
        .where(table.c.meeting_id == meeting_id)
        .order_by(table.c.created_at, table.c.member_id)
    )
    return [Member(**row) for row in rows.mappings()]


def rename_member(connection: sa.Connection, member_id: str, name: str) -> None:
    table = tables.members
    connection.execute(
        sa.update(table).where(table.c.member_id == member_id).values(name=name)
    )


def add_invite_secret(
    connection: sa.Connection, invite_id: str, meeting_id: str, secret_hash: str
) -> None:
    connection.execute(
        sa.insert(tables.invite_secrets),
        {
            "invite_id": invite_id,
            "meeting_id": meeting_id,
            "secret_hash": secret_hash,
        },
    )


def invite_by_secret(
    connection: sa.Connection, secret_hash: str
) -> tuple[str, str] | None:
    """Return (meeting_id, invite_id) of a link; whether it stands, the state says."""
    table = tables.invite_secrets
    row = connection.execute(
        sa.select(table.c.meeting_id, table.c.invite_id).where(
            table.c.secret_hash == secret_hash
        )
    ).first()
    return None if row is None else (row[0], row[1])


def _valid(now: datetime) -> sa.ColumnElement[bool]:
    tokens = tables.tokens
    return sa.and_(
        tokens.c.revoked_at.is_(None),
        sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now),
    )


def _one(result: sa.CursorResult[Any], kind: type[S]) -> S | None:
    row = result.mappings().first()
    return None if row is None else kind(**row)
