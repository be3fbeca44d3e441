"""A browser's camera on its way in: numbered chunks, whole and in order.

A phone changes its network, a socket dies, another takes over: the sender repeats
what was not acknowledged. What comes twice is dropped, what comes early waits, and
a publication gets each byte of a recorder's stream once. A recorder that starts
anew begins the next stream, which is a publication of its own.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.ingest.container import SNIFF_BYTES, recognise_container
from folkmoot.media.ingest.source import PublicationClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from folkmoot.media.ingest.source import Publication, PublisherDesk
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

RESUME_SECONDS = 75.0
"""How long a session waits for its sender: a minute, and the time to notice."""

MAX_EARLY_CHUNKS = 64
MAX_EARLY_BYTES = 16 << 20

_LOST = "The camera's connection was lost."
_NEW_STREAM = "The camera began anew."
_SWITCHED_OFF = "The camera was switched off."


class Place(msgspec.Struct, frozen=True):
    """What the server wants next: chunk `number` of stream `stream`."""

    stream: int
    number: int


class UplinkRefused(Exception):
    """A chunk can't be taken: a lasting code and a sentence for the sender."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BeginAnew(Exception):
    """The stream can't go on; the argument says why. A new one may begin."""


class Superseded(Exception):
    """A newer connection carries this session on."""


class Uplink:
    """One sender's session. `holder` is the connection that may write."""

    def __init__(self, desk: PublisherDesk, stream_key: str, *, peer: str) -> None:
        self.stream_key = stream_key
        self.peer = peer
        self.wanted = Place(0, 0)
        self.received_bytes = 0
        self.duplicates = 0
        self._desk = desk
        self._publication: Publication | None = None
        self._broken = False
        self._early: dict[int, bytes] = {}
        self._early_bytes = 0
        self._head = b""
        self._turn = asyncio.Lock()
        self._holder: object | None = None

    def hold(self, holder: object) -> None:
        """Let the newest connection carry the session."""
        self._holder = holder

    def is_held_by(self, holder: object) -> bool:
        """Whether this connection carries the session still."""
        return self._holder is holder

    async def take(
        self, holder: object, stream: int, number: int, data: bytes
    ) -> Place:
        """Take a chunk; return what is wanted next.

        Raises `Superseded`, `BeginAnew`, and what the desk refuses with.
        """
        async with self._turn:
            if self._holder is not holder:
                raise Superseded
            if stream > self.wanted.stream:
                await self._end_stream(_NEW_STREAM)
                self.wanted = Place(stream, 0)
                self._broken = False
            if (stream, number) < (self.wanted.stream, self.wanted.number):
                self.duplicates += 1
                return self.wanted
            if self._broken:
                raise BeginAnew("The picture has to begin anew.")
            if number > self.wanted.number:
                self._keep_early(number, data)
                return self.wanted
            await self._write(data)
            while (data_next := self._early.pop(self.wanted.number, None)) is not None:
                self._early_bytes -= len(data_next)
                await self._write(data_next)
            return self.wanted

    async def finish(self, reason: str = _SWITCHED_OFF) -> None:
        """The sender has stopped, or is gone for good. Idempotent."""
        async with self._turn:
            await self._end_stream(reason)
            self._broken = True

    def _keep_early(self, number: int, data: bytes) -> None:
        if number in self._early:
            self.duplicates += 1
            return
        full = len(self._early) >= MAX_EARLY_CHUNKS
        if full or self._early_bytes + len(data) > MAX_EARLY_BYTES:
            return  # the sender repeats it: it is not acknowledged
        self._early[number] = data
        self._early_bytes += len(data)

    async def _write(self, data: bytes) -> None:
        try:
            if self._publication is not None:
                await self._publication.write(data)
            else:
                await self._begin_with(data)
        except PublicationClosed as closed:
            await self._end_stream(str(closed))
            self._broken = True
            raise BeginAnew(str(closed)) from None
        self.received_bytes += len(data)
        self.wanted = Place(self.wanted.stream, self.wanted.number + 1)

    async def _begin_with(self, data: bytes) -> None:
        """Open the publication when the container is known.

        Chromium's first chunk is sometimes a single byte.
        """
        self._head += data
        container = recognise_container(self._head)
        if container is None:
            if len(self._head) < SNIFF_BYTES:
                return
            raise UplinkRefused(
                "unknown_container", "This browser's recordings can't be read here."
            )
        self._publication = await self._desk.open_publication(
            self.stream_key, container=container, peer=self.peer, queued=True
        )
        head, self._head = self._head, b""
        await self._publication.write(head)

    async def _end_stream(self, reason: str) -> None:
        publication, self._publication = self._publication, None
        self._early.clear()
        self._early_bytes = 0
        self._head = b""
        if publication is not None:
            logger.info("camera peer=%s ended: %s", self.peer, reason)
            await publication.close(reason)


class Uplinks:
    """The sessions of this process, by room and by the sender's random name."""

    def __init__(
        self,
        desk: PublisherDesk,
        tasks: TaskOwner,
        *,
        resume_seconds: float = RESUME_SECONDS,
    ) -> None:
        self._desk = desk
        self._tasks = tasks
        self._resume_seconds = resume_seconds
        self._sessions: dict[tuple[str, str], Uplink] = {}
        self._endings: dict[tuple[str, str], asyncio.Task[None]] = {}

    def open(
        self, stream_key: str, name: str, holder: object, *, peer: str
    ) -> tuple[Uplink, bool]:
        """Return the session of this name and whether it is carried on."""
        key = (stream_key, name)
        known = self._sessions.get(key)
        if (ending := self._endings.pop(key, None)) is not None:
            ending.cancel()
        uplink = known or Uplink(self._desk, stream_key, peer=peer)
        self._sessions[key] = uplink
        uplink.hold(holder)
        return uplink, known is not None

    def leave(self, name: str, uplink: Uplink, holder: object) -> None:
        """The connection is gone: wait for another, then end the session."""
        key = (uplink.stream_key, name)
        if not uplink.is_held_by(holder) or self._sessions.get(key) is not uplink:
            return
        self._endings[key] = self._tasks.start(
            self._end_later(key, uplink), name="camera.end"
        )

    async def end(self, name: str, uplink: Uplink, reason: str = _SWITCHED_OFF) -> None:
        """End a session now. Idempotent."""
        key = (uplink.stream_key, name)
        if self._sessions.get(key) is uplink:
            del self._sessions[key]
        if (ending := self._endings.pop(key, None)) is not None:
            ending.cancel()
        await uplink.finish(reason)

    async def end_all(self, stream_key: str, reason: str) -> None:
        """End all sessions with a stream key, as when its link was made void."""
        await self._end_those(lambda key: key == stream_key, reason)

    async def aclose(self) -> None:
        """End all sessions."""
        await self._end_those(lambda _key: True, "The service is stopping.")

    async def _end_those(self, chosen: Callable[[str], bool], reason: str) -> None:
        for (stream_key, name), uplink in list(self._sessions.items()):
            if chosen(stream_key):
                await self.end(name, uplink, reason)

    async def _end_later(self, key: tuple[str, str], uplink: Uplink) -> None:
        await asyncio.sleep(self._resume_seconds)
        self._endings.pop(key, None)  # or `end` would cancel this very task
        await self.end(key[1], uplink, _LOST)
