"""Addresses that somebody gave for letters; nobody but the sender reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

# What is sent: a meeting's follow-up, a contribution's, or one's own link once.
Subject = Literal["meeting", "contribution", "link"]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """An address and what is sent to it; everything until `told_at` was."""

    subscription_id: str
    meeting_id: str
    subject: Subject
    # empty: the whole meeting
    contribution_id: str = ""
    address: str
    created_at: datetime
    confirmed_at: datetime | None = None
    told_at: datetime


def add(connection: sa.Connection, subscription: Subscription) -> Subscription:
    """Keep a subscription, or return the one that this address has already."""
    table = tables.subscriptions
    row = msgspec.structs.asdict(subscription)
    same = (
        connection.execute(
            sa.select(table).where(
                *(
                    table.c[name] == row[name]
                    for name in ("meeting_id", "subject", "contribution_id", "address")
                )
            )
        )
        .mappings()
        .first()
    )
    if same is not None:
        return _subscription(same)
    connection.execute(sa.insert(table), row)
    return subscription


def find(connection: sa.Connection, subscription_id: str) -> Subscription | None:
    table = tables.subscriptions
    row = (
        connection.execute(
            sa.select(table).where(table.c.subscription_id == subscription_id)
        )
        .mappings()
        .first()
    )
    return None if row is None else _subscription(row)


def confirm(connection: sa.Connection, subscription_id: str, *, now: datetime) -> bool:
    """Note that its reader meant it; what came before is not sent."""
    return _change(connection, subscription_id, confirmed_at=now, told_at=now)


def note_told(connection: sa.Connection, subscription_id: str, at: datetime) -> bool:
    return _change(connection, subscription_id, told_at=at)


def erase(connection: sa.Connection, subscription_id: str) -> bool:
    """Delete an address for good."""
    table = tables.subscriptions
    gone = connection.execute(
        sa.delete(table).where(table.c.subscription_id == subscription_id)
    )
    return gone.rowcount == 1


def confirmed(connection: sa.Connection, meeting_id: str) -> list[Subscription]:
    table = tables.subscriptions
    rows = connection.execute(
        sa.select(table)
        .where(table.c.meeting_id == meeting_id, table.c.confirmed_at.is_not(None))
        .order_by(table.c.subscription_id)
    )
    return [_subscription(row) for row in rows.mappings()]


def has_confirmed(connection: sa.Connection, meeting_id: str) -> bool:
    table = tables.subscriptions
    found = sa.select(table.c.subscription_id).where(
        table.c.meeting_id == meeting_id, table.c.confirmed_at.is_not(None)
    )
    return connection.execute(found.limit(1)).first() is not None


def meetings(connection: sa.Connection) -> list[str]:
    """Return the meetings of which somebody wants to hear."""
    table = tables.subscriptions
    wanted = sa.select(table.c.meeting_id).where(table.c.confirmed_at.is_not(None))
    return list(connection.execute(wanted.distinct()).scalars())


def count_asked(connection: sa.Connection, *, since: datetime) -> int:
    """Return how many addresses were given since then and not confirmed."""
    table = tables.subscriptions
    asked = sa.select(sa.func.count()).where(
        table.c.confirmed_at.is_(None), table.c.created_at >= since
    )
    return int(connection.execute(asked.select_from(table)).scalar_one())


def _change(connection: sa.Connection, subscription_id: str, **columns: Any) -> bool:
    table = tables.subscriptions
    changed = connection.execute(
        sa.update(table)
        .where(table.c.subscription_id == subscription_id)
        .values(**columns)
    )
    return changed.rowcount == 1


def _subscription(row: sa.RowMapping) -> Subscription:
    return Subscription(**row)
