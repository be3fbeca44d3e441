"""Looks after all rooms once a second: power, disk, clock; and remembers a minute.

It measures nothing itself and decides nothing itself: meters measure, `ladder` and
`diagnosis` decide.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.encode.ladder import LadderFacts, LadderState, decide
from folkmoot.media.health.clockwatch import ClockWatch
from folkmoot.media.health.diagnosis import News, RoomFacts
from folkmoot.media.health.machine_load import Load, LoadReader
from folkmoot.media.health.meters import LoudnessFacts, PictureFacts
from folkmoot.media.health.storage import Disk, judge_disk
from folkmoot.media.ingest.source import SourceInfo, copy_obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from folkmoot.media.channel import Channel
    from folkmoot.media.pack.recorder import Recorder
    from folkmoot.media.publication import LivePublication

logger = logging.getLogger(__name__)

Place = tuple[str, str]

LOOK_SECONDS = 1.0
HISTORY_LOOKS = 60


class RungHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A rendition: is it "copied", "made", "waiting" to begin, or "dropped"."""

    name: str
    state: str
    behind_seconds: float = 0.0


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How a room's broadcast does, in figures; `history` is the last minute."""

    picture: PictureFacts | None = None
    loudness: LoudnessFacts | None = None
    still_seconds: float = 0.0
    latency_seconds: float | None = None
    renditions: tuple[RungHealth, ...] = ()
    disk: Disk | None = None
    bits_history: tuple[float, ...] = ()
    loudness_history: tuple[float, ...] = ()


class _Memory:
    """What is kept of a room beyond this second."""

    def __init__(self) -> None:
        self.bits: deque[float] = deque(maxlen=HISTORY_LOOKS)
        self.loudness: deque[float] = deque(maxlen=HISTORY_LOOKS)
        self.goodbye: tuple[float, str] | None = None


class Keeper:
    """One for all rooms of a process; `publications` is the webcast's own table."""

    def __init__(
        self,
        publications: Mapping[Place, LivePublication],
        *,
        recorder: Recorder,
        clock: Callable[[], datetime],
        most_bits_per_second: float,
        load: LoadReader | None = None,
    ) -> None:
        self._publications = publications
        self._recorder = recorder
        self._clock = clock
        self._most_bits = most_bits_per_second
        self._load = load or LoadReader()
        self._watch = ClockWatch()
        self._ladder = LadderState()
        self._disk: Disk | None = None
        self._disk_level = "fine"
        self._clock_set: tuple[float, str] | None = None
        self._memories: dict[Place, _Memory] = {}

    async def run(self) -> None:
        """Look once a second, as long as it is not cancelled."""
        while True:
            try:
                await self.look()
            except OSError as error:  # the disk is away: rooms say so themselves
                logger.warning("media keeper: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """One look at everything."""
        now = _now()
        await self._look_at_clock(now)
        load = await self._recorder.run(self._load.read)
        await self._look_at_power(now, load)
        await self._look_at_disk()
        for place, publication in self._publications.items():
            memory = self._memory(place)
            memory.bits.append(round(publication.bits_per_second))
            sound = publication.loudness.read(now)
            heard = sound.momentary if sound is not None else None
            memory.loudness.append(-70.0 if heard is None else max(-70.0, heard))

    def note_goodbye(self, place: Place, reason: str) -> None:
        """A publisher went; the desk may ask why."""
        memory = self._memory(place)
        memory.goodbye = (_now(), reason)
        memory.bits.clear()
        memory.loudness.clear()

    def facts(self, place: Place, channel: Channel) -> RoomFacts:
        """What a diagnosis needs."""
        now, publication = _now(), self._publications.get(place)
        common = RoomFacts(
            disk=self._disk,
            clock_set=_news(self._clock_set, now),
            last_words=_news(self._memory(place).goodbye, now),
            recording_problem=channel.problem,
        )
        if publication is None:
            return common
        source = publication.source
        last = publication.restarts[-1] if publication.restarts else None
        return msgspec.structs.replace(
            common,
            connected=True,
            stopped=publication.stopped,
            most_bits_per_second=self._most_bits,
            picture=publication.pictures.read(now),
            loudness=publication.loudness.read(now),
            still_seconds=publication.stillness.read(now),
            dropped=tuple(sorted(publication.dropped)),
            leading_behind_seconds=publication.leading_behind_seconds,
            restarted=News(last.rendition, now - last.at) if last else None,
            copied=publication.is_copied,
            has_video=source.has_video if source else True,
            has_audio=source.has_audio if source else True,
            obstacle=None if publication.is_copied else _obstacle(source),
        )

    def health(self, place: Place) -> Health:
        """The figures of a room."""
        now, publication = _now(), self._publications.get(place)
        if publication is None:
            return Health(disk=self._disk)
        memory = self._memory(place)
        return Health(
            picture=publication.pictures.read(now),
            loudness=publication.loudness.read(now),
            still_seconds=round(publication.stillness.read(now), 1),
            latency_seconds=publication.latency_seconds,
            renditions=_renditions(publication),
            disk=self._disk,
            bits_history=tuple(memory.bits),
            loudness_history=tuple(memory.loudness),
        )

    async def _look_at_clock(self, now: float) -> None:
        step = self._watch.look(self._clock(), now)
        if step is None:
            return
        way = "forward" if step > 0 else "back"
        self._clock_set = (now, f"{way} by {abs(step):.0f} s")
        logger.error("the server's clock was set %s", self._clock_set[1])
        for publication in list(self._publications.values()):
            await publication.reanchor(step)

    async def _look_at_power(self, now: float, load: Load) -> None:
        publications = {one.channel.name: one for one in self._publications.values()}
        facts = LadderFacts(
            rungs=[rung for one in publications.values() for rung in one.rung_facts()],
            leading_behind_seconds=max(
                (one.leading_behind_seconds for one in publications.values()),
                default=0.0,
            ),
            pressure=load.pressure,
            idle=load.idle,
        )
        self._ladder, change = decide(self._ladder, facts, now)
        if change is None:
            return
        publication = publications[change.room]
        if change.up:
            await publication.raise_rung(change.name)
        else:
            await publication.drop_rung(change.name)

    async def _look_at_disk(self) -> None:
        room = await self._recorder.read_room()
        bits = sum(one.written_bits_per_second for one in self._publications.values())
        self._disk = judge_disk(room, bits_per_second=bits)
        if self._disk.level != self._disk_level:
            self._disk_level = self._disk.level
            logger.warning(
                "disk=%s free=%d MB hours=%s",
                self._disk.level,
                self._disk.free_bytes // 1_000_000,
                None if self._disk.hours_left is None else round(self._disk.hours_left),
            )

    def _memory(self, place: Place) -> _Memory:
        return self._memories.setdefault(place, _Memory())


def _obstacle(source: SourceInfo | None) -> str | None:
    return copy_obstacle(source) if source is not None else None


def _renditions(publication: LivePublication) -> tuple[RungHealth, ...]:
    if not publication.plans:
        return ()
    top = RungHealth(
        name=publication.plans[0].name,
        state="copied" if publication.is_copied else "made",
        behind_seconds=round(publication.leading_behind_seconds, 1),
    )
    below = (
        RungHealth(
            name=rung.name,
            state="dropped"
            if rung.name in publication.dropped
            else ("made" if rung.running else "waiting"),
            behind_seconds=round(rung.behind_seconds, 1),
        )
        for rung in publication.rung_facts()
    )
    return (top, *below)


def _news(found: tuple[float, str] | None, now: float) -> News | None:
    return None if found is None else News(found[1], now - found[0])


def _now() -> float:
    return asyncio.get_running_loop().time()
