"""What people did to the words of a room: each edit with before and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables
from folkmoot.store.cues import CueRow


class CueEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What one edit did to one cue; `before` None made it, `after` None took it away.

    All rows of an edit share `edit_id`. `number` counts a room's rows from 1.
    """

    meeting_id: str
    room_id: str
    number: int
    edit_id: str
    cue_id: str
    what: str
    at: datetime
    by: str
    name: str
    before: CueRow | None = None
    after: CueRow | None = None


def lock_room(connection: sa.Connection, meeting_id: str) -> None:
    """Let nobody else edit cues of the meeting before this transaction ends.

    SQLite leaves FOR UPDATE out: there the transaction itself is the lock.
    """
    head = tables.heads.c
    connection.execute(
        sa.select(head.seq).where(head.meeting_id == meeting_id).with_for_update()
    )


def last_number(connection: sa.Connection, meeting_id: str, room_id: str) -> int:
    """Return the number of a room's last row; 0 where nothing was edited."""
    found = connection.execute(
        sa.select(sa.func.max(tables.cue_edits.c.number)).where(
            _in_room(meeting_id, room_id)
        )
    ).scalar_one()
    return found or 0


def add_edits(connection: sa.Connection, edits: Sequence[CueEdit]) -> None:
    """Keep what was done."""
    if edits:
        connection.execute(
            sa.insert(tables.cue_edits), [_row_of(edit) for edit in edits]
        )


def edits_after(
    connection: sa.Connection, meeting_id: str, room_id: str, after: int, *, limit: int
) -> list[CueEdit]:
    """Return what was done after a number, in order."""
    wanted = _select(meeting_id, room_id).where(tables.cue_edits.c.number > after)
    return _read(connection, wanted.limit(limit))


def edits_with_id(
    connection: sa.Connection, meeting_id: str, room_id: str, edit_id: str
) -> list[CueEdit]:
    """Return all that one edit did, in order."""
    wanted = _select(meeting_id, room_id).where(tables.cue_edits.c.edit_id == edit_id)
    return _read(connection, wanted)


def edits_of_cue(
    connection: sa.Connection, meeting_id: str, room_id: str, cue_id: str
) -> list[CueEdit]:
    """Return all that was done to a cue, in order."""
    wanted = _select(meeting_id, room_id).where(tables.cue_edits.c.cue_id == cue_id)
    return _read(connection, wanted)


def _in_room(meeting_id: str, room_id: str) -> sa.ColumnElement[bool]:
    table = tables.cue_edits.c
    return sa.and_(table.meeting_id == meeting_id, table.room_id == room_id)


def _select(meeting_id: str, room_id: str) -> sa.Select[tuple[object, ...]]:
    table = tables.cue_edits
    return (
        sa.select(table).where(_in_room(meeting_id, room_id)).order_by(table.c.number)
    )


def _read(
    connection: sa.Connection, wanted: sa.Select[tuple[object, ...]]
) -> list[CueEdit]:
    return [
        CueEdit(
            **{
                **row,
                "before": _decode(row["before"]),
                "after": _decode(row["after"]),
            }
        )
        for row in connection.execute(wanted).mappings()
    ]


def _row_of(edit: CueEdit) -> dict[str, object]:
    row = msgspec.structs.asdict(edit)
    return {**row, "before": _encode(edit.before), "after": _encode(edit.after)}


def _encode(row: CueRow | None) -> str | None:
    return None if row is None else msgspec.json.encode(row).decode()


def _decode(text: str | None) -> CueRow | None:
    return None if text is None else msgspec.json.decode(text, type=CueRow)
