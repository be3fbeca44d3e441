"""One publisher's run: its bytes into encoders, what they make to its channel.

One encoder makes the leading rendition, and each rung below has its own, so that a
rung can be dropped, fail and come back while the leading one goes on. All stand on
one timeline. Where the leading rendition is copied from FLV, rungs are made from the
publisher's own tags; else from an FLV of the leading rendition that its encoder
writes beside it, so that a picture is decoded only once.

An encoder that fails or hangs is replaced, and the publisher notices nothing. With
FLV the new one begins at the last key frame; what it makes again is left out, and
where the rest fits to the byte's header and the millisecond the take goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.capture import Capture
from folkmoot.media.encode.command import STILL_SECONDS
from folkmoot.media.encode.encoder import (
    NICENESS,
    TIMELINE_START_SECONDS,
    Encoder,
    EncoderGone,
    Errand,
    SourceSniffer,
    UnknownSource,
    plan_renditions,
)
from folkmoot.media.encode.gates import FlvGate, gate_for
from folkmoot.media.encode.ladder import RungFacts
from folkmoot.media.encode.run import EncoderRun
from folkmoot.media.health.meters import LoudnessMeter, PictureMeter, StillnessMeter
from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvError, FlvReader, write_tag
from folkmoot.media.ingest.silence import SilenceFiller
from folkmoot.media.ingest.source import (
    FORCED_KEYFRAME_SECONDS,
    TARGET_SEGMENT_SECONDS,
    PublicationClosed,
)
from folkmoot.media.pack.fmp4 import Init
from folkmoot.media.pack.recorder import DiskFull

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from folkmoot.media.channel import Channel
    from folkmoot.media.encode.gates import Gate
    from folkmoot.media.ingest.flv import FlvTag
    from folkmoot.media.ingest.source import RenditionPlan, SourceInfo
    from folkmoot.media.pack.fmp4 import Fragment
    from folkmoot.settings import Rung
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

_DRAIN_SECONDS = 5.0
# A camera that was cut off sends a minute at once: its encoder works on it for long.
_LATE_DRAIN_SECONDS = 60.0
_REVOKE_SECONDS = 1.0
_WATCH_SECONDS = 0.5
_HANG_PARTS = 3
_HANG_SECONDS = 3.0
_MOST_PATIENCE = 8  # times the above, after one hanging encoder after another
_START_SECONDS = 12.0  # until an encoder's first part, on a busy machine
_RUNG_HANG_SECONDS = 20.0
_FLOWING_SECONDS = 1.0
# A camera's line may be cut for a minute and its session goes on.
_SILENT_SECONDS = 4.0
_DISK_AGAIN_SECONDS = 2.0
_MOST_RESTARTS, _RESTARTS_SECONDS = 6, 60.0
_RUNG_AGAIN_SECONDS = 5.0
_SPLICE_SECONDS = 0.005
_LONG_GROUP_SECONDS = TARGET_SEGMENT_SECONDS + 0.2
_RUNG_NICENESS = 10
_HOLD_BACK_PARTS = 3
_LAG_SHARE = 0.1
_REORDER_SECONDS = 0.5


class FlvPace:
    """The date-time of media time 0, from when a publisher's first tags came.

    That is the earliest of (arrival - time): each tag comes late, none early. It is
    better than looking at the encoder's output, where the first seconds, in which
    the source is probed, come at once.
    """

    def __init__(self) -> None:
        self.anchor_at: datetime | None = None
        self._first_ms: int | None = None

    def add(self, tags: Iterable[FlvTag], now: datetime) -> None:
        """Take tags as they come."""
        for tag in tags:
            if tag.kind not in {AUDIO, VIDEO} or tag.is_sequence_header:
                continue
            if self._first_ms is None:
                self._first_ms = tag.timestamp_ms
            seconds = (tag.timestamp_ms - self._first_ms) / 1000
            at = now - timedelta(seconds=seconds + TIMELINE_START_SECONDS)
            self.anchor_at = min(self.anchor_at or at, at)


class Restart(msgspec.Struct, frozen=True):
    """An encoder was replaced; `at` is the loop's time."""

    at: float
    rendition: str
    reason: str


class LivePublication:
    """Implements `Publication`.

    `on_change` hears when the source is known, falls silent, is back or gone.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        container: str,
        peer: str,
        ffmpeg: str,
        ladder: Sequence[Rung],
        tasks: TaskOwner,
        clock: Callable[[], datetime],
        on_change: Callable[[LivePublication, str | None], Awaitable[None]],
        queued: bool = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.channel = channel
        self.peer = peer
        self.source: SourceInfo | None = None
        self.plans: tuple[RenditionPlan, ...] = ()
        self.received_bytes = 0
        self.began = self._loop.time()
        self.last_write = self._flows_since = self.began
        self.flows = True
        """Whether anything comes; the publisher may be there and its line be cut."""
        self.closed: str | None = None
        self.gap_reason: str | None = None
        self.stopped: str | None = None
        """Why nothing is made of it now although it sends: the disk is full."""
        self.dropped: set[str] = set()
        self.restarts: deque[Restart] = deque(maxlen=_MOST_RESTARTS)
        self.pictures = PictureMeter()
        self.loudness = LoudnessMeter()
        self.stillness = StillnessMeter()
        self._container = container
        self._ffmpeg = ffmpeg
        self._ladder = ladder
        self._tasks = tasks
        self._clock = clock
        self._connected_at = None if queued else clock()
        self._on_change = on_change
        self._is_flv = container == "flv"
        self._sniffer: SourceSniffer | None = SourceSniffer(
            container, ffmpeg=ffmpeg, early=True
        )
        self._reader = FlvReader()
        self._pace = FlvPace()
        self._silence: SilenceFiller | None = None
        self._gate = FlvGate(patient=True)  # of FLV
        self._others: Gate | None = None if self._is_flv else gate_for(container)
        self._relay_reader = FlvReader()
        self._relay_gate = FlvGate()
        self._lead: EncoderRun | None = None
        self._rungs: dict[str, EncoderRun] = {}
        self._capture: Capture | None = None
        self._writing_since: float | None = None
        self._lag_seconds: float | None = None
        self._rung_again_at: dict[str, float] = {}
        self._disk_again_at = 0.0
        self._watch: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._closing = asyncio.Lock()
        self._done = self._breaks_off = False

    # What others ask of it

    @property
    def bits_per_second(self) -> float:
        """What arrives now; the mean of the whole run while it is young."""
        now = self._loop.time()
        if (rate := self.pictures.read(now).bits_per_second) is not None:
            return rate
        seconds = now - self.began
        return self.received_bytes * 8 / seconds if seconds > 1 else 0.0

    @property
    def capture(self) -> Capture | None:
        """What its channel takes from it now."""
        return self._capture

    @property
    def is_copied(self) -> bool:
        """Whether the leading picture is passed on as it comes."""
        return bool(self.plans) and self.plans[0].video and self.plans[0].copied

    @property
    def leading_behind_seconds(self) -> float:
        """How far the leading rendition's encoder is behind what was sent."""
        if self._lead is None or not self._lead.has_begun:
            return 0.0
        return self._behind(self._lead)

    @property
    def latency_seconds(self) -> float | None:
        """About how far viewers are behind: until a part is out, and hold-back."""
        if self._lag_seconds is None:
            return None
        hold_back = _HOLD_BACK_PARTS * self.channel.public.constants.part_target
        return round(self._lag_seconds + hold_back, 1)

    @property
    def written_bits_per_second(self) -> float:
        """What it adds to the disk, all renditions together."""
        if self.stopped is not None or not self.plans:
            return 0.0
        below = [plan for plan in self.plans[1:] if plan.name not in self.dropped]
        top = self.bits_per_second if self.is_copied else self.plans[0].bandwidth
        return top + sum(plan.bandwidth for plan in below)

    def rung_facts(self) -> list[RungFacts]:
        """What the ladder needs to know of the rungs below."""
        return [self._rung_facts(plan) for plan in self.plans[1:]]

    async def write(self, tag_bytes: bytes) -> None:
        """Take container bytes. Raises `PublicationClosed`."""
        self._refuse_closed()
        self.received_bytes += len(tag_bytes)
        now = self._loop.time()
        if now - self.last_write > _FLOWING_SECONDS:
            self._flows_since = now
        self.last_write = now
        try:
            async with self._turn:
                await self._take_in(tag_bytes)
        except (EncoderGone, UnknownSource, FlvError) as error:
            await self._end(str(error), drain=False)
        self._refuse_closed()

    async def close(self, reason: str) -> None:
        """The publisher is gone. Idempotent."""
        if self._sniffer is not None and self.closed is None:
            # A stream shorter than the look at it: play what there is.
            with suppress(EncoderGone, UnknownSource, FlvError):
                source = await self._sniffer.conclude()
                if source is not None and (source.has_video or source.has_audio):
                    async with self._turn:
                        await self._begin(source)
        await self._end(reason, drain=True)

    async def revoke(self, reason: str) -> None:
        """The desk ends it; the next `write` raises."""
        await self._end(reason, drain=False)

    async def drop_rung(self, name: str) -> None:
        """Make this rung no longer; it goes on as gaps. Idempotent."""
        async with self._turn:
            self.dropped.add(name)
            if self._capture is not None:
                self._capture.dropped.add(name)
            run = self._rungs.pop(name, None)
        if run is not None:
            await run.aclose(at_once=True)
            if "stillness" in run.taps:
                self.stillness = StillnessMeter()
            logger.warning("channel=%s rung=%s dropped", self.channel.name, name)

    async def raise_rung(self, name: str) -> None:
        """Make a dropped rung again. Idempotent."""
        async with self._turn:
            self.dropped.discard(name)
            if self._capture is not None:
                self._capture.dropped.discard(name)
            logger.info("channel=%s rung=%s taken up", self.channel.name, name)
            await self._start_rungs()

    async def reanchor(self, step_seconds: float) -> None:
        """The wall clock was set: go on in a new take with the new time."""
        async with self._turn:
            self.channel.note_clock(step_seconds)
            old = self._capture
            if old is None or old.anchor.at is None:
                return
            self._pace.anchor_at = old.anchor.at + timedelta(seconds=step_seconds)
            await self._renew_capture(
                old.ends.get(old.leading, 0.0), "The server's clock was set"
            )

    # The way in

    def _refuse_closed(self) -> None:
        if self.closed is not None:
            raise PublicationClosed(self.closed)

    async def _take_in(self, data: bytes) -> None:
        now = self._loop.time()
        if not self._is_flv:
            self.pictures.add_bytes(len(data), now)
            await self._pass_on(data)
            return
        tags = self._reader.feed(data)
        if self._sniffer is not None:
            self._pace.add(tags, self._clock())
        self.pictures.add(tags, now)
        if self._silence is not None:
            data = self._silence.fill(data)
            tags = FlvReader(begun=True).feed(data)
        self._gate.add(tags)
        await self._pass_on(data)
        self._learn_interval()
        if self._has_long_group():
            await self._transcode_from_now()

    async def _pass_on(self, data: bytes) -> None:
        if self._sniffer is not None:
            source = await self._sniffer.feed(data)
            if source is not None:
                await self._begin(source)
            return
        if self._others is not None:
            data = self._others.pass_on(data)
        if self._lead is None or not data:
            return
        self._writing_since = self._loop.time()
        try:
            await self._lead.write(data)
        except EncoderGone as error:
            await self._replace_lead(self._lead, str(error))
            return
        finally:
            self._writing_since = None
        if self._feeds_rungs:
            for run in self._rungs.values():
                run.offer(data)

    @property
    def _feeds_rungs(self) -> bool:
        """Whether rungs get the publisher's own bytes, not a relay of the leading."""
        return self._is_flv and (self.is_copied or not self.plans[0].video)

    async def _begin(self, source: SourceInfo) -> None:
        if self._sniffer is None:
            return
        buffered, self._sniffer = self._sniffer.buffered(), None
        self.source = source
        # What is not known yet is taken to be right: a wrong guess is mended.
        early = source.has_video and source.keyframe_interval_seconds is None
        likely = (
            msgspec.structs.replace(
                source, keyframe_interval_seconds=FORCED_KEYFRAME_SECONDS
            )
            if early and self.pictures.since_key_seconds < _LONG_GROUP_SECONDS
            else source
        )
        self.plans = plan_renditions(likely, ladder=self._ladder)
        if self._is_flv and source.has_video and not source.has_audio:
            self._silence = SilenceFiller()
            buffered = self._silence.fill(buffered)
            self._gate = FlvGate(patient=True)
            self._gate.add(FlvReader().feed(buffered))
        if self._others is not None:
            buffered = self._others.pass_on(buffered)
        self._capture = self._new_capture()
        await self._start_lead(likely)
        await self.channel.begin_capture(self._capture)
        if self._feeds_rungs:
            await self._start_rungs(buffered)
        name = self.channel.name
        self._watch = self._tasks.start(self._watch_runs(), name=f"watch.{name}")
        logger.info(
            "channel=%s source=%sx%s fps=%s copied=%s",
            name, source.width, source.height, source.fps, self.is_copied,
        )  # fmt: skip
        await self._on_change(self, None)
        if self._lead is not None:
            await self._lead.write(buffered)

    def _new_capture(self) -> Capture:
        anchor_at = self._pace.anchor_at if self._is_flv else None
        return Capture(
            self.plans,
            self.source,
            anchor_at=anchor_at,
            connected_at=self._connected_at,
        )

    async def _start_lead(
        self, source: SourceInfo, *, first_key_seconds: float = 0.0
    ) -> None:
        plan = self.plans[0]
        taps = []
        if plan.video and len(self.plans) > 1 and not self._feeds_rungs:
            taps.append("relay")
        if source.has_audio:  # here, for rungs may be dropped: the desk needs it then
            taps.append("loudness")
        self._relay_reader, self._relay_gate = FlvReader(), FlvGate()
        has_silence = self._silence is not None
        encoder = Encoder(
            ffmpeg=self._ffmpeg,
            source=msgspec.structs.replace(source, has_audio=True)
            if has_silence
            else source,
            renditions=(plan,),
            part_seconds=self.channel.part_seconds_for(source),
            input_format=self._container,
            errand=Errand(absolute=self._is_flv, first_key_seconds=first_key_seconds),
            taps=taps,
            niceness=NICENESS,
        )
        self._lead = self._make_run(encoder, plan, taps, self._take_leading)
        await self._lead.start()

    async def _start_rungs(self, opening: bytes | None = None) -> None:
        """Start the encoders of rungs that are wanted and not there."""
        gate = self._gate if self._feeds_rungs else self._relay_gate
        if self._lead is None or (opening is None and not gate.can_open):
            return
        now = self._loop.time()
        for plan in self.plans[1:]:
            waits = now < self._rung_again_at.get(plan.name, 0.0)
            if plan.name in self._rungs or plan.name in self.dropped or waits:
                continue
            run = await self._start_rung(plan)
            run.offer(gate.opening() if opening is None else opening)

    async def _start_rung(self, plan: RenditionPlan) -> EncoderRun:
        source = self.source
        if source is None:
            raise EncoderGone("The source is not known.")
        smallest = [each.name for each in self.plans[1:] if each.video][-1:]
        taps = ["stillness"] if plan.name in smallest else []
        if taps:  # what an earlier one saw begin, this one would not see end
            self.stillness = StillnessMeter()
        direct = self._feeds_rungs
        encoder = Encoder(
            ffmpeg=self._ffmpeg,
            source=msgspec.structs.replace(source, has_audio=True),
            renditions=(plan,),
            part_seconds=self.channel.public.constants.part_seconds,
            input_format="flv",
            errand=Errand(
                absolute=True,
                begins_seconds=TIMELINE_START_SECONDS if direct else 0.0,
                follows=True,
            ),
            taps=taps,
            niceness=_RUNG_NICENESS,
        )
        run = self._make_run(encoder, plan, taps, self._take_rung)
        self._rungs[plan.name] = run
        await run.start()
        return run

    def _make_run(
        self,
        encoder: Encoder,
        plan: RenditionPlan,
        taps: Sequence[str],
        take: Callable[[EncoderRun, str, Init | Fragment], Awaitable[None]],
    ) -> EncoderRun:
        return EncoderRun(
            encoder,
            (plan.name,),
            label=f"{plan.name}.{self.channel.name}",
            tasks=self._tasks,
            take=take,
            on_end=self._note_end,
            taps=taps,
            hear=self._hear,
        )

    # The way out

    async def _take_leading(
        self, run: EncoderRun, name: str, item: Init | Fragment
    ) -> None:
        """Bring what the leading encoder made to the channel, but nothing twice."""
        capture = self._capture
        if capture is None or (run is not self._lead and self._lead is not None):
            return
        resume = run.resume_seconds
        if resume is not None:
            if isinstance(item, Init):
                known = capture.inits.get(name)
                if known is not None and known.data != item.data:
                    logger.info("channel=%s take can't go on", self.channel.name)
                    capture = await self._renew_capture(resume)
            elif item.end_seconds <= resume + _SPLICE_SECONDS:
                return
            else:
                run.resume_seconds = None
                fits = abs(item.start_seconds - resume) <= _SPLICE_SECONDS
                if not fits and capture.from_seconds != resume:
                    capture = await self._renew_capture(resume)
        now = self._clock()
        if capture.anchor.at is not None and not isinstance(item, Init):
            lag = (now - capture.anchor.at).total_seconds() - item.end_seconds
            before = lag if self._lag_seconds is None else self._lag_seconds
            self._lag_seconds = before + (lag - before) * _LAG_SHARE
        await self.channel.take(capture, name, item, now)
        if (taken := capture.ends.get(name)) is not None:
            self._gate.release(_to_ms(taken) or 0.0)

    async def _take_rung(
        self, run: EncoderRun, name: str, item: Init | Fragment
    ) -> None:
        capture = self._capture
        if capture is None or self._rungs.get(name) is not run:
            return
        if isinstance(item, Init):
            known = capture.inits.get(name)
            if known is not None and known.data != item.data:
                await self._renew_capture(capture.ends.get(capture.leading, 0.0))
                capture = self._capture
                if capture is None:
                    return
                capture.inits.pop(name, None)
        await self.channel.take(capture, name, item, self._clock())

    async def _renew_capture(self, from_seconds: float, reason: str = "") -> Capture:
        """Go on in a new take, from a media time on."""
        old = self._capture
        if old is not None:
            await self.channel.end_capture(old, reason=reason or None)
        capture = self._capture = self._new_capture()
        capture.from_seconds = from_seconds
        capture.dropped |= self.dropped
        if old is not None:
            capture.inits |= old.inits
            capture.ends |= old.ends
            if not self._is_flv:
                capture.from_seconds = None
                capture.inits, capture.ends = {}, {}
        await self.channel.begin_capture(capture)
        return capture

    async def _hear(self, run: EncoderRun, tap: str, data: bytes) -> None:
        now = self._loop.time()
        if tap == "loudness":
            self.loudness.feed(data, now)
        elif tap == "stillness":
            self.stillness.feed(data, now, after_seconds=STILL_SECONDS)
        elif run is self._lead:
            tags = self._relay_reader.feed(data)
            self._relay_gate.add(tags)
            self.pictures.add(
                [tag for tag in tags if tag.kind == VIDEO and not self._is_flv], now
            )
            whole = b"".join(map(write_tag, tags))
            for each in self._rungs.values():
                each.offer(whole)
            missing = len(self._rungs) + len(self.dropped) < len(self.plans) - 1
            if missing and not self._breaks_off:
                await self._start_rungs()

    # Health of the encoders

    def _note_end(self, run: EncoderRun, problem: Exception) -> None:
        """From a run's reader, which the replacing waits for."""
        if not self._done:
            self._tasks.start(self._mend(run, problem), name=f"mend.{run.label}")

    async def _mend(self, run: EncoderRun, problem: Exception) -> None:
        reason = str(problem)
        async with self._turn:
            if self._done or self.closed is not None:
                return
            if isinstance(problem, DiskFull):
                await self._stop_for_disk(reason)
            elif run is self._lead:
                try:
                    await self._replace_lead(run, reason)
                except EncoderGone as error:
                    self._say_closed(str(error))
            elif self._rungs.get(run.names[0]) is run:
                await self._let_rung_go(run, reason)

    async def _let_rung_go(self, run: EncoderRun, reason: str) -> None:
        """A rung's encoder failed: another begins in a few seconds."""
        name = run.names[0]
        del self._rungs[name]
        if self._capture is not None:
            self._capture.dropped.add(name)
        self._note_restart(name, run, reason)
        self._rung_again_at[name] = self._loop.time() + _RUNG_AGAIN_SECONDS
        await run.aclose(at_once=True)

    async def _replace_lead(self, run: EncoderRun, reason: str) -> None:
        """Go on with a new encoder. Raises `EncoderGone` if that fails for long."""
        if run is not self._lead or self._done:
            return
        self._note_restart(run.names[0], run, reason)
        self._lead = None
        await run.aclose(at_once=True)
        now = self._loop.time()
        recent = [one for one in self.restarts if now - one.at < _RESTARTS_SECONDS]
        if len(recent) >= _MOST_RESTARTS or not (run.has_begun or self._capture_began):
            raise EncoderGone(reason)
        await self._resume()

    @property
    def _capture_began(self) -> bool:
        return self._capture is not None and bool(self._capture.ends)

    async def _resume(self, *, transcode: bool = False) -> None:
        """Start the leading encoder in the middle of the publication."""
        capture, source = self._capture, self.source
        if source is None:
            return
        if not self._is_flv:
            await self._resume_other(source)
            return
        resume = capture.ends.get(capture.leading) if capture else None
        first_key = max(0.0, (resume or 0.0) - TIMELINE_START_SECONDS)
        planned = self._planned_source()
        if transcode or capture is None:
            renewed = await self._renew_capture(resume or 0.0)
            renewed.inits.clear()  # other encoders, other settings
        await self._start_lead(planned, first_key_seconds=first_key)
        if self._lead is None:
            return
        self._lead.resume_seconds = resume
        await self._lead.write(self._gate.opening(_to_ms(resume)))
        if not self._feeds_rungs:
            await self._end_rungs()

    async def _resume_other(self, source: SourceInfo) -> None:
        await self._end_rungs()
        await self._renew_capture(0.0, "The encoder on the server was restarted")
        await self._start_lead(source)
        if self._others is not None:
            self._others.reopen()

    def _planned_source(self) -> SourceInfo:
        """The source as the plans have it."""
        source = self.source
        if source is None:
            raise EncoderGone("The source is not known.")
        if self.is_copied and source.keyframe_interval_seconds is None:
            return msgspec.structs.replace(
                source, keyframe_interval_seconds=FORCED_KEYFRAME_SECONDS
            )
        return source

    async def _end_rungs(self) -> None:
        rungs, self._rungs = list(self._rungs.values()), {}
        for run in rungs:
            await run.aclose(at_once=True)

    def _note_restart(self, name: str, run: EncoderRun, reason: str) -> None:
        said = " / ".join(run.encoder.tail[-2:])
        logger.error(
            "channel=%s rendition=%s encoder restarted: %s %s",
            self.channel.name, name, reason, said,
        )  # fmt: skip
        self.restarts.append(Restart(self._loop.time(), name, reason))

    def _learn_interval(self) -> None:
        """Note the distance of key frames once the second one came."""
        source, interval = self.source, self.pictures.interval_ms
        if source is None or interval is None or not self.is_copied:
            return
        if source.keyframe_interval_seconds is None:
            self.source = msgspec.structs.replace(
                source, keyframe_interval_seconds=interval / 1000
            )

    def _has_long_group(self) -> bool:
        """Whether a copied picture's key frames are too far apart to be cut."""
        if not self.is_copied or self._lead is None or self.stopped:
            return False
        return self.pictures.since_key_seconds > _LONG_GROUP_SECONDS

    async def _transcode_from_now(self) -> None:
        """Encode what could have been copied with more key frames in it."""
        if self.source is None or self._lead is None:
            return
        interval = self.pictures.since_key_seconds
        logger.warning(
            "channel=%s key frames over %.1f s apart: encoding", self.channel.name,
            interval,
        )  # fmt: skip
        self.source = msgspec.structs.replace(
            self.source, keyframe_interval_seconds=max(interval, _LONG_GROUP_SECONDS)
        )
        old, self._lead = self._lead, None
        await old.aclose(at_once=True)
        self.plans = plan_renditions(self.source, ladder=self._ladder)
        await self._end_rungs()
        await self._resume(transcode=True)

    async def _stop_for_disk(self, reason: str) -> None:
        """The disk takes no more: make nothing until there is room."""
        self.stopped = reason
        lead, self._lead = self._lead, None
        self._capture = None
        await self._end_rungs()
        if lead is not None:
            await lead.aclose(at_once=True)
        self._disk_again_at = self._loop.time() + _DISK_AGAIN_SECONDS

    async def _try_disk(self) -> None:
        now = self._loop.time()
        if now < self._disk_again_at or (self._is_flv and not self._gate.can_open):
            return
        self._disk_again_at = now + _DISK_AGAIN_SECONDS
        if await self.channel.has_room_again():
            logger.info("channel=%s there is room again", self.channel.name)
            self.stopped = None
            await self._resume()
            await self._start_rungs()

    async def _watch_runs(self) -> None:
        """Replace what hangs, start what waits, try a full disk again."""
        while not self._done:
            await asyncio.sleep(_WATCH_SECONDS)
            self._kill_hanging()
            self._note_flow()
            if self._turn.locked():
                continue
            async with self._turn:
                if self.closed is not None:
                    return
                try:
                    if self.stopped is not None:
                        await self._try_disk()
                    elif self._rung_again_at:
                        await self._start_waiting_rungs()
                except EncoderGone as error:
                    self._say_closed(str(error))

    def _note_flow(self) -> None:
        """Tell when nothing comes any more, and when it does again."""
        flows = self._loop.time() - self.last_write < _SILENT_SECONDS
        if flows != self.flows:
            self.flows = flows
            logger.info("channel=%s flows=%s", self.channel.name, flows)
            # The journal may be slow, and encoders have to be watched.
            name = f"flow.{self.channel.name}"
            self._tasks.start(self._tell_flow(), name=name)

    async def _tell_flow(self) -> None:
        await self._on_change(self, None)

    async def _start_waiting_rungs(self) -> None:
        now = self._loop.time()
        due = [name for name, at in self._rung_again_at.items() if at <= now]
        for name in due:
            del self._rung_again_at[name]
            if self._capture is not None and name not in self.dropped:
                self._capture.dropped.discard(name)
        if due:
            await self._start_rungs()

    def _kill_hanging(self) -> None:
        now = self._loop.time()
        part = self.channel.public.constants.part_target
        limit = max(_HANG_SECONDS, _HANG_PARTS * part) * self._hang_patience(now)
        if self._lead is not None and self._hangs(self._lead, now, limit):
            logger.error("channel=%s encoder hangs", self.channel.name)
            self._lead.kill()
        for run in self._rungs.values():
            if self._hangs(run, now, _RUNG_HANG_SECONDS):
                logger.error("channel=%s rung=%s hangs", self.channel.name, run.label)
                run.kill()

    def _hang_patience(self, now: float) -> float:
        """How much longer to wait than at first, after encoders just replaced.

        One that starves on a busy machine looks like one that hangs, and starting
        another only makes the machine busier.
        """
        recent = sum(now - one.at < _RESTARTS_SECONDS for one in self.restarts)
        return float(min(2**recent, _MOST_PATIENCE))

    def _hangs(self, run: EncoderRun, now: float, limit: float) -> bool:
        """Whether bytes go in, or wait to, and no part comes out."""
        if run.ending:
            return False
        if not run.has_begun:
            limit = max(limit, _START_SECONDS)
        # A camera that comes back from a break was silent itself until then.
        silent = now - max(run.last_output, self._flows_since)
        stuck = self._writing_since is not None
        if self._is_flv:
            age = self.pictures.read(now).picture_age_seconds
            moving = age is not None and age < _FLOWING_SECONDS
            if run.names[0] == "audio":
                moving = now - self.last_write < _FLOWING_SECONDS
        else:
            moving = now - self.last_write < _FLOWING_SECONDS
        return silent > limit and (stuck or moving)

    def _behind(self, run: EncoderRun) -> float:
        """Seconds of media between what was sent and what came out, parts aside."""
        end = run.end_seconds
        part = self.channel.public.constants.part_seconds
        if self._is_flv and self.pictures.last_picture_ms is not None:
            sent = TIMELINE_START_SECONDS + self.pictures.last_picture_ms / 1000
            reached = TIMELINE_START_SECONDS if end is None else end
            return max(0.0, sent - reached - part)
        lead = self._lead.end_seconds if self._lead is not None else None
        if run is not self._lead and lead is not None:
            return max(0.0, lead - (TIMELINE_START_SECONDS if end is None else end))
        return 0.0

    def _rung_facts(self, plan: RenditionPlan) -> RungFacts:
        run = self._rungs.get(plan.name)
        behind, now = 0.0, self._loop.time()
        if run is not None:
            behind = self._behind(run) if run.has_begun else 0.0
            if not run.has_begun and now - run.began > _START_SECONDS:
                behind = now - run.began
        pixels = (plan.width or 0) * (plan.height or 0) * (plan.frame_rate or 30.0)
        return RungFacts(
            room=self.channel.name,
            name=plan.name,
            cost=pixels if plan.video else 0.0,
            running=run is not None,
            behind_seconds=round(behind, 2),
            overrun=run is not None and run.overrun,
        )

    # The end

    def _say_closed(self, reason: str) -> None:
        """End from within a task that `_end` waits for."""
        if self.closed is None:
            self.closed = reason
            self._tasks.start(
                self._end(reason, drain=False), name=f"end.{self.channel.name}"
            )

    async def _end(self, reason: str, *, drain: bool) -> None:
        self.closed = self.closed or reason
        async with self._closing:
            if self._done:
                return
            self._done, self._breaks_off = True, not drain
            if self._watch is not None and self._watch is not asyncio.current_task():
                self._watch.cancel()
            if not drain and self._writing_since is not None and self._lead is not None:
                self._lead.kill()  # it may hang, and who writes to it holds the turn
            async with self._turn:
                await self._finish_runs(self._patience if drain else _REVOKE_SECONDS)
            if self._capture is not None:
                await self.channel.end_capture(self._capture, reason=self.gap_reason)
            await self._on_change(self, reason)

    @property
    def _patience(self) -> float:
        flows = self._container == "flv"
        return _DRAIN_SECONDS if flows else _LATE_DRAIN_SECONDS

    async def _finish_runs(self, seconds: float) -> None:
        # The end of its input ends ffmpeg sooner than a signal does.
        lead = [self._lead] if self._lead is not None else []
        if lead and not self._feeds_rungs:
            # Its last words are still for the rungs, and may be what begins them.
            await lead.pop().finish(seconds)
        runs = [*lead, *self._rungs.values()]
        await asyncio.gather(*(run.finish(seconds) for run in runs))


def _to_ms(media_seconds: float | None) -> float | None:
    """FLV's time at a media time; earlier, for frames come in decoding order."""
    if media_seconds is None:
        return None
    return (media_seconds - TIMELINE_START_SECONDS - _REORDER_SECONDS) * 1000
