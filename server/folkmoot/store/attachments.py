"""Pictures and voice notes that were sent ahead of the text that they belong to.

The bytes lie in `contents` under the attachment's id, so that what hides and
deletes texts hides and deletes them too; here stands what decisions need to know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from folkmoot.core.talk.attachments import Upload
from folkmoot.store import contents, tables


def add(
    connection: sa.Connection,
    meeting_id: str,
    upload: Upload,
    body: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Keep what was sent; nobody may read its bytes yet."""
    contents.add_contents(
        connection,
        [
            {
                "content_id": upload.attachment_id,
                "meeting_id": meeting_id,
                "item_id": f"upload:{upload.attachment_id}",
                "body": msgspec.json.encode(body).decode(),
            }
        ],
    )
    connection.execute(
        sa.insert(tables.attachments).values(
            attachment_id=upload.attachment_id,
            meeting_id=meeting_id,
            member_id=upload.member_id,
            item_id=upload.item_id,
            kind=upload.kind,
            details=msgspec.json.encode(upload.details).decode(),
            created_at=at,
        )
    )


def find(
    connection: sa.Connection, meeting_id: str, attachment_id: str
) -> Upload | None:
    """Return what was sent under an id."""
    table = tables.attachments
    row = (
        connection.execute(
            sa.select(table).where(
                table.c.attachment_id == attachment_id,
                table.c.meeting_id == meeting_id,
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    return Upload(
        attachment_id=row["attachment_id"],
        member_id=row["member_id"],
        item_id=row["item_id"],
        kind=row["kind"],
        details=msgspec.json.decode(row["details"]),
    )


def caption(
    connection: sa.Connection, attachment_id: str, *, text: str, heard: str
) -> bool:
    """Note what a voice note says that belongs to nothing yet; whether it is such."""
    table = tables.attachments
    mine = (table.c.attachment_id == attachment_id) & table.c.item_id.is_(None)
    details = connection.execute(
        sa.select(table.c.details).where(mine).with_for_update()
    ).scalar()
    if details is None:
        return False
    known = {**msgspec.json.decode(details), "text": text, "heard": heard}
    connection.execute(
        sa.update(table).where(mine).values(details=msgspec.json.encode(known).decode())
    )
    return True


def count_unused(connection: sa.Connection, meeting_id: str, member_id: str) -> int:
    """Return how much a member has sent that belongs to nothing."""
    table = tables.attachments
    counted = sa.select(sa.func.count()).where(
        table.c.meeting_id == meeting_id,
        table.c.member_id == member_id,
        table.c.item_id.is_(None),
    )
    return int(connection.execute(counted).scalar_one())


def adopt(connection: sa.Connection, adopted: Mapping[str, str]) -> None:
    """Give uploads to the items that they belong to from now on."""
    for attachment_id, item_id in adopted.items():
        for table, key in (
            (tables.attachments, tables.attachments.c.attachment_id),
            (tables.contents, tables.contents.c.content_id),
        ):
            connection.execute(
                sa.update(table).where(key == attachment_id).values(item_id=item_id)
            )


def forget(connection: sa.Connection, content_ids: Collection[str]) -> None:
    """Delete what stands here of contents that were erased."""
    if not content_ids:
        return
    table = tables.attachments
    connection.execute(
        sa.delete(table).where(table.c.attachment_id.in_(list(content_ids)))
    )


def sweep(connection: sa.Connection, *, before: datetime) -> int:
    """Delete what was sent before a moment and belongs to nothing; return how many."""
    table = tables.attachments
    found = connection.execute(
        sa.select(table.c.attachment_id).where(
            table.c.item_id.is_(None), table.c.created_at < before
        )
    )
    unused = list(found.scalars())
    contents.erase(connection, unused)
    forget(connection, unused)
    return len(unused)
