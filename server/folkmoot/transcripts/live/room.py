"""One room's captions: its sound to a recogniser, what comes back to everyone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from folkmoot.transcripts.live.hearing import Hearing, RecogniserGone, to_moment
from folkmoot.transcripts.live.ports import Launch, Listener, Rooms
from folkmoot.transcripts.live.status import Status
from folkmoot.transcripts.recognition.lines import Line, LineMaker
from folkmoot.transcripts.recognition.messages import Begin, Heard

if TYPE_CHECKING:
    from folkmoot.transcripts.live.captioner import Choice
    from folkmoot.transcripts.live.keyboard import Keyboard
    from folkmoot.transcripts.live.writing import CueWriter

logger = logging.getLogger(__name__)

Place = tuple[str, str]

_WAIT_SECONDS = 2.0
_IDLE_SECONDS = 30.0
# So much sound may wait in the recogniser; the rest waits on the disk.
_MOST_WAITING = timedelta(seconds=40)
_BEHIND = timedelta(seconds=12)
# So far behind for so long, and captions come after the meeting instead.
_TOO_SLOW = timedelta(seconds=60)
_TOO_SLOW_SECONDS = 60.0
# A server that was away for longer leaves the rest to be done afterwards.
_MOST_CATCH_UP = timedelta(minutes=10)


class RoomCaptioner:
    """Captions a room from the moment that it is on air until it is silent."""

    STEP_MS = 1000

    def __init__(
        self,
        place: Place,
        *,
        choice: Choice,
        begin: Begin,
        launch: Launch,
        rooms: Rooms,
        writer: CueWriter,
        keyboard: Keyboard,
        clock: Callable[[], datetime],
    ) -> None:
        self.task: asyncio.Task[None] | None = None
        self.problem = ""
        self.too_slow = False
        self.missed = False
        """Whether it left something out that is to be heard afterwards."""
        self._place = place
        self._choice = choice
        self._begin = begin
        self._model = Path(begin.model).name if "/" in choice.model else choice.model
        self._launch = launch
        self._rooms = rooms
        self._writer = writer
        self._keyboard = keyboard
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._hearing: Hearing | None = None
        self._listener: Listener | None = None
        self._lines = LineMaker()
        self._cue_id = writer.new_id()
        self._language = begin.language
        self._sent_until: datetime | None = None
        self._heard_until: datetime | None = None
        self._news = asyncio.Event()
        self._slow_since: float | None = None
        self._busy: list[tuple[float, int]] = []

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.task is not None and self.task.done()

    @property
    def lag(self) -> timedelta:
        """How far behind the public head it is."""
        head = self._listener.end_at if self._listener else None
        if head is None or self._heard_until is None:
            return timedelta()
        return max(timedelta(), head - self._heard_until)

    @property
    def settled_until(self) -> datetime | None:
        """Up to where nothing changes any more."""
        line = self._lines.open
        return to_moment(line.start_ms) if line is not None else self._heard_until

    def status(self) -> Status:
        """For the room's staff."""
        if self._hearing is None:
            return Status("starting", model=self._model)
        seconds = sum(ms for _, ms in self._busy) / 1000
        span = self._busy[-1][0] - self._busy[0][0] if len(self._busy) > 1 else 0.0
        if self._is_person_writing():
            holder = self._keyboard.hand(self._place).holder
            return Status("person", sentence=holder.name if holder else "")
        return Status(
            "behind" if self.lag > _BEHIND else "machine",
            model=self._model,
            lag_seconds=round(self.lag.total_seconds(), 1),
            busy_share=round(seconds / span, 2) if span > 1 else 0.0,
        )

    async def run(self) -> None:
        """Caption until the room has been silent for a while, or it can't."""
        try:
            await self._run()
        except* RecogniserGone as gone:
            self.problem = str(gone.exceptions[0])
        finally:
            await self.aclose()

    async def _run(self) -> None:
        meeting_id, room_id = self._place
        written = await self._writer.written_until(self._place)
        earliest = self._earliest()
        self.missed = written is not None and written < earliest
        after = max(written or earliest, earliest)
        self._listener = self._rooms.listen(meeting_id, room_id, after=after)
        self._heard_until = self._sent_until = after
        self._hearing = await Hearing.start(
            self._launch, self._begin, glossary=self._choice.glossary
        )
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(
                self._feed(self._hearing, self._listener),
                name=f"captions.feed.{room_id}",
            )
            await self._read(self._hearing)
            feeding.cancel()

    def _earliest(self) -> datetime:
        """From where to catch up; counted from where the public has come to."""
        span = self._rooms.recorded_span(*self._place)
        if span is None:
            return self._clock() - _MOST_CATCH_UP
        return max(span[0], min(span[1], self._clock()) - _MOST_CATCH_UP)

    async def _feed(self, hearing: Hearing, listener: Listener) -> None:
        """Give the recogniser what the public has, not more than it can hold."""
        silent_since: float | None = None
        while True:
            if self._is_too_slow():
                self.too_slow = True
                await hearing.aclose()
                return
            if self._is_full():
                await self._await_news()
                continue
            piece = await listener.next(_WAIT_SECONDS)
            if piece is not None:
                silent_since = None
                await hearing.give(piece)
                self._sent_until = piece.at + timedelta(seconds=piece.seconds)
                continue
            now = self._loop.time()
            if silent_since is None:
                silent_since = now
                await hearing.pause()
            elif now - silent_since > _IDLE_SECONDS:
                await hearing.finish()
                return

    def _is_full(self) -> bool:
        """Whether so much sound waits in the recogniser that more must wait here."""
        if self._sent_until is None or self._heard_until is None:
            return False
        return self._sent_until - self._heard_until >= _MOST_WAITING

    async def _await_news(self) -> None:
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._news.wait()

    async def _read(self, hearing: Hearing) -> None:
        async for heard in hearing.reports():
            await self._take(heard)
        await self._keep(self._lines.close())

    async def _take(self, heard: Heard) -> None:
        self._heard_until = to_moment(heard.until_ms)
        self._language = self._begin.language or heard.language
        self._news.set()
        self._note_busy(heard.busy_ms)
        closed = self._lines.add(heard.settled)
        if heard.pause:
            closed += self._lines.close()
        await self._keep(closed)
        if not self._choice.by_hand and not self._is_person_writing():
            self._writer.show_growing(
                self._place, self._cue_id, self._lines.open, heard.tentative
            )

    def _is_person_writing(self) -> bool:
        return self._keyboard.is_writing(self._place, self._choice.hand_over)

    async def _keep(self, lines: list[Line]) -> None:
        since = self._keyboard.writing_since(self._place, self._choice.hand_over)
        if since is not None:  # captions that stand there twice help nobody
            lines = [line for line in lines if to_moment(line.start_ms) < since]
        rows = []
        for line in lines:
            row = self._writer.machine_row(
                self._place,
                self._cue_id,
                line,
                model=self._model,
                language=self._language,
                draft=self._choice.by_hand,
            )
            self._cue_id = self._writer.new_id()
            rows.append(row)
        await self._writer.keep(self._place, rows)
        for row, line in zip(rows, lines, strict=True):
            if not row.draft:
                self._writer.show_final(self._place, row, line.doubtful)

    def _note_busy(self, busy_ms: int) -> None:
        now = self._loop.time()
        self._busy.append((now, busy_ms))
        self._busy = [each for each in self._busy if now - each[0] < 60]

    def _is_too_slow(self) -> bool:
        if self.lag < _TOO_SLOW:
            self._slow_since = None
            return False
        now = self._loop.time()
        if self._slow_since is None:
            self._slow_since = now
        return now - self._slow_since > _TOO_SLOW_SECONDS

    async def aclose(self) -> None:
        """End the recogniser. Idempotent."""
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            await hearing.aclose()
