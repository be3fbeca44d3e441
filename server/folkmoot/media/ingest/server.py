"""The RTMP door: one port for the publishers of all rooms.

A stream key is checked before one byte of media is looked at. Keys never reach
a log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from folkmoot.media.ingest.flv import FlvError
from folkmoot.media.ingest.flvrelay import FlvRelay
from folkmoot.media.ingest.pace import Pace, TooFast
from folkmoot.media.ingest.rtmp.errors import RtmpError
from folkmoot.media.ingest.rtmp.session import (
    MediaReceived,
    PublishEnded,
    PublishRequested,
    RtmpSession,
)
from folkmoot.media.ingest.source import (
    PublicationClosed,
    StreamKeyInUse,
    UnknownStreamKey,
)
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from folkmoot.media.ingest.rtmp.session import Event
    from folkmoot.media.ingest.source import Publication, PublisherDesk

logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 16
_CLOSE_SECONDS = 7.0
_LEAVE_SECONDS = 5.0  # ffmpeg listens only between two of its packets
_LOST = "The connection was lost."


class RtmpServer:
    """Listens for publishers and passes them to the desk."""

    def __init__(
        self,
        desk: PublisherDesk,
        *,
        host: str = "127.0.0.1",
        port: int = 1935,
        greeting_seconds: float = 10.0,
        idle_seconds: float = 20.0,
        max_strangers: int = 64,
        max_strangers_each: int = 8,
        max_bits_per_second: int = 50_000_000,
    ) -> None:
        """Bind nothing yet; `port` 0 takes a free one.

        `greeting_seconds` may pass from connecting to the publish command,
        `idle_seconds` without a frame from a publisher; `max_strangers` is how
        many connections may be open that have no accepted key yet, of them
        `max_strangers_each` from one address.
        """
        self._desk = desk
        self._host = host
        self._wanted_port = port
        self._greeting_seconds = greeting_seconds
        self._idle_seconds = idle_seconds
        self._max_strangers = max_strangers
        self._max_bits_per_second = max_bits_per_second
        self._max_strangers_each = max_strangers_each
        self._strangers: Counter[str] = Counter()
        self._tasks = TaskOwner()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen. Raises `OSError` when the port is taken."""
        self._server = await asyncio.start_server(
            self._welcome, self._host, self._wanted_port, limit=2 * _READ_BYTES
        )

    @property
    def port(self) -> int:
        """The port it listens on; differs from the wanted one if that was 0."""
        if self._server is None or not self._server.sockets:
            return self._wanted_port
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def aclose(self) -> None:
        """Take no more publishers and end those there are. Idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._tasks.aclose()

    def _welcome(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        peer = _name_peer(writer)
        if self._server is None:  # closed a moment ago
            writer.transport.abort()
            return
        host = peer.rpartition(":")[0]
        full = self._strangers.total() >= self._max_strangers
        if full or self._strangers[host] >= self._max_strangers_each:
            logger.warning("rtmp peer=%s refused: too many connections", peer)
            writer.transport.abort()
            return
        connection = _Connection(reader, writer, peer, self._max_bits_per_second)
        task = self._tasks.start(self._serve(connection), name=f"rtmp.{peer}")
        logger.debug("task=%s started", task.get_name())

    async def _serve(self, connection: _Connection) -> None:
        try:
            publication = await self._admit(connection)
            if publication is not None:
                await self._relay(connection, publication)
        finally:
            await connection.aclose()

    async def _admit(self, connection: _Connection) -> Publication | None:
        """Talk until a known key is named; None, with a log line, if none is."""
        host = connection.peer.rpartition(":")[0]
        self._strangers[host] += 1
        try:
            async with asyncio.timeout(self._greeting_seconds):
                stream_key = await connection.hear_stream_key()
            return await self._desk.open_publication(
                stream_key, container="flv", peer=connection.peer
            )
        except TimeoutError:
            refusal = "it did not publish in time"
        except (RtmpError, TooFast) as error:
            refusal = str(error)
        except OSError:
            refusal = _LOST
        except UnknownStreamKey:
            connection.refuse("The stream key is not known.")
            refusal = "unknown stream key"
        except StreamKeyInUse:
            connection.refuse("Another encoder is on with this stream key.")
            refusal = "stream key in use"
        finally:
            self._strangers[host] -= 1
            self._strangers += Counter()  # forgets those at zero
        logger.warning("rtmp peer=%s refused: %s", connection.peer, refusal)
        return None

    async def _relay(self, connection: _Connection, publication: Publication) -> None:
        """Pass media on until either side ends, and close the publication."""
        logger.info("rtmp peer=%s publishes", connection.peer)
        reason = "The server has failed."
        try:
            await connection.relay(publication, idle_seconds=self._idle_seconds)
            reason = "The encoder has stopped."
        except PublicationClosed as closed:
            reason = str(closed) or "The stream was ended."
            connection.refuse(reason)
        except TimeoutError:
            reason = f"No picture or sound came for {self._idle_seconds:g} seconds."
        except (FlvError, TooFast) as error:
            reason = str(error)
            connection.refuse(reason)
        except RtmpError as error:
            reason = str(error)
        except OSError:
            reason = _LOST
        except asyncio.CancelledError:
            reason = "The server is stopping."
            raise
        finally:
            logger.info("rtmp peer=%s ended: %s", connection.peer, reason)
            await publication.close(reason)


class _Connection:
    """One peer: bytes in and out around the state machine."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: str,
        max_bits_per_second: int,
    ) -> None:
        self.peer = peer
        self._reader = reader
        self._writer = writer
        self._session = RtmpSession()
        self._said_why = False
        self._loop = asyncio.get_running_loop()
        self._pace = Pace(max_bits_per_second, self._loop.time())

    async def hear_stream_key(self) -> str:
        """Greet, and return the stream key the peer wants to publish under."""
        while True:
            for event in await self._hear():
                if isinstance(event, PublishRequested):
                    return event.stream_key

    async def relay(self, publication: Publication, *, idle_seconds: float) -> None:
        """Write the peer's media to `publication` until the peer has finished."""
        relay = FlvRelay()
        events = self._session.accept()
        await self._send()
        deadline = self._loop.time() + idle_seconds
        while True:
            tags = [event.tag for event in events if isinstance(event, MediaReceived)]
            if ready := relay.take_tags(tags):
                await publication.write(ready)
            if tags:
                deadline = self._loop.time() + idle_seconds
            if any(isinstance(event, PublishEnded) for event in events):
                return
            # A frame must be whole in time: a byte now and then is no stream.
            async with asyncio.timeout_at(deadline):
                events = await self._hear()

    def refuse(self, reason: str) -> None:
        """Let the peer know why, with the last bytes it gets."""
        self._said_why = True
        self._session.refuse(reason)

    async def aclose(self) -> None:
        """Send what is left to say and close; a deaf peer is cut off."""
        try:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._send()
                    await self._take_leave()
                    self._writer.close()
                    await self._writer.wait_closed()
        finally:
            self._writer.transport.abort()

    async def _take_leave(self) -> None:
        """Let a peer that still sends read our last words.

        Closing with its bytes unread would reset the connection, and what we said
        would be thrown away on its side.
        """
        if not self._said_why or self._writer.transport.is_closing():
            return
        self._writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                while await self._reader.read(_READ_BYTES):
                    pass

    async def _hear(self) -> list[Event]:
        data = await self._reader.read(_READ_BYTES)
        if not data:
            raise ConnectionResetError(_LOST)
        pause = self._pace.pause_after(len(data), self._loop.time())
        if pause:
            await asyncio.sleep(pause)
        events = self._session.receive(data)
        await self._send()
        return events

    async def _send(self) -> None:
        if data := self._session.data_to_send():
            self._writer.write(data)
            await self._writer.drain()


def _name_peer(writer: asyncio.StreamWriter) -> str:
    address = writer.get_extra_info("peername")
    return f"{address[0]}:{address[1]}" if address else "unknown"
