"""Stretches of a recording as people type them: two times of day near a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from folkmoot.core.refusals import Refusal
from folkmoot.pages.wording.moments import ZONES, read_moment, wire_moment

FIELDS = frozenset({"from_clock", "to_clock"})
_DAY = timedelta(days=1)


def near_clock(text: str, near: datetime, zone: str) -> datetime:
    """Return the moment with this time of day that lies nearest to another.

    Raises `Refusal` for what is no time of day.
    """
    local = near.astimezone(ZoneInfo(zone))
    try:
        time = datetime.strptime(text.strip(), "%H:%M:%S").time()  # noqa: DTZ007 (a time of day)
    except ValueError:
        raise Refusal("bad_form", "Please write the time as 14:05:30.") from None
    same_day = local.replace(
        hour=time.hour, minute=time.minute, second=time.second, microsecond=0
    )
    return min(
        (same_day - _DAY, same_day, same_day + _DAY), key=lambda at: abs(at - local)
    )


def read_span(fields: Mapping[str, str]) -> dict[str, str]:
    """Return `from_at` and `to_at` of a form that has times of day; else nothing.

    The form says near which moment they are, and in which time zone.
    """
    if not fields.keys() >= FIELDS or fields.get("from_at"):
        return {}
    zone = fields.get("_zone", "UTC")
    try:
        near = read_moment(fields.get("_near", ""))
    except ValueError:
        raise Refusal("bad_form", "Something in this form can't be used.") from None
    if zone not in ZONES:
        raise Refusal("bad_form", "Something in this form can't be used.")
    start = near_clock(fields["from_clock"], near, zone)
    end = near_clock(fields["to_clock"], start, zone)
    return {"from_at": wire_moment(start), "to_at": wire_moment(end)}
