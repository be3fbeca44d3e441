"""A day of times from a few numbers: what the forms of the desk ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from folkmoot.core.commands import RoomSpec, SlotSpec
from folkmoot.core.refusals import Refusal

MAX_TIMES = 100
_SEATS = re.compile(r"\s*\((\d{1,6})\)\s*$")
DEFAULTS = {
    "rooms": "Hall",
    "starts": "10:00",
    "ends": "16:00",
    "minutes": "45",
    "pause": "15",
}


def lay_out_day(
    *, starts_at: datetime, ends_at: datetime, minutes: int, pause: int
) -> list[SlotSpec]:
    """Return times of `minutes` with `pause` between that fit into the day."""
    if minutes < 1 or pause < 0:
        raise Refusal("bad_time", "A session takes at least a minute.")
    length, step = timedelta(minutes=minutes), timedelta(minutes=minutes + pause)
    times = []
    at = starts_at
    while at + length <= ends_at:
        times.append(SlotSpec(starts_at=at, ends_at=at + length))
        at += step
    if not times:
        raise Refusal("bad_time", "Not one session fits between start and end.")
    if len(times) > MAX_TIMES:
        raise Refusal("too_many_times", f"A day has at most {MAX_TIMES} times.")
    return times


def read_day(values: Mapping[str, str], zone: str) -> list[SlotSpec]:
    """Read the form "Add a day of times"; times are in the meeting's zone."""
    starts_at = read_local(values, "starts", zone)
    ends_at = read_local(values, "ends", zone)
    return lay_out_day(
        starts_at=starts_at,
        ends_at=ends_at,
        minutes=_number(values, "minutes"),
        pause=_number(values, "pause"),
    )


def read_local(values: Mapping[str, str], name: str, zone: str) -> datetime:
    """Return the moment that a day and a time of it name in a zone."""
    try:
        day = date.fromisoformat(values.get("day", ""))
        clock = time.fromisoformat(values.get(name, ""))
    except ValueError as error:
        raise Refusal("bad_time", "Please give a day, a start and an end.") from error
    try:
        return datetime.combine(day, clock, ZoneInfo(zone))
    except (KeyError, ValueError, OSError) as error:
        raise Refusal("bad_timezone", f"There is no time zone {zone!r}.") from error


def read_rooms(text: str) -> list[RoomSpec]:
    """Read rooms, one a line, with their seats in brackets."""
    rooms = []
    for line in text.splitlines():
        if not (name := _SEATS.sub("", line).strip()):
            continue
        seats = _SEATS.search(line)
        capacity = int(seats[1]) if seats else None
        rooms.append(RoomSpec(name=name[:120], capacity=capacity or None))
    if not rooms:
        raise Refusal("no_room", "Please name at least one room.")
    return rooms


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "").strip()
    if not text.isdecimal():
        raise Refusal("bad_time", "Minutes are whole numbers.")
    return int(text)
