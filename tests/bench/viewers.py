"""Many low-latency viewers in one process: `python -m tests.bench.viewers URL`.

Each does what hls.js does: one connection holds the reload of the playlist, with
`_HLS_msn` and `_HLS_part` of the next part and `_HLS_skip`; the other fetches each
part as soon as a playlist has named it. Plain asyncio, because the generator
shares the machine with what it measures. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import resource
import sys
import time
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from tests.bench.report import quantile
from tests.e2e.playlists import parse_playlist

TICK_SECONDS = 0.01
JOIN_SECONDS = 2.0
TIMEOUT_SECONDS = 30.0


class Seen(msgspec.Struct, frozen=True):
    """What a viewer had when; wall clock in seconds, `part` as the playlist says."""

    part: str
    playlist_at: float
    part_at: float


class Harvest(msgspec.Struct, frozen=True, kw_only=True):
    """What one process of viewers brings home.

    `lag_ms` is how late the process's own timer was (99th percentile): what it
    measured is at least that uncertain. `busy` is its share of one core.
    """

    seen: list[Seen]
    errors: list[str]
    lag_ms: float
    busy: float


class Next(msgspec.Struct, frozen=True):
    """What a playlist offers: its last parts and what to ask for next."""

    parts: tuple[str, ...]
    sequence: int
    part: int
    ended: bool


class Refused(Exception):
    """An answer that was no 200."""


class Line(asyncio.Protocol):
    """A kept-alive connection, for one GET at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes, bytes]] | None = None
        self._head = b""
        self._chunks: list[bytes] = []
        self._missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked: uvloop's transports are no children of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed"))

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            data, self._head = self._head[end + 4 :], self._head[:end]
            self._missing = _length(self._head)
        self._chunks.append(data)
        self._missing -= len(data)
        if self._missing == 0 and self._answer is not None:
            status = int(self._head[9:12])
            self._answer.set_result((status, self._head, b"".join(self._chunks)))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def get(self, host: str, path: str) -> bytes:
        """Return the body, unpacked; raise `Refused`, or `OSError`."""
        if self._transport is None:
            raise ConnectionResetError("closed")
        self._head, self._chunks, self._missing = b"", [], -1
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n"
            "User-Agent: folkmoot-bench\r\n\r\n".encode()
        )
        async with asyncio.timeout(TIMEOUT_SECONDS):
            status, head, body = await self._answer
        if status != 200:
            raise Refused(f"{status} {path}")
        return _unpack(body) if b"ncoding: gzip" in head else body


class Viewer:
    """One player on one rendition, from `begin` until `until` (monotonic)."""

    def __init__(self, url: str, until: float) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._path = parts.path
        self._base = parts.path.rpartition("/")[0]
        self._until = until
        self._named: asyncio.Queue[tuple[str, float] | None] = asyncio.Queue()
        self.seen: list[Seen] = []
        self.errors: list[str] = []

    async def watch(self, delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._fetch())
        except ExceptionGroup as errors:
            self.errors += [repr(error) for error in errors.exceptions]

    async def _follow(self) -> None:
        line = await self._connect()
        # The first playlist only says where live is: its parts are past.
        wanted = _read(await line.get(self._host, self._path))
        last = wanted.parts[-1] if wanted.parts else ""
        while time.monotonic() < self._until and not wanted.ended:
            query = f"?_HLS_msn={wanted.sequence}&_HLS_part={wanted.part}&_HLS_skip=YES"
            wanted = _read(await line.get(self._host, self._path + query))
            now = time.time()
            fresh = wanted.parts
            if last in fresh:
                fresh = fresh[fresh.index(last) + 1 :]
            for part in fresh:
                self._named.put_nowait((part, now))
            last = wanted.parts[-1] if wanted.parts else last
        line.close()
        self._named.put_nowait(None)

    async def _fetch(self) -> None:
        line = await self._connect()
        while (named := await self._named.get()) is not None:
            part, playlist_at = named
            await line.get(self._host, f"{self._base}/{part}")
            self.seen.append(Seen(part, playlist_at, time.time()))
        line.close()

    async def _connect(self) -> Line:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(Line, self._host, self._port)
        return line


class LagMeter:
    """How late this process's timer is: what a busy generator would add."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._began = time.monotonic()
        self._cpu = _cpu_seconds()

    async def run(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)
            self._late.append(time.monotonic() - before - TICK_SECONDS)

    def lag_ms(self) -> float:
        return quantile(self._late, 0.99) * 1000 if self._late else 0.0

    def busy(self) -> float:
        return (_cpu_seconds() - self._cpu) / (time.monotonic() - self._began)


async def watch_all(url: str, *, count: int, seconds: float) -> Harvest:
    """Let `count` viewers join one after the other, then watch for `seconds`."""
    until = time.monotonic() + JOIN_SECONDS + seconds
    viewers = [Viewer(url, until) for _ in range(count)]
    meter = LagMeter()
    metering = asyncio.get_running_loop().create_task(meter.run())
    await asyncio.gather(
        *(
            viewer.watch(JOIN_SECONDS * number / count)
            for number, viewer in enumerate(viewers)
        )
    )
    metering.cancel()
    settled = time.time() - seconds
    return Harvest(
        seen=[
            each
            for viewer in viewers
            for each in viewer.seen
            if each.playlist_at >= settled
        ],
        errors=[error for viewer in viewers for error in viewer.errors],
        lag_ms=meter.lag_ms(),
        busy=meter.busy(),
    )


@lru_cache(maxsize=64)
def _read(body: bytes) -> Next:
    # All viewers get the same bytes; a browser each would read them itself.
    playlist = parse_playlist(body.decode())
    return Next(
        parts=tuple(part["URI"] for part in playlist.parts),
        sequence=playlist.next_sequence,
        part=len(playlist.grouped[-1]),
        ended=playlist.ended,
    )


@lru_cache(maxsize=64)
def _unpack(body: bytes) -> bytes:
    return gzip.decompress(body)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise Refused(f"no Content-Length in {head!r}")


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Watch, then print the harvest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    harvest = uvloop.run(
        watch_all(options.url, count=options.count, seconds=options.seconds)
    )
    json.dump(msgspec.to_builtins(harvest), sys.stdout)


if __name__ == "__main__":
    main()
