"""Many WebSockets that only count: `python -m tests.bench.fanout_clients PORT COUNT JOIN`.

JOIN is the Socket.IO packet that joins. Prints `ready`, then for each line
`expect N` on standard input, once every client has N events more, a JSON object:
when the last came, when each came (`each N`), and how busy this process was.
Plain protocols without parsing: what is measured is the server.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from typing import cast

import uvloop

MARK = b'42["entry"'


class Client(asyncio.Protocol):
    """One connection: joins, then counts events."""

    def __init__(self, host: str, join: bytes, crowd: Crowd) -> None:
        self._host = host
        self._join = join
        self._crowd = crowd
        self._tail = b""
        self._step = 0
        self.arrivals: list[float] = []
        self.count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if self._step == 2:
            self._note(data)
            return
        self._tail += data
        if self._step == 0 and b"0{" in self._tail:
            self._tail, self._step = b"", 1
            self._transport.write(_masked(b"40"))
        elif self._step == 1 and b"40{" in self._tail:
            self._tail, self._step = b"", 2
            self._transport.write(_masked(self._join))
            self._crowd.joined.release()

    def connection_lost(self, _error: Exception | None) -> None:
        self._crowd.lost += 1

    def _note(self, data: bytes) -> None:
        found = (self._tail + data).count(MARK)
        # Shorter than the mark, so nothing is counted twice.
        self._tail = data[-(len(MARK) - 1) :]
        if found:
            self.count += found
            self._crowd.note(self, found)


class Crowd:
    """All clients of this process."""

    def __init__(self) -> None:
        self.joined = asyncio.Semaphore(0)
        self.lost = 0
        self.detailed = False
        self._due = 0
        self._done = asyncio.Event()
        self.last_at = 0.0

    def note(self, client: Client, found: int) -> None:
        self._due -= found
        if self.detailed:
            client.arrivals += [time.monotonic()] * found
        if self._due <= 0:
            self.last_at = time.monotonic()
            self._done.set()

    def expect(self, events: int) -> None:
        self._due += events
        self._done.clear()

    async def wait(self) -> None:
        async with asyncio.timeout(120):
            await self._done.wait()


async def run(port: int, count: int, join: bytes) -> None:
    crowd = Crowd()
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    for start in range(0, count, 50):
        made = await asyncio.gather(
            *(
                loop.create_connection(
                    lambda: Client(f"127.0.0.1:{port}", join, crowd),
                    "127.0.0.1",
                    port,
                )
                for _ in range(min(50, count - start))
            )
        )
        clients += [client for _, client in made]
    async with asyncio.timeout(60):
        for _ in range(count):
            await crowd.joined.acquire()
    # The join's own acknowledgement is still under way.
    await asyncio.sleep(1.0)
    print("ready", flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := (await reader.readline()).split():
        crowd.detailed = line[0] == b"each"
        for client in clients:
            client.arrivals.clear()
        crowd.expect(int(line[1]) * count)
        print("counting", flush=True)
        began, busy = time.monotonic(), time.process_time()
        await crowd.wait()
        told = {
            "last_at": crowd.last_at,
            "busy": (time.process_time() - busy) / (time.monotonic() - began),
            "lost": crowd.lost,
            "arrivals": [client.arrivals for client in clients],
        }
        print(json.dumps(told), flush=True)


def _masked(text: bytes) -> bytes:
    """Return a client's text frame; a mask of zeros changes nothing."""
    head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b""
    assert head
    return head + bytes(4) + text


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()))
