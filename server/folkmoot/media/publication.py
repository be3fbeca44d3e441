"""One publisher's run: its bytes into an encoder, the fragments to its channel."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from folkmoot.media.capture import Capture
from folkmoot.media.encoder import (
    TIMELINE_START_SECONDS,
    Encoder,
    EncoderGone,
    SourceSniffer,
    UnknownSource,
    copy_obstacle,
    plan_renditions,
)
from folkmoot.media.flv import AUDIO, VIDEO, FlvError, FlvReader
from folkmoot.media.fmp4 import Fmp4Error, Fmp4Reader
from folkmoot.media.recorder import DiskFull
from folkmoot.media.source import PublicationClosed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from folkmoot.media.channel import Channel
    from folkmoot.media.source import SourceInfo
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)


class FlvPace:
    """The date-time of media time 0, from when a publisher's first tags came.

    That is the earliest of (arrival - time): each tag comes late, none early. It is
    better than looking at the encoder's output, where the first seconds, in which
    the source is probed, come at once.
    """

    def __init__(self) -> None:
        self.anchor_at: datetime | None = None
        self._reader = FlvReader()
        self._first_ms: int | None = None

    def feed(self, data: bytes, now: datetime) -> None:
        """Take bytes as they come. Raises `FlvError`."""
        for tag in self._reader.feed(data):
            if tag.kind not in {AUDIO, VIDEO} or tag.is_sequence_header:
                continue
            if self._first_ms is None:
                self._first_ms = tag.timestamp_ms
            seconds = (tag.timestamp_ms - self._first_ms) / 1000
            at = now - timedelta(seconds=seconds + TIMELINE_START_SECONDS)
            self.anchor_at = min(self.anchor_at or at, at)


_DRAIN_SECONDS = 5.0
_REVOKE_SECONDS = 1.0
_HANG_TARGETS = 3


class LivePublication:
    """Implements `Publication`; `on_change` hears when the source is known or gone."""

    def __init__(
        self,
        channel: Channel,
        *,
        container: str,
        peer: str,
        ffmpeg: str,
        ladder: Sequence[str],
        tasks: TaskOwner,
        clock: Callable[[], datetime],
        on_change: Callable[[LivePublication, str | None], Awaitable[None]],
    ) -> None:
        self.channel = channel
        self.peer = peer
        self.source: SourceInfo | None = None
        self.received_bytes = 0
        self.began = asyncio.get_running_loop().time()
        self.last_write = self.began
        self.closed: str | None = None
        self._container = container
        self._ffmpeg = ffmpeg
        self._ladder = ladder
        self._tasks = tasks
        self._clock = clock
        self._on_change = on_change
        self._sniffer: SourceSniffer | None = SourceSniffer(container, ffmpeg=ffmpeg)
        self._pace = FlvPace() if container == "flv" else None
        self._encoder: Encoder | None = None
        self._capture: Capture | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._last_fragment = self.began
        self._watch: asyncio.Task[None] | None = None
        self._closing = asyncio.Lock()
        self._done = False

    @property
    def bits_per_second(self) -> float:
        """Mean over the whole run."""
        seconds = asyncio.get_running_loop().time() - self.began
        return self.received_bytes * 8 / seconds if seconds > 1 else 0.0

    @property
    def problems(self) -> list[str]:
        """What the person at the encoder should change, in plain words."""
        obstacle = copy_obstacle(self.source) if self.source else None
        return [obstacle] if obstacle else []

    async def write(self, tag_bytes: bytes) -> None:
        """Take container bytes. Raises `PublicationClosed`."""
        self._refuse_closed()
        self.received_bytes += len(tag_bytes)
        self.last_write = asyncio.get_running_loop().time()
        try:
            if self._sniffer is not None:
                await self._sniff(tag_bytes)
            elif self._encoder is not None:
                await self._encoder.write(tag_bytes)
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
                    await self._begin(source)
        await self._end(reason, drain=True)

    async def revoke(self, reason: str) -> None:
        """The desk ends it; the next `write` raises."""
        await self._end(reason, drain=False)

    def _refuse_closed(self) -> None:
        if self.closed is not None:
            raise PublicationClosed(self.closed)

    async def _sniff(self, data: bytes) -> None:
        if self._sniffer is None:
            return
        if self._pace is not None:
            self._pace.feed(data, self._clock())
        source = await self._sniffer.feed(data)
        if source is not None:
            await self._begin(source)

    async def _begin(self, source: SourceInfo) -> None:
        if self._sniffer is None:
            return
        plans = plan_renditions(source, ladder=self._ladder)
        buffered, self._sniffer = self._sniffer.buffered(), None
        self.source = source
        encoder = Encoder(
            ffmpeg=self._ffmpeg,
            source=source,
            renditions=plans,
            part_seconds=self.channel.part_seconds_for(source),
            input_format=self._container,
        )
        self._encoder = encoder
        await encoder.start()
        self._capture = Capture(
            plans, source, anchor_at=self._pace.anchor_at if self._pace else None
        )
        await self.channel.begin_capture(self._capture)
        name = self.channel.name
        self._last_fragment = asyncio.get_running_loop().time()
        self._readers = [
            self._tasks.start(self._read(plan.name), name=f"read.{plan.name}.{name}")
            for plan in plans
        ]
        self._watch = self._tasks.start(self._watch_encoder(), name=f"watch.{name}")
        logger.info(
            "channel=%s source=%sx%s fps=%s copied=%s",
            name, source.width, source.height, source.fps,
            any(plan.copied for plan in plans),
        )  # fmt: skip
        await self._on_change(self, None)
        await encoder.write(buffered)

    async def _read(self, rendition: str) -> None:
        """Bring one rendition's fragments to the channel."""
        encoder, capture = self._encoder, self._capture
        if encoder is None or capture is None:
            return
        reader = Fmp4Reader()
        problem = None
        try:
            async for chunk in encoder.fragments(rendition):
                for item in reader.feed(chunk):
                    self._last_fragment = asyncio.get_running_loop().time()
                    await self.channel.take(capture, rendition, item, self._clock())
        except (DiskFull, Fmp4Error) as error:
            problem = str(error)
            logger.warning("channel=%s %s", self.channel.name, problem)
            self._say_closed(problem)
            async for _ in encoder.fragments(rendition):
                pass  # an unread rendition would stop the others
        if not self._done and self.closed is None:
            self._say_closed("The encoder on the server ended.")

    def _say_closed(self, reason: str) -> None:
        """End from within a reader, which `_end` waits for."""
        if self.closed is None:
            self.closed = reason
            self._tasks.start(
                self._end(reason, drain=False), name=f"end.{self.channel.name}"
            )

    async def _watch_encoder(self) -> None:
        """End it when bytes go in and no fragment comes out."""
        limit = _HANG_TARGETS * self.channel.public.constants.target_duration
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(limit / 4)
            if self.last_write - self._last_fragment > limit:
                logger.error("channel=%s encoder hangs", self.channel.name)
                self._say_closed("The encoder on the server hung.")
                return
            if loop.time() - self.last_write > 10 * limit:
                return

    async def _end(self, reason: str, *, drain: bool) -> None:
        self.closed = self.closed or reason
        async with self._closing:
            if self._done:
                return
            self._done = True
            if self._watch is not None and self._watch is not asyncio.current_task():
                self._watch.cancel()
            if self._encoder is not None:
                # The end of its input ends ffmpeg sooner than a signal does.
                with suppress(EncoderGone):
                    await self._encoder.finish(
                        _DRAIN_SECONDS if drain else _REVOKE_SECONDS
                    )
                if drain:
                    await self._join()
                await self._encoder.aclose()
                await self._join()
            if self._capture is not None:
                await self.channel.end_capture(self._capture)
            await self._on_change(self, reason)

    async def _join(self) -> None:
        if self._readers:
            await asyncio.wait(self._readers, timeout=_DRAIN_SECONDS)
            for reader in self._readers:
                reader.cancel()
