"""In which state the public sees a room, and how much of it it may be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from folkmoot.core.broadcast.airtime import (
    PublicState,
    public_state,
    see_phase,
    see_room,
    shown_until,
)

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phase", "channel", "sends", "ever", "wanted"),
    [
        ("upcoming", "off", False, False, "coming"),
        ("live", "off", True, False, "coming"),  # connected is not on air
        ("live", "on", True, True, "live"),
        ("live", "on", False, True, "interrupted"),
        ("live", "hold", True, True, "paused"),
        ("live", "hold", False, True, "paused"),
        ("live", "off", True, True, "off"),
        ("ended", "off", False, True, "ended"),
        ("ended", "on", True, False, "ended"),
    ],
)
def test_each_state_of_a_room_has_one_name(
    phase: str, channel: str, sends: bool, ever: bool, wanted: PublicState
) -> None:
    found = public_state(phase=phase, channel=channel, sends=sends, ever_on_air=ever)
    assert found == wanted


def airing(seconds: float, channel: str, *, sends: bool = True) -> dict[str, object]:
    at = NOW + timedelta(seconds=seconds)
    return {"at": at.isoformat(), "channel": channel, "connected": sends}


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        (29, "coming"),  # on air, and nobody sees it
        (30, "live"),
        (89, "live"),
        (90, "paused"),
        (104, "paused"),  # the pause is over, and its end is not seen
        (105, "live"),
        (120, "interrupted"),
        (140, "off"),
    ],
)
def test_a_public_that_is_behind_sees_each_state_later(
    seconds: float, wanted: PublicState
) -> None:
    room = {
        "channel": "off",
        "connected": False,
        "ever_on_air": True,
        "delay_seconds": 30.0,
        "held_from": None,
        "airings": [
            airing(0, "on"),
            airing(60, "hold"),
            airing(75, "on"),
            airing(90, "on", sends=False),
            airing(110, "off"),
        ],
    }
    now = NOW + timedelta(seconds=seconds)
    assert see_room(room, phase="live", now=now) == wanted
    assert see_room(room, phase="live") == "off"
    assert see_room(room | {"delay_seconds": 0.0}, phase="live", now=now) == "off"


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(111, "live"), (139.9, "live"), (140, "ended"), (200, "ended")],
)
def test_a_public_that_is_behind_sees_the_end_when_its_picture_ends(
    seconds: float, wanted: PublicState
) -> None:
    room = {
        "channel": "off",
        "connected": True,
        "ever_on_air": True,
        "delay_seconds": 30.0,
        "held_from": None,
        "airings": [airing(0, "on"), airing(110, "off")],
    }
    now = NOW + timedelta(seconds=seconds)
    assert see_room(room, phase="ended", now=now) == wanted
    assert see_room(room, phase="ended") == "ended"
    assert see_room(room | {"delay_seconds": 0.0}, phase="ended", now=now) == "ended"
    silent = room | {"delay_seconds": 0.0}
    assert (
        see_phase({"phase": "ended", "rooms": {"a": silent, "b": room}}, now) == wanted
    )
    assert see_phase({"phase": "ended", "rooms": {"a": silent}}, now) == "ended"
    assert see_phase({"phase": "upcoming", "rooms": {"b": room}}, now) == "upcoming"


def test_a_pause_that_takes_seconds_back_shows_at_once() -> None:
    room = {
        "channel": "hold",
        "connected": True,
        "ever_on_air": True,
        "delay_seconds": 30.0,
        "held_from": (NOW - timedelta(seconds=40)).isoformat(),
        "airings": [airing(-300, "on"), airing(0, "hold")],
    }
    assert see_room(room, phase="live", now=NOW) == "paused"


def test_nothing_is_told_past_the_public_head() -> None:
    assert shown_until({"delay_seconds": 0.0}, NOW) is None
    assert shown_until({"delay_seconds": 20.0}, NOW) == NOW - timedelta(seconds=20)
