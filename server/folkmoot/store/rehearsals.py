"""Which meetings are rehearsals of others."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

LASTS = timedelta(days=1)
"""What nobody ended by then ends by itself."""


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """A private copy of a meeting that is deleted whole; `ending`: it is going.

    With `borrows` what encoders and cameras of the meeting send goes to the copy.
    """

    meeting_id: str
    of_meeting_id: str
    borrows: bool
    began_at: datetime
    ending: bool = False


def add_rehearsal(connection: sa.Connection, rehearsal: Rehearsal) -> None:
    """Note that a meeting is a rehearsal."""
    row = msgspec.structs.asdict(rehearsal)
    connection.execute(sa.insert(tables.rehearsals), row)


def list_rehearsals(connection: sa.Connection) -> list[Rehearsal]:
    """Return all rehearsals, the oldest first."""
    table = tables.rehearsals
    rows = connection.execute(sa.select(table).order_by(table.c.began_at))
    return [Rehearsal(**row) for row in rows.mappings()]


def rehearsal_by_id(connection: sa.Connection, meeting_id: str) -> Rehearsal | None:
    """Return what a meeting rehearses; None for a real one."""
    return _one(connection, tables.rehearsals.c.meeting_id == meeting_id)


def rehearsal_of(connection: sa.Connection, meeting_id: str) -> Rehearsal | None:
    """Return the rehearsal of a meeting, if there is one."""
    return _one(connection, tables.rehearsals.c.of_meeting_id == meeting_id)


def note_ending(connection: sa.Connection, meeting_id: str) -> None:
    """Note that a rehearsal is being deleted, so that it is whatever happens."""
    table = tables.rehearsals
    connection.execute(
        sa.update(table).where(table.c.meeting_id == meeting_id).values(ending=True)
    )


def _one(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Rehearsal | None:
    row = connection.execute(sa.select(tables.rehearsals).where(which)).mappings()
    found = row.first()
    return None if found is None else Rehearsal(**found)
