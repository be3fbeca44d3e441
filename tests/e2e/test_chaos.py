"""The pages' own outbox behind a bad network, with a server that is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.proxy import Weather
from tests.chaos.run import Chaos

# The whole, with fifty people and ten kills, is `make soak ARGS="--only chaos"`.
pytestmark = [pytest.mark.timeout(400)]


async def test_what_is_kept_on_devices_arrives_once_and_in_order(
    tmp_path: Path,
) -> None:
    chaos = Chaos(people=12, kills=3, seconds=40.0, seed=5, weather=Weather(lost=0.03))
    await chaos.run(tmp_path)
    assert chaos.broken == []
    # Else nothing was shown: there was enough to lose, and it was bad enough.
    assert chaos.figures["kept"] > 60
    assert chaos.figures["reloads"] > 5
    for kind in ("message lost", "message twice", "message out of turn", "lines"):
        assert chaos.figures[kind] > 0, chaos.figures
