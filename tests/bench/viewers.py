"""Many low-latency viewers in one process: `python -m tests.bench.viewers URL`.

Each does what hls.js does: one connection holds the reload of the playlist, with
`_HLS_msn` and `_HLS_part` of the next part and `_HLS_skip`; the other fetches each
part as soon as a playlist has named it. The generator shares the machine with what
it measures, so it is as cheap as Python can make it: protocols without tasks, one
buffer for all bytes, which are counted and not kept, equal playlists read once.
Writes one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import resource
import ssl
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from tests.bench.report import quantile
from tests.e2e.playlists import parse_playlist

TICK_SECONDS = 0.01
JOIN_SECONDS = 3.0
BUFFER_BYTES = 1 << 18
_LENGTH = re.compile(rb"(?i)\ncontent-length: *([0-9]+)")
_SCRATCH = memoryview(bytearray(BUFFER_BYTES))
"""Where all connections receive: each takes its bytes before the next writes."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
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
    received_bytes: int


class Next(msgspec.Struct, frozen=True):
    """What a playlist offers: its last parts and what to ask for next."""

    parts: tuple[str, ...]
    query: bytes
    ended: bool


class Line(asyncio.BufferedProtocol):
    """A kept-alive connection, for one GET at a time.

    `take` gets each answer's body, of which only the first `BUFFER_BYTES` that are
    wanted are kept; `fail` gets what went wrong.
    """

    def __init__(
        self,
        host: str,
        take: Callable[[bytes], None],
        fail: Callable[[str], None],
        *,
        keeps: bool,
    ) -> None:
        self._after_path = (
            f" HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n"
            "User-Agent: folkmoot-bench\r\n\r\n"
        ).encode()
        self._take, self._fail, self._keeps = take, fail, keeps
        self._transport: asyncio.Transport | None = None
        self._head = b""
        self._body: list[bytes] = []
        self._missing = 0
        self.busy = False
        self.closed = False
        self.received_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked: uvloop's transports are no children of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.closed:
            self._fail(f"connection lost: {exc}")

    def get(self, path: bytes) -> None:
        """Ask; the answer goes to `take`."""
        if self._transport is None:
            self._fail("not connected")
            return
        self.busy = True
        self._transport.write(b"GET " + path + self._after_path)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _SCRATCH

    def buffer_updated(self, nbytes: int) -> None:
        self.received_bytes += nbytes
        if self._missing:
            start = 0
        else:
            self._head += bytes(_SCRATCH[:nbytes])
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, rest = self._head[:end], len(self._head) - end - 4
            self._head = b""
            length = _LENGTH.search(head)
            if not head.startswith(b"HTTP/1.1 200") or length is None:
                self._fail(head.partition(b"\r\n")[0].decode())
                return
            self._missing = int(length[1])
            start = nbytes - rest
        self._missing -= nbytes - start
        if self._keeps:
            self._body.append(bytes(_SCRATCH[start:nbytes]))
        if self._missing == 0:
            body, self._body = b"".join(self._body), []
            self.busy = False
            self._take(body)

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.close()


class Viewer:
    """One player on one rendition, from `begin` until `until` (monotonic)."""

    def __init__(self, url: str, until: float) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._path = parts.path.encode()
        self._base = parts.path.rpartition("/")[0] + "/"
        self._until = until
        self._last = ""
        self._named: deque[tuple[str, float]] = deque()
        self.done = asyncio.Event()
        self.seen: list[Seen] = []
        self.errors: list[str] = []
        self._lists = Line(self._host, self._read_playlist, self._fail, keeps=True)
        self._parts = Line(self._host, self._note_part, self._fail, keeps=False)

    @property
    def received_bytes(self) -> int:
        return self._lists.received_bytes + self._parts.received_bytes

    async def watch(self, delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        loop = asyncio.get_running_loop()
        context = _trusting() if self._secure else None
        for line in (self._parts, self._lists):
            await loop.create_connection(
                lambda line=line: line, self._host, self._port, ssl=context
            )
        self._lists.get(self._path)
        try:
            async with asyncio.timeout(self._until - time.monotonic() + 5.0):
                await self.done.wait()
        except TimeoutError:
            self.errors.append("stalled")
        self._lists.close()
        self._parts.close()

    def _read_playlist(self, body: bytes) -> None:
        now = time.time()
        playlist = read_playlist(body)
        if self._last:
            fresh = playlist.parts
            if self._last in fresh:
                fresh = fresh[fresh.index(self._last) + 1 :]
            for part in fresh:
                self._named.append((part, now))
            self._fetch()
        # Of the first playlist only what comes next counts: its parts are past.
        self._last = playlist.parts[-1] if playlist.parts else self._last
        if playlist.ended or time.monotonic() > self._until:
            self.done.set()
        else:
            self._lists.get(self._path + playlist.query)

    def _fetch(self) -> None:
        if self._named and not self._parts.busy:
            self._parts.get((self._base + self._named[0][0]).encode())

    def _note_part(self, _body: bytes) -> None:
        part, playlist_at = self._named.popleft()
        self.seen.append(Seen(part, playlist_at, time.time()))
        self._fetch()

    def _fail(self, problem: str) -> None:
        self.errors.append(problem)
        self.done.set()


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
        received_bytes=sum(viewer.received_bytes for viewer in viewers),
    )


@lru_cache(maxsize=64)
def read_playlist(body: bytes) -> Next:
    """Read one as it came; once, as all viewers get the same bytes."""
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    playlist = parse_playlist(text.decode())
    sequence, part = playlist.next_sequence, len(playlist.grouped[-1])
    return Next(
        parts=tuple(part["URI"] for part in playlist.parts),
        query=f"?_HLS_msn={sequence}&_HLS_part={part}&_HLS_skip=YES".encode(),
        ended=playlist.ended,
    )


@lru_cache(maxsize=1)
def _trusting() -> ssl.SSLContext:
    """Encrypts, and believes any certificate: the bench makes its own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Watch, then print the harvest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--to", type=Path, default=Path("/dev/stdout"))
    options = parser.parse_args()
    harvest = uvloop.run(
        watch_all(options.url, count=options.count, seconds=options.seconds)
    )
    options.to.write_bytes(msgspec.json.encode(harvest))


if __name__ == "__main__":
    main()
