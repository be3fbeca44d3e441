"""Tell each channel what the journal says it should be, and the journal what came.

The only link between the two: the webcast never decides, the journal never
touches media.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from folkmoot.core.commands import ChangeRecording, ChangeSource
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.journal import Change, Journal
from folkmoot.media.webcast import RoomSpec, SourceChange, Webcast
from folkmoot.store import catalogue
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

Wire = Mapping[str, Any]


class Director:
    """Follows the journal for all meetings of this process."""

    def __init__(
        self,
        *,
        journal: Journal,
        database: Database,
        webcast: Webcast,
        tasks: TaskOwner,
    ) -> None:
        self._journal = journal
        self._database = database
        self._webcast = webcast
        self._tasks = tasks
        self._known: dict[str, dict[str, tuple[str, str | None]]] = {}
        self._waiting: dict[str, None] = {}
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Open every room as the journal has it, then follow."""
        self._journal.follow(self._hear)
        for meeting in await self._database.read(catalogue.list_meetings):
            await self._align(meeting.meeting_id)
        self._tasks.start(self._run(), name="media.director")

    async def note_source(self, change: SourceChange) -> None:
        """Tell the journal that a publisher came or went."""
        await self._submit(
            change.meeting_id,
            ChangeSource(room_id=change.room_id, connected=change.connected),
        )

    async def note_recording(self, meeting_id: str, room_id: str) -> None:
        """Tell the journal that a recording changed."""
        await self._submit(meeting_id, ChangeRecording(room_id=room_id))

    async def _submit(
        self, meeting_id: str, command: ChangeSource | ChangeRecording
    ) -> None:
        try:
            await self._journal.submit(meeting_id, command, actor=SYSTEM)
        except Refusal as refusal:
            logger.info("meeting=%s media: %s", meeting_id, refusal)

    def _hear(self, change: Change) -> None:
        if PUBLIC in change.feeds and self._differs(change.meeting_id):
            self._waiting[change.meeting_id] = None
            self._news.set()

    def _differs(self, meeting_id: str) -> bool:
        """Whether rooms stand otherwise than when we last looked.

        Most entries are words and votes, and a look at the state costs more.
        """
        standing = self._journal.standing(meeting_id)
        if standing is None:
            return True
        now = {
            room.room_id: "ended" if standing.phase == "ended" else room.channel
            for room in standing.rooms
        }
        known = self._known.get(meeting_id, {})
        return now != {room_id: channel for room_id, (channel, _) in known.items()}

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            waiting, self._waiting = self._waiting, {}
            for meeting_id in waiting:
                try:
                    await self._align(meeting_id)
                except Exception:  # one meeting's trouble is not another's
                    logger.exception("meeting=%s media can't follow", meeting_id)

    async def _align(self, meeting_id: str) -> None:
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        known = self._known.setdefault(meeting_id, {})
        wanted = {
            room_id: (_wanted(state, room), _reason(room))
            for room_id, room in state["rooms"].items()
        }
        if wanted == known:
            return
        for room_id, (channel, reason) in wanted.items():
            before = known.get(room_id)
            if before == (channel, reason):
                continue
            # A reopened meeting has a new address.
            if before is None or before[0] == "ended":
                await self._open(meeting_id, state, room_id, (channel, reason))
            else:
                await self._webcast.set_state(
                    meeting_id, room_id, channel, reason=reason
                )
            known[room_id] = (channel, reason)

    async def _open(
        self, meeting_id: str, state: Wire, room_id: str, wanted: tuple[Any, str | None]
    ) -> None:
        row, rooms = await self._database.read(
            lambda connection: (
                catalogue.meeting_by_id(connection, meeting_id),
                catalogue.rooms_of(connection, meeting_id),
            )
        )
        keys = {room.room_id: room.stream_key for room in rooms}
        if row is None or room_id not in keys:
            return
        room = state["rooms"][room_id]
        await self._webcast.open_room(
            RoomSpec(
                meeting_id=meeting_id,
                room_id=room_id,
                public_path=row.public_path,
                room_slug=room["slug"],
                stream_key=keys[room_id],
                state=wanted[0],
                reason=wanted[1],
                title=(room["content"] or {}).get("name", ""),
            )
        )


def _wanted(state: Wire, room: Wire) -> Any:
    if state["phase"] == "ended":
        return "ended"
    return room["channel"]


def _reason(room: Wire) -> str | None:
    reason = room["reason"]
    return None if reason is None else str(reason.get("reason") or "")
