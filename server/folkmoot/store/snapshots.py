"""Stored folds, so that a start need not replay every entry."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from folkmoot.store import tables


def keep_snapshots(
    connection: sa.Connection,
    meeting_id: str,
    *,
    seq: int,
    fold_version: int,
    bodies: Mapping[str, str],
) -> None:
    """Keep folds (by feed, "" for the whole) that all stand at `seq`."""
    rows = [
        {
            "meeting_id": meeting_id,
            "feed": feed,
            "seq": seq,
            "fold_version": fold_version,
            "body": body,
        }
        for feed, body in bodies.items()
    ]
    tables.upsert(
        connection, tables.snapshots, rows, update=("seq", "fold_version", "body")
    )


def read_snapshots(
    connection: sa.Connection, meeting_id: str, *, fold_version: int
) -> tuple[int, dict[str, str]]:
    """Return the number at which the stored folds stand, and them; 0 if none."""
    table = tables.snapshots
    rows = connection.execute(
        sa.select(table.c.seq, table.c.feed, table.c.body).where(
            table.c.meeting_id == meeting_id, table.c.fold_version == fold_version
        )
    ).all()
    seq = min((row.seq for row in rows), default=0)
    return seq, {row.feed: row.body for row in rows}
