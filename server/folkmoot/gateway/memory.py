"""A small memory of answers that may be believed for a moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Keeps at most `size` answers, each for `trust_seconds`; the oldest goes first."""

    def __init__(
        self,
        *,
        trust_seconds: float = float("inf"),
        size: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trust_seconds = trust_seconds
        self._size = size
        self._monotonic = monotonic
        self._answers: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        """Return what is remembered and may still be believed."""
        answer = self._answers.get(key)
        if answer is None or self._monotonic() >= answer[0]:
            return None
        return answer[1]

    def put(self, key: K, value: V) -> None:
        """Remember a value from now on."""
        self._answers.pop(key, None)
        if len(self._answers) >= self._size:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = (self._monotonic() + self._trust_seconds, value)

    def renew(self, key: K) -> None:
        """Believe what is remembered for as long again: it was just found to hold."""
        if (answer := self._answers.get(key)) is not None:
            self.put(key, answer[1])

    def forget(self, key: K) -> None:
        """Remember nothing of a key."""
        self._answers.pop(key, None)
