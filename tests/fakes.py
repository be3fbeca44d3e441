"""Stand-ins for time, so that tests choose it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A clock that stands still until a test moves it; call it to read it."""

    def __init__(
        self, start: datetime = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
    ) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        """Move on by `seconds` and return the new time."""
        self.now += timedelta(seconds=seconds)
        return self.now


class FakeMonotonic:
    """Seconds that pass only when a test says so, in place of `time.monotonic`."""

    def __init__(self, start_seconds: float = 0.0) -> None:
        self.seconds = start_seconds

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> float:
        """Let `seconds` pass and return the new reading."""
        self.seconds += seconds
        return self.seconds
