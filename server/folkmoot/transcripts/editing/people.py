"""Who edits a room's transcript now, and where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

Place = tuple[str, str]
# Who was not heard of for so long is gone.
PATIENCE = timedelta(seconds=8)
_MOST = 200


class Editing(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on one open page, and the cue that it is at; `writes` there."""

    client_id: str
    name: str
    cue_id: str | None = None
    writes: bool = False


class People:
    """Who looked lately, of this process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: dict[Place, dict[str, tuple[datetime, Editing]]] = {}

    def note(self, place: Place, who: Editing) -> tuple[Editing, ...]:
        """Note where somebody is; return where the others are."""
        now = self._clock()
        here = {
            client_id: (at, other)
            for client_id, (at, other) in self._seen.get(place, {}).items()
            if now - at < PATIENCE and client_id != who.client_id
        }
        others = tuple(other for _, other in here.values())
        if len(here) < _MOST:
            here[who.client_id] = (now, who)
        self._seen[place] = here
        return others
