"""Who edits a room's transcript now, and where, over all processes that share Redis.

It is a courtesy between people and no lock: edits that touch the same side of a line
are told apart by revisions. So without Redis each process knows its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from folkmoot.journal.away import away

logger = logging.getLogger(__name__)

Place = tuple[str, str]
# Who was not heard of for so long is gone; clocks may differ by less.
PATIENCE = timedelta(seconds=8)
_MOST = 200


class Editing(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on one open page, and the cue that it is at; `writes` there."""

    client_id: str
    name: str
    cue_id: str | None = None
    writes: bool = False


class _Seen(msgspec.Struct, frozen=True, array_like=True):
    """Where somebody was, and when."""

    at: datetime
    who: Editing


_SEEN = msgspec.json.Decoder(_Seen)


class People:
    """Who looked lately; `client` is a Redis client, if there is one."""

    def __init__(self, clock: Callable[[], datetime], client: Any = None) -> None:
        self._clock = clock
        self._client = client
        self._seen: dict[Place, dict[str, _Seen]] = {}

    async def note(self, place: Place, who: Editing) -> tuple[Editing, ...]:
        """Note where somebody is; return where the others are, by their names."""
        now = self._clock()
        mine = _Seen(now, who)
        here = {
            client_id: seen
            for client_id, seen in self._seen.get(place, {}).items()
            if now - seen.at < PATIENCE and client_id != who.client_id
        }
        if len(here) < _MOST:
            here[who.client_id] = mine
        self._seen[place] = here
        everywhere = {**await self._exchange(place, mine)}
        for client_id, seen in here.items():
            if client_id not in everywhere or everywhere[client_id].at <= seen.at:
                everywhere[client_id] = seen
        others = (
            seen.who
            for client_id, seen in everywhere.items()
            if client_id != who.client_id
        )
        return tuple(sorted(others, key=lambda one: (one.name, one.client_id)))

    async def _exchange(self, place: Place, mine: _Seen) -> Mapping[str, _Seen]:
        """Tell where somebody is to the other processes, and learn what they know."""
        if self._client is None:
            return {}
        key = f"folkmoot:editing:{place[0]}:{place[1]}"
        try:
            told = await self._client.hgetall(key)
            seen = {_text(one): _SEEN.decode(value) for one, value in told.items()}
            gone = [one for one, it in seen.items() if mine.at - it.at >= PATIENCE]
            for one in gone:
                del seen[one]
            async with self._client.pipeline(transaction=False) as line:
                if gone:
                    line.hdel(key, *gone)
                if len(seen) < _MOST or mine.who.client_id in seen:
                    line.hset(key, mine.who.client_id, msgspec.json.encode(mine))
                # Names are forgotten with the last who edited.
                line.expire(key, int(PATIENCE.total_seconds() * 2))
                await line.execute()
        except away(msgspec.MsgspecError) as error:
            logger.debug("who edits is not shared: %s", error)
            return {}
        return seen


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
