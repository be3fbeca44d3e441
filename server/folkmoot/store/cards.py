"""Keys from which the secrets of paper cards are made, one a meeting."""

from __future__ import annotations

import sqlalchemy as sa

from folkmoot.store import tables


def card_key(connection: sa.Connection, meeting_id: str) -> str | None:
    """Return a meeting's key; None while no card was printed."""
    table = tables.card_keys
    return connection.execute(
        sa.select(table.c.secret).where(table.c.meeting_id == meeting_id)
    ).scalar()


def keep_card_key(connection: sa.Connection, meeting_id: str, secret: str) -> str:
    """Keep a key unless there is one; return the one that holds."""
    tables.upsert(
        connection,
        tables.card_keys,
        [{"meeting_id": meeting_id, "secret": secret}],
        # The first one stays: cards that are printed hang on it.
        update=("meeting_id",),
    )
    held = card_key(connection, meeting_id)
    assert held is not None
    return held
