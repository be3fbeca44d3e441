"""What of a capture the public gets: takes, and the slate of a pause.

Connected is not on air. Whether a fragment becomes public is decided here by the
room's state. Callers serialize all methods but `run_slate`'s own steps, which take
the turn that they are given.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from folkmoot.media.capture import FOLLOW_SECONDS, Arrival, Capture, Region
from folkmoot.media.delay import Changed, State
from folkmoot.media.encode.slate import Slate, SlateFailed, make_slates, play_slates
from folkmoot.media.pack.fmp4 import Fragment, Init, shift_fragment
from folkmoot.media.pack.packager import Piece, to_piece
from folkmoot.media.pack.recorder import DiskFull
from folkmoot.media.pack.span import Timeline
from folkmoot.media.pack.stored_stream import Gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from folkmoot.media.pack.stream import Stream
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

_SHORT_GAP_SECONDS = 0.05
_WAITING_SECONDS = 3.0
_OFF_AIR = "Off air"
_LOST = "The signal from the room was lost"
_RESTARTED = "The service was restarted"
_PAUSED = "Paused"


class Airing:
    """The public side of a room. `clock` is the public's: later by the delay."""

    def __init__(
        self,
        stream: Stream,
        *,
        name: str,
        tasks: TaskOwner,
        clock: Callable[[], datetime],
        turn: asyncio.Condition,
        ffmpeg: str,
    ) -> None:
        self.stream = stream
        self.state: State = "off"
        self.reason: str | None = None
        self.capture: Capture | None = None
        self.problem: str | None = None
        self.dropped_fragments = 0
        self._name = name
        self._tasks = tasks
        self._clock = clock
        self._turn = turn
        self._ffmpeg = ffmpeg
        self._since: datetime | None = None
        self._was_private = True
        self._gap_reason = _RESTARTED
        self._gap_lost = False
        self._slate: asyncio.Task[None] | None = None

    def restore(self) -> None:
        """Take over the state that the stream had on the disk."""
        kept = self.stream.kept
        if kept.state in {"off", "on", "hold", "ended"}:
            self.state = kept.state  # type: ignore[assignment]
        self.reason = kept.reason
        if kept.state_since is not None:
            self._since = min(kept.state_since, self._clock())
        self._gap_lost = self.state == "on"
        self.stream.ended = self.state == "ended"

    @property
    def is_public(self) -> bool:
        """Whether what comes in now goes on to the public."""
        region = self.capture.current if self.capture else None
        return region is not None and region.end_seconds is None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for the state that holds."""
        slate_wanted = self.state == "hold" and bool(self.stream.variants)
        return self.state != "hold" or slate_wanted == (self._slate is not None)

    # The room's state

    def leave(self, change: Changed) -> float | None:
        """Take a new state over; from here on nothing more becomes public.

        Returns the media time up to which other renditions still may come.
        """
        self._since = change.at
        self._was_private = self.state == "hold"
        self.state, self.reason = change.state, change.reason
        region = self.capture.current if self.capture else None
        if self.capture is None or region is None or region.end_seconds is not None:
            return None
        if change.state == "on":
            return None
        region.end_seconds = self.capture.ends[self.capture.leading]
        return region.end_seconds

    async def settle(self, cut: float | None) -> None:
        """Close and open what the new state asks for; `cut` comes from `leave`."""
        if cut is not None:
            await self._finish(cut)
        if self.state in {"hold", "off"}:
            self._gap_lost = False
            self._gap_reason = (
                self.reason or _PAUSED if self.state == "hold" else _OFF_AIR
            )
        keeps_slate = self.state == "on" and self.capture is not None
        if self._slate is not None and not keeps_slate:
            await self._end_slate()
        if self.state == "hold":
            self._start_slate()
        self.stream.ended = self.state == "ended"
        kept = self.stream.kept
        kept.state, kept.reason, kept.state_since = self.state, self.reason, self._since
        self.tell()
        with suppress(OSError):  # the journal knows the state too
            await self.stream.save()

    def tell(self) -> None:
        """Answer at once those who wait for what won't come."""
        on_air = self.state == "on" and self.capture is not None
        self.stream.expecting = on_air or self._slate is not None
        self.stream.wake()

    # The capture

    def begin(self, capture: Capture) -> None:
        """A publisher is connected."""
        self.capture = capture
        self.tell()

    async def route(
        self, capture: Capture, rendition: str, item: Init | Fragment, at: datetime
    ) -> None:
        """Something came out of the encoder. Raises `DiskFull`, `OSError`."""
        if self.capture is not capture:
            return
        if isinstance(item, Init):
            capture.inits[rendition] = item
            if self.is_public:
                await self.stream.add_init(rendition, item.data)
            return
        arrival = Arrival(rendition, item, at)
        if capture.anchor.at is None:
            capture.pending.append(arrival)
        elif rendition == capture.leading:
            await self._lead(capture, arrival)
        else:
            await self._follow(capture, arrival)

    async def end(self, capture: Capture, *, reason: str | None = None) -> None:
        """The publisher is gone, and all that came from it was taken.

        `reason` says to readers of the gap list why, where that is not it.
        """
        if self.capture is not capture:
            return
        with suppress(DiskFull, OSError):
            await self._drain(capture)
            if self.is_public:
                self._gap_reason = reason or _LOST
                await self.stream.finish()
        self.capture = None
        if self.state == "on" and self._slate is not None:
            await self._end_slate()
        self.tell()

    def note_clock(self, step_seconds: float) -> None:
        """The wall clock was set by so much."""
        if self._since is not None:
            self._since += timedelta(seconds=step_seconds)

    async def fail(self, problem: str) -> None:
        """The disk takes no more: close what is open, keep what is there."""
        self.problem = problem
        if self.capture is not None and self.capture.current is not None:
            region = self.capture.current
            region.end_seconds = region.end_seconds or region.start_seconds
        self.capture = None
        await self.stream.fail()
        self.tell()

    async def close(self) -> None:
        """Close the open take; the state stays. Idempotent."""
        task, self._slate = self._slate, None
        if task is not None:
            task.cancel()
        with suppress(DiskFull, OSError):
            await self.stream.finish()
        self.capture = None
        self.tell()

    async def _drain(self, capture: Capture) -> None:
        """Route what waited for the anchor, the leading rendition's first."""
        waiting = capture.pending
        leading = [each for each in waiting if each.rendition == capture.leading]
        capture.pending = [each for each in waiting if each not in leading]
        if capture.anchor.at is None and waiting:
            first = waiting[0]
            capture.anchor.at = first.at - timedelta(seconds=first.fragment.end_seconds)
        # The leading rendition opens the take that the others follow into.
        for arrival in leading:
            await self._route(capture, arrival)
        await self._place_waiting(capture)

    async def _lead(self, capture: Capture, arrival: Arrival) -> None:
        if capture.pending:
            capture.pending.append(arrival)
            await self._drain(capture)
        else:
            await self._route(capture, arrival)

    async def _route(self, capture: Capture, arrival: Arrival) -> None:
        """A fragment of the leading rendition; opens takes."""
        piece = to_piece(arrival.fragment)
        if not self.is_public and self._may_open(capture, piece):
            await self._open(capture, piece)
            await self._place_waiting(capture)
        if self.is_public:
            self.stream.idle = capture.dropped
            await self.stream.add(arrival.rendition, piece, wall=arrival.at)
        # Last: `leave` cuts at what was taken, not at what is being taken.
        capture.ends[arrival.rendition] = piece.end_seconds

    async def _follow(self, capture: Capture, arrival: Arrival) -> None:
        """A fragment of another rendition goes where its time belongs."""
        fragment = arrival.fragment
        region = capture.find_region(fragment.start_seconds, fragment.end_seconds)
        if region is None:
            # It may be the first of a take that the leading rendition opens soon.
            capture.pending.append(arrival)
            self._forget_waiting(capture, arrival.at)
        else:
            take = self.stream.open_take
            if take is not None and take.take_id == region.take_id:
                piece = to_piece(fragment)
                self.stream.idle = capture.dropped
                await self.stream.add(arrival.rendition, piece, wall=arrival.at)
        capture.ends[arrival.rendition] = fragment.end_seconds

    async def _place_waiting(self, capture: Capture) -> None:
        region = capture.current
        if region is None or region.end_seconds is not None:
            return
        waiting, capture.pending = capture.pending, []
        for arrival in waiting:
            if arrival.fragment.start_seconds + FOLLOW_SECONDS >= region.start_seconds:
                await self._follow(capture, arrival)

    def _forget_waiting(self, capture: Capture, now: datetime) -> None:
        oldest = now - timedelta(seconds=_WAITING_SECONDS)
        kept = [each for each in capture.pending if each.at >= oldest]
        if self.state == "on":
            self.dropped_fragments += len(capture.pending) - len(kept)
        capture.pending = kept

    def _may_open(self, capture: Capture, piece: Piece) -> bool:
        if self.state != "on" or not piece.independent or capture.anchor.at is None:
            return False
        if not capture.may_begin(piece):
            return False
        if self.stream.open_take is not None and self._slate is None:
            return False  # a take is being closed
        starts_at = capture.anchor.at + timedelta(seconds=piece.start_seconds)
        if self._since is None or starts_at >= self._since:
            return True
        # A film that came faster than it plays seems to be from before "on air".
        # After a pause that is believed: a relay may have kept some of the pause.
        came_at = capture.connected_at
        return not self._was_private and came_at is not None and came_at >= self._since

    async def _open(self, capture: Capture, piece: Piece) -> None:
        if self._slate is not None:
            await self._end_slate()
        anchor = self._clamp(capture.anchor.at or self._clock(), piece.start_seconds)
        self._note_gap(anchor + timedelta(seconds=piece.start_seconds))
        take = await self.stream.begin(
            kind="live",
            anchor_at=anchor,
            leading=capture.leading,
            variants=capture.variants,
            inits={name: init.data for name, init in capture.inits.items()},
        )
        capture.regions.append(Region(take.take_id, piece.start_seconds))
        self._gap_reason, self._gap_lost = _LOST, True

    def _clamp(self, anchor: datetime, start_seconds: float) -> datetime:
        """An anchor that doesn't begin before the last take ends: clocks differ."""
        last = Timeline.of(self.stream).end_at
        if last is None:
            return anchor
        return max(anchor, last - timedelta(seconds=start_seconds))

    def _note_gap(self, start_at: datetime) -> None:
        spans = Timeline.of(self.stream, slates=False).spans()
        if not spans:
            return
        end_at = spans[-1][1]
        if (start_at - end_at).total_seconds() > _SHORT_GAP_SECONDS:
            self.stream.kept.gaps.append(
                Gap(end_at, start_at, self._gap_reason, self._gap_lost)
            )

    async def _finish(self, cut: float | None) -> None:
        try:
            await self.stream.finish(cut_seconds=cut)
        except (DiskFull, OSError) as error:
            self.problem = str(error)

    # The slate

    def _start_slate(self) -> None:
        if self._slate is not None or not self.stream.variants:
            return
        self._slate = self._tasks.start(self._run_slate(), name=f"slate.{self._name}")

    async def _end_slate(self) -> None:
        """Called with the turn held, which the slate needs for each part."""
        task, self._slate = self._slate, None
        if task is not None:
            task.cancel()
        take = self.stream.open_take
        if take is not None and take.kind == "slate":
            await self._finish(None)

    async def _run_slate(self) -> None:
        variants = tuple(self.stream.variants)
        text = self.reason or _PAUSED
        seconds = self.stream.constants.part_seconds
        try:
            slates = await make_slates(
                self._ffmpeg, variants, text=text, part_seconds=seconds
            )
            await self._play_slate(slates)
        except (SlateFailed, DiskFull, OSError) as error:
            logger.warning("channel=%s has no slate: %s", self._name, error)

    async def _play_slate(self, slates: dict[str, Slate]) -> None:
        loop = asyncio.get_running_loop()
        leading = self.stream.variants[0].name
        first = slates[leading].fragments[0].start_seconds
        async with self._turn:
            if self.state != "hold":
                return
            anchor = self._clamp(self._clock() - timedelta(seconds=first), first)
            await self.stream.begin(
                kind="slate",
                anchor_at=anchor,
                leading=leading,
                variants=self.stream.variants,
                inits={name: slate.init.data for name, slate in slates.items()},
                reason=self.reason,
            )
            self.tell()
        began = loop.time()
        for due, name, slate, index, shift in play_slates(slates):
            await asyncio.sleep(max(0.0, began + due - first - loop.time()))
            fragment = shift_fragment(slate.init, slate.fragments[index], shift)
            async with self._turn:
                if asyncio.current_task() is not self._slate:
                    return
                await self.stream.add(name, to_piece(fragment), wall=self._clock())
