"""Presence: how many are there, by way, and nobody's name."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from folkmoot.journal.away import away

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

Source = "Callable[[str], Mapping[str, int]]"
FORGET_SECONDS = 15.0


class Presence:
    """Counts people by meeting; the same person in two tabs is one.

    `text` are those with a live page. More ways come from sources that are
    added, such as the players that the media count (`video`). A big screen is
    nobody, and counts apart as `screens`.
    """

    def __init__(self) -> None:
        self._people: dict[str, Counter[str]] = {}
        self._screens: Counter[str] = Counter()
        self._elsewhere: dict[str, int] = {}
        self._sources: list[Callable[[str], Mapping[str, int]]] = []

    def arrive(self, meeting_id: str, who: str) -> None:
        """Note a connection of somebody."""
        self._people.setdefault(meeting_id, Counter())[who] += 1

    def depart(self, meeting_id: str, who: str) -> None:
        """Note that a connection of somebody is gone."""
        people = self._people.get(meeting_id)
        if people is None:
            return
        people[who] -= 1
        if people[who] <= 0:
            del people[who]
        if not people:
            del self._people[meeting_id]

    def add_screen(self, meeting_id: str, count: int = 1) -> None:
        """Note that a big screen shows the meeting; -1 that it no longer does."""
        self._screens[meeting_id] += count
        if self._screens[meeting_id] <= 0:
            del self._screens[meeting_id]

    def screens(self, meeting_id: str) -> int:
        """Return how many big screens are connected to this process."""
        return self._screens[meeting_id]

    def online(self, meeting_id: str) -> frozenset[str]:
        """Return who is connected to this process: person ids, for the team only."""
        return frozenset(self._people.get(meeting_id, ()))

    def add_source(self, source: Callable[[str], Mapping[str, int]]) -> None:
        """Ask `source(meeting_id)` for counts of other ways from now on."""
        self._sources.append(source)

    def meetings(self) -> list[str]:
        """Return the ids of meetings where somebody is on this process."""
        return list({**self._people, **self._screens})

    def here(self, meeting_id: str) -> int:
        """Return how many are connected to this process."""
        return len(self._people.get(meeting_id, ()))

    def note_elsewhere(self, meeting_id: str, count: int) -> None:
        """Note how many are connected to other processes."""
        self._elsewhere[meeting_id] = count

    def counts(self, meeting_id: str) -> dict[str, int]:
        """Return how many are there, by way."""
        counts = {"text": self.here(meeting_id) + self._elsewhere.get(meeting_id, 0)}
        if screens := self.screens(meeting_id):
            counts["screens"] = screens
        for source in self._sources:
            counts.update(source(meeting_id))
        return counts


class SharedPresence:
    """Adds the counts of other processes through Redis; without it, only ours."""

    def __init__(self, presence: Presence, client: Any, *, process_id: str) -> None:
        self._presence = presence
        self._client = client
        self._process_id = process_id

    async def exchange(self, meeting_id: str) -> None:
        """Tell our count and learn the others'."""
        key = f"folkmoot:presence:{meeting_id}"
        now = time.time()
        ours = f"{self._presence.here(meeting_id)}:{now:.0f}"
        try:
            await self._client.hset(key, self._process_id, ours)
            await self._client.expire(key, int(FORGET_SECONDS * 4))
            told = await self._client.hgetall(key)
        except away() as error:
            logger.debug("presence not shared: %s", error)
            return
        total = 0
        for process_id, value in told.items():
            count, _, at = _text(value).partition(":")
            if _text(process_id) != self._process_id and (
                now - float(at) < FORGET_SECONDS
            ):
                total += int(count)
        self._presence.note_elsewhere(meeting_id, total)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
