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
    *, phase: str, channel: str, sends: bool, ever_on_air: bool
) -> PublicState:
    """The state in which the public sees a room.

    Coming: it was never on air. Live. Interrupted: on air, and nothing comes; what
    was recorded is safe, and it goes on by itself. Paused: with a reason. Off: it
    was on air and may be again. Ended.
    """
    if phase == "ended":
        return "ended"
    if channel == "hold":
        return "paused"
    if channel == "on":
        return "live" if sends else "interrupted"
    return "off" if ever_on_air else "coming"


def see_room(
    room: Mapping[str, Any], *, phase: str, now: datetime | None = None
) -> PublicState:
    """`public_state` of a room as a feed tells of it.

    With a delay and a `now` it is what the public sees then: a pause shows when the
    picture stops, not when somebody pressed the button, and the end of the meeting
    when the picture ends. Without, as staff know it.
    """
    seen = room
    until = None if now is None else shown_until(room, now)
    # A pause that takes seconds back stops the picture at once.
    if until is not None and room["held_from"] is None:
        seen = _airing_at(room, until)
    goes_on = seen is not room and seen["channel"] != "off"
    return public_state(
        phase="live" if phase == "ended" and goes_on else phase,
        channel=seen["channel"],
        sends=seen["connected"],
        ever_on_air=seen.get("ever_on_air", True),
    )


def see_phase(state: Mapping[str, Any], now: datetime) -> str:
    """A meeting's phase as the public sees it.

    With a delay it is live until the last picture of its rooms has been shown.
    """
    phase = str(state["phase"])
    if phase != "ended":
        return phase
    rooms = state["rooms"].values()
    goes_on = any(see_room(room, phase=phase, now=now) != "ended" for room in rooms)
    return "live" if goes_on else phase


def _airing_at(room: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """What a room's broadcast was at a moment, of those that are kept."""
    before = {"channel": "off", "connected": False, "ever_on_air": False}
    known = [one for one in room["airings"] if datetime.fromisoformat(one["at"]) <= at]
    return known[-1] if known else before


def shown_until(room: Mapping[str, Any], now: datetime) -> datetime | None:
    """`public_head` of a room as a feed tells of it; None: there is no limit."""
    seconds = room["delay_seconds"]
    return now - timedelta(seconds=seconds) if seconds else None
