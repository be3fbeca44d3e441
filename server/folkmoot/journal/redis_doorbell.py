"""The doorbell over Redis: one channel on which processes tell their heads.

Publish and subscribe promise nothing: a ring may be lost at any time. That
costs latency only, because the journal asks for heads as well: often while
Redis is away, seldom otherwise.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Any

import msgspec
import redis
from redis import DriverInfo
from redis.asyncio import Redis
from redis.exceptions import RedisError

from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from folkmoot.journal.doorbell import Heard

logger = logging.getLogger(__name__)

CHANNEL = "folkmoot:journal"
POLL_SECONDS_UP = 30.0
POLL_SECONDS_DOWN = 2.0
FIRST_PAUSE_SECONDS = 0.25
LAST_PAUSE_SECONDS = 5.0
# Long enough for a slow network, short enough to notice that Redis is gone.
ANSWER_SECONDS = 5.0


class RedisDoorbell:
    """Rings in other processes; several rings of a meeting become one."""

    def __init__(self, url: str, *, channel: str = CHANNEL) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            # Otherwise every connection reads the installed package's metadata.
            driver_info=DriverInfo(lib_version=redis.__version__),
        )
        self._channel = channel
        self._tasks = TaskOwner()
        self._due: dict[str, int] = {}
        self._rung = asyncio.Event()
        self.connected = asyncio.Event()
        self._closed = False

    @property
    def poll_seconds(self) -> float:
        """Two seconds while Redis is away, half a minute otherwise."""
        return POLL_SECONDS_UP if self.connected.is_set() else POLL_SECONDS_DOWN

    def ring(self, meeting_id: str, seq: int) -> None:
        """Have everyone told soon, if Redis is there."""
        self._due[meeting_id] = max(seq, self._due.get(meeting_id, 0))
        self._rung.set()

    async def start(self, heard: Heard) -> None:
        """Listen until closed, whether Redis is there by now or not."""
        _ = self._tasks.start(self._listen(heard), name="journal.doorbell.listen")
        _ = self._tasks.start(self._tell(), name="journal.doorbell.tell")

    async def aclose(self) -> None:
        """Stop. Idempotent."""
        if self._closed:
            return
        self._closed = True
        await self._tasks.aclose()
        await self._redis.aclose()

    async def _listen(self, heard: Heard) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(self._channel)
                    self.connected.set()
                    logger.info("doorbell connected")
                    pause = FIRST_PAUSE_SECONDS
                    await self._hear_all(subscription, heard)
            except (RedisError, OSError) as error:
                if self.connected.is_set() or pause == FIRST_PAUSE_SECONDS:
                    logger.warning("doorbell disconnected: %s", error)
            finally:
                self.connected.clear()
            # Jitter, so that all processes don't come back at once.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
            pause = min(pause * 2, LAST_PAUSE_SECONDS)

    async def _hear_all(self, subscription: Any, heard: Heard) -> None:
        while True:
            message = await subscription.get_message(
                ignore_subscribe_messages=True, timeout=ANSWER_SECONDS
            )
            if message is None:
                # Silence is normal; a dead connection answers no ping.
                await subscription.ping()
                continue
            if message["type"] != "message":
                continue
            try:
                meeting_id, seq = msgspec.json.decode(
                    message["data"], type=tuple[str, int]
                )
            except msgspec.MsgspecError:
                logger.warning("doorbell: not understood: %.100r", message["data"])
            else:
                heard(meeting_id, seq)

    async def _tell(self) -> None:
        while True:
            await self._rung.wait()
            # Kept while Redis is away: others who are back sooner poll seldom.
            await self.connected.wait()
            self._rung.clear()
            due, self._due = self._due, {}
            try:
                for meeting_id, seq in due.items():
                    ring = msgspec.json.encode((meeting_id, seq))
                    await self._redis.publish(self._channel, ring)
            except (RedisError, OSError) as error:
                logger.warning("doorbell not rung: %s", error)
                for meeting_id, seq in due.items():
                    self.ring(meeting_id, seq)
                await asyncio.sleep(FIRST_PAUSE_SECONDS)
