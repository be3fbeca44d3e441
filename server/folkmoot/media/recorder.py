"""Does the takes' disk work on threads, and stops it before the disk is full."""

from __future__ import annotations

import asyncio
import errno
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from folkmoot.media.packager import Step
    from folkmoot.media.take import TakeWriter

P = ParamSpec("P")
T = TypeVar("T")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SHARE_OF_DISK = 10  # a reserve is never more than a tenth of the disk


class DiskFull(Exception):
    """No more media may be written; the argument says why."""


class Recorder:
    """Threads that write, and the reserve that they leave free."""

    def __init__(self, root: Path, *, reserve_bytes: int, threads: int = 4) -> None:
        self._root = root
        self._reserve_bytes = reserve_bytes
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="recorder")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work on a thread."""
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def write(
        self, writer: TakeWriter, steps: Sequence[Step], *, wall: str | None = None
    ) -> None:
        """Write steps of a take. Raises `DiskFull`."""
        try:
            await self.run(self._write, writer, steps, wall)
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull("The disk is full.") from error
            raise DiskFull(f"The disk can't be written: {error.strerror}.") from error

    async def check_room(self) -> None:
        """Raise `DiskFull` if the reserve is touched."""
        await self.run(self._check_room)

    async def aclose(self) -> None:
        """Wait for the work under way. Idempotent."""
        # `shutdown` joins threads: not on the loop.
        await asyncio.to_thread(self._threads.shutdown)

    def _write(
        self, writer: TakeWriter, steps: Sequence[Step], wall: str | None
    ) -> None:
        self._check_room()
        writer.write(steps, wall=wall)

    def _check_room(self) -> None:
        room = os.statvfs(self._root)
        free = room.f_bavail * room.f_frsize
        share = room.f_blocks * room.f_frsize // _SHARE_OF_DISK
        if free < min(self._reserve_bytes, share):
            raise DiskFull(
                f"Only {free // 1_000_000} MB are left on the disk."
                " Recording has stopped; make room and start the encoder again."
            )
