"""Typed text, kept apart from the journal so that it can be hidden and deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables

# SQLite takes at most 32,766 values in a statement.
_CHUNK = 1_000


def add_contents(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Add texts: rows of content_id, meeting_id, item_id, body (JSON)."""
    if rows:
        connection.execute(sa.insert(tables.contents), rows)


def set_grants(
    connection: sa.Connection, grants: Mapping[tuple[str, str], bool]
) -> None:
    """Say of (content_id, feed) whether the feed's readers may read the text."""
    rows = [
        {"content_id": content_id, "feed": feed, "revoked": not granted}
        for (content_id, feed), granted in grants.items()
    ]
    tables.upsert(connection, tables.content_grants, rows, update=("revoked",))


def erase(connection: sa.Connection, content_ids: Collection[str]) -> None:
    """Delete texts for good."""
    for chunk in _chunks(content_ids):
        for table in (tables.contents, tables.content_grants):
            connection.execute(sa.delete(table).where(table.c.content_id.in_(chunk)))


def read_text(connection: sa.Connection, content_id: str) -> dict[str, Any]:
    """Return a text; empty if it was erased."""
    return read_texts(connection, [content_id]).get(content_id, {})


def read_texts(
    connection: sa.Connection, content_ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return texts by their ids, without those that were erased."""
    table = tables.contents
    texts: dict[str, dict[str, Any]] = {}
    for chunk in _chunks(content_ids):
        rows = connection.execute(
            sa.select(table.c.content_id, table.c.body).where(
                table.c.content_id.in_(chunk)
            )
        )
        texts.update((content_id, _text(body)) for content_id, body in rows)
    return texts


def written_for(connection: sa.Connection, meeting_id: str, item_id: str) -> list[str]:
    """Return the ids of every text written for an item and not erased."""
    table = tables.contents
    found = connection.execute(
        sa.select(table.c.content_id)
        .where(table.c.meeting_id == meeting_id, table.c.item_id == item_id)
        .order_by(table.c.content_id)
    )
    return list(found.scalars())


def texts_for(
    connection: sa.Connection, feed: str, content_ids: Iterable[str]
) -> dict[str, dict[str, Any] | str]:
    """Return what a feed's readers get for contents: the text, or why not.

    "withdrawn" is a text that was deleted, "hidden" one that this feed's
    readers may not read.
    """
    contents, grants = tables.contents, tables.content_grants
    wanted = dict.fromkeys(content_ids, "withdrawn")
    texts: dict[str, dict[str, Any] | str] = {**wanted}
    for chunk in _chunks(wanted):
        rows = connection.execute(
            sa.select(contents.c.content_id, contents.c.body, grants.c.revoked)
            .join(
                grants,
                sa.and_(
                    grants.c.content_id == contents.c.content_id,
                    grants.c.feed == feed,
                ),
                isouter=True,
            )
            .where(contents.c.content_id.in_(chunk))
        )
        for content_id, body, revoked in rows:
            texts[content_id] = _text(body) if revoked is False else "hidden"
    return texts


def _text(body: str) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any])


def _chunks(content_ids: Iterable[str]) -> Iterator[list[str]]:
    every = list(content_ids)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]
