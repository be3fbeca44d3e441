"""Memory, open files and programs of the server, looked at from outside."""

from __future__ import annotations

import statistics
import time

import msgspec
import psutil  # type: ignore[import-untyped]

# Before this age a process still fills its caches.
WARM_SECONDS = 20.0
LONG_ENOUGH_SECONDS = 60.0
GROWTH_SHARE = 0.25
GROWTH_MB = 20.0
GROWTH_FILES = 20


class Sample(msgspec.Struct, frozen=True):
    """How a server process was at an age."""

    age_seconds: float
    memory_mb: float
    files: int


class Life:
    """One server process from its start to its end."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._born = time.monotonic()
        self.samples: list[Sample] = []

    def look(self) -> None:
        """Take a sample, if it still lives."""
        try:
            memory = self._process.memory_info().rss / 1e6
            files = self._process.num_fds()
        except psutil.NoSuchProcess:
            return
        self.samples.append(Sample(time.monotonic() - self._born, memory, files))

    def programs(self) -> list[psutil.Process]:
        """Return the programs it runs now."""
        return list(self._process.children(recursive=True))

    @property
    def seconds(self) -> float:
        """How old it became."""
        return self.samples[-1].age_seconds if self.samples else 0.0

    def grew(self) -> tuple[float, float, float]:
        """Return memory (MB) when warm and at last, and open files more than warm."""
        warm = [each for each in self.samples if each.age_seconds >= WARM_SECONDS]
        if len(warm) < 6:
            return 0.0, 0.0, 0.0
        third = len(warm) // 3
        first, last = warm[:third], warm[-third:]
        return (
            statistics.median(each.memory_mb for each in first),
            statistics.median(each.memory_mb for each in last),
            statistics.median(each.files for each in last)
            - statistics.median(each.files for each in first),
        )

    def check(self) -> list[str]:
        """Memory and open files stay where they are, in a life that is long enough."""
        if self.seconds < LONG_ENOUGH_SECONDS:
            return []
        broken = []
        first, last, files = self.grew()
        if last > first * (1 + GROWTH_SHARE) + GROWTH_MB:
            broken.append(
                f"memory: {first:.0f} to {last:.0f} MB in {self.seconds:.0f} s"
            )
        if files > GROWTH_FILES:
            broken.append(f"open files: {files:.0f} more in {self.seconds:.0f} s")
        return broken


def left_over(programs: list[psutil.Process]) -> list[str]:
    """Return those that still run."""
    found = []
    for program in programs:
        try:
            if program.is_running() and program.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{program.pid} {' '.join(program.cmdline())[:120]}")
        except psutil.NoSuchProcess:
            continue
    return found
