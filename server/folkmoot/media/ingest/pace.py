"""How fast one publisher may send; pure, the clock comes in."""

from __future__ import annotations

OVER_SECONDS = 10.0
"""An encoder that was away sends what it kept at once; after that it is too fast."""


class TooFast(Exception):
    """The publisher sends more than it may for too long; the argument says it."""


class Pace:
    """A bucket that holds one second of the allowed rate."""

    def __init__(
        self, bits_per_second: int, now: float, *, over_seconds: float = OVER_SECONDS
    ) -> None:
        self._bits_per_second = bits_per_second
        self._over_seconds = over_seconds
        self._free_at = now
        self._over_since: float | None = None

    def pause_after(self, count: int, now: float) -> float:
        """Seconds to wait after `count` bytes before taking more.

        Raises `TooFast` when it had to wait almost all the time for long.
        """
        if now - self._free_at > 0.0:
            self._over_since = None  # it came to rest: the bucket was empty
        self._free_at = max(self._free_at, now) + count * 8 / self._bits_per_second
        pause = max(0.0, self._free_at - now - 1.0)
        if pause and self._over_since is None:
            self._over_since = now
        if self._over_since is not None and now - self._over_since > self._over_seconds:
            raise TooFast(
                f"The encoder sends more than {self._bits_per_second / 1e6:g} Mbit/s."
                " Set its bitrate to 2500 kbit/s and start again."
            )
        return pause
