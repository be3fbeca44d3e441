"""Lines: the real transport of every WebSocket, taken from engine.io's driver.

`python-socketio` carries the protocol; a broadcast of the same bytes goes past
it straight to the transports. This is the only module that reaches into the
internals of engine.io and aiohttp. Both are pinned and
`tests/gateway/test_lines.py` fails when what is used here changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from engineio.async_drivers import aiohttp as driver

if TYPE_CHECKING:
    import asyncio


class Line:
    """One client's WebSocket, to write ready-made frames to."""

    __slots__ = ("sid", "transport")

    def __init__(self, sid: str, transport: asyncio.Transport) -> None:
        self.sid = sid
        self.transport = transport

    @property
    def open(self) -> bool:
        """Whether a write can still arrive."""
        return not self.transport.is_closing()

    @property
    def waiting_bytes(self) -> int:
        """How much is written and not yet taken by the client's network."""
        return self.transport.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        """Send whole frames; never waits."""
        self.transport.write(frames)

    def drop(self) -> None:
        """Cut the line and forget what it had not taken; the client resyncs."""
        self.transport.abort()


class Lines:
    """All lines of this process by engine.io's session id."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, sid: str) -> Line | None:
        """Return the line of an engine.io session, if it is connected."""
        return self._lines.get(sid)

    def install(self, engine: Any) -> None:
        """Make an `engineio.AsyncServer` open its WebSockets through us."""
        # On the instance: the module's table is shared by every server.
        engine._async = {  # noqa: SLF001
            **driver._async,  # noqa: SLF001
            "websocket": lambda handler, server: _WebSocket(handler, server, self),
        }

    def _add(self, line: Line) -> None:
        self._lines[line.sid] = line

    def _remove(self, line: Line) -> None:
        self._lines.pop(line.sid, None)


class _WebSocket(driver.WebSocket):  # type: ignore[misc]
    """engine.io's WebSocket, without compression, whose transport we know."""

    def __init__(self, handler: Any, server: Any, lines: Lines) -> None:
        super().__init__(handler, server)
        self._lines = lines

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        # With per-message compression every frame would depend on the ones
        # before it, and none could be shared.
        self._sock = web.WebSocketResponse(
            compress=False, max_msg_size=self.server.max_http_buffer_size
        )
        await self._sock.prepare(environ["aiohttp.request"])
        self.environ = environ
        # The transport of the writer, not of the handshake's request: only the
        # former is sure to be the one that frames go out by.
        writer: Any = self._sock._writer  # noqa: SLF001
        line = Line(self.handler.__self__.sid, writer.transport)
        self._lines._add(line)  # noqa: SLF001
        try:
            await self.handler(self)
        finally:
            self._lines._remove(line)  # noqa: SLF001
        return self._sock

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._sock.send_bytes(message)
        else:
            await self._sock.send_str(message)

    async def wait(self) -> str | bytes:
        message = await self._sock.receive()
        if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            raise OSError("The WebSocket is closed.")
        data: str | bytes = message.data
        return data
