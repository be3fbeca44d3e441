"""How many watch a stream: those who asked for a playlist a moment ago."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

_KEPT_VIEWERS = 100_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


def name_viewer(peer: str, forwarded_for: str, agent: str) -> str:
    """Tell viewers apart as well as may be without a mark on them.

    What stands in X-Forwarded-For counts only from our own machine: from an edge
    here, which writes the last address itself.
    """
    if forwarded_for and peer in _LOOPBACK:
        peer = forwarded_for.rpartition(",")[2].strip()
    return f"{peer}|{agent}"


class Viewers:
    """When each viewer asked last, the latest at the end."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()

    def note(self, viewer: str) -> None:
        """Somebody asked just now."""
        self._seen[viewer] = asyncio.get_running_loop().time()
        self._seen.move_to_end(viewer)
        if len(self._seen) > _KEPT_VIEWERS:
            self._seen.popitem(last=False)

    def count(self, seconds: float) -> int:
        """How many asked in the last `seconds`."""
        since = asyncio.get_running_loop().time() - seconds
        while self._seen and next(iter(self._seen.values())) < since:
            self._seen.popitem(last=False)
        return len(self._seen)
