"""What planning starts from: rooms, times, cards, and who wants what."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Keep = Literal["all", "most", "none"]
"""What of the published timetable stays.

`all`: a card moves only if it can't stay or another would find no place.
`most`: a card moves where that meets a few more interests. `none`: all but pins.
"""

Cell = tuple[str, str]
"""Room id and slot id."""


class Hall(msgspec.Struct, frozen=True, kw_only=True):
    """A room; `capacity` in people, None where nobody said."""

    room_id: str
    capacity: int | None = None
    features: tuple[str, ...] = ()


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which sessions can stand. `open` is false once it has begun."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    open: bool = True


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A session as planning sees it.

    `hosts` and `voters` are members' ids; `needs` are room features, `wished` are
    slot ids (none: any time will do). `place` is where it stands now, which a
    `pinned` card keeps.
    """

    session_id: str
    version: int = 1
    hosts: tuple[str, ...] = ()
    voters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    place: Cell | None = None
    pinned: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A board to plan; `closed` are places that can't be used."""

    rooms: tuple[Hall, ...]
    times: tuple[Time, ...]
    cards: tuple[Card, ...]
    closed: frozenset[Cell] = frozenset()
