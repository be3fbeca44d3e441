"""How meetings are captioned: kept beside the journal, for the team alone."""

from __future__ import annotations

from typing import Literal

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

When = Literal["live", "after", "never"]


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
