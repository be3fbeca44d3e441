"""The tables, the same on SQLite and PostgreSQL.

The schema itself is made by `migrations`; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Moment(sa.TypeDecorator[datetime]):
    """An aware moment as whole milliseconds: exact and ordered in both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        del dialect
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        del dialect
        return None if value is None else _EPOCH + value * _MILLISECOND


# --- the journal -----------------------------------------------------------

# One row a meeting: locked by whoever writes, so that numbers have no gaps.
heads = sa.Table(
    "heads",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("feed_seq", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("meeting_id", "feed", "feed_seq"),
)

contents = sa.Table(
    "contents",
    metadata,
    sa.Column("content_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False),
    sa.Column("item_id", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index(None, "meeting_id", "item_id"),
)

# What was sent ahead of a text; its bytes are the content of the same id.
attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("attachment_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False),
    sa.Column("member_id", sa.Text, nullable=False),
    # What it belongs to; empty as long as nothing has adopted it.
    sa.Column("item_id", sa.Text, nullable=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index(None, "meeting_id", "member_id"),
)

# A revoked grant stays as a row: its reader is told "hidden", not "withdrawn".
content_grants = sa.Table(
    "content_grants",
    metadata,
    sa.Column("content_id", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("revoked", sa.Boolean, nullable=False),
)

clients = sa.Table(
    "clients",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("client_seq", sa.BigInteger, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# `feed` "" is the whole journal's fold.
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("fold_version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

# --- the catalogue ---------------------------------------------------------

series = sa.Table(
    "series",
    metadata,
    sa.Column("series_id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

series_organisers = sa.Table(
    "series_organisers",
    metadata,
    sa.Column("series_id", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
)

meetings = sa.Table(
    "meetings",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("series_id", sa.Text, nullable=True, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("visibility", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("starts_at", Moment, nullable=True),
    sa.Column("opened_at", Moment, nullable=True),
    sa.Column("ended_at", Moment, nullable=True),
    sa.Column("join_code", sa.Text, nullable=False, unique=True),
    # the one that holds again when calm ends
    sa.Column("earlier_code", sa.Text),
    sa.Column("public_path", sa.Text, nullable=False, unique=True),
    sa.Column("demonstration", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

rooms = sa.Table(
    "rooms",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("stream_key", sa.Text, nullable=False, unique=True),
    sa.Column("camera_token", sa.Text, nullable=False, unique=True),
    # The order in which rooms were made.
    sa.Column("number", sa.Integer, nullable=False),
    # How long parts and segments are; null: as the service's settings say.
    sa.Column("part_seconds", sa.Float, nullable=True),
    sa.Column("segment_seconds", sa.Float, nullable=True),
    sa.UniqueConstraint("meeting_id", "slug"),
)

# Private copies of meetings, to practise on, that are deleted whole.
rehearsals = sa.Table(
    "rehearsals",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("of_meeting_id", sa.Text, nullable=False, unique=True),
    sa.Column("borrows", sa.Boolean, nullable=False),
    sa.Column("began_at", Moment, nullable=False),
    sa.Column("ending", sa.Boolean, nullable=False),
)

# --- people ----------------------------------------------------------------

persons = sa.Table(
    "persons",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("admin", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("expires_at", Moment, nullable=True),
    sa.Column("revoked_at", Moment, nullable=True),
    sa.Column("created_at", Moment, nullable=False),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("member_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("meeting_id", "person_id"),
)

invite_secrets = sa.Table(
    "invite_secrets",
    metadata,
    sa.Column("invite_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
)

# What the secrets on paper cards are made from: none of them is kept itself.
card_keys = sa.Table(
    "card_keys",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),
)

# --- transcripts -----------------------------------------------------------

cues = sa.Table(
    "cues",
    metadata,
    sa.Column("cue_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False),
    sa.Column("room_id", sa.Text, nullable=False),
    sa.Column("start_at", Moment, nullable=False),
    sa.Column("end_at", Moment, nullable=False),
    sa.Column("speaker", sa.Text, nullable=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=True),
    sa.Column("provenance", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=True),
    sa.Column("confidence", sa.Float, nullable=True),
    sa.Column("by", sa.Text, nullable=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("source_hash", sa.Text, nullable=True),
    # Times and confidence of each word, as JSON.
    sa.Column("words", sa.Text, nullable=True),
    # Waits for a person; nobody reads it until then.
    sa.Column("draft", sa.Boolean, nullable=False, server_default=sa.false()),
    # Who heard that these are the words, and when.
    sa.Column("checked_by", sa.Text, nullable=True),
    sa.Column("checked_at", Moment, nullable=True),
    sa.Index(None, "meeting_id", "room_id", "start_at"),
)

# What people did to cues: one row for each cue that an edit changed, made or took
# away, with the whole cue before and after as JSON. Numbers of a room have no gaps.
cue_edits = sa.Table(
    "cue_edits",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("edit_id", sa.Text, nullable=False),
    sa.Column("cue_id", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=True),
    sa.Column("after", sa.Text, nullable=True),
    sa.Index(None, "meeting_id", "room_id", "cue_id"),
    sa.Index(None, "meeting_id", "room_id", "edit_id"),
)

# How a meeting is captioned; what is not here is as the settings say.
captioning = sa.Table(
    "captioning",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)

# What captions are owed: the rest of what was being heard, kept by who hears it until
# `held_until`, or a recording as a whole (`what` is live or after).
captions_owed = sa.Table(
    "captions_owed",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("held_until", Moment, nullable=False),
)

# What was cut from a recording: its words are in `cues`, and nobody gets them.
withheld_spans = sa.Table(
    "withheld_spans",
    metadata,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("from_at", Moment, primary_key=True),
    sa.Column("to_at", Moment, primary_key=True),
)

# --- mail ------------------------------------------------------------------

# The one place where an address stands.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("subscription_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("contribution_id", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("confirmed_at", Moment, nullable=True),
    sa.Column("told_at", Moment, nullable=False),
    sa.UniqueConstraint("meeting_id", "subject", "contribution_id", "address"),
)

# --- jobs ------------------------------------------------------------------

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("run_at", Moment, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("claimed_by", sa.Text, nullable=True),
    sa.Column("claimed_until", Moment, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.Text, nullable=True),
    sa.Column("failed_at", Moment, nullable=True),
)


def _insert(dialect: str) -> Any:
    """Return a dialect's own `insert`; only the one that is used is imported."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    rows: list[dict[str, Any]],
    *,
    update: tuple[str, ...],
) -> None:
    """Insert rows; where the primary key is there already, set the columns `update`."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection.dialect.name)(table)
    statement = statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: statement.excluded[name] for name in update},
    )
    connection.execute(statement, rows)
