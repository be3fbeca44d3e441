"""Ends what people agreed to when its time is over, and asks them before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from folkmoot.core.commands import ExpireConsents, RemindOfConsents
from folkmoot.core.decision import SYSTEM
from folkmoot.core.events import ConsentGiven
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.due.jobs import Jobs
from folkmoot.journal import Change, Journal
from folkmoot.store import entries
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

KIND = "consent.due"


class ConsentKeeper:
    """Follows the journal for consents; a job does what is due at its moment.

    The jobs are durable: what came due while the service was down is done at its
    next start, before anything is served for long.
    """

    def __init__(
        self,
        journal: Journal,
        database: Database,
        jobs: Jobs,
        tasks: TaskOwner,
    ) -> None:
        self._journal = journal
        self._database = database
        self._jobs = jobs
        self._tasks = tasks
        jobs.handle(KIND, self._work)

    async def start(self) -> None:
        """Follow, and look once at every meeting in which somebody agreed to something.

        A process that was killed may have kept a consent and not yet its job.
        """
        self._journal.follow(self._hear)
        meetings = await self._database.read(
            lambda c: entries.meetings_with(c, ConsentGiven.__name__)
        )
        for meeting_id in meetings:
            await self._look(meeting_id)

    def _hear(self, change: Change) -> None:
        # A consent stands in `staff`; the end of a meeting in `public`.
        if STAFF in change.feeds or PUBLIC in change.feeds:
            standing = self._journal.standing(change.meeting_id)
            if standing is None or standing.consent_due is not None:
                _ = self._tasks.start(
                    self._look(change.meeting_id), name="consents.look"
                )

    async def _look(self, meeting_id: str) -> None:
        due = (await self._journal.open(meeting_id)).consent_due
        if due is None:
            return
        await self._jobs.add(
            KIND,
            {"meeting_id": meeting_id},
            job_id=f"consent:{meeting_id}:{due.isoformat()}",
            run_at=due,
        )

    async def _work(self, body: Mapping[str, Any]) -> None:
        meeting_id = str(body["meeting_id"])
        await self._journal.submit(meeting_id, ExpireConsents(), actor=SYSTEM)
        await self._journal.submit(meeting_id, RemindOfConsents(), actor=SYSTEM)
        await self._look(meeting_id)
