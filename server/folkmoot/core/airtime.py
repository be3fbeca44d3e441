"""What of a room the public may know by now, and in which state it sees the room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from folkmoot.core.state import Room

PublicState = Literal["coming", "live", "interrupted", "paused", "off", "ended"]


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
    sends: bool,
    ever_on_air: bool,
    delay_seconds: float = 0.0,
    changed_at: datetime | None = None,
    now: datetime | None = None,
) -> PublicState:
    """The state in which the public sees a room.

    Coming: it was never on air. Live. Interrupted: on air, and nothing comes; what
    was recorded is safe, and it goes on by itself. Paused: with a reason. Off: it
    was on air and may be again. Ended. With a delay a pause shows when the picture
    stops, not when somebody pressed the button.
    """
    if phase == "ended":
        return "ended"
    if channel == "hold":
        shows_at = changed_at and changed_at + timedelta(seconds=delay_seconds)
        plays_on = sends and shows_at is not None and now is not None and now < shows_at
        return "live" if plays_on else "paused"
    if channel == "on":
        return "live" if sends else "interrupted"
    return "off" if ever_on_air else "coming"


def see_room(
    room: Mapping[str, Any], *, phase: str, now: datetime | None = None
) -> PublicState:
    """`public_state` of a room as a feed tells of it."""
    changed_at = room["channel_changed_at"]
    dumped = room["held_from"] is not None  # then the picture stops at once
    return public_state(
        phase=phase,
        channel=room["channel"],
        sends=room["connected"],
        ever_on_air=room["ever_on_air"],
        delay_seconds=0.0 if dumped else room["delay_seconds"],
        changed_at=datetime.fromisoformat(changed_at) if changed_at else None,
        now=now,
    )


def shown_until(room: Mapping[str, Any], now: datetime) -> datetime | None:
    """`public_head` of a room as a feed tells of it; None: there is no limit."""
    seconds = room["delay_seconds"]
    return now - timedelta(seconds=seconds) if seconds else None
