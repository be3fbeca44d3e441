"""Durable work: claimed by one process, tried again after a failure or a kill."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
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
# Hears of a job that is given up for another reason than a `Refusal`.
GiveUp = Callable[[Mapping[str, Any], str], Awaitable[None]]

LEASE = timedelta(minutes=1)
LOOK_SECONDS = 2.0
MAX_ATTEMPTS = 6


class Jobs:
    """Runs jobs of the kinds that it has handlers for, one task each."""

    def __init__(
        self,
        database: Database,
        tasks: TaskOwner,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._now = clock or _now
        self._name = random_text(8)
        self._handlers: dict[str, tuple[Handler, GiveUp | None]] = {}
        self._news = asyncio.Event()

    def handle(
        self, kind: str, handler: Handler, *, give_up: GiveUp | None = None
    ) -> None:
        """Run jobs of `kind` with `handler`; a `Refusal` from it is final.

        Other errors are tried again a few times; then `give_up` is told.
        """
        self._handlers[kind] = handler, give_up

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
        job = Job(job_id=job_id, kind=kind, run_at=run_at or self._now(), body=body)
        await self._database.run(lambda connection: rows.enqueue(connection, job))
        self._news.set()

    async def _run(self) -> None:
        if self._database.sqlite:
            # One process serves such a store, so a claim is a killed one's.
            await self._database.run(rows.free_all)
        while True:
            self._news.clear()
            try:
                await self._begin_due()
            except Exception:  # the database may be away for a moment
                logger.exception("jobs can't be looked up")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()

    async def _begin_due(self) -> None:
        claimed = await self._database.run(
            lambda connection: rows.claim_due(
                connection,
                by=self._name,
                now=self._now(),
                lease=LEASE,
                kinds=self._handlers.keys(),
            )
        )
        for job in claimed:
            _ = self._tasks.start(self._work(job), name=f"job.{job.kind}")

    async def _work(self, job: Job) -> None:
        if job.attempts > MAX_ATTEMPTS:
            # It was begun so often and neither done nor failed: it kills us.
            await self._give_up(job, "The service ended each time that it was tried.")
            return
        holding = self._tasks.start(self._hold(job), name="job.hold")
        try:
            await self._handlers[job.kind][0](job.body)
        except asyncio.CancelledError:
            # We are ending: whoever serves next begins at once, not in a minute.
            await self._database.run(
                lambda connection: rows.release(connection, job, by=self._name)
            )
            raise
        except Refusal as refusal:
            await self._fail(job, refusal.message, final=True)
        except Exception as error:
            logger.exception("job=%s failed", job.job_id)
            if job.attempts >= MAX_ATTEMPTS:
                await self._give_up(job, str(error) or type(error).__name__)
            else:
                await self._fail(job, str(error), final=False)
        else:
            await self._database.run(
                lambda connection: rows.finish(connection, job.job_id, by=self._name)
            )
        finally:
            holding.cancel()

    async def _give_up(self, job: Job, error: str) -> None:
        await self._fail(job, error, final=True)
        if (tell := self._handlers[job.kind][1]) is not None:
            await tell(job.body, error)

    async def _hold(self, job: Job) -> None:
        """Keep a long job claimed while it is worked on."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                await self._database.run(
                    lambda connection: rows.extend(
                        connection, job.job_id, by=self._name, until=self._now() + LEASE
                    )
                )
            except Exception:  # the next round may come through in time
                logger.exception("job=%s could not be held", job.job_id)

    async def _fail(self, job: Job, error: str, *, final: bool) -> None:
        pause = timedelta(seconds=2.0 ** min(job.attempts + 1, 8))
        await self._database.run(
            lambda connection: rows.fail(
                connection,
                job.job_id,
                by=self._name,
                error=error,
                now=self._now(),
                retry_at=None if final else self._now() + pause,
            )
        )


def _now() -> datetime:
    return datetime.now(UTC)
