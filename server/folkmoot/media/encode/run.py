"""One encoder at work: what goes in, what comes out, how far behind it is."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from folkmoot.media.encode.encoder import EncoderGone
from folkmoot.media.pack.fmp4 import Fmp4Error, Fmp4Reader, Fragment, Init
from folkmoot.media.pack.recorder import DiskFull

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from folkmoot.media.encode.encoder import Encoder
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

MAX_QUEUED_BYTES = 16 << 20
_JOIN_SECONDS = 5.0


class EncoderRun:
    """An encoder with the tasks that feed and read it.

    `take` gets what comes out of renditions, `hear` what taps say, `on_end` is
    called once when an output ends or fails that should go on, with the reason.
    """

    def __init__(
        self,
        encoder: Encoder,
        names: Sequence[str],
        *,
        label: str,
        tasks: TaskOwner,
        take: Callable[[EncoderRun, str, Init | Fragment], Awaitable[None]],
        on_end: Callable[[EncoderRun, Exception], None],
        taps: Sequence[str] = (),
        hear: Callable[[EncoderRun, str, bytes], Awaitable[None]] | None = None,
    ) -> None:
        self.encoder = encoder
        self.names = tuple(names)
        self.label = label
        self.ending = False
        self.overrun = False
        self.resume_seconds: float | None = None
        """Leave out what ends before this: it was taken from an earlier run."""
        self.ends: dict[str, float] = {}
        loop = asyncio.get_running_loop()
        self.began = self.last_output = loop.time()
        self._loop = loop
        self._tasks = tasks
        self._take = take
        self._on_end = on_end
        self.taps = tuple(taps)
        self._hear = hear
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._more = asyncio.Event()
        self._readers: list[asyncio.Task[None]] = []
        self._feeder: asyncio.Task[None] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether anything came out."""
        return bool(self.ends)

    @property
    def end_seconds(self) -> float | None:
        """Media time up to which its first rendition came out."""
        return self.ends.get(self.names[0])

    async def start(self) -> None:
        """Start the program and read it."""
        await self.encoder.start()
        start = self._tasks.start
        self._readers = [
            start(self._read(name), name=f"read.{name}.{self.label}")
            for name in self.names
        ]
        self._readers += [
            start(self._listen(tap), name=f"{tap}.{self.label}") for tap in self.taps
        ]

    async def write(self, data: bytes) -> None:
        """Give bytes and wait while it is busy. Raises `EncoderGone`."""
        await self.encoder.write(data)

    def offer(self, data: bytes) -> None:
        """Give bytes that may wait their turn; too many make it `overrun`."""
        if self.overrun or self.ending:
            return
        if self._queued_bytes + len(data) > MAX_QUEUED_BYTES:
            self.overrun = True
            return
        self._queue.append(data)
        self._queued_bytes += len(data)
        self._more.set()
        if self._feeder is None:
            self._feeder = self._tasks.start(self._feed(), name=f"feed.{self.label}")

    async def finish(self, seconds: float) -> None:
        """End its input and take what still comes."""
        self.ending = True
        if self._feeder is not None:
            self._more.set()
            await asyncio.wait((self._feeder,), timeout=seconds)
        with suppress(EncoderGone):
            await self.encoder.finish(seconds)
        await self._join()
        await self.aclose()

    async def aclose(self, *, at_once: bool = False) -> None:
        """Stop the program, and read what it left. Idempotent."""
        self.ending = True
        self._more.set()
        if self._feeder is not None:
            self._feeder.cancel()
        if at_once:
            self.encoder.kill()
        # Its outputs end with it; what lies in the pipes is still taken.
        await self.encoder.stop()
        await self._join()
        await self.encoder.aclose()

    def kill(self) -> None:
        """Kill a program that hangs; `on_end` follows."""
        self.encoder.kill()

    async def _join(self) -> None:
        others = [one for one in self._readers if one is not asyncio.current_task()]
        if not others:
            return
        _, late = await asyncio.wait(others, timeout=_JOIN_SECONDS)
        for reader in late:
            reader.cancel()

    async def _feed(self) -> None:
        try:
            while True:
                while self._queue:
                    data = self._queue.popleft()
                    self._queued_bytes -= len(data)
                    await self.encoder.write(data)
                if self.ending:
                    return
                self._more.clear()
                await self._more.wait()
        except EncoderGone as error:
            logger.debug("run=%s %s", self.label, error)

    async def _read(self, name: str) -> None:
        reader = Fmp4Reader()
        problem: Exception = EncoderGone("The encoder on the server ended.")
        try:
            async for chunk in self.encoder.fragments(name):
                for item in reader.feed(chunk):
                    self.last_output = self._loop.time()
                    await self._take(self, name, item)
                    if isinstance(item, Fragment):
                        self.ends[name] = item.end_seconds
        except (DiskFull, Fmp4Error) as error:
            problem = error
            self._say_end(problem)
            async for _ in self.encoder.fragments(name):
                pass  # an unread rendition would stop the others
        self._say_end(problem)

    async def _listen(self, tap: str) -> None:
        async for chunk in self.encoder.fragments(tap):
            if self._hear is not None:
                await self._hear(self, tap, chunk)

    def _say_end(self, problem: Exception) -> None:
        if not self.ending:
            self.ending = True
            self._on_end(self, problem)
