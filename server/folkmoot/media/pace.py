"""How fast one publisher may send; pure, the clock comes in."""

from __future__ import annotations


class Pace:
    """A bucket that holds one second of the allowed rate."""

    def __init__(self, bits_per_second: int, now: float) -> None:
        self._bytes_per_second = bits_per_second / 8
        self._free_at = now

    def pause_after(self, count: int, now: float) -> float:
        """Seconds to wait after `count` bytes before taking more."""
        self._free_at = max(self._free_at, now) + count / self._bytes_per_second
        return max(0.0, self._free_at - now - 1.0)
