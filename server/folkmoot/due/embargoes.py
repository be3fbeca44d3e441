"""Let out what is held back until a moment: a durable job for each moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from folkmoot.core.commands import ReleaseDue
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import STAFF
from folkmoot.due.jobs import Jobs
from folkmoot.journal import Change, Journal
from folkmoot.store import catalogue
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

KIND = "embargo.due"


class Embargoes:
    """Follows the journal for what is held back; a job lets it out in time."""

    def __init__(
        self,
        journal: Journal,
        database: Database,
        jobs: Jobs,
        tasks: TaskOwner,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._database = database
        self._jobs = jobs
        self._tasks = tasks
        self._clock = clock
        jobs.handle(KIND, self._open)

    async def start(self) -> None:
        """Follow, and look at every meeting that isn't over.

        A process that was killed may have kept what is held and not yet its job.
        """
        self._journal.follow(self._hear)
        for phase in ("upcoming", "live"):
            meetings = await self._database.read(
                lambda connection, phase=phase: catalogue.list_meetings(  # type: ignore[misc]
                    connection, phase=phase
                )
            )
            for meeting in meetings:
                await self._look(meeting.meeting_id)

    def _hear(self, change: Change) -> None:
        if STAFF in change.feeds:
            _ = self._tasks.start(self._look(change.meeting_id), name="embargoes.look")

    async def _look(self, meeting_id: str, *, again: str = "") -> None:
        """Keep a job for the next moment at which something is let out."""
        state = (await self._journal.snapshot(meeting_id, STAFF)).state
        moments = [
            embargo["release_at"]
            for embargo in state.get("embargoes", {}).values()
            if embargo["when"] == "time" and embargo["failed_id"] is None
        ]
        if not moments:
            return
        first = min(moments)
        await self._jobs.add(
            KIND,
            {"meeting_id": meeting_id},
            job_id=f"embargo:{meeting_id}:{first}{again}",
            run_at=datetime.fromisoformat(first),
        )

    async def _open(self, body: Mapping[str, Any]) -> None:
        meeting_id = str(body["meeting_id"])
        await self._journal.submit(meeting_id, ReleaseDue(), actor=SYSTEM)
        # A clock that was set back has called too early, and the next moment
        # may be another one's: this job's own id is in use until it is done.
        await self._look(meeting_id, again=f":{self._clock().timestamp()}")
