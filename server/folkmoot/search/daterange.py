"""Dates as people type them in a search: `2026`, `2026-03`, `[2026 to 2027-02-01]`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# From (included) and before (excluded); None is open.
DateRange = tuple[datetime | None, datetime | None]

_DATE = re.compile(
    r"(\d{4})(?:-?(\d{2})(?:-?(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?)?)?)?"
)
_RANGE = re.compile(r"([\[{])\s*(.*?)\s*\bto\b\s*(.*?)\s*([\]}])", re.IGNORECASE)
_COMPARED = re.compile(r"(>=?|<=?)\s*(.+)")


def read_range(text: str) -> DateRange:
    """The stretch of time a typed date or range means, in UTC.

    A year or month means all of it; `[` and `]` include their date, `{` and `}`
    exclude it. ValueError, with a sentence, for what is no date.
    """
    if match := _RANGE.fullmatch(text):
        opening, first, last, closing = match.groups()
        return (
            _edge(first, after=opening == "{"),
            _edge(last, after=closing == "]"),
        )
    if match := _COMPARED.fullmatch(text):
        sign, date = match.groups()
        edge = _edge(date, after=sign in {">", "<="})
        return (edge, None) if sign[0] == ">" else (None, edge)
    return _stretch(text)


def _edge(text: str, *, after: bool) -> datetime | None:
    if not text:
        return None
    start, end = _stretch(text)
    return end if after else start


def _stretch(text: str) -> tuple[datetime, datetime]:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a date like 2026, 2026-03 or a range.")
    numbers = [int(part) for part in match.groups() if part is not None]
    year, month, day, *clock = [*numbers, 1, 1][: max(3, len(numbers))]
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    try:
        start = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return start, _next(start, len(numbers))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is not in the calendar.") from error


def _next(start: datetime, precision: int) -> datetime:
    """The moment after the year, month, day, minute or second that `start` opens."""
    if precision == 1:
        return start.replace(year=start.year + 1)
    if precision == 2:
        return (start + timedelta(days=31)).replace(day=1)
    steps = {3: timedelta(days=1), 5: timedelta(minutes=1), 6: timedelta(seconds=1)}
    return start + steps[precision]
