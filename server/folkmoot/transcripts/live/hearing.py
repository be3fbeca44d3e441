"""One run of a recogniser: orders in, reports out, never left over."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Self

from folkmoot.transcripts.live.ports import Launch, Piece, Process
from folkmoot.transcripts.recognition.messages import (
    Begin,
    Failed,
    File,
    Glossary,
    Heard,
    Pause,
    Ready,
    ReportReader,
    Sound,
    pack,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READ_BYTES = 1 << 16
_LOAD_SECONDS = 180.0
_MODULE = "folkmoot.transcripts.recognition.worker"


class RecogniserGone(Exception):
    """The recogniser ended; the message says why, in plain words."""


class Hearing:
    """A recogniser's process; made with `Hearing.start`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._reader = ReportReader()
        self.load_seconds = 0.0

    @classmethod
    async def start(cls, launch: Launch, begin: Begin, *, glossary: str = "") -> Self:
        """Start it and wait until its model is loaded. Raises `RecogniserGone`."""
        process = await launch([sys.executable, "-m", _MODULE], "recogniser")
        hearing = cls(process)
        try:
            await hearing._tell(pack(begin))
            if glossary:
                await hearing.expect(glossary)
            async with asyncio.timeout(_LOAD_SECONDS):
                hearing.load_seconds = await hearing._await_ready()
        except TimeoutError:
            await hearing.aclose()
            raise RecogniserGone("The speech model did not load in time.") from None
        except BaseException:
            await hearing.aclose()
            raise
        return hearing

    async def expect(self, glossary: str) -> None:
        """Name words that may be said."""
        await self._tell(pack(Glossary(glossary)))

    async def give(self, piece: Piece) -> None:
        """Give it sound."""
        sound = Sound(
            at_ms=to_ms(piece.at),
            duration_ms=round(piece.seconds * 1000),
            data=piece.data,
            init=piece.init,
        )
        await self._tell(pack(sound))

    async def give_file(self, path: str, at: datetime) -> None:
        """Give it a file of any kind that has sound in it."""
        await self._tell(pack(File(path=path, at_ms=to_ms(at))))

    async def pause(self) -> None:
        """Nothing follows for now."""
        await self._tell(pack(Pause()))

    async def finish(self) -> None:
        """Nothing follows any more; what it heard still comes."""
        await self._process.close_input()

    async def reports(self) -> AsyncIterator[Heard]:
        """What it heard, until it ends. Raises `RecogniserGone`."""
        async for report in self._reports():
            if not isinstance(report, Heard):
                raise self._gone(report)
            yield report

    async def aclose(self) -> None:
        """End it. Idempotent."""
        await self._process.stop()

    async def _await_ready(self) -> float:
        while data := await self._process.output.read(_READ_BYTES):
            for report in self._reader.feed(data):
                if isinstance(report, Ready):  # nothing follows before there is sound
                    return report.load_seconds
                raise self._gone(report)
        raise self._gone(None)

    async def _reports(self) -> AsyncIterator[Ready | Heard | Failed]:
        while data := await self._process.output.read(_READ_BYTES):
            for report in self._reader.feed(data):
                yield report

    async def _tell(self, data: bytes) -> None:
        try:
            await self._process.write(data)
        except Exception as error:
            raise RecogniserGone(str(error)) from error

    def _gone(self, report: object) -> RecogniserGone:
        if isinstance(report, Failed):
            return RecogniserGone(f"Speech recognition failed: {report.message}")
        with suppress(IndexError):
            return RecogniserGone(f"Speech recognition ended: {self._process.tail[-1]}")
        return RecogniserGone("Speech recognition ended.")


def to_ms(at: datetime) -> int:
    """A moment as the recogniser counts."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def to_moment(ms: int) -> datetime:
    """What the recogniser counted as a moment."""
    return _EPOCH + timedelta(milliseconds=ms)
