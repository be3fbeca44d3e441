"""In which state the public sees a room, and how much of it it may be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from folkmoot.core.airtime import PublicState, public_state, see_room, shown_until

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


def test_a_pause_shows_when_the_delayed_picture_stops() -> None:
    room = {
        "channel": "hold",
        "connected": True,
        "ever_on_air": True,
        "delay_seconds": 30.0,
        "held_from": None,
        "channel_changed_at": NOW.isoformat(),
    }
    early, late = NOW + timedelta(seconds=29), NOW + timedelta(seconds=30)
    assert see_room(room, phase="live", now=early) == "live"
    assert see_room(room, phase="live", now=late) == "paused"
    room["held_from"] = (NOW - timedelta(seconds=40)).isoformat()
    assert see_room(room, phase="live", now=early) == "paused"


def test_nothing_is_told_past_the_public_head() -> None:
    assert shown_until({"delay_seconds": 0.0}, NOW) is None
    assert shown_until({"delay_seconds": 20.0}, NOW) == NOW - timedelta(seconds=20)
