"""Ids: short, URL-safe and without look-alikes; made by a source passed in."""

from __future__ import annotations

import secrets
from typing import Protocol

# Crockford's base32 without i, l, o, u: can be read aloud and typed from paper.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


class IdSource(Protocol):
    """Makes ids; chance comes into `core` only through it."""

    def new(self, prefix: str) -> str:
        """Return a fresh id such as `s_4m0k2…` for the prefix `s`."""
        ...


class RandomIds:
    """Ids of 60 random bits from the system's source."""

    def new(self, prefix: str) -> str:
        """Return `prefix`, an underscore and twelve characters."""
        return f"{prefix}_{random_text(LENGTH)}"


class CountingIds:
    """Ids in order, for tests and replays."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        """Return `prefix` and the next number, twelve digits wide."""
        self._count += 1
        return f"{prefix}_{self._count:012d}"


def random_text(length: int) -> str:
    """Return `length` characters of the alphabet from the system's source."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
