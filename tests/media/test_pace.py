from __future__ import annotations

import pytest

from folkmoot.media.ingest.pace import Pace, TooFast


def test_one_second_may_come_at_once() -> None:
    pace = Pace(8_000, now=100.0)
    assert pace.pause_after(1000, 100.0) == 0


def test_more_has_to_wait() -> None:
    pace = Pace(8_000, now=100.0)
    assert pace.pause_after(3000, 100.0) == pytest.approx(2.0)
    assert pace.pause_after(1000, 102.0) == pytest.approx(1.0)


def test_quiet_time_is_not_saved_up() -> None:
    pace = Pace(8_000, now=100.0)
    assert pace.pause_after(2500, 500.0) == pytest.approx(1.5)


def send(pace: Pace, seconds: float, *, times: float, start: float = 0.0) -> float:
    """Send at a multiple of the limit, waiting as told; the moment of the end."""
    now, owed = start, 0.0
    while now < start + seconds:
        now += 0.1
        owed += 100 * times
        pause = pace.pause_after(int(owed), now)
        owed = owed % 1 + 1000 * times * pause  # it piles up meanwhile
        now += pause
    return now


def test_far_too_fast_for_long_is_an_error() -> None:
    with pytest.raises(TooFast, match=r"more than 0\.008 Mbit/s"):
        send(Pace(8_000, 0.0, over_seconds=5.0), 60, times=3.0)


def test_who_has_to_catch_up_may_be_fast_for_a_while() -> None:
    pace = Pace(8_000, 0.0, over_seconds=5.0)
    assert pace.pause_after(4_000, 0.0) == pytest.approx(3.0)
    now = send(pace, 60, times=0.5, start=4.5)
    assert pace.pause_after(500, now + 1) == 0.0
