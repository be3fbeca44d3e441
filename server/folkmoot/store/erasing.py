"""Deletes a meeting with everything that any table holds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

if TYPE_CHECKING:
    from datetime import datetime


def erase_meeting(
    connection: sa.Connection, meeting_id: str, *, since: datetime
) -> None:
    """Delete a meeting's rows, its jobs, and who came to it alone `since` a moment.

    Tables are found by their column `meeting_id`, so that a new one is not forgotten.
    """
    texts = sa.select(tables.contents.c.content_id).where(
        tables.contents.c.meeting_id == meeting_id
    )
    grants = tables.content_grants
    connection.execute(sa.delete(grants).where(grants.c.content_id.in_(texts)))
    _erase_people(connection, meeting_id, since)
    for job_id in jobs_of(connection, meeting_id):
        connection.execute(sa.delete(tables.jobs).where(tables.jobs.c.job_id == job_id))
    for table in tables.metadata.tables.values():
        if "meeting_id" in table.c:
            connection.execute(sa.delete(table).where(table.c.meeting_id == meeting_id))


def jobs_of(connection: sa.Connection, meeting_id: str) -> dict[str, dict[str, object]]:
    """Return the bodies of the jobs about a meeting, by their id."""
    rows = connection.execute(
        sa.select(tables.jobs.c.job_id, tables.jobs.c.body).where(
            tables.jobs.c.body.contains(meeting_id, autoescape=True)
        )
    )
    bodies = {row.job_id: msgspec.json.decode(row.body, type=dict) for row in rows}
    return {
        job_id: body
        for job_id, body in bodies.items()
        if body.get("meeting_id") == meeting_id
    }


def _erase_people(connection: sa.Connection, meeting_id: str, since: datetime) -> None:
    """Delete persons who came for this meeting and have nothing elsewhere."""
    members, persons = tables.members, tables.persons
    here = sa.select(members.c.person_id).where(members.c.meeting_id == meeting_id)
    elsewhere = sa.select(members.c.person_id).where(members.c.meeting_id != meeting_id)
    organisers = sa.select(tables.series_organisers.c.person_id)
    alone = [
        row.person_id
        for row in connection.execute(
            sa.select(persons.c.person_id).where(
                persons.c.person_id.in_(here),
                persons.c.person_id.not_in(elsewhere),
                persons.c.person_id.not_in(organisers),
                persons.c.admin.is_(False),
                persons.c.created_at >= since,
            )
        )
    ]
    for table in (tables.tokens, persons):
        connection.execute(sa.delete(table).where(table.c.person_id.in_(alone)))
