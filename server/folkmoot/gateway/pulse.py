"""The pulse: head beacons, presence, attendance, and sending away who lost a duty."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from folkmoot.core.commands import CountAttendance
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import PUBLIC
from folkmoot.journal import SubmitFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from folkmoot.gateway.presence import Presence, SharedPresence
    from folkmoot.gateway.socket import Gateway
    from folkmoot.journal import Journal
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

HEAD_SECONDS = 10.0
PRESENCE_SECONDS = 3.0
CHECK_SECONDS = 1.0
ATTENDANCE_SECONDS = 60.0


class Pulse:
    """Does what has to be done again and again, each at its own pace."""

    def __init__(
        self,
        *,
        journal: Journal,
        gateway: Gateway,
        presence: Presence,
        tasks: TaskOwner,
        shared: SharedPresence | None = None,
        head_seconds: float = HEAD_SECONDS,
        presence_seconds: float = PRESENCE_SECONDS,
        check_seconds: float = CHECK_SECONDS,
        attendance_seconds: float = ATTENDANCE_SECONDS,
    ) -> None:
        self._journal = journal
        self._gateway = gateway
        self._presence = presence
        self._tasks = tasks
        self._shared = shared
        self._paces: list[tuple[str, float, Callable[[], Awaitable[None]]]] = [
            ("head", head_seconds, self.send_heads),
            ("presence", presence_seconds, self.send_presence),
            ("check", check_seconds, gateway.send_away),
            ("attendance", attendance_seconds, self.count_attendance),
        ]
        self._told: dict[str, dict[str, int]] = {}
        self._counted: dict[str, dict[str, int]] = {}
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; ends with `stop` or with the owner of its tasks."""
        for name, seconds, work in self._paces:
            self._running.append(
                self._tasks.start(
                    self._repeat(name, seconds, work), name=f"gateway.{name}"
                )
            )

    async def stop(self) -> None:
        """End. Idempotent."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

    async def send_heads(self) -> None:
        """Tell every feed's followers how far it is, so that a lost frame shows."""
        for audience in self._gateway.fanout.audiences():
            standing = await self._journal.open(audience.meeting_id)
            head = {
                "meeting": audience.slug,
                "epoch": standing.epoch,
                "feed": audience.feed,
                "seq": standing.heads.get(audience.feed, 0),
            }
            self._gateway.fanout.send(audience.meeting_id, audience.feed, "head", head)

    async def send_presence(self) -> None:
        """Tell how many are there, where that changed."""
        present = self._presence.meetings()
        for meeting_id in present:
            if self._shared is not None:
                await self._shared.exchange(meeting_id)
            counts = self._presence.counts(meeting_id)
            if self._told.get(meeting_id) == counts:
                continue
            self._told[meeting_id] = counts
            standing = await self._journal.open(meeting_id)
            told = {"meeting": standing.slug, **counts}
            self._gateway.fanout.send(meeting_id, PUBLIC, "presence", told)
        for meeting_id in set(self._told) - set(present):
            del self._told[meeting_id]

    async def count_attendance(self) -> None:
        """Write how many are present into the journals of live meetings."""
        for meeting_id in self._presence.meetings():
            standing = await self._journal.open(meeting_id)
            counts = self._presence.counts(meeting_id)
            counts.pop("screens", None)  # nobody sits in them
            if standing.phase != "live" or self._counted.get(meeting_id) == counts:
                continue
            self._counted[meeting_id] = counts
            try:
                await self._journal.submit(
                    meeting_id, CountAttendance(counts=counts), actor=SYSTEM
                )
            except SubmitFailed:
                logger.warning("meeting=%s attendance not written", meeting_id)

    async def _repeat(
        self, name: str, seconds: float, work: Callable[[], Awaitable[None]]
    ) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception:
                # One bad round may not end the beacons of every meeting.
                logger.exception("pulse=%s failed", name)
