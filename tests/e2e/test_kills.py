"""A recording outlives `kill -9` of the server and of its encoders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.service import Service
from tests.soak.kills import Kills

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    "count",
    [10, pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def test_kills_at_random_moments_lose_a_part_at_most_and_every_gap_is_listed(
    service: Service, ffmpeg_path: str, film: Path, count: int
) -> None:
    kills = Kills(service, ffmpeg_path, film, seed=count)
    kills.run(count)
    assert len(kills.losses) == count
    print(f"{count} kills: lost at most {max(kills.losses):.3f} s of what was public")
