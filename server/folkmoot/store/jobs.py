"""Durable jobs: run once by one process, tried again after a failure or a crash."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from folkmoot.store import tables


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work for a moment. `body` is JSON data of its kind."""

    job_id: str
    kind: str
    run_at: datetime
    body: dict[str, Any]
    attempts: int = 0
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    last_error: str | None = None
    failed_at: datetime | None = None


def enqueue(connection: sa.Connection, job: Job) -> None:
    """Keep a job; one with the same id and its attempts stay as they are."""
    standing = connection.execute(
        sa.select(tables.jobs.c.job_id).where(tables.jobs.c.job_id == job.job_id)
    ).first()
    if standing is not None:
        return
    row = msgspec.structs.asdict(job) | {"body": msgspec.json.encode(job.body).decode()}
    connection.execute(sa.insert(tables.jobs), row)


def claim_due(
    connection: sa.Connection,
    *,
    by: str,
    now: datetime,
    lease: timedelta,
    limit: int = 10,
    kinds: Collection[str] | None = None,
) -> list[Job]:
    """Claim jobs whose time has come and that nobody holds, the oldest first.

    Of `kinds` only, if given: another process may know how to do the others.
    A claim ends after `lease`, so that another process takes over what a
    killed one left. Needs a writing transaction.
    """
    table = tables.jobs
    free = sa.or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now)
    due = (
        sa.select(table.c.job_id)
        .where(table.c.run_at <= now, table.c.failed_at.is_(None), free)
        .where(sa.true() if kinds is None else table.c.kind.in_(kinds))
        .order_by(table.c.run_at, table.c.job_id)
        .limit(limit)
        # Two processes on PostgreSQL take different ones; SQLite has one writer.
        .with_for_update(skip_locked=True)
    )
    job_ids = list(connection.execute(due).scalars())
    connection.execute(
        sa.update(table)
        .where(table.c.job_id.in_(job_ids))
        .values(
            claimed_by=by,
            claimed_until=now + lease,
            attempts=table.c.attempts + 1,
        )
    )
    rows = connection.execute(
        sa.select(table)
        .where(table.c.job_id.in_(job_ids))
        .order_by(table.c.run_at, table.c.job_id)
    )
    return [_job(row) for row in rows.mappings()]


def extend(connection: sa.Connection, job_id: str, *, by: str, until: datetime) -> bool:
    """Hold a claimed job longer; False if another process has it by now."""
    return _change(connection, job_id, by, claimed_until=until)


def release(connection: sa.Connection, job: Job, *, by: str) -> bool:
    """Give a claimed job back undone, as if it had not been tried."""
    attempts = max(0, job.attempts - 1)
    return _change(
        connection,
        job.job_id,
        by,
        claimed_by=None,
        claimed_until=None,
        attempts=attempts,
    )


def free_all(connection: sa.Connection) -> None:
    """Take every claim away: whoever made it is known to be gone."""
    table = tables.jobs
    held = sa.update(table).where(table.c.claimed_by.is_not(None))
    connection.execute(held.values(claimed_by=None, claimed_until=None))


def finish(connection: sa.Connection, job_id: str, *, by: str) -> bool:
    """Delete a job that was done; False if another process has it by now."""
    table = tables.jobs
    done = connection.execute(
        sa.delete(table).where(table.c.job_id == job_id, table.c.claimed_by == by)
    )
    return done.rowcount == 1


def fail(
    connection: sa.Connection,
    job_id: str,
    *,
    by: str,
    error: str,
    now: datetime,
    retry_at: datetime | None,
) -> bool:
    """Note an error; the job runs again at `retry_at`, or with None never."""
    given: dict[str, Any] = {
        "last_error": error[:2000],
        "claimed_by": None,
        "claimed_until": None,
    }
    if retry_at is None:
        given["failed_at"] = now
    else:
        given["run_at"] = retry_at
    return _change(connection, job_id, by, **given)


def job_by_id(connection: sa.Connection, job_id: str) -> Job | None:
    table = tables.jobs
    row = (
        connection.execute(sa.select(table).where(table.c.job_id == job_id))
        .mappings()
        .first()
    )
    return None if row is None else _job(row)


def _change(connection: sa.Connection, job_id: str, by: str, **columns: Any) -> bool:
    table = tables.jobs
    changed = connection.execute(
        sa.update(table)
        .where(table.c.job_id == job_id, table.c.claimed_by == by)
        .values(**columns)
    )
    return changed.rowcount == 1


def _job(row: sa.RowMapping) -> Job:
    return Job(**{**row, "body": msgspec.json.decode(row["body"])})
