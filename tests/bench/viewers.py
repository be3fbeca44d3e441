"""Many low-latency viewers in one process: `python -m tests.bench.viewers URL`.

Each does what hls.js does: one connection holds the reload of the playlist, with
`_HLS_msn` and `_HLS_part` of the next part and `_HLS_skip`; the other fetches each
part as soon as a playlist has named it. The generator shares the machine with what
it measures, where viewers bring machines of their own. So it is as cheap as it can
be: one loop over the kernel's list of ready sockets, no tasks and no futures; equal
playlists are read once; and the bytes of parts are counted in the kernel without
being copied out of it (`MSG_TRUNC`, tcp(7)). Writes one JSON object.
"""

from __future__ import annotations

import argparse
import gzip
import re
import resource
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tests.bench.report import quantile
from tests.e2e.playlists import parse_playlist

TICK_SECONDS = 0.01
JOIN_PER_SECOND = 100
SETTLE_SECONDS = 5.0
"""How long viewers watch before it counts: what joining kept waiting is over then."""
STALL_SECONDS = 5.0
TEXT_BYTES = 1 << 16
HEAD_BYTES = 1 << 10
PART_BYTES = 1 << 20
EVENTS = 1 << 14
_LENGTH = re.compile(rb"(?i)\ncontent-length: *([0-9]+)")
_SCRATCH = bytearray(PART_BYTES)
"""Where all connections receive: each takes its bytes before the next writes."""
_VIEW = memoryview(_SCRATCH)


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

    def after(self, last: str) -> tuple[str, ...]:
        """The parts that follow `last`; all, where it isn't among them any more."""
        parts = self.parts
        return parts[parts.index(last) + 1 :] if last in parts else parts


class Line:
    """A kept-alive connection, for one GET at a time.

    `take` gets each answer's body, or nothing of it where it isn't kept; `fail` gets
    what went wrong.
    """

    __slots__ = (
        "_after_path",
        "_fail",
        "_head",
        "_missing",
        "_ready_at",
        "_take",
        "_wanted",
        "busy",
        "keeps",
        "received_bytes",
        "socket",
    )

    def __init__(
        self,
        address: tuple[str, int],
        take: Callable[[bytes], None],
        fail: Callable[[str], None],
        *,
        keeps: bool,
    ) -> None:
        self._after_path = (
            f" HTTP/1.1\r\nHost: {address[0]}\r\nAccept-Encoding: gzip\r\n"
            "User-Agent: folkmoot-bench\r\n\r\n"
        ).encode()
        self._take, self._fail, self.keeps = take, fail, keeps
        self._wanted = TEXT_BYTES if keeps else HEAD_BYTES
        self._head = b""
        self._missing = 0
        self._ready_at = 1
        self.busy = False
        self.received_bytes = 0
        self.socket = socket.create_connection(address, timeout=STALL_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def get(self, path: bytes) -> None:
        """Ask; the answer goes to `take`."""
        self.busy = True
        request = b"GET " + path + self._after_path
        try:
            sent = self.socket.send(request)
        except OSError as error:
            self._fail(f"connection lost: {error}")
            return
        if sent < len(request):
            self._fail("the other side doesn't read")

    def receive(self) -> None:
        """Take what is there."""
        try:
            if self._missing and not self.keeps:
                count = self._count_body()
            else:
                count = self._read()
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(f"connection lost: {error}")
            return
        if count == 0:
            self._fail("connection closed")

    def _read(self) -> int:
        """Read a head, and a body that is kept, or its first bytes."""
        count = self.socket.recv_into(_SCRATCH, self._wanted)
        if count == 0:
            return 0
        self.received_bytes += count
        self._head += _VIEW[:count]
        if not self._missing:
            end = self._head.find(b"\r\n\r\n") + 4
            if end < 4:
                return count
            head, self._head = self._head[:end], self._head[end:]
            length = _LENGTH.search(head)
            if not head.startswith(b"HTTP/1.1 200") or length is None:
                self._fail(head.partition(b"\r\n")[0].decode())
                return count
            self._missing = int(length[1])
            count = len(self._head)
        self._missing -= count
        if not self.keeps:
            self._head = b""
            if self._missing:
                try:
                    return self._count_body()
                except BlockingIOError:
                    self._wake_at(min(self._missing, PART_BYTES))
                    return 1
        if not self._missing:
            body, self._head = self._head, b""
            self.busy = False
            self._take(body)
        return 1

    def _count_body(self) -> int:
        """Let the kernel throw away what is there of a body; count it."""
        most = min(self._missing, PART_BYTES)
        count = self.socket.recv_into(_SCRATCH, most, socket.MSG_TRUNC)
        self.received_bytes += count
        self._missing -= count
        if not self._missing:
            self._wake_at(1)
            self.busy = False
            self._take(b"")
        elif count:
            self._wake_at(min(self._missing, PART_BYTES))
        return count

    def _wake_at(self, count: int) -> None:
        """Be ready when so many bytes are there: once for what is left of a part."""
        if count != self._ready_at:
            self._ready_at = count
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)


class Viewer:
    """One player on one rendition, from `join` until `until` (monotonic)."""

    def __init__(self, url: str, until: float) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http":
            raise ValueError("Viewers speak HTTP without TLS, which would be theirs.")
        self._address = parts.hostname or "127.0.0.1", parts.port or 80
        self._path = parts.path.encode()
        self._base = parts.path.rpartition("/")[0] + "/"
        self._until = until
        self._last = ""
        self._named: deque[tuple[str, float]] = deque()
        self._lists: Line | None = None
        self._parts: Line | None = None
        self.done = False
        self.seen: list[Seen] = []
        self.errors: list[str] = []

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its connections, once it has joined."""
        return tuple(each for each in (self._parts, self._lists) if each is not None)

    def join(self) -> None:
        """Open the connections and ask for the playlist as it is."""
        self._parts = Line(self._address, self._note_part, self._fail, keeps=False)
        self._lists = Line(self._address, self._read_playlist, self._fail, keeps=True)
        self._lists.get(self._path)

    def leave(self) -> None:
        """Close the connections."""
        for line in self.lines:
            line.socket.close()

    def _read_playlist(self, body: bytes) -> None:
        now = time.time()
        playlist = read_playlist(body)
        if self._last:
            for part in playlist.after(self._last):
                self._named.append((part, now))
            self._fetch()
        # Of the first playlist only what comes next counts: its parts are past.
        self._last = playlist.parts[-1] if playlist.parts else self._last
        if playlist.ended or time.monotonic() > self._until:
            self.done = True
        elif self._lists is not None:
            self._lists.get(self._path + playlist.query)

    def _fetch(self) -> None:
        if self._named and self._parts is not None and not self._parts.busy:
            self._parts.get((self._base + self._named[0][0]).encode())

    def _note_part(self, _body: bytes) -> None:
        part, playlist_at = self._named.popleft()
        self.seen.append(Seen(part, playlist_at, time.time()))
        self._fetch()

    def _fail(self, problem: str) -> None:
        self.errors.append(problem)
        self.done = True


class LagMeter:
    """How late this process's timer is: what a busy generator would add.

    Each tick counts, those too that were due while the process was held up. So a
    long hold weighs as much as it lasted.
    """

    def __init__(self) -> None:
        self._late: list[float] = []
        self._began = self._due = time.monotonic()
        self._cpu = _cpu_seconds()

    def look(self) -> float:
        """Note the ticks that are due; return the seconds until the next."""
        now = time.monotonic()
        while self._due <= now:
            self._late.append(now - self._due)
            self._due += TICK_SECONDS
        return self._due - now

    def lag_ms(self) -> float:
        """How late it was, at the 99th percentile."""
        return quantile(self._late, 0.99) * 1000 if self._late else 0.0

    def busy(self) -> float:
        """The share of one core that the process took."""
        return (_cpu_seconds() - self._cpu) / (time.monotonic() - self._began)


def watch_all(url: str, *, count: int, seconds: float) -> Harvest:
    """Let `count` viewers join one after the other, settle, and watch for `seconds`."""
    began = time.monotonic()
    until = began + count / JOIN_PER_SECOND + SETTLE_SECONDS + seconds
    viewers = [Viewer(url, until) for _ in range(count)]
    coming = deque(
        (began + number / JOIN_PER_SECOND, viewer)
        for number, viewer in enumerate(viewers)
    )
    meter = LagMeter()
    receivers: dict[int, tuple[Line, Viewer]] = {}
    watching = count
    with select.epoll() as ready:
        while watching and time.monotonic() < until + STALL_SECONDS:
            pause = meter.look()
            if coming and coming[0][0] <= time.monotonic():
                viewer = coming.popleft()[1]
                viewer.join()
                for line in viewer.lines:
                    receivers[line.socket.fileno()] = line, viewer
                    ready.register(line.socket, select.EPOLLIN)
                pause = 0.0
            events = ready.poll(pause, EVENTS)
            # Playlists first: each viewer has a processor of its own, and none of
            # them would learn of a part later since others are busy with its bytes.
            for lists in (True, False):
                for number, _ in events:
                    if number not in receivers:
                        continue  # its viewer left with an event before this one
                    line, viewer = receivers[number]
                    if line.keeps is not lists:
                        continue
                    line.receive()
                    if viewer.done:
                        watching -= 1
                        for each in viewer.lines:
                            del receivers[each.socket.fileno()]
                        viewer.leave()
    for viewer in viewers:
        if not viewer.done:
            viewer.errors.append("stalled")
            viewer.leave()
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
        received_bytes=sum(
            line.received_bytes for viewer in viewers for line in viewer.lines
        ),
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
    harvest = watch_all(options.url, count=options.count, seconds=options.seconds)
    options.to.write_bytes(msgspec.json.encode(harvest))


if __name__ == "__main__":
    main()
