"""What is shown once and kept nowhere, told to the viewers of other processes.

Captions that still grow stand in no feed, so no journal brings them to other
processes. They go over Redis, which may lose any of them: the line itself is told of
in the journal once it is settled.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot.journal.away import away

if TYPE_CHECKING:
    from collections.abc import Callable

    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

CHANNEL = "folkmoot:shown"
_MOST_WAITING = 200
_ASK_SECONDS = 1.0
_PAUSE_SECONDS = 2.0

# (meeting id, what is shown)
Shown = tuple[str, dict[str, Any]]


class Relay:
    """Tells other processes what is shown here, and hears what they show."""

    def __init__(
        self, client: Any, *, process_id: str, show: Callable[[str, Any], None]
    ) -> None:
        self._client = client
        self._process_id = process_id
        self._show = show
        self._waiting: deque[Shown] = deque(maxlen=_MOST_WAITING)
        self._news = asyncio.Event()
        self.connected = asyncio.Event()

    def start(self, tasks: TaskOwner) -> None:
        """Begin to tell and to hear."""
        _ = tasks.start(self._keep_on(self._tell), name="gateway.relay.tell")
        _ = tasks.start(self._keep_on(self._hear), name="gateway.relay.hear")

    def tell(self, meeting_id: str, shown: dict[str, Any]) -> None:
        """Tell it soon; what can't be told now never is: it would come too late."""
        self._waiting.append((meeting_id, shown))
        self._news.set()

    async def _keep_on(self, do: Callable[[], Any]) -> None:
        while True:
            try:
                await do()
            except away() as error:
                logger.debug("relay: %s", error)
                self._waiting.clear()
            # Jitter, so that all processes don't come back at once.
            await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1))  # noqa: S311

    async def _tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                told = (self._process_id, *self._waiting.popleft())
                await self._client.publish(CHANNEL, msgspec.json.encode(told))

    async def _hear(self) -> None:
        try:
            async with self._client.pubsub() as subscription:
                await subscription.subscribe(CHANNEL)
                while True:
                    # With a time to wait it asks often enough to see a dead line.
                    message = await subscription.get_message(timeout=_ASK_SECONDS)
                    if message is None:
                        await subscription.ping()
                    elif message["type"] == "subscribe":
                        self.connected.set()
                    elif message["type"] == "message":
                        self._take(message["data"])
        finally:
            self.connected.clear()

    def _take(self, data: bytes) -> None:
        try:
            told = msgspec.json.decode(data, type=tuple[str, str, dict[str, Any]])
        except msgspec.MsgspecError:
            logger.warning("relay: not understood: %.100r", data)
            return
        process_id, meeting_id, shown = told
        if process_id != self._process_id:
            self._show(meeting_id, shown)
