"""Lets a film's tags go when they would come from a camera.

After another film the first seconds go at once, as many as have passed since: what
is shown then follows the other without a gap, and nobody is farther behind.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from folkmoot.media.ingest.flv import SCRIPT, FlvReader
from folkmoot.media.ingest.flvrelay import FlvRelay

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from folkmoot.media.ingest.flv import FlvTag

MOST_AT_ONCE_SECONDS = 4.0
_APART_SECONDS = 0.05
_HELD_SECONDS = 0.5  # read ahead, in which the order of picture and sound evens out


class FilmPace:
    """Passes one film's FLV on in real time.

    `after` is the loop's time at which the film before it sent its last tag; None
    where there was none, or long ago.
    """

    def __init__(
        self, write: Callable[[bytes], Awaitable[None]], *, after: float | None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._write = write
        self._after = after
        self._reader = FlvReader()
        self._relay = FlvRelay()
        self._waiting: list[FlvTag] = []
        self._first_ms: int | None = None
        self._began: float | None = None

    async def take(self, data: bytes) -> None:
        """Take what was read; returns when all of it that is whole has gone."""
        self._waiting += self._reader.feed(data)
        if self._began is None and not self._can_begin():
            return
        await self._let_go()

    async def finish(self) -> None:
        """The film has ended: let go what is left."""
        if self._waiting:
            await self._let_go()

    def _ahead(self) -> float:
        """How much of the film is due at once."""
        if self._after is None:
            return 0.0
        passed = self._loop.time() - self._after - _APART_SECONDS
        return min(max(0.0, passed), MOST_AT_ONCE_SECONDS)

    def _can_begin(self) -> bool:
        """Whether all that goes at once is here: its last tag tells its date."""
        if not self._waiting:
            return False
        return self._seconds(self._waiting[-1]) >= self._ahead() + _HELD_SECONDS

    def _seconds(self, tag: FlvTag) -> float:
        if self._first_ms is None:
            if tag.kind == SCRIPT or tag.is_sequence_header:
                return 0.0
            self._first_ms = tag.timestamp_ms
        return (tag.timestamp_ms - self._first_ms) / 1000

    async def _let_go(self) -> None:
        if self._began is None:
            self._began = self._loop.time() - self._ahead()
        while self._waiting:
            now = self._loop.time() - self._began
            due = 0
            while due < len(self._waiting) and self._seconds(self._waiting[due]) <= now:
                due += 1
            if not due:
                await asyncio.sleep(self._seconds(self._waiting[0]) - now)
                continue
            ready = self._relay.take_tags(self._waiting[:due])
            del self._waiting[:due]
            if ready:
                await self._write(ready)
