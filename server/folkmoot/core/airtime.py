"""What of a room the public may know by now, and in which state it sees the room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from folkmoot.core.state import Room

PublicState = Literal["coming", "live", "interrupted", "paused", "ended"]


def delay_of(room: Room) -> timedelta:
    """How far the public is behind."""
    return timedelta(seconds=room.delay_seconds)


def public_head(room: Room, now: datetime) -> datetime:
    """The latest moment of a room that the public may be told anything of.

    Captions, marks, pictures and search of a room never pass it.
    """
    return now - delay_of(room)


def public_state(
    *,
    phase: str,
    channel: str,
    ever_on_air: bool,
    sends: bool,
    delay_seconds: float = 0.0,
    changed_at: datetime | None = None,
    now: datetime | None = None,
) -> PublicState:
    """The state in which the public sees a room.

    `sends` says whether a source is connected. With a delay a pause shows when
    the picture stops, and not before. Interrupted: on air, and nothing comes; what
    was recorded is safe. A room that is off air after it was on air is paused, too,
    as far as the public can tell: it may go on at any time until the meeting ends.
    """
    if phase == "ended":
        return "ended"
    if not ever_on_air:
        return "coming"
    if channel == "hold" and changed_at is not None and now is not None:
        shows_at = changed_at + timedelta(seconds=delay_seconds)
        if now < shows_at and sends:
            return "live"
    if channel != "on":
        return "paused" if channel == "hold" else "coming"
    return "live" if sends else "interrupted"


def shown_until(room: Mapping[str, Any], now: datetime) -> datetime | None:
    """`public_head` of a room as a feed tells of it; None: there is no limit."""
    seconds = room["delay_seconds"]
    return now - timedelta(seconds=seconds) if seconds else None
