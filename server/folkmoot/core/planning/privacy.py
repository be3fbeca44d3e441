"""Numbers that must not point at anybody."""

from __future__ import annotations

FEWEST_SHOWN = 3
"""Counts of people below this are not told, not even that they are not nought."""


def shown(count: int) -> int | None:
    """Return a count of people, or None where it is too small to be told."""
    return count if count >= FEWEST_SHOWN else None
