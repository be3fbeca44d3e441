"""The internals of engine.io and aiohttp that the fan-out stands on.

These fail when a new version changes them: look at `gateway/lines.py` then,
before raising the pins.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version

import engineio
from aiohttp import web
from engineio.async_drivers import aiohttp as driver

from folkmoot.gateway.lines import Line
from folkmoot.keys import GATEWAY
from tests.gateway.house import House


def test_the_versions_are_those_that_were_read() -> None:
    assert version("python-socketio") == "5.18.1"
    assert version("python-engineio") == "4.15.1"


def test_the_driver_opens_websockets_as_we_replace_them() -> None:
    assert driver._async["websocket"] is driver.WebSocket
    assert list(inspect.signature(driver.WebSocket).parameters) == ["handler", "server"]
    source = inspect.getsource(engineio.async_socket.AsyncSocket._upgrade_websocket)
    assert "self.server._async['websocket'](" in source
    assert "self._websocket_handler, self.server)" in source
    assert "return await ws(environ)" in source


def test_aiohttp_keeps_its_writer_where_we_look() -> None:
    assert "_writer" in web.WebSocketResponse().__dict__ or hasattr(
        web.WebSocketResponse, "_writer"
    )


async def test_a_line_is_the_sockets_own_transport(house: House) -> None:
    await house.make()
    socket = await house.open_socket()
    await socket.join()
    gateway = house.app[GATEWAY]
    (client,) = gateway.clients
    line = client.line
    assert isinstance(line, Line)
    assert line.open
    assert line.waiting_bytes == 0
    engine_socket = gateway._server.eio.sockets[line.sid]
    assert engine_socket.upgraded
    ours = line.transport.get_extra_info("peername")
    theirs = socket.client.eio.ws._writer.transport.get_extra_info("sockname")
    assert ours == theirs
    # No compression was agreed on: a frame stands for itself.
    assert socket.client.eio.ws.compress == 0


async def test_a_line_is_forgotten_when_its_client_goes(house: House) -> None:
    await house.make()
    socket = await house.open_socket()
    await socket.join()
    gateway = house.app[GATEWAY]
    assert len(gateway._lines) == 1
    gateway.clients.find(next(iter(gateway.clients)).sid).line.drop()
    await socket.gone.wait()
    assert list(gateway.fanout.audiences()) == []
    assert len(gateway.clients) == 0
