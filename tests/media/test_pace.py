from __future__ import annotations

import pytest

from folkmoot.media.pace import Pace


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
