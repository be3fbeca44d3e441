"""A crowd that takes part: `python -m tests.bench.crowd_clients`, told in JSON lines.

First line: `{port, meeting, tokens, feeds, posts, part, parts}`; every token becomes
a connection that follows the public feed and its own, as a page does. Prints `ready`,
then for the line `{seconds, posts_per_second, supports_per_second, begin}` it writes
its share and prints what came of it: delays in milliseconds as counts, what was
refused, and how late this process itself was. Each contribution carries the moment
it was written, so every client knows how long it was under way.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import resource
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import uvloop

MARK = b"crowd "
DIGITS = 20
TALLIES = b'"kind":"TalliesChanged"'
ACK = re.compile(rb"^43(\d+)")
OK = b'"ok":true'
WORDS = (
    "The crossing by the school needs a light that people on foot can ask for, and "
    "room for bicycles. Could the team say by when this is looked at, and by whom?"
)


class Client(asyncio.Protocol):
    """One person's page: follows two feeds, gives commands, answers pings."""

    def __init__(self, crowd: Crowd, token: str, feed: str) -> None:
        self._crowd = crowd
        self._token = token
        self._feed = feed
        self._data = b""
        self._shaken = False
        self._acks: dict[int, Callable[[bytes], None]] = {}
        self._ack = 0
        self._number = 0
        self.name = f"crowd-{token[-12:]}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self._crowd.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def connection_lost(self, _error: Exception | None) -> None:
        self._crowd.lost += 1

    def data_received(self, data: bytes) -> None:
        data = self._data + data
        if not self._shaken:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._data = head
                return
            self._shaken = True
        at = 0
        while (frame := _read_frame(data, at)) is not None:
            payload, at = frame
            self._take(payload)
        self._data = data[at:]

    def command(self, kind: str, data: dict[str, Any], done: Any) -> None:
        """Give a command; `done` gets the answer's bytes."""
        self._number += 1
        wanted = {
            "meeting": self._crowd.meeting,
            "client_id": self.name,
            "client_seq": self._number,
            "type": kind,
            "data": data,
        }
        self._emit("command", wanted, done)

    def _emit(self, name: str, data: Any, done: Callable[[bytes], None]) -> None:
        self._ack += 1
        self._acks[self._ack] = done
        self._write(f"42{self._ack}{json.dumps([name, data])}".encode())

    def _write(self, text: bytes) -> None:
        size = len(text)
        if size < 126:
            head = bytes([0x81, 0x80 | size])
        else:
            head = struct.pack("!BBH", 0x81, 0xFE, size)
        # A mask of zeros changes nothing.
        self._transport.write(head + bytes(4) + text)

    def _take(self, payload: bytes) -> None:
        if payload.startswith(b'42["entry"'):
            self._crowd.note_entry(payload)
        elif payload == b"2":
            self._write(b"3")
        elif found := ACK.match(payload):
            self._acks.pop(int(found[1]))(payload)
        elif payload.startswith(b"0{"):
            self._write(f"40{json.dumps({'token': self._token})}".encode())
        elif payload.startswith(b"40{"):
            for feed in ("public", self._feed):
                wanted = {
                    "meeting": self._crowd.meeting,
                    "feed": feed,
                    "after": 1 << 40,
                }
                self._emit("join", wanted, lambda _: self._crowd.joined.release())


def _read_frame(data: bytes, at: int) -> tuple[bytes, int] | None:
    """Return the payload of the server's frame at `at` and where the next begins."""
    if len(data) < at + 2:
        return None
    size, body = data[at + 1], at + 2
    if size == 126:
        body += 2
        if len(data) < body:
            return None
        (size,) = struct.unpack_from("!H", data, at + 2)
    elif size == 127:
        body += 8
        if len(data) < body:
            return None
        (size,) = struct.unpack_from("!Q", data, at + 2)
    if len(data) < body + size:
        return None
    return data[body : body + size], body + size


class Crowd:
    """All clients of this process, and what they noticed."""

    def __init__(self, port: int, meeting: str, posts: list[str]) -> None:
        self.port = port
        self.meeting = meeting
        self.posts = posts
        self.joined = asyncio.Semaphore(0)
        self.clients: list[Client] = []
        self.lost = 0
        self.arrived: Counter[int] = Counter()
        self.acknowledged: Counter[int] = Counter()
        self.refused: Counter[str] = Counter()
        self.late: Counter[int] = Counter()
        self.tallies = 0
        self.sent = 0
        self.levels: dict[tuple[int, str], int] = {}

    def note_entry(self, payload: bytes) -> None:
        found = payload.find(MARK)
        if found >= 0:
            begin = found + len(MARK)
            sent = int(payload[begin : begin + DIGITS])
            self.arrived[_milliseconds(time.monotonic_ns() - sent)] += 1
        elif TALLIES in payload:
            self.tallies += 1

    def note_answer(self, sent: int, payload: bytes) -> None:
        self.acknowledged[_milliseconds(time.monotonic_ns() - sent)] += 1
        if OK not in payload:
            self.refused[payload[:160].decode(errors="replace")] += 1

    async def open(self, tokens: list[str], feeds: list[str]) -> None:
        loop = asyncio.get_running_loop()
        for token, feed in zip(tokens, feeds, strict=True):
            client = Client(self, token, feed)
            await loop.create_connection(lambda c=client: c, "127.0.0.1", self.port)
            self.clients.append(client)
            if len(self.clients) % 25 == 0:
                await asyncio.sleep(0.02)
        for _ in range(2 * len(tokens)):
            await self.joined.acquire()

    def post(self, client: Client) -> None:
        sent = time.monotonic_ns()
        text = f"crowd {sent:0{DIGITS}d} {WORDS}"
        client.command(
            "contribution.post",
            {"text": text, "kind": "idea"},
            lambda payload: self.note_answer(sent, payload),
        )
        self.sent += 1

    def support(self, number: int, client: Client) -> None:
        sent = time.monotonic_ns()
        post = random.choice(self.posts)
        level = self.levels[number, post] = 1 - self.levels.get((number, post), 0)
        client.command(
            "contribution.support",
            {"contribution_id": post, "level": level},
            lambda payload: self.note_answer(sent, payload),
        )


def _milliseconds(nanoseconds: int) -> int:
    return nanoseconds // 1_000_000


async def _at_pace(
    crowd: Crowd, begin: float, seconds: float, rate: float, act: Callable[[int], None]
) -> None:
    """Act `rate` times a second, at set moments: a slow server slows nobody down."""
    count = round(seconds * rate)
    for number in range(count):
        due = begin + number / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        crowd.late[_milliseconds(int((time.monotonic() - due) * 1e9))] += 1
        act(number)


async def run() -> None:
    loop = asyncio.get_running_loop()
    told = json.loads(await asyncio.to_thread(sys.stdin.readline))
    part, parts = told["part"], told["parts"]
    crowd = Crowd(told["port"], told["meeting"], told["posts"])
    await crowd.open(told["tokens"], told["feeds"])
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        wanted = json.loads(line)
        crowd.arrived.clear()
        crowd.acknowledged.clear()
        crowd.late.clear()
        crowd.tallies = crowd.sent = 0
        people = crowd.clients
        cpu, began = time.process_time(), loop.time()

        def post(number: int, people: list[Client] = people) -> None:
            crowd.post(people[number * 7 % len(people)])

        def support(number: int, people: list[Client] = people) -> None:
            who = number * 13 % len(people)
            crowd.support(who, people[who])

        paces = (
            (wanted["posts_per_second"], post),
            (wanted["supports_per_second"], support),
        )
        await asyncio.gather(
            *(
                # The processes take turns within a beat.
                _at_pace(
                    crowd,
                    wanted["begin"] + part / rate,
                    wanted["seconds"],
                    rate / parts,
                    act,
                )
                for rate, act in paces
            )
        )
        await asyncio.sleep(wanted["settle"])
        report = {
            "people": len(people),
            "sent": crowd.sent,
            "arrived": dict(crowd.arrived),
            "acknowledged": dict(crowd.acknowledged),
            "refused": dict(crowd.refused),
            "late": dict(crowd.late),
            "tallies": crowd.tallies / len(people),
            "lost": crowd.lost,
            "busy": (time.process_time() - cpu) / (loop.time() - began),
        }
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(run())
