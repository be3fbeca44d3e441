"""Open meetings when their time comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from folkmoot.core.commands import OpenMeeting
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import PUBLIC
from folkmoot.due.jobs import Jobs
from folkmoot.journal import Change, Journal
from folkmoot.store import catalogue
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

KIND = "meeting.open"


class Timekeeper:
    """Follows the journal for starts that lie ahead; a job opens the meeting."""

    def __init__(
        self, journal: Journal, database: Database, jobs: Jobs, tasks: TaskOwner
    ) -> None:
        self._journal = journal
        self._database = database
        self._jobs = jobs
        self._tasks = tasks
        jobs.handle(KIND, self._open)

    async def start(self) -> None:
        """Follow, and look at every meeting to come.

        A process that was killed may have kept a start and not yet its job.
        """
        self._journal.follow(self._hear)
        coming = await self._database.read(
            lambda connection: catalogue.list_meetings(connection, phase="upcoming")
        )
        for meeting in coming:
            await self._look(meeting.meeting_id)

    def _hear(self, change: Change) -> None:
        standing = self._journal.standing(change.meeting_id)
        coming = standing is None or standing.phase == "upcoming"
        if coming and PUBLIC in change.feeds:
            _ = self._tasks.start(self._look(change.meeting_id), name="timekeeper.look")

    async def _look(self, meeting_id: str) -> None:
        starts_at = await self._coming_start(meeting_id)
        if starts_at is None:
            return
        await self._jobs.add(
            KIND,
            {"meeting_id": meeting_id, "starts_at": starts_at},
            job_id=f"open:{meeting_id}:{starts_at}",
            run_at=datetime.fromisoformat(starts_at),
        )

    async def _open(self, body: Mapping[str, Any]) -> None:
        meeting_id = str(body["meeting_id"])
        # Moved in the meantime: the job of the new start opens it.
        if await self._coming_start(meeting_id) == body["starts_at"]:
            await self._journal.submit(meeting_id, OpenMeeting(), actor=SYSTEM)

    async def _coming_start(self, meeting_id: str) -> str | None:
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        if state["phase"] != "upcoming" or state["starts_at"] is None:
            return None
        return str(state["starts_at"])
