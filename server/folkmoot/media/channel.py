"""One room's broadcast: a capture, what staff see of it, and what the public gets.

What is not public goes to a preview in another directory, under another name. With
a delay everything else waits in a line, and in a spool in the private root, until
the public may have it; without one it goes on at once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.airing import Airing
from folkmoot.media.archive.cutting import Cutter
from folkmoot.media.capture import Capture, choose_part_seconds
from folkmoot.media.delay import Began, Came, Changed, DelayLine, Item, Left, State
from folkmoot.media.monitor import Monitor
from folkmoot.media.pack.fmp4 import Fragment, Init
from folkmoot.media.pack.packager import Constants
from folkmoot.media.pack.recorder import DiskFull
from folkmoot.media.pack.span import Timeline
from folkmoot.media.pack.stored_stream import Fill, Gap
from folkmoot.media.pack.stream import Stream
from folkmoot.media.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from folkmoot.media.archive.cuts import Cut
    from folkmoot.media.ingest.source import SourceInfo
    from folkmoot.media.pack.recorder import Recorder
    from folkmoot.tasks import TaskOwner

__all__ = ["PREVIEW_SECONDS", "Channel", "State"]

logger = logging.getLogger(__name__)

PREVIEW_SECONDS = 60.0
CUT_REASONS = {
    "hold": "Taken back by the organisers",
    "privacy": "Cut: someone\u2019s privacy",
    "legal": "Cut: for legal reasons",
    "safety": "Cut: for someone\u2019s safety",
    "mistake": "Cut: sent by mistake",
    "other": "Cut by the organisers",
}
"""What readers of the gap list are told, by a cut's category."""

_FOLLOWERS_SECONDS = 0.4


class Channel:
    """A room's public stream, its preview, and the capture that feeds them."""

    def __init__(
        self,
        *,
        name: str,
        media_directory: Path,
        private_directory: Path,
        recorder: Recorder,
        tasks: TaskOwner,
        clock: Callable[[], datetime],
        make_id: Callable[[], str],
        constants: Constants,
        ffmpeg: str,
    ) -> None:
        self.name = name
        self.state: State = "off"
        self.reason: str | None = None
        self.capture: Capture | None = None
        self.public = Stream(
            media_directory, recorder=recorder, make_id=make_id, constants=constants
        )
        self.preview = Stream(
            private_directory,
            recorder=recorder,
            make_id=make_id,
            constants=constants,
            window_seconds=PREVIEW_SECONDS,
        )
        self._recorder = recorder
        self._tasks = tasks
        self._clock = clock
        self._part_seconds = constants.part_seconds
        self._turn = asyncio.Condition()
        self._changing = asyncio.Lock()
        self._line = DelayLine()
        self._spool = Spool(private_directory / "delay", recorder)
        self._pumping = asyncio.Lock()
        self._news = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._monitor = Monitor(self.preview)
        self._airing = Airing(
            self.public,
            name=name,
            tasks=tasks,
            clock=self.public_now,
            turn=self._turn,
            ffmpeg=ffmpeg,
        )
        self._cutter = Cutter(
            self.public,
            vault=private_directory / "removed",
            recorder=recorder,
            ffmpeg=ffmpeg,
            make_id=make_id,
        )

    async def load(self) -> None:
        """Read what is on the disk; the previews of an earlier run are removed.

        What stood in the line when the process was killed stands in it again.
        """
        await self.public.load()
        await self.preview.forget_takes()
        self._airing.restore()
        self.state, self.reason = self._airing.state, self._airing.reason
        kept = self.public.kept
        until = Timeline.of(self.public).end_at
        for item in await self._spool.load(until, kept.state_since):
            self._line.push(item)
            if isinstance(item, Changed):
                self.state, self.reason = item.state, item.reason
        if self.public.kept.cuts:
            await self._cutter.apply(self.public.kept.cuts)
        if len(self._line):
            self._start_pump()

    @property
    def problem(self) -> str | None:
        """Why nothing is recorded, in plain words."""
        return self._airing.problem

    @property
    def dropped_fragments(self) -> int:
        """Fragments that found no place."""
        return self._airing.dropped_fragments

    # The room's state

    async def set_state(
        self,
        state: State,
        *,
        reason: str | None = None,
        from_at: datetime | None = None,
    ) -> None:
        """Go on air, hold, go off air or end. Idempotent.

        What the camera sees after this call is not public unless `state` is "on".
        `from_at` lies in the past where seconds are taken back with it: what was
        seen after it and is not public yet never will be. "On" counts from when
        it was said, which is a moment before this call.
        """
        async with self._changing:
            if (state, reason) == (self.state, self.reason) and self._is_settled():
                return
            self.state, self.reason = state, reason
            change = Changed(
                state, reason, min(from_at or self._clock(), self._clock())
            )
            if self._line.is_open:
                await self._change(change)
            else:
                await self._hold_back(change)
                await self._go_on()
            if state == "ended":
                async with self._turn:
                    await self._clear_preview()
            logger.info("channel=%s state=%s", self.name, state)

    async def set_delay(self, seconds: float) -> None:
        """Let the public be `seconds` behind, from now on."""
        if seconds == self._line.seconds:
            return
        async with self._turn:
            self._line.seconds = seconds
        self._news.set()
        logger.info("channel=%s delay=%g", self.name, seconds)

    @property
    def delay_seconds(self) -> float:
        """How far the public is behind, in seconds."""
        return self._line.seconds

    def public_now(self) -> datetime:
        """The moment that the public sees now: nothing later may be told it."""
        return self._clock() - timedelta(seconds=self._line.seconds)

    def _is_settled(self) -> bool:
        return len(self._line) > 0 or self._airing.is_settled

    async def _change(self, change: Changed) -> None:
        """Do what a state asks for, now."""
        async with self._turn:
            cut = self._airing.leave(change)
        if cut is not None:
            await self._await_followers(cut, change)
        async with self._turn:
            await self._airing.settle(cut)
            if self.public.kept.cuts:
                await self._cutter.apply(self.public.kept.cuts)

    async def _await_followers(self, cut: float, change: Changed) -> None:
        """Give the other renditions a moment to come as far as the leading one."""
        capture = self._airing.capture
        if capture is None:
            return
        until = change.at + timedelta(seconds=_FOLLOWERS_SECONDS)
        async with self._turn:
            for each in self._line.pop_followers(capture.leading, until):
                if each.capture is capture:
                    await self._airing.route(
                        capture, each.rendition, each.item, each.at
                    )
        if self._line.seconds > 0 or len(self._line):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_FOLLOWERS_SECONDS), self._turn:
                await self._turn.wait_for(lambda: capture.has_reached(cut))

    def note_clock(self, step_seconds: float) -> None:
        """The wall clock was set by so much."""
        self._airing.note_clock(step_seconds)
        self._line.shift(step_seconds)

    async def has_room_again(self) -> bool:
        """Whether the disk has room, and some to spare, after it was full."""
        try:
            await self._recorder.check_room(spare=True)
        except DiskFull:
            return False
        return True

    # The capture

    @property
    def is_fixed(self) -> bool:
        """Whether the lengths of parts and segments can change no more."""
        return bool(self.public.kept.takes or self.public.lanes)

    @property
    def lengths(self) -> tuple[float, float]:
        """How long parts and segments are, or will be at most, in seconds."""
        constants = self.public.constants
        part = constants.part_seconds if self.is_fixed else self._part_seconds
        return part, constants.segment_seconds

    def set_lengths(self, part_seconds: float, segment_seconds: float) -> None:
        """Set them for the first take to come."""
        self._part_seconds = part_seconds
        for stream in (self.public, self.preview):
            stream.fix(
                msgspec.structs.replace(
                    stream.constants,
                    part_seconds=part_seconds,
                    segment_seconds=segment_seconds,
                )
            )

    def part_seconds_for(self, source: SourceInfo) -> float:
        """How long parts are: fixed by the first take, chosen for its source."""
        constants = self.public.constants
        if not self.public.takes:
            seconds = choose_part_seconds(source, self._part_seconds)
            constants = msgspec.structs.replace(constants, part_seconds=seconds)
            self.public.fix(constants)
        self.preview.fix(constants)
        return constants.part_seconds

    async def begin_capture(self, capture: Capture) -> None:
        """A publisher is connected."""
        async with self._turn:
            self.capture = capture
            self._airing.problem = None
            self._tell_preview()
            if self._line.is_open:
                self._airing.begin(capture)
            else:
                await self._hold_back(Began(capture, self._clock()))

    async def take(
        self, capture: Capture, rendition: str, item: Init | Fragment, at: datetime
    ) -> None:
        """Something came out of the encoder at `at`. Raises `DiskFull`."""
        async with self._turn:
            if self.capture is not capture:
                return
            try:
                await self._take(Came(capture, rendition, item, at))
            except (DiskFull, OSError) as error:
                await self._fail(str(error))
                raise DiskFull(str(error)) from error
            finally:
                self._turn.notify_all()

    async def end_capture(self, capture: Capture, *, reason: str | None = None) -> None:
        """The publisher is gone, and all that came from it was taken.

        `reason` says to readers of the gap list why, where that is not it.
        """
        async with self._turn:
            if self.capture is not capture:
                return
            if self._line.is_open:
                await self._airing.end(capture, reason=reason)
            else:
                await self._hold_back(Left(capture, self._clock(), reason))
            await self._clear_preview()
            self.capture = None
            self._tell_preview()

    async def _take(self, came: Came) -> None:
        capture, item = came.capture, came.item
        if isinstance(item, Init):
            capture.inits[came.rendition] = item
            await self._monitor.add_init(capture, came.rendition, item.data)
        elif came.rendition == capture.leading:
            capture.anchor.add(item.end_seconds, item.duration_seconds, came.at)
        if not self._line.is_open:
            await self._show_staff(came)
            await self._hold_back(came)
            return
        await self._airing.route(capture, came.rendition, item, came.at)
        await self._hold_to_cuts()
        if self._airing.is_public:
            await self._clear_preview()
        else:
            await self._show_staff(came)

    async def _show_staff(self, came: Came) -> None:
        if isinstance(came.item, Fragment) and self.state != "ended":
            await self._monitor.show(came.capture, came.rendition, came.item, came.at)

    async def _clear_preview(self) -> None:
        with suppress(DiskFull, OSError):
            await self._monitor.clear()

    def _tell_preview(self) -> None:
        self.preview.expecting = self.capture is not None
        self.preview.wake()

    async def _fail(self, problem: str) -> None:
        """The disk takes no more: close what is open, keep what is there."""
        logger.error("channel=%s recording stopped: %s", self.name, problem)
        self.capture = None
        await self._airing.fail(problem)
        await self.preview.fail()
        self._tell_preview()

    # The delay

    async def _hold_back(self, item: Item) -> None:
        """Put it into the line, and on the disk in case that we are killed."""
        self._line.push(item)
        await self._spool.add(item)
        self._start_pump()
        self._news.set()

    def _start_pump(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = self._tasks.start(self._run(), name=f"delay.{self.name}")

    async def _run(self) -> None:
        while True:
            await self._go_on()
            due_at = self._line.due_at
            if due_at is None and self._line.seconds <= 0:
                return
            self._news.clear()
            with suppress(TimeoutError):
                wait = None
                if due_at is not None:
                    wait = max(0.0, (due_at - self._clock()).total_seconds())
                async with asyncio.timeout(wait):
                    await self._news.wait()

    async def _go_on(self) -> None:
        """Let the public have what is due."""
        async with self._pumping:
            while (item := self._line.pop_due(self._clock())) is not None:
                if isinstance(item, Changed):
                    await self._change(item)
                else:
                    async with self._turn:
                        await self._let_out(item)
            if self._line.seconds > 0 or self._pump is not None:
                await self._spool.forget(self.public_now())

    async def _let_out(self, item: Began | Came | Left) -> None:
        try:
            if isinstance(item, Began):
                self._airing.begin(item.capture)
            elif isinstance(item, Left):
                await self._airing.end(item.capture, reason=item.reason)
            else:
                await self._airing.route(
                    item.capture, item.rendition, item.item, item.at
                )
                await self._hold_to_cuts()
        except (DiskFull, OSError) as error:
            await self._fail(str(error))

    # The recording

    @property
    def vault(self) -> Path:
        """Where lies what was taken away."""
        return self._cutter.vault

    @property
    def cuts(self) -> Sequence[Cut]:
        """What was taken away."""
        return self._cutter.cuts

    async def apply_cuts(self, cuts: Sequence[Cut]) -> bool:
        """Take away these seconds and no others; whether anything changed.

        Whole segments are gone when it returns; `encode_edges` brings back what
        stood in them outside of the cuts. Idempotent.
        """
        async with self._turn:
            return await self._cutter.apply(cuts)

    async def encode_edges(self) -> bool:
        """Encode what stood beside the cuts anew; whether there was any."""
        changed = False
        for edge in self._cutter.missing_edges():
            made = await self._cutter.make_edge(edge)
            if made is not None:
                async with self._turn:
                    changed |= await self._cutter.adopt_edge(made)
        return changed

    async def _hold_to_cuts(self) -> None:
        if self._cutter.is_due():
            await self._cutter.apply(self.public.kept.cuts)

    @property
    def timeline(self) -> Timeline:
        """What the public can play now, in playable seconds."""
        return Timeline.of(self.public)

    def recorded_spans(self) -> list[tuple[datetime, datetime]]:
        """When there is recording, slates left out; oldest first."""
        return Timeline.of(self.public, slates=False).spans()

    @property
    def recorded_seconds(self) -> float:
        """How long the recording plays, slates left out."""
        return Timeline.of(self.public, slates=False).seconds

    @property
    def gaps(self) -> list[Gap]:
        """What the recording lacks between its beginning and its end, and why."""
        cuts = [
            Gap(cut.from_at, cut.to_at, CUT_REASONS.get(cut.category, "Cut"))
            for cut in self.cuts
            if any(cut.from_at < end and start < cut.to_at for start, end in self._had)
        ]
        return sorted((*self.public.kept.gaps, *cuts), key=lambda gap: gap.start_at)

    @property
    def _had(self) -> list[tuple[datetime, datetime]]:
        """When something was public once, also what was cut since."""
        lane = next(iter(self.public.lanes.values()), None)
        takes = self.public.takes
        return [
            (segment.at, segment.end_at)
            for segment in (lane.closed if lane else ())
            if takes[segment.take_id].kind != "slate"
        ]

    def offset_seconds_at(self, at: datetime) -> float | None:
        """Playable seconds from the start of the recording as it is now.

        A moment in a gap gives the place where playing goes on; one before the
        beginning or after the end gives None.
        """
        return self.timeline.offset_at(at)

    def at_of_offset(self, seconds: float) -> datetime | None:
        """The lasting moment at a playable second; None outside the recording."""
        return self.timeline.at_of(seconds)

    async def adopt(self, staged: Path) -> None:
        """Make a finished take, made elsewhere, a part of the recording.

        Raises `ValueError` if the recording went on meanwhile.
        """
        async with self._turn:
            await self.public.adopt(staged)

    async def note_fill(self, fill: Fill) -> None:
        """Note that a local recording stands where there was a gap."""
        async with self._turn:
            await self.public.note_fill(fill)

    async def undo_fill(self, take_id: str) -> bool:
        """Take the newest fill out again; False where it is not the newest take."""
        async with self._turn:
            return await self.public.undo_fill(take_id)

    async def aclose(self) -> None:
        """Close the takes; the state stays. Idempotent."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        async with self._turn:
            await self._airing.close()
            with suppress(DiskFull, OSError):
                await self.preview.finish()
            self.capture = None
            self._tell_preview()
        await self._spool.aclose()
