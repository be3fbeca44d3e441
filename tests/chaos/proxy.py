"""A bad network: requests and messages are lost, late, twice and out of order.

It speaks HTTP and WebSocket, since within a TCP connection nothing can be lost or
swapped without the connection ending: a lost request is a connection that breaks
before it is passed on, a lost answer one that breaks after. Messages of a WebSocket
are lost, doubled and swapped one by one, and now and then the whole line goes.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

import aiohttp
import msgspec
from aiohttp import web

_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "host", "te"}
# Socket.IO's own events and answers; what opens a line and keeps it is let through,
# else a line would only seldom come up at all.
_MESSAGES = ("42", "43")


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """How bad it is, as shares of all requests or messages."""

    lost: float = 0.02
    broken: float = 0.01
    doubled: float = 0.05
    swapped: float = 0.1
    late_seconds: float = 0.4


class ChaosProxy:
    """Stands before a server on a port of its own; `seen` counts what it did."""

    def __init__(self, upstream: str, *, seed: int, weather: Weather | None = None):
        self.url = ""
        self.seen: Counter[str] = Counter()
        self._upstream = upstream
        self._chance = random.Random(seed)
        self._weather = weather or Weather()
        self._calm = False
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._http = aiohttp.ClientSession(
            auto_decompress=False, connector=aiohttp.TCPConnector(limit=0)
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        assert self._runner is not None
        assert self._http is not None
        await self._runner.cleanup()
        await self._http.close()

    def clear_up(self) -> None:
        """Let everything through from now on."""
        self._calm = True

    def _strikes(self, what: str, share: float) -> bool:
        if self._calm or self._chance.random() >= share:
            return False
        self.seen[what] += 1
        return True

    async def _dawdle(self) -> None:
        if not self._calm:
            await asyncio.sleep(
                self._chance.expovariate(8 / self._weather.late_seconds)
            )

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._pass_on_line(request)
        return await self._pass_on_request(request)

    # --- requests -----------------------------------------------------------

    async def _pass_on_request(self, request: web.Request) -> web.StreamResponse:
        weather = self._weather
        body = await request.read()
        await self._dawdle()
        if self._strikes("request lost", weather.lost):
            return _hang_up(request)
        if request.method == "POST" and self._strikes("request twice", weather.doubled):
            self._start(self._forward_quietly(request, body))
        try:
            answer = await self._forward(request, body)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return _hang_up(request)
        await self._dawdle()
        if self._strikes("answer lost", weather.lost):
            return _hang_up(request)
        return answer

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        assert self._http is not None
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        async with self._http.request(
            request.method,
            self._upstream + str(request.rel_url),
            headers=headers,
            data=body or None,
            allow_redirects=False,
        ) as answer:
            told = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            told.pop("Content-Length", None)
            return web.Response(
                status=answer.status, body=await answer.read(), headers=told
            )

    async def _forward_quietly(self, request: web.Request, body: bytes) -> None:
        await self._dawdle()
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            await self._forward(request, body)

    # --- lines --------------------------------------------------------------

    async def _pass_on_line(self, request: web.Request) -> web.StreamResponse:
        assert self._http is not None
        headers = {"Authorization": request.headers.get("Authorization", "")}
        try:
            server = await self._http.ws_connect(
                self._upstream + str(request.rel_url),
                headers={k: v for k, v in headers.items() if v},
                max_msg_size=0,
            )
        except (aiohttp.ClientError, OSError, TimeoutError):
            return _hang_up(request)
        client = web.WebSocketResponse(max_msg_size=0)
        await client.prepare(request)
        self.seen["lines"] += 1
        up = asyncio.create_task(self._pump(client, server))
        down = asyncio.create_task(self._pump(server, client))
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            with suppress(Exception):
                await server.close()
            # No farewell: a line that is cut says nothing.
            if request.transport is not None:
                request.transport.abort()
        return client

    async def _pump(
        self,
        source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
        target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    ) -> None:
        weather = self._weather
        async for message in source:
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            text: str = message.data
            if not text.startswith(_MESSAGES):
                await target.send_str(text)
                continue
            if self._strikes("line cut", weather.broken):
                return
            if self._strikes("message lost", weather.lost):
                continue
            if self._strikes("message twice", weather.doubled):
                self._start(self._send_late(target.send_str, text))
            if self._strikes("message out of turn", weather.swapped):
                self._start(self._send_late(target.send_str, text))
                continue
            await target.send_str(text)

    async def _send_late(
        self, send: Callable[[str], Awaitable[None]], text: str
    ) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, self._weather.late_seconds))
        with suppress(Exception):
            await send(text)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _hang_up(request: web.Request) -> web.Response:
    """End the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
