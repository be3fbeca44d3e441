"""Keep the index behind the journal by no more than a moment."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from folkmoot.core.feeds import PUBLIC
from folkmoot.journal import Change, Journal, NoSuchMeeting
from folkmoot.search.indexer import IndexClosed, Indexer
from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

# Entries that come within this time share a commit.
GATHER_SECONDS = 0.25
# A round reads the whole meeting: while a crowd writes, rounds take this share of
# the time, but nothing waits for one longer than so many seconds.
BUSY_SHARE = 0.1
LONGEST_REST_SECONDS = 1.0
# A start waits so long for the index; opening one takes a tenth of it.
OPEN_SECONDS = 1.0
# Text that was hidden or withdrawn must be off the disk within an hour.
FORGET_SECONDS = 30 * 60


class Follower:
    """Reads into the index every meeting that the journal tells of."""

    def __init__(
        self,
        indexer: Indexer,
        journal: Journal,
        tasks: TaskOwner,
        *,
        forget_seconds: float = FORGET_SECONDS,
    ) -> None:
        self._indexer = indexer
        self._journal = journal
        self._tasks = tasks
        self._forget_seconds = forget_seconds
        self._waiting: dict[str, None] = {}
        self._news = asyncio.Event()
        self._tried = asyncio.Event()

    async def start(self) -> None:
        """Open the index, then follow; what was missed is read in the background.

        An index that has to be built keeps nobody waiting: until then there is none.
        """
        self._journal.follow(self._hear)
        self._tasks.start(self._run(), name="search.follower")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OPEN_SECONDS):
                await self._tried.wait()
        self._tasks.start(self._forget(), name="search.forget")

    def _hear(self, change: Change) -> None:
        if PUBLIC in change.feeds:
            self._waiting[change.meeting_id] = None
            self._news.set()

    async def _run(self) -> None:
        try:
            await self._open()
            self._tried.set()
            await self._indexer.catch_up()
        except Exception:  # the index can be rebuilt; the service goes on
            logger.exception("the index could not catch up")
        self._tried.set()
        next_round_at = 0.0
        while True:
            await self._news.wait()
            rest_seconds = next_round_at - time.monotonic()
            await asyncio.sleep(max(GATHER_SECONDS, rest_seconds))
            began = time.monotonic()
            self._news.clear()
            waiting, self._waiting = self._waiting, {}
            for meeting_id in waiting:
                try:
                    await self._indexer.follow(meeting_id)
                except NoSuchMeeting:
                    logger.info("meeting=%s is deleted", meeting_id)
                except Exception:
                    logger.exception("meeting=%s could not be indexed", meeting_id)
            ended = time.monotonic()
            next_round_at = ended + rest_after(ended - began)

    async def _open(self) -> None:
        try:
            await self._indexer.open()
        except IndexClosed:
            raise
        except Exception:
            logger.exception("the index can't be opened and is built anew")
            await self._indexer.reindex()

    async def _forget(self) -> None:
        # First at once: what an earlier run left behind may be old.
        while True:
            try:
                await self._indexer.forget()
            except IndexClosed:
                return
            except Exception:
                logger.exception("withdrawn text is still in the index files")
            await asyncio.sleep(self._forget_seconds)


def rest_after(round_seconds: float) -> float:
    """Return how long no other round begins after one that took so long."""
    return min(round_seconds / BUSY_SHARE, LONGEST_REST_SECONDS)
