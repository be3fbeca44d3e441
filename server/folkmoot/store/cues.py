"""Timed pieces of transcript: versioned rows on the meeting's one clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

Provenance = Literal["machine", "corrected", "verified", "imported"]


class CueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cue; `by` corrected it, `model` heard it with `confidence` (0 to 1).

    `source_hash` names the file that it was imported from.
    """

    cue_id: str
    meeting_id: str
    room_id: str
    start_at: datetime
    end_at: datetime
    text: str
    speaker: str | None = None
    language: str | None = None
    provenance: Provenance = "imported"
    model: str | None = None
    confidence: float | None = None
    by: str | None = None
    revision: int = 1
    source_hash: str | None = None


def cues_of(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    *,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    limit: int | None = None,
) -> list[CueRow]:
    """Return a room's cues in order; those that touch [from_at, to_at)."""
    table = tables.cues
    wanted = sa.select(table).where(
        table.c.meeting_id == meeting_id, table.c.room_id == room_id
    )
    if from_at is not None:
        wanted = wanted.where(table.c.end_at > from_at)
    if to_at is not None:
        wanted = wanted.where(table.c.start_at < to_at)
    wanted = wanted.order_by(table.c.start_at, table.c.end_at, table.c.cue_id)
    rows = connection.execute(wanted.limit(limit))
    return [CueRow(**row) for row in rows.mappings()]


def count_cues(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    *,
    provenances: Sequence[Provenance] | None = None,
    source_hash: str | None = None,
) -> int:
    """Return how many cues a room has, of some provenances or one source only."""
    table = tables.cues
    wanted = (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.c.meeting_id == meeting_id, table.c.room_id == room_id)
    )
    if provenances is not None:
        wanted = wanted.where(table.c.provenance.in_(provenances))
    if source_hash is not None:
        wanted = wanted.where(table.c.source_hash == source_hash)
    return connection.execute(wanted).scalar_one()


def add_cues(connection: sa.Connection, cues: Iterable[CueRow]) -> None:
    """Add cues, or give those with the same id anew."""
    columns = tuple(name for name in CueRow.__struct_fields__ if name != "cue_id")
    rows = [msgspec.structs.asdict(cue) for cue in cues]
    tables.upsert(connection, tables.cues, rows, update=columns)


def replace_cues(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    cues: Iterable[CueRow],
    *,
    provenances: Sequence[Provenance] | None = None,
) -> None:
    """Put `cues` in the place of a room's cues of some provenances (None: all)."""
    table = tables.cues
    gone = sa.delete(table).where(
        table.c.meeting_id == meeting_id, table.c.room_id == room_id
    )
    if provenances is not None:
        gone = gone.where(table.c.provenance.in_(provenances))
    connection.execute(gone)
    add_cues(connection, cues)
