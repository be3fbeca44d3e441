"""Timed pieces of transcript: versioned rows on the meeting's one clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

Provenance = Literal["machine", "typed", "corrected", "verified", "imported"]
Origin = Literal["machine", "typed", "imported"]


_VALUES = 400


class CueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cue; `by` typed or corrected it, `model` heard it with `confidence` (0 to 1).

    `source_hash` names the file that it was imported from. `words` holds what is
    known of each word of `text.split()` as JSON, `[[from_ms, to_ms, confidence], …]`
    with times from the cue's start. A `draft` waits for a person to publish it.
    `checked_by` heard that these are the words.
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
    words: str | None = None
    draft: bool = False
    checked_by: str | None = None
    checked_at: datetime | None = None

    @property
    def origin(self) -> Origin:
        """Where its words came from at first, whoever corrected them since."""
        if self.model is not None or self.provenance == "machine":
            return "machine"
        return "imported" if self.source_hash is not None else "typed"


def cues_of(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    *,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    withheld: bool = False,
    drafts: bool = False,
) -> list[CueRow]:
    """Return a room's cues in order; those that touch [from_at, to_at).

    `until` leaves out what ends later: the public sees no more of the room yet.
    Words of pauses and of what was cut are not among them, except for `withheld`:
    for who writes cues, never for who reads them. `drafts` gives only those that
    wait for a person, for the people of the desk; else there are none of them.
    """
    table = tables.cues
    wanted = sa.select(table).where(
        table.c.meeting_id == meeting_id, table.c.room_id == room_id
    )
    wanted = wanted.where(table.c.draft == sa.literal(drafts))
    if until is not None:
        wanted = wanted.where(table.c.end_at <= until)
    if not withheld:
        wanted = wanted.where(~_touches_cut())
    if from_at is not None:
        wanted = wanted.where(table.c.end_at > from_at)
    if to_at is not None:
        wanted = wanted.where(table.c.start_at < to_at)
    wanted = wanted.order_by(table.c.start_at, table.c.end_at, table.c.cue_id)
    rows = connection.execute(wanted.limit(limit))
    return [CueRow(**row) for row in rows.mappings()]


class SpokenRow(NamedTuple):
    """What a cue says, when, and who says it."""

    cue_id: str
    start_at: datetime
    end_at: datetime
    text: str
    speaker: str | None
    language: str | None


def spoken_of(
    connection: sa.Connection, meeting_id: str, room_id: str, *, until: datetime | None
) -> list[SpokenRow]:
    """Return what everybody may read of a room, in order: `cues_of` for who reads much.

    A search index reads a million at once, and has no use for the rest of a cue.
    """
    table = tables.cues
    wanted = (
        sa.select(*(table.c[name] for name in SpokenRow._fields))
        .where(table.c.meeting_id == meeting_id, table.c.room_id == room_id)
        .where(table.c.draft == sa.literal(False), ~_touches_cut())
        .order_by(table.c.start_at, table.c.end_at, table.c.cue_id)
    )
    if until is not None:
        wanted = wanted.where(table.c.end_at <= until)
    return list(map(SpokenRow._make, connection.execute(wanted)))


def _touches_cut() -> sa.Exists:
    table, cut = tables.cues, tables.withheld_spans
    return sa.exists().where(
        cut.c.meeting_id == table.c.meeting_id,
        cut.c.room_id == table.c.room_id,
        cut.c.from_at < table.c.end_at,
        cut.c.to_at > table.c.start_at,
    )


def is_withheld(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    *,
    from_at: datetime,
    to_at: datetime,
) -> bool:
    """Whether some of these seconds were cut, so that nobody reads their words."""
    cut = tables.withheld_spans.c
    there = sa.exists().where(
        cut.meeting_id == meeting_id,
        cut.room_id == room_id,
        cut.from_at < to_at,
        cut.to_at > from_at,
    )
    return bool(connection.execute(sa.select(there)).scalar_one())


def pick_cues(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    *,
    cue_ids: Iterable[str] = (),
    speakers: Iterable[str] = (),
) -> dict[str, CueRow]:
    """Return cues by their id, also drafts, also by who speaks; none of what was cut."""
    table = tables.cues
    here = sa.and_(
        table.c.meeting_id == meeting_id, table.c.room_id == room_id, ~_touches_cut()
    )
    found: dict[str, CueRow] = {}
    for column, values in ((table.c.cue_id, cue_ids), (table.c.speaker, speakers)):
        wanted = list(dict.fromkeys(values))
        # A database takes only so many values in one question.
        for first in range(0, len(wanted), _VALUES):
            some = wanted[first : first + _VALUES]
            rows = connection.execute(sa.select(table).where(here, column.in_(some)))
            found.update((row["cue_id"], CueRow(**row)) for row in rows.mappings())
    return found


def any_taken(connection: sa.Connection, cue_ids: Sequence[str]) -> bool:
    """Whether one of these ids belongs to a cue, of whatever meeting."""
    there = sa.exists().where(tables.cues.c.cue_id.in_(cue_ids))
    return bool(cue_ids) and bool(connection.execute(sa.select(there)).scalar_one())


def remove_cues(connection: sa.Connection, cue_ids: Iterable[str]) -> None:
    """Take cues away."""
    wanted = list(cue_ids)
    for first in range(0, len(wanted), _VALUES):
        some = wanted[first : first + _VALUES]
        connection.execute(sa.delete(tables.cues).where(tables.cues.c.cue_id.in_(some)))


def withhold(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    spans: Iterable[tuple[datetime, datetime]],
) -> list[tuple[datetime, datetime]]:
    """Keep the words of these seconds from readers, and of no others in the room.

    Returns the spans where that changes what can be read. Idempotent.
    """
    table = tables.withheld_spans
    here = (table.c.meeting_id == meeting_id) & (table.c.room_id == room_id)
    found = connection.execute(sa.select(table.c.from_at, table.c.to_at).where(here))
    before = {(row.from_at, row.to_at) for row in found}
    wanted = set(spans)
    if before == wanted:
        return []
    connection.execute(sa.delete(table).where(here))
    rows = [
        {"meeting_id": meeting_id, "room_id": room_id, "from_at": start, "to_at": end}
        for start, end in sorted(wanted)
    ]
    if rows:
        connection.execute(sa.insert(table), rows)
    return sorted(
        span
        for span in before ^ wanted
        if _has_words(connection, meeting_id, room_id, span)
    )


def _has_words(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    span: tuple[datetime, datetime],
) -> bool:
    cues, (start, end) = tables.cues.c, span
    there = sa.exists().where(
        cues.meeting_id == meeting_id,
        cues.room_id == room_id,
        cues.start_at < end,
        cues.end_at > start,
    )
    return bool(connection.execute(sa.select(there)).scalar_one())


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


def last_end(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    *which: sa.ColumnElement[bool],
) -> datetime | None:
    """Return up to where a room has words, drafts included; only those `which` hold."""
    table = tables.cues
    found: datetime | None = connection.execute(
        sa.select(sa.func.max(table.c.end_at)).where(
            table.c.meeting_id == meeting_id, table.c.room_id == room_id, *which
        )
    ).scalar_one()
    return found


def captioned_until(
    connection: sa.Connection, meeting_id: str, room_id: str
) -> datetime | None:
    """Return up to where a room has captions of its own time, corrected since or not.

    What a machine heard counts while it waits for a person, too. What somebody typed
    and a killed process never published does not: nobody may read it yet, and a
    machine that went on behind it would leave its seconds without words.
    """
    table = tables.cues
    heard = table.c.provenance.in_(("machine", "corrected", "verified"))
    read = sa.and_(table.c.provenance == "typed", table.c.draft == sa.false())
    return last_end(connection, meeting_id, room_id, sa.or_(heard, read))


def remove_drafts(connection: sa.Connection, meeting_id: str, room_id: str) -> int:
    """Remove what waits for a person; returns how many cues that were.

    What a person corrected of it stays.
    """
    table = tables.cues
    gone = sa.delete(table).where(
        table.c.meeting_id == meeting_id,
        table.c.room_id == room_id,
        table.c.draft == sa.true(),
        table.c.provenance == "machine",
    )
    return connection.execute(gone).rowcount


def publish_drafts(
    connection: sa.Connection, meeting_id: str, room_id: str
) -> tuple[datetime, datetime] | None:
    """Let everyone read what waited; machine's words of before give way to it.

    What people typed, corrected, verified or imported stays, and drafts that nobody
    corrected give way to it. Returns the time that changed, None where nothing waited.
    """
    table = tables.cues
    here = (table.c.meeting_id == meeting_id) & (table.c.room_id == room_id)
    waiting = table.c.draft == sa.true()
    span = connection.execute(
        sa.select(sa.func.min(table.c.start_at), sa.func.max(table.c.end_at)).where(
            here, waiting
        )
    ).one()
    if span[0] is None:
        return None
    # Lines that a person typed put nothing in the place of what was heard around them.
    heard = connection.execute(
        sa.select(sa.func.min(table.c.start_at), sa.func.max(table.c.end_at)).where(
            here, waiting, table.c.provenance != "typed"
        )
    ).one()
    if heard[0] is not None:
        connection.execute(
            sa.delete(table).where(
                here, ~waiting, table.c.provenance == "machine",
                table.c.end_at > heard[0], table.c.start_at < heard[1],
            )
        )  # fmt: skip
    human = table.alias("human")
    overlaps = sa.exists().where(
        human.c.meeting_id == meeting_id,
        human.c.room_id == room_id,
        human.c.draft == sa.false(),
        human.c.provenance != "machine",
        human.c.start_at < table.c.end_at,
        human.c.end_at > table.c.start_at,
    )
    unread = waiting & (table.c.provenance == "machine")
    connection.execute(sa.delete(table).where(here, unread, overlaps))
    connection.execute(sa.update(table).where(here, waiting).values(draft=False))
    return span[0], span[1]
