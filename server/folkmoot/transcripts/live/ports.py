"""What captions need of the rest of the service; `app` fills it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol


class Piece(Protocol):
    """Fragments of MP4 with sound; `init` where a take begins."""

    @property
    def at(self) -> datetime: ...

    @property
    def seconds(self) -> float: ...

    @property
    def data(self) -> bytes: ...

    @property
    def init(self) -> bytes | None: ...


class Listener(Protocol):
    """Reads what the public has of a room's sound."""

    @property
    def end_at(self) -> datetime | None: ...

    async def next(self, wait_seconds: float) -> Piece | None: ...


class Process(Protocol):
    """A recogniser's process."""

    @property
    def output(self) -> asyncio.StreamReader: ...

    @property
    def tail(self) -> tuple[str, ...]: ...

    async def write(self, data: bytes) -> None: ...

    async def close_input(self) -> None: ...

    async def stop(self, *, gentle_seconds: float = 2.0) -> int: ...


class Rooms(Protocol):
    """The rooms' sound."""

    def on_air(self) -> Sequence[tuple[str, str]]:
        """Meeting and room of each room that the public hears now."""
        ...

    def listen(
        self, meeting_id: str, room_id: str, *, after: datetime, recording: bool = False
    ) -> Listener:
        """Read a room from a moment on. Raises `KeyError`."""
        ...

    def recorded_span(
        self, meeting_id: str, room_id: str
    ) -> tuple[datetime, datetime] | None:
        """From when to when there is recording."""
        ...

    def is_cut(
        self, meeting_id: str, room_id: str, start_at: datetime, end_at: datetime
    ) -> bool:
        """Whether something of this time was taken away."""
        ...

    def is_public(
        self, meeting_id: str, room_id: str, start_at: datetime, end_at: datetime
    ) -> bool:
        """Whether the public has come past this time, and nothing of it is missing."""
        ...

    def delay_seconds(self, meeting_id: str, room_id: str) -> float:
        """How far the public is behind."""
        ...


# Starts a program below the server's own priority.
Launch = Callable[[Sequence[str], str], Awaitable[Process]]
# Shows a caption to everyone in a meeting.
Show = Callable[[str, dict[str, Any]], None]
