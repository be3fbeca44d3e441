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
from folkmoot.store.catalogue import MeetingRow
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

Wire = Mapping[str, Any]

# A meeting whose rooms could not follow is tried again after so long.
AGAIN_SECONDS = 2.0


class Director:
    """Follows the journal for all meetings of this process."""

    def __init__(
        self,
        *,
        journal: Journal,
        database: Database,
        webcast: Webcast,
        tasks: TaskOwner,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._journal = journal
        self._database = database
        self._webcast = webcast
        self._tasks = tasks
        self._again_seconds = again_seconds
        self._paths: dict[str, str] = {}
        self._known: dict[str, dict[str, tuple[str, str | None]]] = {}
        self._waiting: dict[str, None] = {}
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Open every room as the journal has it, then follow."""
        self._journal.follow(self._hear)
        for meeting in await self._database.read(catalogue.list_meetings):
            await self._try(meeting.meeting_id)
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
                await self._try(meeting_id)

    async def _try(self, meeting_id: str) -> None:
        """Align a meeting; one meeting's trouble is not another's."""
        try:
            await self._align(meeting_id)
        except Exception:
            logger.exception("meeting=%s media can't follow", meeting_id)
            _ = self._tasks.start(self._try_later(meeting_id), name="media.again")

    async def _try_later(self, meeting_id: str) -> None:
        await asyncio.sleep(self._again_seconds)
        self._waiting[meeting_id] = None
        self._news.set()

    async def _align(self, meeting_id: str) -> None:
        row, rooms = await self._database.read(
            lambda connection: (
                catalogue.meeting_by_id(connection, meeting_id),
                catalogue.rooms_of(connection, meeting_id),
            )
        )
        if row is None:
            return
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        known = self._known.setdefault(meeting_id, {})
        # A reopened meeting has a new address, also where its end was so short
        # that we never saw it.
        moved = self._paths.get(meeting_id) != row.public_path
        keys = {room.room_id: room.stream_key for room in rooms}
        for room_id, room in state["rooms"].items():
            wanted = (_wanted(state, room), _reason(room))
            if known.get(room_id) == wanted and not moved:
                continue
            if room_id not in known or moved:
                spec = _spec(row, room, keys[room_id], *wanted)
                await self._webcast.open_room(spec)
            else:
                await self._webcast.set_state(
                    meeting_id, room_id, wanted[0], reason=wanted[1]
                )
            known[room_id] = wanted
        self._paths[meeting_id] = row.public_path


def _spec(
    row: MeetingRow, room: Wire, stream_key: str, channel: Any, reason: str | None
) -> RoomSpec:
    return RoomSpec(
        meeting_id=row.meeting_id,
        room_id=room["room_id"],
        public_path=row.public_path,
        room_slug=room["slug"],
        stream_key=stream_key,
        state=channel,
        reason=reason,
        title=(room["content"] or {}).get("name", ""),
    )


def _wanted(state: Wire, room: Wire) -> Any:
    if state["phase"] == "ended":
        return "ended"
    return room["channel"]


def _reason(room: Wire) -> str | None:
    reason = room["reason"]
    return None if reason is None else str(reason.get("reason") or "")
