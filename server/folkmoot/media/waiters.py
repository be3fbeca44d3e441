"""Who waits for a rendition to grow: one future for however many wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Waiters:
    """Futures by rendition, each replaced when it was answered."""

    def __init__(self) -> None:
        self._changed: dict[str, asyncio.Future[None]] = {}

    async def wait(self, rendition: str, seconds: float) -> bool:
        """Whether `wake` was called for it in this time."""
        changed = self._changed.setdefault(
            rendition, asyncio.get_running_loop().create_future()
        )
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(changed)
        except TimeoutError:
            return False
        return True

    def wake(self, renditions: Iterable[str] | None = None) -> None:
        """Let those who wait look again; all of them if none are named."""
        names = list(self._changed) if renditions is None else renditions
        for name in names:
            changed = self._changed.pop(name, None)
            if changed is not None and not changed.done():
                changed.set_result(None)
