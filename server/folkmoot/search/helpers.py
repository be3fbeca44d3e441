"""Makes documents of many rooms at once, on all processors."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, cast

import msgspec

from folkmoot.search.analysis import Analysed
from folkmoot.search.corpus import RoomContext, TranscriptCue
from folkmoot.search.helper import Spoken, prepare, receive, send
from folkmoot.search.text import Analyzer

logger = logging.getLogger(__name__)
# A process takes a third of a second to start: fewer cues are not worth one.
_CUES_ALONE = 10_000
_MOST_HELPERS = 4
# Rooms that wait for each helper, so that none waits for the writer.
_AHEAD = 2
_END_SECONDS = 5.0

Prepared = tuple[RoomContext, Sequence[Analysed]]


class Helpers:
    """Rooms go in by `give`, their documents come out in the same order.

    Each helper is a process of its own, started when it is first needed; one that
    fails is replaced by the work being done here. `close` ends them. On a machine with
    one processor there are none.
    """

    def __init__(self, analyzer: Analyzer, *, alone: int = _CUES_ALONE) -> None:
        self._languages = analyzer.languages
        self._alone = alone
        self._given = 0
        self._count = min(_MOST_HELPERS, os.cpu_count() or 1)
        # Threads of our own: these wait for processes, searches must not wait for them.
        self._threads = ThreadPoolExecutor(self._count, "search-helper")
        self._own = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []
        self._waiting: deque[tuple[RoomContext, asyncio.Future[list[Analysed]]]] = (
            deque()
        )
        self._decoder = msgspec.msgpack.Decoder(list[Analysed])
        self._encoder = msgspec.msgpack.Encoder()

    @property
    def started(self) -> list[int]:
        """The helpers' process ids."""
        return [helper.pid for helper in self._started]

    async def give(
        self, room: RoomContext, cues: Sequence[TranscriptCue]
    ) -> AsyncIterator[Prepared]:
        """Take a room in; yield what is ready, and wait where too much is not."""
        spoken = Spoken(self._languages, room, tuple(cues))
        self._given += len(cues)
        helped = self._count > 1 and self._given > self._alone
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, self._ask if helped else prepare, spoken
        )
        self._waiting.append((room, work))
        while self._waiting and (
            len(self._waiting) > _AHEAD * self._count or self._waiting[0][1].done()
        ):
            yield await self._next()

    async def rest(self) -> AsyncIterator[Prepared]:
        """Yield what was not ready yet."""
        while self._waiting:
            yield await self._next()

    async def _next(self) -> Prepared:
        room, work = self._waiting.popleft()
        return room, await work

    def _ask(self, spoken: Spoken) -> list[Analysed]:
        """Have this thread's helper do the work."""
        try:
            helper = self._helper()
            send(cast("BinaryIO", helper.stdin), self._encoder.encode(spoken))
            data = receive(cast("BinaryIO", helper.stdout))
        except (OSError, EOFError) as error:
            logger.warning("a helper of the index failed: %s", error)
            data = None
        if data is None:
            self._own.helper = None
            return prepare(spoken)
        return self._decoder.decode(data)

    def _helper(self) -> subprocess.Popen[bytes]:
        helper: subprocess.Popen[bytes] | None = getattr(self._own, "helper", None)
        if helper is None:
            helper = subprocess.Popen(
                [sys.executable, "-m", "folkmoot.search.helper"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._own.helper = helper
            self._started.append(helper)
        return helper

    def close(self) -> None:
        """End the helpers; blocks for a moment."""
        for _, work in self._waiting:
            work.cancel()
        self._threads.shutdown(cancel_futures=True)
        for helper in self._started:
            for pipe in (helper.stdin, helper.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            try:
                helper.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                helper.kill()
                helper.wait()
