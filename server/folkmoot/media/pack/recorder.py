"""Does the takes' disk work on threads, and stops it before the disk is full."""

from __future__ import annotations

import asyncio
import errno
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from folkmoot.media.pack.packager import Step
    from folkmoot.media.pack.take import TakeWriter

P = ParamSpec("P")
T = TypeVar("T")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SHARE_OF_DISK = 10  # a reserve is never more than a tenth of the disk
_SPARE = 1.25  # times the reserve must be free before recording goes on


class Room(msgspec.Struct, frozen=True):
    """What is free on the disk, and how much of it is not for media."""

    free_bytes: int
    reserve_bytes: int


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

    async def check_room(self, *, spare: bool = False) -> None:
        """Raise `DiskFull` if the reserve, with `spare` a little more, is touched."""
        await self.run(self._check_room, _SPARE if spare else 1.0)

    async def aclose(self) -> None:
        """Wait for the work under way. Idempotent."""
        # `shutdown` joins threads: not on the loop.
        await asyncio.to_thread(self._threads.shutdown)

    def _write(
        self, writer: TakeWriter, steps: Sequence[Step], wall: str | None
    ) -> None:
        self._check_room()
        writer.write(steps, wall=wall)

    async def read_room(self) -> Room:
        """How much the disk holds, blocking a thread for a moment."""
        return await self.run(self._read_room)

    def _read_room(self) -> Room:
        disk = os.statvfs(self._root)
        free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        reserve = min(self._reserve_bytes, size // _SHARE_OF_DISK)
        return Room(free_bytes=free, reserve_bytes=reserve)

    def _check_room(self, times: float = 1.0) -> None:
        room = self._read_room()
        if room.free_bytes < room.reserve_bytes * times:
            raise DiskFull(
                f"Only {room.free_bytes // 1_000_000} MB are left on the disk."
                " Recording has stopped; make room, and it goes on by itself."
            )
