"""The Socket.IO server as we run it: WebSocket only, no compression, no surprises."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import socketio

from folkmoot.gateway import wirejson

if TYPE_CHECKING:
    from folkmoot.gateway.credentials import Credentials
    from folkmoot.gateway.lines import Lines

logger = logging.getLogger(__name__)

PATH = "socket.io"


class Server(socketio.AsyncServer):  # type: ignore[misc]
    """A server that cuts off who sends packets that can't be read."""

    lines: Lines

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        # What a broken packet raises is not documented; none may reach the log
        # with a traceback for every line of garbage.
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            logger.info("line=%s sent a bad packet: %s", eio_sid, error)
            self._binary_packet.pop(eio_sid, None)
            if (line := self.lines.find(eio_sid)) is not None:
                line.drop()


def build_server(
    credentials: Credentials, lines: Lines, *, max_message_bytes: int
) -> Server:
    """Return the server, its WebSockets opened through `lines`."""

    def is_ours(origin: str | None, environ: dict[str, Any]) -> bool:
        request = environ["aiohttp.request"]
        return credentials.is_own_origin(origin, request.headers, host=request.host)

    server = Server(
        async_mode="aiohttp",
        transports=["websocket"],
        cors_allowed_origins=is_ours,
        max_http_buffer_size=max_message_bytes,
        json=wirejson,
        ping_interval=20,
        ping_timeout=20,
    )
    server.lines = lines
    lines.install(server.eio)
    return server
