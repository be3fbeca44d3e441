"""What a service imports as it starts: nothing slow that only few ever use."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = ("numpy", "PIL.Image", "alembic", "sqlalchemy.dialects.postgresql")
"""Each a twentieth to a hundredth of a start."""

CAUGHT = """
from folkmoot.journal.away import away
print(*(one.__name__ for one in away(KeyError)))
from redis.exceptions import RedisError
print(*(one.__name__ for one in away(KeyError)))
"""


@pytest.mark.parametrize("module", ["folkmoot.serving", "folkmoot.cli"])
def test_a_start_imports_nothing_slow_that_only_few_use(module: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert not set(SLOW) & set(told.stdout.split())


def test_what_redis_raises_is_known_once_a_client_is_there() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            CAUGHT,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert told.stdout.split("\n")[:2] == [
        "OSError KeyError",
        "RedisError OSError KeyError",
    ]
