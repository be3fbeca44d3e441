"""The catalogue: what lists, addresses and keys need of meetings, rooms and series.

Title, phase and times are a projection of the journal, written with its
entries. Functions take a connection: `await database.read(lambda c: …)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables


class MeetingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as lists show it, with its join code and public path."""

    meeting_id: str
    slug: str
    series_id: str | None
    title: str
    purpose: str
    visibility: str
    phase: str
    starts_at: datetime | None
    opened_at: datetime | None
    ended_at: datetime | None
    join_code: str
    public_path: str
    demonstration: bool
    created_at: datetime
    earlier_code: str | None = None


class RoomRow(msgspec.Struct, frozen=True, kw_only=True):
    """A room's address and its secret keys.

    `part_seconds` and `segment_seconds` are None where the settings decide.
    """

    meeting_id: str
    room_id: str
    slug: str
    stream_key: str
    camera_token: str
    part_seconds: float | None = None
    segment_seconds: float | None = None


class SeriesRow(msgspec.Struct, frozen=True, kw_only=True):
    """The meetings of one body or project."""

    series_id: str
    slug: str
    title: str
    scope: str
    created_at: datetime


def meeting_by_id(connection: sa.Connection, meeting_id: str) -> MeetingRow | None:
    return _meeting(connection, tables.meetings.c.meeting_id == meeting_id)


def meeting_by_slug(connection: sa.Connection, slug: str) -> MeetingRow | None:
    return _meeting(connection, tables.meetings.c.slug == slug)


def meeting_by_join_code(connection: sa.Connection, code: str) -> MeetingRow | None:
    return _meeting(connection, tables.meetings.c.join_code == code)


def meeting_by_public_path(connection: sa.Connection, path: str) -> MeetingRow | None:
    return _meeting(connection, tables.meetings.c.public_path == path)


def list_meetings(
    connection: sa.Connection,
    *,
    visibility: str | None = None,
    phase: str | None = None,
    series_id: str | None = None,
    rehearsals: bool = True,
    limit: int | None = None,
) -> list[MeetingRow]:
    """Return meetings, the newest start first; None means any, and all of them.

    Lists for people leave out `rehearsals`.
    """
    table = tables.meetings
    wanted = sa.select(table)
    if not rehearsals:
        copies = sa.select(tables.rehearsals.c.meeting_id)
        wanted = wanted.where(table.c.meeting_id.not_in(copies))
    for column, value in (
        (table.c.visibility, visibility),
        (table.c.phase, phase),
        (table.c.series_id, series_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    newest = sa.func.coalesce(
        table.c.opened_at, table.c.starts_at, table.c.created_at
    ).desc()
    rows = connection.execute(wanted.order_by(newest, table.c.slug).limit(limit))
    return [MeetingRow(**row) for row in rows.mappings()]


def add_meeting(connection: sa.Connection, row: MeetingRow) -> None:
    """Add a meeting; `sqlalchemy.exc.IntegrityError` where the slug is taken."""
    connection.execute(sa.insert(tables.meetings), msgspec.structs.asdict(row))


def change_meeting(connection: sa.Connection, meeting_id: str, **columns: Any) -> None:
    connection.execute(
        sa.update(tables.meetings)
        .where(tables.meetings.c.meeting_id == meeting_id)
        .values(**columns)
    )


def rooms_of(connection: sa.Connection, meeting_id: str) -> list[RoomRow]:
    """Return a meeting's rooms in the order in which they were made."""
    table = tables.rooms
    rows = connection.execute(
        sa.select(table)
        .where(table.c.meeting_id == meeting_id)
        .order_by(table.c.number)
        .with_only_columns(*_room_columns())
    )
    return [RoomRow(**row) for row in rows.mappings()]


def room_by_stream_key(connection: sa.Connection, stream_key: str) -> RoomRow | None:
    return _room(connection, tables.rooms.c.stream_key == stream_key)


def room_by_camera_token(connection: sa.Connection, token: str) -> RoomRow | None:
    return _room(connection, tables.rooms.c.camera_token == token)


def add_room(connection: sa.Connection, row: RoomRow) -> None:
    table = tables.rooms
    following = (
        sa.select(sa.func.coalesce(sa.func.max(table.c.number), -1) + 1)
        .where(table.c.meeting_id == row.meeting_id)
        .scalar_subquery()
    )
    connection.execute(
        sa.insert(table).values(number=following, **msgspec.structs.asdict(row))
    )


def remove_room(connection: sa.Connection, meeting_id: str, room_id: str) -> None:
    """Take a room's address and keys away."""
    table = tables.rooms
    connection.execute(
        sa.delete(table).where(
            table.c.meeting_id == meeting_id, table.c.room_id == room_id
        )
    )


def renew_stream_key(
    connection: sa.Connection, meeting_id: str, room_id: str, stream_key: str
) -> None:
    table = tables.rooms
    connection.execute(
        sa.update(table)
        .where(table.c.meeting_id == meeting_id, table.c.room_id == room_id)
        .values(stream_key=stream_key)
    )


def renew_camera_token(
    connection: sa.Connection, meeting_id: str, room_id: str, camera_token: str
) -> None:
    """Make a room's camera link void by a new one."""
    table = tables.rooms
    connection.execute(
        sa.update(table)
        .where(table.c.meeting_id == meeting_id, table.c.room_id == room_id)
        .values(camera_token=camera_token)
    )


def set_lengths(
    connection: sa.Connection,
    meeting_id: str,
    room_id: str,
    *,
    part_seconds: float,
    segment_seconds: float,
) -> None:
    """Keep how long a room's parts and segments are."""
    table = tables.rooms
    connection.execute(
        sa.update(table)
        .where(table.c.meeting_id == meeting_id, table.c.room_id == room_id)
        .values(part_seconds=part_seconds, segment_seconds=segment_seconds)
    )


def add_series(connection: sa.Connection, row: SeriesRow) -> None:
    """Add a series; `sqlalchemy.exc.IntegrityError` where the slug is taken."""
    connection.execute(sa.insert(tables.series), msgspec.structs.asdict(row))


def series_by_id(connection: sa.Connection, series_id: str) -> SeriesRow | None:
    return _series(connection, tables.series.c.series_id == series_id)


def series_by_slug(connection: sa.Connection, slug: str) -> SeriesRow | None:
    return _series(connection, tables.series.c.slug == slug)


def public_meetings_of(connection: sa.Connection, series_slug: str) -> frozenset[str]:
    """Return the ids of a series' public meetings; none of a series nobody knows."""
    row = series_by_slug(connection, series_slug)
    if row is None:
        return frozenset()
    found = list_meetings(connection, visibility="public", series_id=row.series_id)
    return frozenset(each.meeting_id for each in found)


def count_series(
    connection: sa.Connection, counts: Mapping[str, int]
) -> list[tuple[SeriesRow, int]]:
    """Add up counts by a meeting's slug for each series that has one of them."""
    meetings = tables.meetings
    asked = sa.select(meetings.c.slug, meetings.c.series_id).where(
        meetings.c.slug.in_(list(counts))
    )
    found: dict[str, int] = {}
    for slug, series_id in connection.execute(asked):
        found[series_id] = found.get(series_id, 0) + counts[slug]
    return [
        (row, found[row.series_id])
        for row in list_series(connection)
        if row.series_id in found
    ]


def list_series(connection: sa.Connection) -> list[SeriesRow]:
    rows = connection.execute(sa.select(tables.series).order_by(tables.series.c.title))
    return [SeriesRow(**row) for row in rows.mappings()]


def add_organiser(connection: sa.Connection, series_id: str, person_id: str) -> None:
    """Let a person organise all meetings of a series; said twice is said once."""
    row = {"series_id": series_id, "person_id": person_id}
    tables.upsert(connection, tables.series_organisers, [row], update=("person_id",))


def remove_organiser(connection: sa.Connection, series_id: str, person_id: str) -> None:
    table = tables.series_organisers
    connection.execute(
        sa.delete(table).where(
            table.c.series_id == series_id, table.c.person_id == person_id
        )
    )


def organisers_of(connection: sa.Connection, series_id: str) -> set[str]:
    """Return the ids of the persons who organise a series."""
    table = tables.series_organisers
    found = connection.execute(
        sa.select(table.c.person_id).where(table.c.series_id == series_id)
    )
    return set(found.scalars())


def series_organised_by(connection: sa.Connection, person_id: str) -> set[str]:
    """Return the ids of the series that a person organises."""
    table = tables.series_organisers
    found = connection.execute(
        sa.select(table.c.series_id).where(table.c.person_id == person_id)
    )
    return set(found.scalars())


def _meeting(
    connection: sa.Connection, which: sa.ColumnElement[bool]
) -> MeetingRow | None:
    row = connection.execute(sa.select(tables.meetings).where(which)).mappings().first()
    return None if row is None else MeetingRow(**row)


def _room(connection: sa.Connection, which: sa.ColumnElement[bool]) -> RoomRow | None:
    wanted = sa.select(*_room_columns()).where(which)
    row = connection.execute(wanted).mappings().first()
    return None if row is None else RoomRow(**row)


def _room_columns() -> list[sa.Column[Any]]:
    return [column for column in tables.rooms.c if column.name != "number"]


def _series(
    connection: sa.Connection, which: sa.ColumnElement[bool]
) -> SeriesRow | None:
    row = connection.execute(sa.select(tables.series).where(which)).mappings().first()
    return None if row is None else SeriesRow(**row)
