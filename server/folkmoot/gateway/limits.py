"""Limits per person, as a bucket of tokens, with a plain "wait N s".

A key is a person and never an address: a whole venue shares one. The bucket is
kept as one number, the moment at which it would be full again (the generic cell
rate algorithm of ATM, ITU-T I.371), here or in Redis for many processes.
"""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from folkmoot.core.refusals import Refusal
from folkmoot.journal.away import away

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_SWEEP_AFTER = 10_000


class Rate(msgspec.Struct, frozen=True):
    """So many at once, and the same number again in a minute."""

    per_minute: int

    @property
    def spacing_seconds(self) -> float:
        """How long one action takes to be given back."""
        return 60.0 / self.per_minute


class Buckets(Protocol):
    """Counts actions by key."""

    async def take(self, key: str, rate: Rate) -> float:
        """Take one token; 0, or the seconds to wait when there is none."""
        ...


class LocalBuckets:
    """Buckets of this process; `clock` reads monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_at: dict[str, float] = {}

    async def take(self, key: str, rate: Rate) -> float:
        """Take one token; 0, or the seconds to wait when there is none."""
        now = self._clock()
        if len(self._full_at) > _SWEEP_AFTER:
            self._full_at = {k: at for k, at in self._full_at.items() if at > now}
        full_at = max(self._full_at.get(key, now), now) + rate.spacing_seconds
        wait_seconds = full_at - now - 60.0
        # Rounding may not cost the last token.
        if wait_seconds > 1e-9:
            return wait_seconds
        self._full_at[key] = full_at
        return 0.0


_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
if full_at < now then full_at = now end
full_at = full_at + tonumber(ARGV[1])
local wait = full_at - now - 60
if wait > 0.000001 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'EX', 61)
return '0'
"""


class RedisBuckets:
    """Buckets shared by all processes; counts here while Redis is away."""

    def __init__(self, client: Any, *, prefix: str = "folkmoot:limit:") -> None:
        self._take = client.register_script(_TAKE)
        self._prefix = prefix
        self._here = LocalBuckets()
        self._away = False

    async def take(self, key: str, rate: Rate) -> float:
        """Take one token; 0, or the seconds to wait when there is none."""
        try:
            wait = await self._take(
                keys=[self._prefix + key], args=[rate.spacing_seconds]
            )
        except away() as error:
            if not self._away:
                logger.warning("limits count per process, Redis is away: %s", error)
            self._away = True
            return await self._here.take(key, rate)
        self._away = False
        return float(wait)


class Limits:
    """What one person may do in a minute."""

    # People who have no name yet share a bucket: joining from a venue of hundreds
    # has to work, a flood of made-up people has to stop.
    CROWD = 20

    def __init__(
        self,
        buckets: Buckets,
        *,
        commands_per_minute: int,
        joins_per_minute: int,
        searches_per_minute: int,
        clips_per_minute: int = 12,
    ) -> None:
        self._buckets = buckets
        self._rates = {
            "command": Rate(commands_per_minute),
            "join": Rate(joins_per_minute),
            "search": Rate(searches_per_minute),
            "clip": Rate(clips_per_minute),
            # A stub's secret: tried as often as somebody joins, card by card.
            "stub": Rate(joins_per_minute),
        }

    async def check(self, action: str, person: str | None, *, crowd: str = "") -> None:
        """Count an action of a person; raise `slow_down` when it is one too many.

        `crowd` names the bucket of those who are nobody yet (a meeting, say).
        """
        rate = self._rates[action]
        key = f"{action}:{person}"
        if person is None:
            key = f"{action}:crowd:{crowd}"
            rate = Rate(rate.per_minute * self.CROWD)
        wait_seconds = await self._buckets.take(key, rate)
        if wait_seconds > 0:
            raise slow_down(wait_seconds)


def slow_down(wait_seconds: float) -> Refusal:
    """Return the refusal that tells how long to wait, in whole seconds."""
    seconds = max(1, math.ceil(wait_seconds))
    return Refusal(
        "slow_down",
        f"That was a lot at once. Please wait {seconds} s.",
        retry_after=float(seconds),
    )
