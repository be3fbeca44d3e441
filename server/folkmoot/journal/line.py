"""One meeting's line: commands wait in it and are written batch by batch.

While a batch is being committed the next commands gather, so many people at
once cost one transaction, not many. Lives on the event loop; the folds that
it owns are touched on store threads only.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from folkmoot.journal import batch as batches
from folkmoot.journal.failures import JournalClosed, NoSuchMeeting, SubmitFailed
from folkmoot.journal.folded import Folded
from folkmoot.journal.views import Change, Standing

if TYPE_CHECKING:
    import sqlalchemy as sa

    from folkmoot.core.ids import IdSource
    from folkmoot.journal.answers import Answer
    from folkmoot.journal.batch import Clock, Item, Outcome
    from folkmoot.store.database import Database
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

T = TypeVar("T")
BATCH_LIMIT = 256


class Line:
    """The queue of one meeting, and how the meeting stands as this process knows."""

    def __init__(
        self,
        meeting_id: str,
        *,
        database: Database,
        tasks: TaskOwner,
        clock: Clock,
        ids: IdSource,
        published: Callable[[Line, Change | None, Outcome], None],
    ) -> None:
        self.meeting_id = meeting_id
        self.standing: Standing | None = None
        self.seq = 0
        self._database = database
        self._tasks = tasks
        self._clock = clock
        self._ids = ids
        self._published = published
        self._folded = Folded(meeting_id)
        self._queue: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._asking: list[asyncio.Future[Standing]] = []
        self._rung = False
        self._worker: asyncio.Task[None] | None = None
        self._waiters: set[asyncio.Future[None]] = set()
        self._closed = False

    # What is asked of it.

    async def submit(self, item: Item) -> Answer:
        """Return the command's answer once it is committed."""
        self._refuse_closed()
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((item, future))
        self._wake()
        return await future

    async def ready(self) -> Standing:
        """Return how the meeting stands, read from the database at first.

        Raises `NoSuchMeeting`.
        """
        if self.standing is not None:
            return self.standing
        return await self.catch_up()

    async def catch_up(self) -> Standing:
        """Read what other processes wrote and return how the meeting stands."""
        self._refuse_closed()
        future: asyncio.Future[Standing] = asyncio.get_running_loop().create_future()
        self._asking.append(future)
        self._wake()
        return await future

    def ring(self) -> None:
        """Note that another process wrote; it is read soon."""
        if not self._closed:
            self._rung = True
            self._wake()

    def adopt(self, folded: Folded, outcome: Outcome) -> None:
        """Start from a fold that was made elsewhere: the meeting is new."""
        self._folded = folded
        self._publish(outcome)

    async def wait_beyond(self, feed: str, after: int) -> int:
        """Return the feed's head as soon as it is past `after`.

        The caller sets the timeout. Raises `JournalClosed`.
        """
        head = (await self.ready()).heads.get(feed, 0)
        while head <= after:
            self._refuse_closed()
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
            head = (await self.ready()).heads.get(feed, 0)
        return head

    async def look(self, work: Callable[[sa.Connection, Folded], T]) -> T:
        """Return what `work` makes of the folds, on a store thread."""
        standing = await self.ready()
        for _ in range(2):
            folded = self._folded
            if folded.loaded and not folded.broken:
                return await self._database.read(
                    functools.partial(_swap, work, folded), inside=folded
                )
            # Dropped from memory or after a failed write: loaded anew.
            standing = await self.catch_up()
        raise SubmitFailed(f"meeting={standing.meeting_id} can't be read.")

    @property
    def busy(self) -> bool:
        """Whether something is being written or waits for it."""
        return self._worker is not None

    @property
    def holds_folds(self) -> bool:
        """Whether its folds are in memory."""
        return self._folded.loaded

    def forget_folds(self) -> None:
        """Free the memory of the folds; they are loaded again when needed."""
        self._folded = Folded(self.meeting_id)

    async def aclose(self) -> None:
        """Write what waits, then let go of everybody. Idempotent."""
        self._closed = True
        if self._worker is not None:
            await asyncio.wait([self._worker])
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(JournalClosed(self.meeting_id))

    # The work itself.

    def _refuse_closed(self) -> None:
        if self._closed:
            raise JournalClosed(self.meeting_id)

    def _wake(self) -> None:
        if self._worker is None:
            name = f"journal.line {self.meeting_id}"
            self._worker = self._tasks.start(self._work(), name=name)

    async def _work(self) -> None:
        try:
            while self._queue or self._asking or self._rung:
                await self._step()
        finally:
            self._worker = None

    async def _step(self) -> None:
        count = min(len(self._queue), BATCH_LIMIT)
        batch = [self._queue.popleft() for _ in range(count)]
        asking, self._asking, self._rung = self._asking, [], False
        try:
            outcome = await self._transact([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 (told to everyone who waits)
            _fail(asking, error)
            await self._fall_back(batch, error)
            return
        self._publish(outcome)
        for future in asking:
            if not future.done():
                future.set_result(outcome.standing)
        _answer(batch, outcome)
        await self._store_folds()

    async def _transact(self, items: list[Item]) -> Outcome:
        if self._folded.broken:
            self._folded = Folded(self.meeting_id)
        folded = self._folded

        def write(connection: sa.Connection) -> Outcome:
            return batches.write_batch(
                connection, folded, items, clock=self._clock, ids=self._ids
            )

        def read(connection: sa.Connection) -> Outcome:
            return batches.catch_up(connection, folded, ids=self._ids)

        if items:
            return await self._database.run(write, inside=folded)
        return await self._database.read(read, inside=folded)

    async def _fall_back(
        self, batch: list[tuple[Item, asyncio.Future[Answer]]], error: Exception
    ) -> None:
        """Try each command alone, so that one that can't be written harms no other."""
        unreachable = isinstance(error, NoSuchMeeting) or (
            isinstance(error, DBAPIError) and error.connection_invalidated
        )
        if len(batch) <= 1 or unreachable:
            if batch and not isinstance(error, NoSuchMeeting):
                logger.error("meeting=%s not written", self.meeting_id, exc_info=error)
            _fail([future for _, future in batch], error)
            return
        for item, future in batch:
            try:
                outcome = await self._transact([item])
            except Exception as alone:  # noqa: BLE001 (told to the one who waits)
                await self._fall_back([(item, future)], alone)
            else:
                self._publish(outcome)
                _answer([(item, future)], outcome)

    def _publish(self, outcome: Outcome) -> None:
        old = self.standing.heads if self.standing is not None else {}
        new = outcome.standing.heads
        feeds = {
            feed: (old.get(feed, 0) + 1, seq)
            for feed, seq in new.items()
            if seq > old.get(feed, 0)
        }
        self.standing, self.seq = outcome.standing, outcome.seq
        change = None
        if feeds:
            change = Change(
                meeting_id=self.meeting_id, feeds=feeds, epoch=outcome.standing.epoch
            )
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
        self._published(self, change, outcome)

    async def _store_folds(self) -> None:
        folded = self._folded
        if not folded.wants_storing:
            return
        try:
            await self._database.run(folded.store, inside=folded)
        except SQLAlchemyError:
            # The folds can be made again from the entries; only a start is slower.
            logger.exception("meeting=%s folds not stored", self.meeting_id)


def _swap(
    work: Callable[[sa.Connection, Folded], T],
    folded: Folded,
    connection: sa.Connection,
) -> T:
    return work(connection, folded)


def _answer(batch: list[tuple[Item, asyncio.Future[Answer]]], outcome: Outcome) -> None:
    for (_, future), answer in zip(batch, outcome.answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(_as_failure(answer))
        else:
            future.set_result(answer)


def _fail(futures: Iterable[asyncio.Future[Any]], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(_as_failure(error))


def _as_failure(error: Exception) -> Exception:
    if isinstance(error, NoSuchMeeting):
        return NoSuchMeeting(*error.args)
    failure = SubmitFailed("The command could not be written.")
    failure.__cause__ = error
    return failure
