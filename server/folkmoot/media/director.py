"""Tell each channel what the journal says it should be, and the journal what came.

The only link between the two: the webcast never decides, the journal never
touches media.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from folkmoot.core.commands import (
    ChangeRecording,
    ChangeSource,
    ChangeTranscript,
    PublishMarkers,
)
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import moment
from folkmoot.journal import Change, Journal, NoSuchMeeting
from folkmoot.media.archive.cuts import Cut
from folkmoot.media.delay import State
from folkmoot.media.pack.marks import Mark
from folkmoot.media.webcast import RoomSpec, SourceChange, Webcast
from folkmoot.store import catalogue, cues
from folkmoot.store.catalogue import MeetingRow, RoomRow
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

Wire = Mapping[str, Any]

_Orders = tuple[State, str | None, datetime | None, float, tuple[Cut, ...]]
_Span = tuple[datetime, datetime]

# Rooms of ended meetings are left closed for so long after a start, which has other
# work to do, unless somebody asks for them.
CLOSED_SECONDS = 3.0
# A meeting whose rooms could not follow is tried again after so long.
AGAIN_SECONDS = 2.0
_MARKER_SLACK_SECONDS = 0.02
# The end of a pause that lasts.
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


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
        closed_seconds: float = CLOSED_SECONDS,
    ) -> None:
        self._journal = journal
        self._database = database
        self._webcast = webcast
        self._tasks = tasks
        self._again_seconds = again_seconds
        self._closed_seconds = closed_seconds
        self._paths: dict[str, str] = {}
        self._visibilities: dict[str, str] = {}
        self._known: dict[str, dict[str, _Orders]] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._due: dict[str, datetime | None] = {}
        self._marked: dict[str, int | None] = {}
        self._waiting: dict[str, None] = {}
        self._erased: set[str] = set()
        self._news = asyncio.Event()
        self._closed: dict[str, asyncio.Event] = {}
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the rooms of what is coming or live, then follow.

        An archive may hold thousands of meetings: their rooms are opened behind
        this, the newest first, and each at once for who asks (`await_open`).
        """
        self._journal.follow(self._hear)
        for meeting in await self._database.read(catalogue.list_meetings):
            if meeting.phase == "ended":
                self._closed[meeting.meeting_id] = asyncio.Event()
            else:
                await self._open(meeting.meeting_id)
        self._running = self._tasks.start(self._run(), name="media.director")

    async def aclose(self) -> None:
        """Open and tell no more; call it before the webcast is closed. Idempotent."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    @property
    def is_opening(self) -> bool:
        """Whether there are rooms of ended meetings that nobody opened yet."""
        return bool(self._closed)

    async def await_open(self, meeting_id: str) -> None:
        """Return once a meeting's rooms are open, or can't be."""
        if (opened := self._closed.get(meeting_id)) is not None:
            self._waiting[meeting_id] = None
            self._news.set()
            await opened.wait()

    async def note_source(self, change: SourceChange) -> None:
        """Tell the journal that a publisher came or went."""
        await self._submit(
            change.meeting_id,
            ChangeSource(room_id=change.room_id, connected=change.connected),
        )

    async def note_recording(self, meeting_id: str, room_id: str) -> None:
        """Tell the journal that a recording changed."""
        await self._submit(meeting_id, ChangeRecording(room_id=room_id))
        await self._webcast.note_told(meeting_id, room_id)

    def forget(self, meeting_id: str) -> None:
        """Know a meeting no longer that is about to be deleted."""
        self._erased.add(meeting_id)
        for known in (
            self._known,
            self._paths,
            self._visibilities,
            self._marked,
            self._waiting,
        ):
            known.pop(meeting_id, None)
        self._note_open(meeting_id)
        if (timer := self._timers.pop(meeting_id, None)) is not None:
            timer.cancel()

    async def _submit(
        self,
        meeting_id: str,
        command: ChangeSource | ChangeRecording | ChangeTranscript | PublishMarkers,
    ) -> None:
        try:
            await self._journal.submit(meeting_id, command, actor=SYSTEM)
        except Refusal as refusal:
            logger.info("meeting=%s media: %s", meeting_id, refusal)
        except NoSuchMeeting:
            logger.info("meeting=%s media: it is deleted", meeting_id)

    def _hear(self, change: Change) -> None:
        if change.meeting_id in self._erased:
            return
        if PUBLIC in change.feeds and self._differs(change.meeting_id):
            self._waiting[change.meeting_id] = None
            self._news.set()
        standing = self._journal.standing(change.meeting_id)
        due_at = None if standing is None else standing.marker_due_at
        if due_at != self._due.get(change.meeting_id):
            self._due[change.meeting_id] = due_at
            name = f"media.markers.{change.meeting_id}"
            _ = self._tasks.start(self._time_markers(change.meeting_id), name=name)

    def _differs(self, meeting_id: str) -> bool:
        """Whether rooms stand otherwise than when we last looked.

        Most entries are words and votes, and a look at the state costs more.
        """
        standing = self._journal.standing(meeting_id)
        if standing is None:
            return True
        if standing.marker_version != self._marked.get(meeting_id):
            return True
        if standing.visibility != self._visibilities.get(meeting_id):
            return True
        known = self._known.get(meeting_id, {})
        ended = standing.phase == "ended"
        now: dict[str, tuple[object, ...]] = {
            room.room_id: (
                "ended" if ended else room.channel,
                room.delay_seconds,
                room.cuts,
            )
            for room in standing.rooms
        }
        return now != {
            room_id: (
                channel,
                delay,
                frozenset(
                    (cut.cut_id, moment(cut.from_at), moment(cut.to_at)) for cut in cuts
                ),
            )
            for room_id, (channel, _, _, delay, cuts) in known.items()
        }

    async def _run(self) -> None:
        open_at = time.monotonic() + self._closed_seconds
        while True:
            if not self._closed:
                await self._news.wait()
            self._news.clear()
            waiting, self._waiting = self._waiting, {}
            for meeting_id in waiting:
                if meeting_id in self._closed:
                    await self._open(meeting_id)
                else:
                    await self._try(meeting_id)
            if not waiting and self._closed:
                began = time.monotonic()
                if began >= open_at:
                    await self._open(next(iter(self._closed)))
                    open_at = (
                        2 * time.monotonic() - began
                    )  # half of the time is others'
                with suppress(TimeoutError):
                    async with asyncio.timeout(open_at - time.monotonic()):
                        await self._news.wait()

    async def _open(self, meeting_id: str) -> None:
        await self._try(meeting_id)
        try:
            await self._time_markers(meeting_id)
            for place in self._webcast.list_untold(meeting_id):
                await self.note_recording(*place)  # killed before it was told
        except NoSuchMeeting:
            logger.info("meeting=%s media: it is deleted", meeting_id)
        finally:
            self._note_open(meeting_id)

    def _note_open(self, meeting_id: str) -> None:
        if (opened := self._closed.pop(meeting_id, None)) is not None:
            opened.set()

    async def _try(self, meeting_id: str) -> None:
        """Align a meeting; one meeting's trouble is not another's."""
        if meeting_id in self._erased:
            return
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
        # that we never saw it; and so has one that others find from now on.
        moved = self._paths.get(meeting_id) != row.public_path
        keys = {room.room_id: room for room in rooms}
        for room_id, room in state["rooms"].items():
            wanted = _orders(state, room)
            if known.get(room_id) == wanted and not moved:
                continue
            if room_id not in known or moved:
                await self._webcast.open_room(_spec(row, room, keys[room_id], wanted))
            else:
                await self._steer(meeting_id, room_id, known[room_id], wanted)
            before = known.get(room_id)
            known[room_id] = wanted
            await self._withhold(meeting_id, room_id, _silent(room))
            if wanted[4] or (before is not None and before[4]):
                _ = self._tasks.start(
                    self._finish_cuts(meeting_id, room_id), name="media.edges"
                )
        self._paths[meeting_id] = row.public_path
        self._visibilities[meeting_id] = row.visibility
        self._marked[meeting_id] = self._marker_version(meeting_id)
        for room_id in state["rooms"]:
            self._webcast.set_marks(meeting_id, room_id, _marks(state, room_id))

    def _marker_version(self, meeting_id: str) -> int | None:
        standing = self._journal.standing(meeting_id)
        return None if standing is None else standing.marker_version

    async def _steer(
        self, meeting_id: str, room_id: str, known: _Orders, wanted: _Orders
    ) -> None:
        state, reason, from_at, delay_seconds, cuts = wanted
        place = (meeting_id, room_id)
        if delay_seconds != known[3]:
            await self._webcast.set_delay(*place, delay_seconds)
        if wanted[:3] != known[:3]:
            await self._webcast.set_state(*place, state, reason=reason, from_at=from_at)
        if cuts != known[4]:
            await self._webcast.apply_cuts(*place, cuts)

    async def _withhold(
        self, meeting_id: str, room_id: str, spans: list[_Span]
    ) -> None:
        """Keep the words of these seconds from everybody, the index included."""
        changed = await self._database.run(
            lambda connection: cues.withhold(connection, meeting_id, room_id, spans)
        )
        for from_at, to_at in changed:
            await self._submit(
                meeting_id,
                ChangeTranscript(room_id=room_id, from_at=from_at, to_at=to_at),
            )

    async def _finish_cuts(self, meeting_id: str, room_id: str) -> None:
        """Say that seconds are gone, then bring back what stood beside them."""
        if (meeting_id, room_id) in self._webcast.list_untold(meeting_id):
            await self.note_recording(meeting_id, room_id)
        if await self._webcast.encode_edges(meeting_id, room_id):
            await self.note_recording(meeting_id, room_id)

    async def _time_markers(self, meeting_id: str) -> None:
        """Publish waiting markers when the public sees their moments."""
        standing = await self._journal.open(meeting_id)
        self._due[meeting_id] = standing.marker_due_at
        timer = self._timers.pop(meeting_id, None)
        if timer is not None:
            timer.cancel()
        if standing.marker_due_at is not None:
            self._timers[meeting_id] = self._tasks.start(
                self._publish_markers(meeting_id, standing.marker_due_at),
                name=f"media.markers.{meeting_id}",
            )

    async def _publish_markers(self, meeting_id: str, due_at: datetime) -> None:
        wait = (due_at - datetime.now(UTC)).total_seconds() + _MARKER_SLACK_SECONDS
        await asyncio.sleep(max(0.0, wait))
        del self._timers[meeting_id]  # what follows may set the next
        await self._submit(meeting_id, PublishMarkers())
        await self._time_markers(meeting_id)


def _marks(state: Wire, room_id: str) -> list[Mark]:
    return [
        Mark(
            mark_id=marker["marker_id"],
            kind=marker["kind"],
            at=datetime.fromisoformat(marker["marked_at"]),
            label=(marker["content"] or {}).get("label", ""),
        )
        for marker in state["markers"].values()
        if marker["room_id"] == room_id and marker["content"]
    ]


def _silent(room: Wire) -> list[_Span]:
    """When nothing that was said is public: what was cut, and pauses."""
    spans = [*room["cuts"].values(), *room["pauses"]]
    return [
        (
            datetime.fromisoformat(span["from_at"]),
            datetime.fromisoformat(span["to_at"]) if span["to_at"] else _NEVER,
        )
        for span in spans
    ]


def _orders(state: Wire, room: Wire) -> _Orders:
    cuts = tuple(
        Cut(
            cut_id=cut_id,
            from_at=datetime.fromisoformat(cut["from_at"]),
            to_at=datetime.fromisoformat(cut["to_at"]),
            category=cut["category"],
        )
        for cut_id, cut in room["cuts"].items()
    )
    return (
        _wanted(state, room),
        _reason(room),
        _from_at(room),
        room["delay_seconds"],
        cuts,
    )


def _spec(row: MeetingRow, room: Wire, keys: RoomRow, orders: _Orders) -> RoomSpec:
    state, reason, from_at, delay_seconds, cuts = orders
    return RoomSpec(
        meeting_id=row.meeting_id,
        room_id=room["room_id"],
        public_path=row.public_path,
        room_slug=room["slug"],
        stream_key=keys.stream_key,
        part_seconds=keys.part_seconds,
        segment_seconds=keys.segment_seconds,
        state=state,
        reason=reason,
        title=(room["content"] or {}).get("name", ""),
        private=row.visibility == "private",
        from_at=from_at,
        delay_seconds=delay_seconds,
        cuts=cuts,
    )


def _wanted(state: Wire, room: Wire) -> Any:
    if state["phase"] == "ended":
        return "ended"
    return room["channel"]


def _from_at(room: Wire) -> datetime | None:
    """The moment from which the room's state counts, where that is not now.

    A publisher may come after "on air" was said and before we heard of it.
    """
    held_from = room["held_from"]
    at = room["channel_changed_at"] if room["channel"] == "on" else held_from
    return None if at is None else datetime.fromisoformat(at)


def _reason(room: Wire) -> str | None:
    reason = room["reason"]
    return None if reason is None else str(reason.get("reason") or "")
