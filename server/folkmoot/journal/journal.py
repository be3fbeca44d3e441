"""The journal of all meetings: submit, feeds, snapshots, waiting, following."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from folkmoot.core.commands import Command, CreateMeeting
from folkmoot.core.decision import Actor
from folkmoot.core.events import content_ids, decode_event
from folkmoot.core.ids import RandomIds, random_text
from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import entry_to_wire
from folkmoot.journal.answers import Accepted, Answer, ClientStamp, Refused
from folkmoot.journal.batch import Item, Outcome, write_batch
from folkmoot.journal.doorbell import Doorbell, LocalDoorbell
from folkmoot.journal.failures import JournalClosed
from folkmoot.journal.folded import Folded
from folkmoot.journal.line import Line
from folkmoot.journal.projection import PATH_LENGTH, code_length
from folkmoot.journal.tallies import Tallies
from folkmoot.journal.views import Change, CreatedMeeting, Page, Snapshot, Standing
from folkmoot.store import catalogue, contents, entries
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    import sqlalchemy as sa

    from folkmoot.core.ids import IdSource
    from folkmoot.core.state import MeetingState, Phase
    from folkmoot.journal.batch import Clock
    from folkmoot.store.database import Database

logger = logging.getLogger(__name__)

EPOCH_LENGTH = 8
FOLDS_KEPT = 200
POLL_TICK_SECONDS = 0.5
MAX_LIMIT = 1_000
FORGET_AGAIN_SECONDS = 5.0
FORGET_TRIES = 600
Listener = Callable[[Change], None]
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """Writes what happens in meetings, and tells what was written."""

    def __init__(
        self,
        database: Database,
        *,
        doorbell: Doorbell | None = None,
        clock: Clock = _now,
        ids: IdSource | None = None,
        folds_kept: int = FOLDS_KEPT,
    ) -> None:
        self._database = database
        self._doorbell: Doorbell = doorbell or LocalDoorbell()
        self._clock = clock
        self._ids: IdSource = ids or RandomIds()
        self._folds_kept = folds_kept
        self._tasks = TaskOwner()
        self._tallies = Tallies(self, self._tasks)
        # In the order of their last use, for `_free_memory`.
        self._lines: dict[str, Line] = {}
        self._listeners: list[Listener] = []
        self._seen: dict[str, int] = {}
        self._closed = False

    async def start(self) -> None:
        """Listen for what other processes write. Before that only own work is known."""
        self._seen = await self._database.read(entries.all_heads)
        await self._doorbell.start(self._hear)
        _ = self._tasks.start(self._poll(), name="journal.poll")
        # A process that was killed may have deleted words and not emptied the log.
        _ = self._tasks.start(self._forget_erased(), name="journal.forget_erased")

    async def aclose(self) -> None:
        """Refuse newcomers, write what waits, let go of all who wait. Idempotent."""
        self._closed = True
        await asyncio.gather(*(line.aclose() for line in self._lines.values()))
        await self._doorbell.aclose()
        await self._tasks.aclose()

    # --- changing ----------------------------------------------------------

    async def create_meeting(
        self,
        command: CreateMeeting,
        *,
        actor: Actor,
        also: Callable[[sa.Connection, str], None] | None = None,
    ) -> CreatedMeeting:
        """Make a meeting with its rooms, times and keys, in one transaction.

        `also` writes what belongs to it, given its id, in the same transaction.
        Raises `Refusal`, `slug_taken` among others.
        """
        self._refuse_closed()
        if not actor.organises:
            raise Refusal("not_allowed", "Only organisers make meetings.")
        folded = Folded(self._ids.new("m"))
        row = self._catalogue_row(folded.meeting_id, command)
        item = Item(command, actor, None, None)

        def write(connection: sa.Connection) -> Outcome:
            if catalogue.meeting_by_slug(connection, row.slug) is not None:
                raise _slug_taken()
            catalogue.add_meeting(connection, row)
            if also is not None:
                also(connection, folded.meeting_id)
            epoch = random_text(EPOCH_LENGTH)
            head = entries.Head(0, row.created_at, epoch)
            entries.add_head(connection, folded.meeting_id, head)
            outcome = write_batch(
                connection, folded, [item], clock=self._clock, ids=self._ids
            )
            return _raise_refusal(outcome)

        try:
            outcome = await self._database.run(write, inside=folded)
        except IntegrityError as error:
            # Another process took the address between our question and our row.
            raise _slug_taken() from error
        self._line(folded.meeting_id).adopt(folded, outcome)
        (answer,) = outcome.answers
        assert isinstance(answer, Accepted)
        return CreatedMeeting(
            meeting_id=folded.meeting_id,
            slug=row.slug,
            join_code=row.join_code,
            public_path=row.public_path,
            answer=answer,
        )

    async def submit(
        self,
        meeting_id: str,
        command: Command,
        *,
        actor: Actor,
        client: ClientStamp | None = None,
        expect: int | None = None,
    ) -> Answer:
        """Return the answer to a command once what it led to is committed.

        `client` makes sending again harmless; `expect` is the version that the
        actor saw. Raises `NoSuchMeeting`, `SubmitFailed` (a fault of the
        server: the command may come again) and `JournalClosed`.
        """
        return await self._line(meeting_id).submit(Item(command, actor, client, expect))

    async def erase(
        self, meeting_id: str, write: Callable[[sa.Connection], None]
    ) -> None:
        """Delete a meeting by `write`, in one transaction, and know it no longer.

        Who waits on it is let go; what comes after finds no such meeting.
        """
        if (line := self._lines.pop(meeting_id, None)) is not None:
            await line.aclose()
        await self._database.run(write)
        # Somebody may have asked meanwhile and hold what is no more.
        if (line := self._lines.pop(meeting_id, None)) is not None:
            await line.aclose()
        self._seen.pop(meeting_id, None)
        self._tallies.forget(meeting_id)
        await self._database.forget_erased()

    # --- reading -----------------------------------------------------------

    async def entries(
        self, meeting_id: str, feed: str, *, after: int = 0, limit: int = 500
    ) -> Page:
        """Return at most `limit` entries of a feed after its number `after`."""
        epoch = (await self.open(meeting_id)).epoch
        limit = max(1, min(limit, MAX_LIMIT))

        def read(connection: sa.Connection) -> Page:
            rows = entries.feed_entries(
                connection, meeting_id, feed, after=after, limit=limit + 1
            )
            more, rows = len(rows) > limit, rows[:limit]
            if more:
                head = entries.feed_heads(connection, meeting_id, feed=feed)[feed]
            else:
                head = rows[-1].feed_seq if rows else after
            return Page(
                epoch=epoch,
                feed=feed,
                head=head,
                entries=_show_entries(connection, feed, rows),
                more=more,
            )

        page = await self._database.read(read)
        if not page.entries:
            # `after` may lie past the end: an epoch that was restored.
            head = self.heads(meeting_id).get(feed, 0)
            return Page(epoch=epoch, feed=feed, head=head, entries=[], more=False)
        return page

    async def snapshot(self, meeting_id: str, feed: str) -> Snapshot:
        """Return a feed's state as its readers get it; kept until it changes."""
        return await self._line(meeting_id).look(
            lambda connection, folded: folded.snapshot(connection, feed)
        )

    async def examine(
        self, meeting_id: str, question: Callable[[MeetingState], T]
    ) -> T:
        """Return what `question` finds in the whole state, on a store thread.

        The state holds what no feed tells, votes among it: what is returned must
        be fit for whoever gets it, and must not hold on to the state, which changes.
        """
        return await self._line(meeting_id).look(
            lambda _connection, folded: question(folded.full)
        )

    async def open(self, meeting_id: str) -> Standing:
        """Return how a meeting stands, loading it first. Raises `NoSuchMeeting`."""
        return await self._line(meeting_id).ready()

    def standing(self, meeting_id: str) -> Standing | None:
        """Return how a meeting stands as this process knows; None if not open here."""
        line = self._lines.get(meeting_id)
        return None if line is None else line.standing

    def heads(self, meeting_id: str) -> Mapping[str, int]:
        """Return the last number of each feed as this process knows it."""
        standing = self.standing(meeting_id)
        return {} if standing is None else standing.heads

    def duties(self, meeting_id: str, member_id: str) -> frozenset[str]:
        """Return a member's duties in a meeting that is open here."""
        standing = self.standing(meeting_id)
        return (
            frozenset()
            if standing is None
            else standing.duties.get(member_id, frozenset())
        )

    def phase(self, meeting_id: str) -> Phase:
        """Return `none` (or not open here), `upcoming`, `live` or `ended`."""
        standing = self.standing(meeting_id)
        return "none" if standing is None else standing.phase

    async def meeting_ids(self) -> list[str]:
        """Return the ids of all meetings there are."""
        return sorted(await self._database.read(entries.all_heads))

    # --- waiting -----------------------------------------------------------

    async def wait_beyond(self, meeting_id: str, feed: str, after: int) -> int:
        """Return a feed's head as soon as it is past `after`.

        The caller sets the timeout. Raises `NoSuchMeeting`, `JournalClosed`.
        """
        return await self._line(meeting_id).wait_beyond(feed, after)

    def follow(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the loop for all that is new, here and elsewhere.

        A meeting's changes come in order. A meeting that was not open in this
        process begins with number 1. Returns what ends it.
        """
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    # --- inside ------------------------------------------------------------

    def _refuse_closed(self) -> None:
        if self._closed:
            raise JournalClosed

    def _line(self, meeting_id: str) -> Line:
        self._refuse_closed()
        line = self._lines.pop(meeting_id, None)
        if line is None:
            line = Line(
                meeting_id,
                database=self._database,
                tasks=self._tasks,
                clock=self._clock,
                ids=self._ids,
                published=self._publish,
            )
        self._lines[meeting_id] = line
        return line

    def _publish(self, line: Line, change: Change | None, outcome: Outcome) -> None:
        meeting_id = line.meeting_id
        self._seen[meeting_id] = max(outcome.seq, self._seen.get(meeting_id, 0))
        if outcome.tallies_due and not self._closed:
            self._tallies.note_votes(meeting_id)
        if outcome.erased and not self._closed:
            _ = self._tasks.start(self._forget_erased(), name="journal.forget_erased")
        if change is None:
            return
        if outcome.answers:
            self._doorbell.ring(meeting_id, outcome.seq)
        for listener in tuple(self._listeners):
            try:
                listener(change)
            except Exception:
                # One deaf listener must not keep the others from hearing.
                logger.exception("meeting=%s listener failed", meeting_id)
        self._free_memory()

    def _free_memory(self) -> None:
        """Let go of the folds of the meetings that were used the longest ago."""
        holding = [line for line in self._lines.values() if line.holds_folds]
        for line in holding[: max(0, len(holding) - self._folds_kept)]:
            if not line.busy:
                line.forget_folds()

    def _hear(self, meeting_id: str, seq: int) -> None:
        """Take note that somebody wrote; rings may repeat and come late."""
        if self._closed or seq <= self._seen.get(meeting_id, 0):
            return
        self._line(meeting_id).ring()

    async def _poll(self) -> None:
        """Ask for all heads as often as the doorbell wants, and when that changes.

        A doorbell that went or came back has lost rings, so what it says is
        looked at often, not only when a long sleep is over.
        """
        now = asyncio.get_running_loop().time
        pace, asked_at = self._doorbell.poll_seconds, now()
        while True:
            await asyncio.sleep(min(POLL_TICK_SECONDS, pace))
            before, pace = pace, self._doorbell.poll_seconds
            if pace == before and now() - asked_at < pace:
                continue
            asked_at = now()
            try:
                heads = await self._database.read(entries.all_heads)
            except SQLAlchemyError:
                logger.exception("heads could not be read")
                continue
            for meeting_id, seq in heads.items():
                self._hear(meeting_id, seq)

    async def _forget_erased(self) -> None:
        """Try until it is done: withdrawn words must be off the disk in time."""
        for _ in range(FORGET_TRIES):
            if await self._database.forget_erased():
                return
            await asyncio.sleep(FORGET_AGAIN_SECONDS)
        logger.error("withdrawn text is still in the database's log")

    def _catalogue_row(
        self, meeting_id: str, command: CreateMeeting
    ) -> catalogue.MeetingRow:
        return catalogue.MeetingRow(
            meeting_id=meeting_id,
            slug=command.slug,
            series_id=command.series_id,
            title=command.title,
            purpose=command.purpose,
            visibility=command.visibility,
            phase="upcoming",
            starts_at=_aware(command.starts_at),
            opened_at=None,
            ended_at=None,
            join_code=random_text(code_length(command.visibility)),
            public_path=random_text(PATH_LENGTH),
            demonstration=command.demonstration,
            created_at=self._clock(),
        )


def _aware(at: datetime | None) -> datetime | None:
    # A moment without a zone is refused by the decision that follows.
    return None if at is None or at.tzinfo is None else at


def _slug_taken() -> Refusal:
    return Refusal("slug_taken", "Another meeting has this address already.")


def _raise_refusal(outcome: Outcome) -> Outcome:
    """Raise what the only answer says, so that nothing of a refusal is committed."""
    (answer,) = outcome.answers
    if isinstance(answer, Exception):
        raise answer
    if isinstance(answer, Refused):
        raise answer.refusal
    return outcome


def _show_entries(
    connection: sa.Connection, feed: str, rows: list[entries.EntryRow]
) -> list[dict[str, object]]:
    events = [decode_event(row.kind, row.body) for row in rows]
    named = {k for event in events for k in content_ids(event).values()}
    texts = contents.texts_for(connection, feed, named)
    return [
        entry_to_wire(seq=row.feed_seq, at=row.at, event=event, texts=texts)
        for row, event in zip(rows, events, strict=True)
    ]
