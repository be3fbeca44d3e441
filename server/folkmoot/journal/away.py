"""What a Redis client raises while Redis is away, told without importing one.

The client takes a twentieth of a start to import, and who runs one process has none.
"""

from __future__ import annotations

import sys


def away(*also: type[Exception]) -> tuple[type[Exception], ...]:
    """Return the errors to catch, and `also`; what was never imported was not raised."""
    told = sys.modules.get("redis.exceptions")
    return (OSError, *also) if told is None else (told.RedisError, OSError, *also)
