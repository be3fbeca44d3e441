"""Fan-out: what is new in a feed, encoded once, written to everyone who follows it.

Nothing in a frame depends on who gets it. A reader who takes too little is cut
off and catches up from the journal; a lost frame is found by its missing number.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from folkmoot.gateway import metrics
from folkmoot.gateway.frames import event_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from folkmoot.gateway.lines import Line
    from folkmoot.journal import Change, Journal
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

PAGE = 500
# Between so many writes the loop may do something else.
STRIDE = 500
MAX_WAITING_BYTES = 1 << 20


class Audience:
    """The lines that follow one feed of one meeting."""

    def __init__(self, meeting_id: str, slug: str, feed: str) -> None:
        self.meeting_id = meeting_id
        self.slug = slug
        self.feed = feed
        self.lines: set[Line] = set()
        # Up to here entries were sent, or were there before anyone followed.
        self.sent = 0
        self.head = 0
        self.epoch: str | None = None
        self.busy = False


class Fanout:
    """Writes what the journal tells of to the lines of this process."""

    def __init__(
        self,
        journal: Journal,
        *,
        tasks: TaskOwner,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self.tasks = tasks
        self._journal = journal
        self._max_waiting_bytes = max_waiting_bytes
        self._audiences: dict[tuple[str, str], Audience] = {}
        self._first: Callable[[Change], None] | None = None
        self._unfollow: Callable[[], None] | None = None

    def ask_first(self, check: Callable[[Change], None]) -> None:
        """Call `check` with each change before anything of it is written."""
        self._first = check

    def start(self) -> None:
        """Begin to follow the journal."""
        self._unfollow = self._journal.follow(self._hear)

    def close(self) -> None:
        """Follow no longer. Idempotent."""
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None

    def enter(self, line: Line, *, meeting_id: str, slug: str, feed: str) -> None:
        """Let a line follow a feed from here on."""
        key = (meeting_id, feed)
        if (audience := self._audiences.get(key)) is None:
            audience = self._audiences[key] = Audience(meeting_id, slug, feed)
            audience.sent = self._journal.heads(meeting_id).get(feed, 0)
        audience.lines.add(line)

    def leave(self, line: Line, *, meeting_id: str, feed: str) -> None:
        """Let a line follow a feed no longer; nothing of it is written after this."""
        if (audience := self._audiences.get((meeting_id, feed))) is None:
            return
        audience.lines.discard(line)
        if not audience.lines:
            del self._audiences[meeting_id, feed]

    def audiences(self) -> Iterator[Audience]:
        """Yield everyone who follows something."""
        yield from list(self._audiences.values())

    def meeting_lines(self, meeting_id: str) -> set[Line]:
        """Return the lines that follow any feed of a meeting."""
        lines: set[Line] = set()
        for (followed, _), audience in self._audiences.items():
            if followed == meeting_id:
                lines |= audience.lines
        return lines

    def send(self, meeting_id: str, feed: str, name: str, data: Any) -> None:
        """Write an event that is no entry (`head`, `caption`) to a feed's lines."""
        if audience := self._audiences.get((meeting_id, feed)):
            self._write(audience, list(audience.lines), event_frame(name, data))

    def _hear(self, change: Change) -> None:
        if self._first is not None:
            self._first(change)
        for feed, (first, last) in change.feeds.items():
            audience = self._audiences.get((change.meeting_id, feed))
            if audience is None:
                continue
            if audience.epoch not in {None, change.epoch}:
                audience.sent = first - 1
                audience.head = 0
            audience.epoch = change.epoch
            audience.head = max(audience.head, last)
            if not audience.busy:
                audience.busy = True
                self.tasks.start(self._drain(audience), name="gateway.fanout")

    async def _drain(self, audience: Audience) -> None:
        """Send until the head is reached; one at a time for an audience."""
        try:
            while audience.lines and audience.sent < audience.head:
                started_at = time.perf_counter()
                if not await self._send_page(audience):
                    break
                metrics.FANOUT_SECONDS.observe(time.perf_counter() - started_at)
        finally:
            audience.busy = False

    async def _send_page(self, audience: Audience) -> bool:
        page = await self._journal.entries(
            audience.meeting_id, audience.feed, after=audience.sent, limit=PAGE
        )
        if not page.entries:
            return False
        head = {
            "meeting": audience.slug,
            "epoch": page.epoch,
            "feed": audience.feed,
        }
        frames = b"".join(
            event_frame("entry", {**head, **entry}) for entry in page.entries
        )
        audience.sent = page.entries[-1]["seq"]
        metrics.ENTRIES.inc(len(page.entries))
        await self._spread(audience, frames)
        return True

    async def _spread(self, audience: Audience, frames: bytes) -> None:
        lines = list(audience.lines)
        for start in range(0, len(lines), STRIDE):
            if start:
                await asyncio.sleep(0)
            self._write(audience, lines[start : start + STRIDE], frames)

    def _write(self, audience: Audience, lines: list[Line], frames: bytes) -> None:
        written = 0
        for line in lines:
            # Who left since, perhaps because it was sent away, gets nothing more.
            if line not in audience.lines or not line.open:
                continue
            if line.waiting_bytes > self._max_waiting_bytes:
                self._drop(line)
                continue
            line.write(frames)
            written += 1
        metrics.DELIVERIES.inc(written)

    def _drop(self, line: Line) -> None:
        logger.info("line=%s reads too slowly and is cut off", line.sid)
        metrics.DROPPED.inc()
        line.drop()
