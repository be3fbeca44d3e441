"""A recording outlives `kill -9` of the server and of its encoders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.service import Service
from tests.soak.kills import Kills

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(600)]


_SOAK = [pytest.mark.soak, pytest.mark.timeout(900)]


@pytest.mark.parametrize(
    ("seed", "count"),
    [
        (10, 10),
        # Fifty, on two recordings so that each takes some minutes only.
        pytest.param(25, 25, marks=_SOAK),
        pytest.param(26, 25, marks=_SOAK),
    ],
)
def test_kills_at_random_moments_lose_a_part_at_most_and_every_gap_is_listed(
    service: Service, ffmpeg_path: str, film: Path, seed: int, count: int
) -> None:
    kills = Kills(service, ffmpeg_path, film, seed=seed)
    kills.run(count)
    assert len(kills.losses) == count
    print(
        f"{count} kills: lost at most {max(kills.losses):.3f} s of what was public, "
        f"{kills.gaps} gaps listed, longest round {max(kills.rounds):.1f} s"
    )
