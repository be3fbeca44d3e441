"""A recording outlives `kill -9` of the server and of its encoders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.service import Service
from tests.soak.kills import Kills

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(600)]

KILLS = 10  # `make soak` takes fifty


def test_kills_at_random_moments_lose_a_part_at_most_and_every_gap_is_listed(
    service: Service, ffmpeg_path: str, film: Path
) -> None:
    kills = Kills(service, ffmpeg_path, film, seed=7)
    kills.run(KILLS)
    assert len(kills.losses) == KILLS
