"""Times as people read them: in the meeting's own time zone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import msgspec

# Read once, at import: looking for them walks the disk.
ZONES = tuple(
    sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
)


def read_moment(text: str) -> datetime:
    """Read a moment from the wire: ISO 8601 with `Z`."""
    return datetime.fromisoformat(text).astimezone(UTC)


def read_moment_or_none(text: str | None) -> datetime | None:
    """Read a moment that may be absent."""
    return None if text is None else read_moment(text)


def wire_moment(at: datetime) -> str:
    """Return a moment for `datetime` attributes and addresses."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_seconds(seconds: float) -> str:
    """Return a place in a recording as people read it: `0:07`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours}:{minutes:02d}:{whole % 60:02d}"
    return f"{minutes}:{whole % 60:02d}"


def say_length(length: timedelta) -> str:
    """Say how long something lasts: `12 s`, `3 min 5 s`, `1 h 2 min`."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return f"{max(1, seconds)} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


class Moments(msgspec.Struct, frozen=True):
    """Writes moments in one time zone; `now` is when the page was made."""

    zone: str
    now: datetime

    def local(self, at: datetime) -> datetime:
        """Return a moment in the zone."""
        return at.astimezone(ZoneInfo(self.zone))

    def clock(self, at: datetime) -> str:
        """Return hours and minutes."""
        return f"{self.local(at):%H:%M}"

    def exact(self, at: datetime) -> str:
        """Return hours, minutes and seconds."""
        return f"{self.local(at):%H:%M:%S}"

    def day(self, at: datetime) -> str:
        """Return the day in words, with the year when it is not this one."""
        local = self.local(at)
        year = "" if local.year == self.local(self.now).year else f" {local.year}"
        return f"{local:%A} {local.day} {local:%B}{year}"

    def is_today(self, at: datetime) -> bool:
        """Whether a moment lies on the day on which the page was made."""
        return self.local(at).date() == self.local(self.now).date()

    def same_day(self, one: datetime, other: datetime) -> bool:
        """Whether two moments lie on one day."""
        return self.local(one).date() == self.local(other).date()

    def iso(self, at: datetime) -> str:
        """Return a moment for `datetime` attributes and addresses."""
        return wire_moment(at)

    def field(self, at: datetime) -> str:
        """Return a moment for a `datetime-local` field."""
        return f"{self.local(at):%Y-%m-%dT%H:%M}"


def find_timezone() -> str:
    """Return the machine's time zone by its name; UTC where it has none."""
    link = Path("/etc/localtime")
    named = os.environ.get("TZ", "").lstrip(":")
    if not named and link.is_symlink():
        named = str(link.readlink()).partition("zoneinfo/")[2]
    return named if named in ZONES else "UTC"
