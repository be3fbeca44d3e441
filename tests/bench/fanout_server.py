"""A server to broadcast from: `python -m tests.bench.fanout_server ours|emit`.

Prints its port. On its standard input `blast N BYTES` writes N events to all who
joined, `cpu` prints the seconds of processor time used so far.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import socketio
import uvloop
from aiohttp import web

from folkmoot.gateway.frames import event_frame
from folkmoot.gateway.lines import Lines

ROOM = "everyone"


async def serve(way: str) -> None:
    server = socketio.AsyncServer(
        async_mode="aiohttp",
        transports=["websocket"],
        ping_interval=300,
        ping_timeout=300,
        max_http_buffer_size=1 << 20,
    )
    lines = Lines()
    joined: set[Any] = set()
    if way == "ours":
        lines.install(server.eio)

    async def on_join(sid: str, *_: Any) -> None:
        if way == "ours":
            joined.add(lines.find(server.manager.eio_sid_from_sid(sid, "/")))
        else:
            await server.enter_room(sid, ROOM)

    async def blast(count: int, size: int) -> None:
        for number in range(count):
            data = {"seq": number, "text": "x" * size}
            if way == "ours":
                frame = event_frame("entry", data)
                for line in joined:
                    if line.open and line.waiting_bytes < 1 << 26:
                        line.write(frame)
                await asyncio.sleep(0)
            else:
                await server.emit("entry", data, room=ROOM)

    server.on("join", on_join)
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    print(runner.addresses[0][1], flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := (await reader.readline()).split():
        if line[0] == b"blast":
            await blast(int(line[1]), int(line[2]))
        else:
            print(time.process_time(), flush=True)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
