"""The last command of each client and its answer, so that none acts twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from folkmoot.store import tables

Key = tuple[str, str]
"""member_id and client_id: a client id means nothing with another member."""


def last_answers(
    connection: sa.Connection, meeting_id: str, clients: Collection[Key]
) -> dict[Key, tuple[int, str]]:
    """Return the last client_seq and its answer (JSON) of those who have one."""
    if not clients:
        return {}
    table = tables.clients
    rows = connection.execute(
        sa.select(
            table.c.member_id, table.c.client_id, table.c.client_seq, table.c.answer
        ).where(
            table.c.meeting_id == meeting_id,
            sa.tuple_(table.c.member_id, table.c.client_id).in_(list(clients)),
        )
    )
    return {(member, client): (seq, answer) for member, client, seq, answer in rows}


def keep_answers(
    connection: sa.Connection,
    meeting_id: str,
    answers: Mapping[Key, tuple[int, str]],
    *,
    at: datetime,
) -> None:
    rows = [
        {
            "meeting_id": meeting_id,
            "member_id": member_id,
            "client_id": client_id,
            "client_seq": client_seq,
            "answer": answer,
            "at": at,
        }
        for (member_id, client_id), (client_seq, answer) in answers.items()
    ]
    tables.upsert(
        connection, tables.clients, rows, update=("client_seq", "answer", "at")
    )
