"""Durable work: claimed by one process, tried again after a failure or a kill."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.store import jobs as rows
from folkmoot.store.database import Database
from folkmoot.store.jobs import Job
from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]

LEASE = timedelta(minutes=1)
LOOK_SECONDS = 2.0
MAX_ATTEMPTS = 6


class Jobs:
    """Runs jobs of the kinds that it has handlers for, one task each."""

    def __init__(self, database: Database, tasks: TaskOwner) -> None:
        self._database = database
        self._tasks = tasks
        self._name = random_text(8)
        self._handlers: dict[str, Handler] = {}
        self._news = asyncio.Event()

    def handle(self, kind: str, handler: Handler) -> None:
        """Run jobs of `kind` with `handler`; a `Refusal` from it is final."""
        self._handlers[kind] = handler

    def start(self) -> None:
        """Begin to claim jobs, also those that a killed process left."""
        _ = self._tasks.start(self._run(), name="jobs")

    async def add(
        self,
        kind: str,
        body: dict[str, Any],
        *,
        job_id: str,
        run_at: datetime | None = None,
    ) -> None:
        """Keep a job for `run_at`, now by default; the same id twice is one job."""
        job = Job(job_id=job_id, kind=kind, run_at=run_at or _now(), body=body)
        await self._database.run(lambda connection: rows.enqueue(connection, job))
        self._news.set()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            claimed = await self._database.run(
                lambda connection: rows.claim_due(
                    connection, by=self._name, now=_now(), lease=LEASE
                )
            )
            for job in claimed:
                _ = self._tasks.start(self._work(job), name=f"job.{job.kind}")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def _work(self, job: Job) -> None:
        async with asyncio.TaskGroup() as group:
            holding = group.create_task(self._hold(job))
            try:
                await self._handlers[job.kind](job.body)
            except Refusal as refusal:
                await self._fail(job, refusal.message, final=True)
            except Exception as error:
                logger.exception("job=%s failed", job.job_id)
                await self._fail(
                    job, str(error), final=job.attempts + 1 >= MAX_ATTEMPTS
                )
            else:
                await self._database.run(
                    lambda connection: rows.finish(
                        connection, job.job_id, by=self._name
                    )
                )
            finally:
                holding.cancel()

    async def _hold(self, job: Job) -> None:
        """Keep a long job claimed while it is worked on."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            await self._database.run(
                lambda connection: rows.extend(
                    connection, job.job_id, by=self._name, until=_now() + LEASE
                )
            )

    async def _fail(self, job: Job, error: str, *, final: bool) -> None:
        pause = timedelta(seconds=2.0 ** min(job.attempts + 1, 8))
        await self._database.run(
            lambda connection: rows.fail(
                connection,
                job.job_id,
                by=self._name,
                error=error,
                now=_now(),
                retry_at=None if final else _now() + pause,
            )
        )


def _now() -> datetime:
    return datetime.now(UTC)
