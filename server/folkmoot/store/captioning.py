"""How meetings are captioned: kept beside the journal, for the team alone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

When = Literal["live", "after", "never"]
Owed = Literal["live", "after"]
Place = tuple[str, str]


class Captioning(msgspec.Struct, frozen=True, kw_only=True):
    """What the team chose; None and "" stand for what the settings say.

    `by_hand`: what the machine hears waits until a person publishes it.
    `glossary`: names and words to expect, one a line.
    `hand_over_seconds`: the machine writes again when nobody typed for so long.
    """

    when: When | None = None
    model: str = ""
    language: str = ""
    glossary: str = ""
    by_hand: bool = False
    hand_over_seconds: float = 20.0


def captioning_of(connection: sa.Connection, meeting_id: str) -> Captioning:
    """Return what was chosen for a meeting."""
    table = tables.captioning
    body = connection.execute(
        sa.select(table.c.body).where(table.c.meeting_id == meeting_id)
    ).scalar_one_or_none()
    return msgspec.json.decode(body, type=Captioning) if body else Captioning()


def set_captioning(
    connection: sa.Connection, meeting_id: str, chosen: Captioning
) -> None:
    """Keep what was chosen for a meeting."""
    body = msgspec.json.encode(chosen).decode()
    row = {"meeting_id": meeting_id, "body": body}
    tables.upsert(connection, tables.captioning, [row], update=("body",))


def owe(
    connection: sa.Connection, place: Place, what: Owed, *, held_until: datetime
) -> None:
    """Note what a room is owed, and until when it is in somebody's hands."""
    row = {
        "meeting_id": place[0],
        "room_id": place[1],
        "what": what,
        "held_until": held_until,
    }
    tables.upsert(connection, tables.captions_owed, [row], update=("held_until",))


def settle(connection: sa.Connection, place: Place, what: Owed) -> bool:
    """Note that it is done, or another's work now; whether it was owed."""
    gone = sa.delete(tables.captions_owed).where(*_is(place, what))
    return connection.execute(gone).rowcount > 0


def owed(connection: sa.Connection, what: Owed) -> dict[Place, datetime]:
    """Return which rooms are owed this, and until when it is in somebody's hands."""
    table = tables.captions_owed
    found = connection.execute(
        sa.select(table.c.meeting_id, table.c.room_id, table.c.held_until).where(
            table.c.what == what
        )
    )
    return {(meeting_id, room_id): until for meeting_id, room_id, until in found}


def take_over(
    connection: sa.Connection, place: Place, *, before: datetime, until: datetime
) -> bool:
    """Take what was being heard out of hands that let go of it at `before`."""
    table = tables.captions_owed
    taken = (
        sa.update(table)
        .where(*_is(place, "live"), table.c.held_until == before)
        .values(held_until=until)
    )
    return connection.execute(taken).rowcount > 0


def _is(place: Place, what: Owed) -> tuple[sa.ColumnElement[bool], ...]:
    columns = tables.captions_owed.c
    return (
        columns.meeting_id == place[0],
        columns.room_id == place[1],
        columns.what == what,
    )
