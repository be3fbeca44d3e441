"""A room's sound and a recogniser that a test writes the words of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from folkmoot.transcripts.recognition.messages import (
    Begin,
    Failed,
    Glossary,
    Heard,
    Order,
    OrderReader,
    Pause,
    Ready,
    Report,
    Sound,
    pack,
)
from folkmoot.transcripts.recognition.words import Word

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)


class Piece(msgspec.Struct, frozen=True):
    at: datetime
    seconds: float
    data: bytes
    init: bytes | None = None


class FakeListener:
    """Gives pieces as a test puts them."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Piece] = asyncio.Queue()
        self.end_at: datetime | None = START

    def put(self, *, at: float, text: str, seconds: float = 1.0) -> None:
        """Let the public have a second of sound in which `text` is said."""
        start = START + timedelta(seconds=at)
        self.waiting.put_nowait(Piece(start, seconds, text.encode()))
        self.end_at = start + timedelta(seconds=seconds)

    async def next(self, wait_seconds: float) -> Piece | None:
        try:
            async with asyncio.timeout(min(wait_seconds, 0.05)):
                return await self.waiting.get()
        except TimeoutError:
            return None


class FakeRooms:
    """One room's sound."""

    def __init__(self) -> None:
        self.listener = FakeListener()
        self.air: list[tuple[str, str]] = []
        self.cuts: list[tuple[datetime, datetime]] = []
        self.asked: list[datetime] = []
        self.public: list[tuple[datetime, datetime]] = []
        self.delay = 0.0

    def on_air(self) -> Sequence[tuple[str, str]]:
        return self.air

    def listen(
        self, meeting_id: str, room_id: str, *, after: datetime, recording: bool = False
    ) -> FakeListener:
        self.asked.append(after)
        return self.listener

    def recorded_span(
        self, meeting_id: str, room_id: str
    ) -> tuple[datetime, datetime] | None:
        return START, START + timedelta(minutes=5)

    def is_public(
        self, meeting_id: str, room_id: str, start_at: datetime, end_at: datetime
    ) -> bool:
        return any(a <= start_at and end_at <= b for a, b in self.public)

    def delay_seconds(self, meeting_id: str, room_id: str) -> float:
        return self.delay

    def is_cut(
        self, meeting_id: str, room_id: str, start_at: datetime, end_at: datetime
    ) -> bool:
        return any(a < end_at and start_at < b for a, b in self.cuts)


class FakeProcess:
    """Hears each piece's own bytes; a word that ends in "?" is doubtful."""

    def __init__(self, *, fails: str = "", slow: bool = False) -> None:
        self.output = asyncio.StreamReader()
        self.tail: tuple[str, ...] = ()
        self.orders: list[Order] = []
        self.stopped = False
        self._reader = OrderReader()
        self._fails = fails
        self._slow = slow

    async def write(self, data: bytes) -> None:
        for order in self._reader.feed(data):
            self.orders.append(order)
            self._answer(order)

    def _answer(self, order: Order) -> None:
        match order:
            case Begin() if self._fails:
                self._say(Failed(self._fails))
            case Begin():
                self._say(Ready("small", 0.1))
            case Sound() if not self._slow:
                self._say(self._hear(order))
            case Pause() if self.sounds:
                until = max(each.at_ms + each.duration_ms for each in self.sounds)
                self._say(Heard((), (), until, 1, pause=True))
            case Glossary() | _:
                pass

    def _hear(self, sound: Sound) -> Heard:
        texts = sound.data.decode().split()
        length = sound.duration_ms // max(1, len(texts))
        words = tuple(
            Word(
                text.rstrip("?"),
                sound.at_ms + place * length,
                sound.at_ms + (place + 1) * length,
                0.3 if text.endswith("?") else 0.9,
            )
            for place, text in enumerate(texts)
        )
        return Heard(words, (), sound.at_ms + sound.duration_ms, 5, language="en")

    def _say(self, report: Report) -> None:
        self.output.feed_data(pack(report))

    @property
    def sounds(self) -> list[Sound]:
        return [order for order in self.orders if isinstance(order, Sound)]

    async def close_input(self) -> None:
        self.output.feed_eof()

    async def stop(self, *, gentle_seconds: float = 2.0) -> int:
        if not self.stopped:
            self.stopped = True
            if not self.output.at_eof():
                self.output.feed_eof()
        return 0
