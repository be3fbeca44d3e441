"""Counts of votes: published soon after a vote, at most four times a second."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from folkmoot.core.commands import PublishTallies
from folkmoot.core.decision import SYSTEM
from folkmoot.journal.answers import Refused
from folkmoot.journal.failures import JournalClosed, NoSuchMeeting, SubmitFailed

if TYPE_CHECKING:
    from folkmoot.journal.journal import Journal
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


class Tallies:
    """Asks for the counts of meetings in which votes came in.

    The pace is kept by the journal itself, from the time of the last entry, so
    it holds for several processes together.
    """

    def __init__(self, journal: Journal, tasks: TaskOwner) -> None:
        self._journal = journal
        self._tasks = tasks
        self._due: set[str] = set()
        self._running: set[str] = set()

    def note_votes(self, meeting_id: str) -> None:
        """Have the counts published soon."""
        self._due.add(meeting_id)
        if meeting_id not in self._running:
            self._running.add(meeting_id)
            name = f"journal.tallies {meeting_id}"
            _ = self._tasks.start(self._publish(meeting_id), name=name)

    def forget(self, meeting_id: str) -> None:
        """Publish nothing more of a meeting that was deleted."""
        self._due.discard(meeting_id)

    async def _publish(self, meeting_id: str) -> None:
        try:
            while meeting_id in self._due:
                self._due.discard(meeting_id)
                wait = await self._try(meeting_id)
                if wait is not None:
                    self._due.add(meeting_id)
                    await asyncio.sleep(wait)
        except NoSuchMeeting:
            pass  # it was deleted
        except JournalClosed:
            logger.debug(
                "meeting=%s counts are published at the next start", meeting_id
            )
        finally:
            self._running.discard(meeting_id)

    async def _try(self, meeting_id: str) -> float | None:
        """Return in how many seconds to try again, None if it was done."""
        try:
            answer = await self._journal.submit(
                meeting_id, PublishTallies(), actor=SYSTEM
            )
        except SubmitFailed:
            return RETRY_SECONDS
        return answer.retry_after if isinstance(answer, Refused) else None
