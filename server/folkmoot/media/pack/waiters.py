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
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self.change(rendition))
        except TimeoutError:
            return False
        return True

    def change(self, rendition: str) -> asyncio.Future[None]:
        """Done at the next `wake` for it. Shared: nobody may cancel it."""
        changed = self._changed.get(rendition)
        if changed is None:
            changed = asyncio.get_running_loop().create_future()
            self._changed[rendition] = changed
        return changed

    def wake(self, renditions: Iterable[str] | None = None) -> None:
        """Let those who wait look again; all of them if none are named."""
        names = list(self._changed) if renditions is None else renditions
        for name in names:
            changed = self._changed.pop(name, None)
            if changed is not None and not changed.done():
                changed.set_result(None)
