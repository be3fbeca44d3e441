"""Who of the team looks at what right now, over all processes where Redis is there.

It is a courtesy between people and no lock: two who decide the same thing do no
harm, the second decision finds it done. So without Redis each process knows its own.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot.journal.away import away

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

LOOKS_SECONDS = 20.0
"""So long a look counts without being told again; clocks may differ by less."""


class Look(msgspec.Struct, frozen=True, array_like=True):
    """Somebody's look at an item, until a time in seconds since 1970."""

    until: float
    name: str
    item_id: str


_LOOK = msgspec.json.Decoder(Look)


class Lookouts:
    """Keeps who looks at what; `client` is a Redis client, if there is one."""

    def __init__(
        self, client: Any = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._clock = clock
        self._looks: dict[str, dict[str, Look]] = {}

    async def note(
        self, meeting_id: str, who: str, name: str, item_id: str
    ) -> dict[str, list[str]]:
        """Note what somebody looks at, if anything; return what the others do.

        The answer has names by the item that they look at.
        """
        look = Look(self._clock() + LOOKS_SECONDS, name, item_id)
        looks = self._looks.setdefault(meeting_id, {})
        looks.pop(who, None)
        if item_id:
            looks[who] = look
        for other in [one for one, known in looks.items() if self._is_over(known)]:
            del looks[other]
        everywhere = {**await self._exchange(meeting_id, who, look), **looks}
        if not looks:
            del self._looks[meeting_id]
        found: dict[str, list[str]] = {}
        for other, known in sorted(everywhere.items()):
            if other != who and not self._is_over(known):
                found.setdefault(known.item_id, []).append(known.name)
        return found

    async def _exchange(
        self, meeting_id: str, who: str, look: Look
    ) -> Mapping[str, Look]:
        """Tell ours to the other processes and learn theirs."""
        if self._client is None:
            return {}
        key = f"folkmoot:looks:{meeting_id}"
        try:
            if look.item_id:
                await self._client.hset(key, who, msgspec.json.encode(look))
                # Names are forgotten with the last who looked.
                await self._client.expire(key, int(LOOKS_SECONDS * 2))
            else:
                await self._client.hdel(key, who)
            told = await self._client.hgetall(key)
            return {_text(other): _LOOK.decode(value) for other, value in told.items()}
        except away(msgspec.MsgspecError) as error:
            logger.debug("looks not shared: %s", error)
            return {}

    def _is_over(self, look: Look) -> bool:
        return look.until <= self._clock()


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
