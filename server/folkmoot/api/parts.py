"""What the API needs of the application beside the keys that all share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from aiohttp import web

from folkmoot.keys import GATEWAY, IDENTITY, SETTINGS

if TYPE_CHECKING:
    from folkmoot.gateway.principals import Access, Principal

# (meeting id, room id) to the first moment of a recording; None where there is none.
RecordingStart = Callable[[str, str], Awaitable[datetime | None]]
# Playable seconds of a moment of one recording; None outside of it.
PlayableSeconds = Callable[[datetime], float | None]
# (meeting id, room id) to that; None where there is no recording.
RecordingClock = Callable[[str, str], PlayableSeconds | None]


class ImportRecording(Protocol):
    """Takes over an uploaded film and makes it the room's recording."""

    async def __call__(
        self,
        meeting_id: str,
        room_id: str,
        file: Path,
        *,
        starts_at: datetime,
        name: str,
        fill: bool = False,
        look: bool = False,
    ) -> None:
        """Begin; the file is the importer's from now on, also when it refuses.

        Raises `Refusal`, `recording_overlaps` among others.
        """
        ...


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Parts that only the API uses."""

    data_dir: Path
    clock: Callable[[], datetime]
    import_recording: ImportRecording | None = None
    recording_start: RecordingStart | None = None
    recording_clock: RecordingClock | None = None
    disk_reserve_bytes: int = 0


PARTS: web.AppKey[Parts] = web.AppKey("api_parts", Parts)


async def identify(request: web.Request) -> Principal:
    """Return who asks."""
    return await request.app[GATEWAY].credentials.identify(request)


async def enter(request: web.Request) -> Access:
    """Return what who asks is in the meeting of the address."""
    principal = await identify(request)
    return await request.app[IDENTITY].enter(principal, request.match_info["slug"])


def body_limit(request: web.Request) -> int:
    """Return how many bytes a request's JSON may have."""
    return request.app[SETTINGS].limits.max_body_kb * 1024
