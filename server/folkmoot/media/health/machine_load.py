"""How busy the machine is, as far as it says: pressure, or idle time. Blocks briefly."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

_PRESSURE = Path("/proc/pressure/cpu")
_STAT = Path("/proc/stat")
_SOME = re.compile(r"some avg10=([\d.]+)")


class Load(msgspec.Struct, frozen=True):
    """`pressure` in %, `idle` from 0 to 1; None where the machine doesn't say."""

    pressure: float | None = None
    idle: float | None = None


class LoadReader:
    """Reads the load between one call and the next."""

    def __init__(self, *, pressure: Path = _PRESSURE, stat: Path = _STAT) -> None:
        self._pressure = pressure
        self._stat = stat
        self._before: tuple[int, int] | None = None

    def read(self) -> Load:
        """The load now; nothing known where there is no /proc."""
        return Load(pressure=self._read_pressure(), idle=self._read_idle())

    def _read_pressure(self) -> float | None:
        try:
            match = _SOME.search(self._pressure.read_text())
        except OSError:
            return None
        return float(match[1]) if match else None

    def _read_idle(self) -> float | None:
        try:
            words = self._stat.read_text().partition("\n")[0].split()[1:]
            ticks = [int(word) for word in words[:8]]
        except (OSError, ValueError):
            return None
        idle, total = ticks[3] + ticks[4], sum(ticks)
        before, self._before = self._before, (idle, total)
        if before is None or total <= before[1]:
            return None
        return (idle - before[0]) / (total - before[1])
