"""Heads and entries: numbers without gaps, by meeting and by feed."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables


class Head(msgspec.Struct, frozen=True):
    """Where a journal ends."""

    seq: int
    at: datetime
    epoch: str


class EntryRow(msgspec.Struct, frozen=True):
    """A stored entry; `seq` is the journal's own number and leaves no server."""

    seq: int
    feed: str
    feed_seq: int
    kind: str
    at: datetime
    body: str


_COLUMNS = [tables.entries.c[name] for name in EntryRow.__struct_fields__]


def add_head(connection: sa.Connection, meeting_id: str, head: Head) -> None:
    row = {"meeting_id": meeting_id, **msgspec.structs.asdict(head)}
    connection.execute(sa.insert(tables.heads), row)


def lock_head(connection: sa.Connection, meeting_id: str) -> Head | None:
    """Return a journal's head and keep all other writers out until the commit."""
    # SQLite leaves FOR UPDATE out: there the transaction itself is the lock.
    return _head(connection, meeting_id, _select_head().with_for_update())


def read_head(connection: sa.Connection, meeting_id: str) -> Head | None:
    return _head(connection, meeting_id, _select_head())


def move_head(
    connection: sa.Connection, meeting_id: str, *, seq: int, at: datetime
) -> None:
    table = tables.heads
    connection.execute(
        sa.update(table).where(table.c.meeting_id == meeting_id).values(seq=seq, at=at)
    )


def renew_epochs(connection: sa.Connection, epoch: str) -> None:
    """Give every meeting a new epoch: after a restore all readers fetch anew."""
    connection.execute(sa.update(tables.heads).values(epoch=epoch))


def all_heads(connection: sa.Connection) -> dict[str, int]:
    """Return the journal's own last number of every meeting."""
    table = tables.heads
    rows = connection.execute(sa.select(table.c.meeting_id, table.c.seq))
    return {row[0]: row[1] for row in rows}


def add_entries(
    connection: sa.Connection, meeting_id: str, rows: list[EntryRow]
) -> None:
    if rows:
        connection.execute(
            sa.insert(tables.entries),
            [{"meeting_id": meeting_id, **msgspec.structs.asdict(row)} for row in rows],
        )


def entries_after(
    connection: sa.Connection, meeting_id: str, seq: int, *, feed: str | None = None
) -> list[EntryRow]:
    """Return entries after the journal's own number `seq`, of one feed or all."""
    table = tables.entries
    wanted = (
        sa.select(*_COLUMNS)
        .where(table.c.meeting_id == meeting_id, table.c.seq > seq)
        .order_by(table.c.seq)
    )
    if feed is not None:
        wanted = wanted.where(table.c.feed == feed)
    return [EntryRow(*row) for row in connection.execute(wanted)]


def entry_at(connection: sa.Connection, meeting_id: str, seq: int) -> datetime | None:
    """Return when the entry with the journal's own number was written."""
    table = tables.entries
    return connection.execute(
        sa.select(table.c.at).where(
            table.c.meeting_id == meeting_id, table.c.seq == seq
        )
    ).scalar()


def feed_entries(
    connection: sa.Connection, meeting_id: str, feed: str, *, after: int, limit: int
) -> list[EntryRow]:
    """Return at most `limit` entries of a feed after its number `after`."""
    table = tables.entries
    wanted = (
        sa.select(*_COLUMNS)
        .where(
            table.c.meeting_id == meeting_id,
            table.c.feed == feed,
            table.c.feed_seq > after,
        )
        .order_by(table.c.feed_seq)
        .limit(limit)
    )
    return [EntryRow(*row) for row in connection.execute(wanted)]


def feed_heads(
    connection: sa.Connection,
    meeting_id: str,
    *,
    feed: str | None = None,
    up_to: int | None = None,
) -> dict[str, int]:
    """Return the last number of each feed that has entries (up to a journal seq)."""
    table = tables.entries
    wanted = sa.select(table.c.feed, sa.func.max(table.c.feed_seq)).where(
        table.c.meeting_id == meeting_id
    )
    if feed is not None:
        wanted = wanted.where(table.c.feed == feed)
    if up_to is not None:
        wanted = wanted.where(table.c.seq <= up_to)
    rows = connection.execute(wanted.group_by(table.c.feed))
    return {row[0]: row[1] for row in rows}


def last_numbers(connection: sa.Connection, feed: str) -> dict[str, int]:
    """Return a feed's last number in every meeting that has entries in it."""
    table = tables.entries
    rows = connection.execute(
        sa.select(table.c.meeting_id, sa.func.max(table.c.feed_seq))
        .where(table.c.feed == feed)
        .group_by(table.c.meeting_id)
    )
    return {row[0]: row[1] for row in rows}


def find_holes(connection: sa.Connection, meeting_id: str) -> list[str]:
    """Return in words where a journal or a feed lacks numbers; none is whole."""
    table = tables.entries
    mine = table.c.meeting_id == meeting_id
    last, count = connection.execute(
        sa.select(sa.func.max(table.c.seq), sa.func.count()).where(mine)
    ).one()
    feeds = connection.execute(
        sa.select(table.c.feed, sa.func.max(table.c.feed_seq), sa.func.count())
        .where(mine)
        .group_by(table.c.feed)
    ).all()
    head = read_head(connection, meeting_id)
    found = [
        f"the feed {feed.split(':')[0]} lacks {last - count} of {last} entries"
        for feed, last, count in feeds
        if last != count
    ]
    if (last or 0) != count:
        found.append(f"the journal lacks {last - count} of {last} entries")
    if head is not None and head.seq != (last or 0):
        found.append(f"the journal ends at {last}, its head says {head.seq}")
    return found


def _select_head() -> sa.Select[int, datetime, str]:
    table = tables.heads
    return sa.select(table.c.seq, table.c.at, table.c.epoch)


def _head(
    connection: sa.Connection,
    meeting_id: str,
    wanted: sa.Select[int, datetime, str],
) -> Head | None:
    row = connection.execute(
        wanted.where(tables.heads.c.meeting_id == meeting_id)
    ).first()
    return None if row is None else Head(*row)


def meetings_with(connection: sa.Connection, kind: str) -> list[str]:
    """Return the meetings whose journals have an entry of a kind; reads them all."""
    table = tables.entries
    found = connection.execute(
        sa.select(table.c.meeting_id).distinct().where(table.c.kind == kind)
    )
    return list(found.scalars())
