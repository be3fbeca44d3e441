"""One room's broadcast: what of a capture the public gets, and what nobody does.

Connected is not on air. Whether a fragment becomes public is decided here, when it
arrives, by the room's state; what is not public goes to a preview in another
directory, under another name, and never to the public one.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from folkmoot.media.capture import Arrival, Capture, Region, choose_part_seconds
from folkmoot.media.fmp4 import Fragment, Init, shift_fragment
from folkmoot.media.packager import Constants, Piece
from folkmoot.media.recorder import DiskFull
from folkmoot.media.slate import Slate, SlateFailed, make_slates, play_slates
from folkmoot.media.span import Timeline
from folkmoot.media.stored_stream import Gap
from folkmoot.media.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from folkmoot.media.recorder import Recorder
    from folkmoot.media.source import SourceInfo
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

State = Literal["off", "on", "hold", "ended"]

PREVIEW_SECONDS = 60.0
_FOLLOWERS_SECONDS = 0.4
_SHORT_GAP_SECONDS = 0.05
_OFF_AIR = "Off air"
_LOST = "The signal from the room was lost"
_RESTARTED = "The service was restarted"
_PAUSED = "Paused"


class Channel:
    """A room's public stream, its preview, and the capture that feeds one of them."""

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
        self.problem: str | None = None
        self.capture: Capture | None = None
        self.dropped_fragments = 0
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
        self._ffmpeg = ffmpeg
        self._part_seconds = constants.part_seconds
        self._since: datetime | None = None
        self._gap_reason = _RESTARTED
        self._turn = asyncio.Condition()
        self._changing = asyncio.Lock()
        self._slate: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read what is on the disk; the previews of an earlier run are removed."""
        await self.public.load()
        await self.preview.forget_takes()
        kept = self.public.kept
        if kept.state in {"off", "on", "hold", "ended"}:
            self.state = kept.state  # type: ignore[assignment]
        self.reason = kept.reason
        self.public.ended = self.state == "ended"

    # The room's state

    async def set_state(self, state: State, *, reason: str | None = None) -> None:
        """Go on air, hold, go off air or end. Idempotent.

        What the camera sees after this call is not public unless `state` is "on".
        """
        async with self._changing:
            if (state, reason) == (self.state, self.reason) and self._settled():
                return
            cut = await self._leave(state, reason)
            if cut is not None:
                await self._await_followers(cut)
            async with self._turn:
                await self._settle(cut)
            logger.info("channel=%s state=%s", self.name, state)

    def _settled(self) -> bool:
        """Whether nothing is left to do for the state that holds."""
        slate_wanted = self.state == "hold" and bool(self.public.variants)
        return self.state != "hold" or slate_wanted == (self._slate is not None)

    async def _leave(self, state: State, reason: str | None) -> float | None:
        """Take the new state over; from here on nothing more becomes public."""
        async with self._turn:
            self._since = self._clock()
            self.state, self.reason = state, reason
            region = self.capture.current if self.capture else None
            if state == "on" or region is None or not region.public:
                return None
            if region.end_seconds is not None or self.capture is None:
                return None
            region.end_seconds = self.capture.ends[self.capture.leading]
            return region.end_seconds

    async def _await_followers(self, cut: float) -> None:
        """Give the other renditions a moment to come as far as the leading one."""
        capture = self.capture
        with suppress(TimeoutError):
            async with asyncio.timeout(_FOLLOWERS_SECONDS), self._turn:
                await self._turn.wait_for(
                    lambda: capture is None or capture.has_reached(cut)
                )

    async def _settle(self, cut: float | None) -> None:
        if cut is not None:
            await self._finish_public(cut)
        if self.state in {"hold", "off"}:
            self._gap_reason = (
                self.reason or _PAUSED if self.state == "hold" else _OFF_AIR
            )
        keeps_slate = self.state == "on" and self.capture is not None
        if self._slate is not None and not keeps_slate:
            await self._end_slate()
        if self.state == "hold":
            self._start_slate()
        if self.state == "ended":
            await self._finish_preview()
        self.public.ended = self.state == "ended"
        self.public.kept.state, self.public.kept.reason = self.state, self.reason
        self._tell()
        with suppress(OSError):  # the journal knows the state too
            await self.public.save()

    # The capture

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
            self.problem = None
            self._tell()

    async def take(
        self, capture: Capture, rendition: str, item: Init | Fragment, at: datetime
    ) -> None:
        """Something came out of the encoder at `at`. Raises `DiskFull`."""
        async with self._turn:
            if self.capture is not capture:
                return
            try:
                await self._take(capture, rendition, item, at)
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
            with suppress(DiskFull):
                for arrival in self._drain(capture):
                    await self._route(capture, arrival)
            region = capture.current
            if region is not None and region.public and region.end_seconds is None:
                self._gap_reason = reason or _LOST
                with suppress(DiskFull, OSError):
                    await self.public.finish()
            with suppress(DiskFull, OSError):
                await self._finish_preview()
            self.capture = None
            if self.state == "on" and self._slate is not None:
                await self._end_slate()
            self._tell()

    async def _take(
        self, capture: Capture, rendition: str, item: Init | Fragment, at: datetime
    ) -> None:
        if isinstance(item, Init):
            capture.inits[rendition] = item
            region = capture.current
            if region is not None and region.end_seconds is None:
                await self._stream(region).add_init(rendition, item.data)
            return
        arrival = Arrival(rendition, item, at)
        if rendition == capture.leading:
            capture.anchor.add(item.end_seconds, item.duration_seconds, at)
        if capture.anchor.at is None:
            capture.pending.append(arrival)
            return
        if capture.pending and rendition == capture.leading:
            capture.pending.append(arrival)
            for each in self._drain(capture):
                await self._route(capture, each)
            return
        await self._route(capture, arrival)

    def _drain(self, capture: Capture) -> list[Arrival]:
        """What waited for the anchor, the leading rendition's first."""
        waiting, capture.pending = capture.pending, []
        if capture.anchor.at is None and waiting:
            first = waiting[0]
            capture.anchor.at = first.at - timedelta(seconds=first.fragment.end_seconds)
        # The leading rendition opens the take that the others follow into.
        return sorted(waiting, key=lambda each: each.rendition != capture.leading)

    async def _route(self, capture: Capture, arrival: Arrival) -> None:
        fragment = arrival.fragment
        piece = _to_piece(fragment)
        if arrival.rendition == capture.leading:
            region = await self._choose_region(capture, piece)
        elif not capture.regions:
            capture.pending.append(arrival)
            return
        else:
            region = capture.find_region(piece.start_seconds, piece.end_seconds)
            self.dropped_fragments += region is None
        if region is not None:
            stream = self._stream(region)
            take = stream.open_take
            if take is not None and take.take_id == region.take_id:
                stream.idle = capture.dropped
                await stream.add(arrival.rendition, piece, wall=arrival.at)
        # Last: `set_state` cuts at what was taken, not at what is being taken.
        capture.ends[arrival.rendition] = fragment.end_seconds

    async def _choose_region(self, capture: Capture, piece: Piece) -> Region | None:
        """Where the leading rendition's fragment goes; opens takes."""
        region = capture.current
        is_open = region is not None and region.end_seconds is None
        if region is not None and is_open and region.public:
            return region
        if not is_open and not capture.may_begin(piece):
            return None
        if self._may_open(capture, piece):
            if region is not None and is_open:
                region.end_seconds = piece.start_seconds
                await self._finish_preview()
            return await self._open_public(capture, piece)
        if is_open or self.state == "ended":
            return region if is_open else None
        return await self._open_preview(capture, piece)

    def _may_open(self, capture: Capture, piece: Piece) -> bool:
        if self.state != "on" or not piece.independent or capture.anchor.at is None:
            return False
        if self.public.open_take is not None and self._slate is None:
            return False  # a take is being closed
        starts_at = capture.anchor.at + timedelta(seconds=piece.start_seconds)
        return self._since is None or starts_at >= self._since

    def note_clock(self, step_seconds: float) -> None:
        """The wall clock was set by so much."""
        if self._since is not None:
            self._since += timedelta(seconds=step_seconds)

    async def has_room_again(self) -> bool:
        """Whether the disk has room, and some to spare, after it was full."""
        try:
            await self._recorder.check_room(spare=True)
        except DiskFull:
            return False
        return True

    async def _open_public(self, capture: Capture, piece: Piece) -> Region:
        if self._slate is not None:
            await self._end_slate()
        anchor = self._clamp(capture.anchor.at or self._clock(), piece.start_seconds)
        self._note_gap(anchor + timedelta(seconds=piece.start_seconds))
        take = await self.public.begin(
            kind="live",
            anchor_at=anchor,
            leading=capture.leading,
            variants=capture.variants,
            inits={name: init.data for name, init in capture.inits.items()},
        )
        region = Region(True, take.take_id, piece.start_seconds)
        capture.regions.append(region)
        self._gap_reason = _LOST
        return region

    async def _open_preview(self, capture: Capture, piece: Piece) -> Region:
        take = await self.preview.begin(
            kind="preview",
            anchor_at=capture.anchor.at or self._clock(),
            leading=capture.leading,
            variants=capture.variants,
            inits={name: init.data for name, init in capture.inits.items()},
        )
        region = Region(False, take.take_id, piece.start_seconds)
        capture.regions.append(region)
        return region

    def _clamp(self, anchor: datetime, start_seconds: float) -> datetime:
        """An anchor that doesn't begin before the last take ends: clocks differ."""
        last = self.timeline.end_at
        if last is None:
            return anchor
        return max(anchor, last - timedelta(seconds=start_seconds))

    def _note_gap(self, start_at: datetime) -> None:
        spans = self.recorded_spans()
        if not spans:
            return
        end_at = spans[-1][1]
        if (start_at - end_at).total_seconds() > _SHORT_GAP_SECONDS:
            self.public.kept.gaps.append(Gap(end_at, start_at, self._gap_reason))

    def _stream(self, region: Region) -> Stream:
        return self.public if region.public else self.preview

    async def _finish_public(self, cut: float | None) -> None:
        try:
            await self.public.finish(cut_seconds=cut)
        except (DiskFull, OSError) as error:
            self.problem = str(error)

    async def _finish_preview(self) -> None:
        await self.preview.finish()
        await self.preview.forget_takes()

    async def _fail(self, problem: str) -> None:
        """The disk takes no more: close what is open, keep what is there."""
        self.problem = problem
        logger.error("channel=%s recording stopped: %s", self.name, problem)
        if self.capture is not None and self.capture.current is not None:
            region = self.capture.current
            region.end_seconds = region.end_seconds or region.start_seconds
        self.capture = None
        await self.public.fail()
        await self.preview.fail()
        self._tell()

    # The slate

    def _start_slate(self) -> None:
        if self._slate is not None or not self.public.variants:
            return
        self._slate = self._tasks.start(self._run_slate(), name=f"slate.{self.name}")

    async def _end_slate(self) -> None:
        """Called with the turn held, which the slate needs for each part."""
        task, self._slate = self._slate, None
        if task is not None:
            task.cancel()
        take = self.public.open_take
        if take is not None and take.kind == "slate":
            await self._finish_public(None)

    async def _run_slate(self) -> None:
        variants = tuple(self.public.variants)
        text = self.reason or _PAUSED
        seconds = self.public.constants.part_seconds
        try:
            slates = await make_slates(
                self._ffmpeg, variants, text=text, part_seconds=seconds
            )
            await self._play_slate(slates)
        except (SlateFailed, DiskFull, OSError) as error:
            logger.warning("channel=%s has no slate: %s", self.name, error)

    async def _play_slate(self, slates: dict[str, Slate]) -> None:
        loop = asyncio.get_running_loop()
        leading = self.public.variants[0].name
        first = slates[leading].fragments[0].start_seconds
        async with self._turn:
            if self.state != "hold":
                return
            anchor = self._clamp(self._clock() - timedelta(seconds=first), first)
            await self.public.begin(
                kind="slate",
                anchor_at=anchor,
                leading=leading,
                variants=self.public.variants,
                inits={name: slate.init.data for name, slate in slates.items()},
                reason=self.reason,
            )
            self._tell()
        began = loop.time()
        for due, name, slate, index, shift in play_slates(slates):
            await asyncio.sleep(max(0.0, began + due - first - loop.time()))
            fragment = shift_fragment(slate.init, slate.fragments[index], shift)
            async with self._turn:
                if asyncio.current_task() is not self._slate:
                    return
                await self.public.add(name, _to_piece(fragment), wall=self._clock())

    def _tell(self) -> None:
        """Answer at once those who wait for what won't come."""
        on_air = self.state == "on" and self.capture is not None
        self.public.expecting = on_air or self._slate is not None
        self.preview.expecting = self.capture is not None
        self.public.wake()
        self.preview.wake()

    # The recording

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
        """What the recording lacks between its beginning and its end."""
        return list(self.public.kept.gaps)

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

    async def aclose(self) -> None:
        """Close the takes; the state stays. Idempotent."""
        async with self._turn:
            task, self._slate = self._slate, None
            if task is not None:
                task.cancel()
            for stream in (self.public, self.preview):
                with suppress(DiskFull, OSError):
                    await stream.finish()
            self.capture = None
            self._tell()


def _to_piece(fragment: Fragment) -> Piece:
    return Piece(
        data=fragment.data,
        start_seconds=fragment.start_seconds,
        duration_seconds=fragment.duration_seconds,
        independent=fragment.independent,
    )
