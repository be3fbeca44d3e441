"""Notices when the wall clock is set; pure, both clocks come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

STEP_SECONDS = 1.0
"""Slewing moves a clock by 0.5 ms a second; a second at once is a step."""


class ClockWatch:
    """Compares the wall clock with one that nobody can set."""

    def __init__(self) -> None:
        self._before: tuple[datetime, float] | None = None

    def look(self, wall: datetime, monotonic: float) -> float | None:
        """By how many seconds the wall clock was set since the last look, if it was.

        Where the machine slept both clocks may have stood or not: that is a step too.
        """
        before, self._before = self._before, (wall, monotonic)
        if before is None:
            return None
        step = (wall - before[0]).total_seconds() - (monotonic - before[1])
        return step if abs(step) >= STEP_SECONDS else None
