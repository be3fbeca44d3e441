"""Answers before the framework: the same as its own, for those who wait too."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from folkmoot.media.deliver import express
from folkmoot.media.deliver.express import ExpressSite
from folkmoot.media.deliver.routes import DELIVERY, SERVING_TIMES, add_media_routes
from folkmoot.media.pack.playlist import Variant
from folkmoot.media.webcast import RoomSpec, Webcast
from folkmoot.settings import MediaSettings
from folkmoot.tasks import TaskOwner
from tests.media.packaging import ANCHOR, make_init, pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from folkmoot.media.deliver.ahead import Ahead
    from folkmoot.media.pack.stream import Stream

ROOM = RoomSpec(
    meeting_id="m_1",
    room_id="r_1",
    public_path="path",
    room_slug="hall",
    stream_key="KEY",
    state="on",
)
VARIANT = Variant(
    name="source", bandwidth=900_000, codecs="avc1.64001f", width=640, height=360
)
HERE = "/media/path/hall"
FIELDS = "Host: localhost\r\nUser-Agent: test\r\n"
BIG = 300_000


class Stage:
    """A room whose parts come when a test says so, behind both kinds of site."""

    def __init__(self, stream: Stream, app: web.Application) -> None:
        self.stream = stream
        self.app = app
        self.express: express.Express
        self.ports: tuple[int, int]
        self._pieces = iter(pieces(1000, mark=b"part "))

    async def grow(self, count: int = 1, *, size: int = 0) -> None:
        """Let parts arrive."""
        for _ in range(count):
            piece = next(self._pieces)
            if size:
                piece = type(piece)(
                    bytes(size), piece.start_seconds, 0.5, piece.independent
                )
            await self.stream.add("source", piece, wall=datetime.now(UTC))

    @property
    def have(self) -> tuple[int, int]:
        """The last part's segment and number in it."""
        return self.stream.lanes["source"].last_part

    @property
    def next_reload(self) -> str:
        """The address that waits for the next part."""
        sequence, part = self.have
        return f"{HERE}/source.m3u8?_HLS_msn={sequence}&_HLS_part={part + 1}"

    def part_path(self, number: int) -> str:
        """The address of a part by its running number."""
        take = self.stream.open_take
        assert take is not None
        return f"{HERE}/{take.take_id}/source/p{number}.m4s"

    @property
    def next_part(self) -> int:
        """The running number of the part that comes next."""
        return self.stream.lanes["source"].next_part


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path) as stage:
        yield stage


@asynccontextmanager
async def open_stage(root: Path, ahead: Ahead | None = None) -> AsyncIterator[Stage]:
    tasks = TaskOwner()

    async def ignore(change: object) -> None:
        pass

    webcast = Webcast(
        media_root=root / "media",
        private_root=root / "private",
        settings=MediaSettings(disk_reserve_mb=1),
        tasks=tasks,
        clock=lambda: datetime.now(UTC),
        on_source=ignore,
        ffmpeg="ffmpeg",
    )
    await webcast.start()
    await webcast.open_room(ROOM)
    stream = webcast.channel("m_1", "r_1").public
    await stream.begin(
        kind="live",
        anchor_at=ANCHOR,
        leading="source",
        variants=[VARIANT],
        inits={"source": make_init()},
    )
    stream.expecting = True
    app = web.Application()
    add_media_routes(app, webcast)
    runner = web.AppRunner(app, shutdown_timeout=1, handler_cancellation=True)
    await runner.setup()
    stage = Stage(stream, app)
    await stage.grow(20)
    ours = ExpressSite(runner, _bind(), delivery=app[DELIVERY], ahead=ahead)
    theirs = web.SockSite(runner, _bind())
    await ours.start()
    await theirs.start()
    stage.express = ours.express
    stage.ports = (runner.addresses[0][1], runner.addresses[1][1])
    try:
        yield stage
    finally:
        await runner.cleanup()
        await webcast.aclose()
        await tasks.aclose()


def _bind() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


class Client:
    """A connection that says bytes as they are given, and reads answers."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader, self.writer = reader, writer

    async def ask(self, path: str, *, more: str = "", method: str = "GET") -> None:
        self.writer.write(request(path, more=more, method=method))
        await self.writer.drain()

    async def read(self, *, body: bool = True) -> tuple[str, dict[str, str], bytes]:
        """One answer: status, headers but for Date and Server, body."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", headers["Date"])
        length = int(headers["Content-Length"]) if body else 0
        data = await self._reader.readexactly(length)
        kept = {
            name: value
            for name, value in headers.items()
            if name not in {"Date", "Server"}
        }
        return status.removeprefix("HTTP/1.1 "), kept, data

    async def is_over(self) -> bool:
        """Whether the other side has ended it."""
        try:
            return not await self._reader.read(1)
        except ConnectionError:
            return True


def request(path: str, *, more: str = "", method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\n{FIELDS}{more}\r\n".encode()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


async def settle() -> None:
    """Let what was sent arrive."""
    await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("path", "more", "method"),
    [
        ("{here}/source.m3u8", "", "GET"),
        ("{here}/master.m3u8", "", "GET"),
        ("{now}", "", "GET"),
        ("{now}", "Accept-Encoding: gzip, br\r\n", "GET"),
        ("{now}&_HLS_skip=YES", "Accept-Encoding: gzip\r\n", "GET"),
        ("{now}&_HLS_skip=v2", "", "GET"),
        ("{now}&_HLS_skip=NO", "", "GET"),
        ("{here}/source.m3u8?_HLS_msn=1", "", "GET"),
        ("{here}/source.m3u8?_HLS_msn=1&_HLS_part=0", "", "GET"),
        ("{here}/source.m3u8?_HLS_msn=99&_HLS_part=0", "", "GET"),
        ("{here}/source.m3u8?_HLS_part=0", "", "GET"),
        ("{here}/source.m3u8?_HLS_msn=%31", "", "GET"),
        ("{here}/other.m3u8?_HLS_msn=1&_HLS_part=0", "", "GET"),
        ("/media/else/hall/source.m3u8?_HLS_msn=1&_HLS_part=0", "", "GET"),
        ("{part}", "", "GET"),
        ("{part}", "Accept-Encoding: gzip\r\n", "GET"),
        ("{part}", "Range: bytes=0-3\r\n", "GET"),
        ("{part}", "Connection: close\r\n", "GET"),
        ("{old}", "", "GET"),
        ("{far}", "", "GET"),
        ("{part}?x=1", "", "GET"),
        ("{now}", "", "HEAD"),
        ("{now}", "Content-Length: 0\r\n", "POST"),
    ],
)
async def test_both_answer_the_same(
    stage: Stage, path: str, more: str, method: str
) -> None:
    sequence, part = stage.have
    path = path.format(
        here=HERE,
        now=f"{HERE}/source.m3u8?_HLS_msn={sequence}&_HLS_part={part}",
        part=stage.part_path(stage.next_part - 1),
        old=stage.part_path(stage.next_part - 18),
        far=stage.part_path(stage.next_part + 1),
    )
    answers = []
    for port in stage.ports:
        async with connected(port) as client:
            await client.ask(path, more=more, method=method)
            answers.append(await client.read(body=method != "HEAD"))
    assert answers[0] == answers[1]


async def test_parts_and_playlists_need_no_framework(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.app.router, "resolve", None)
    sequence, part = stage.have
    async with connected(stage.ports[0]) as client:
        await client.ask(
            f"{HERE}/source.m3u8?_HLS_msn={sequence}&_HLS_part={part}&_HLS_skip=YES"
        )
        assert (await client.read())[0] == "200 OK"
        await client.ask(stage.part_path(stage.next_part - 1))
        status, headers, body = await client.read()
    assert (status, body) == ("200 OK", b"part 19")
    assert headers["Cache-Control"] == "public, max-age=3600, immutable"


async def test_all_who_wait_get_the_next_part_at_once(stage: Stage) -> None:
    clients = [connected(port) for port in stage.ports for _ in range(80)]
    async with asyncio.TaskGroup() as group:
        opened = [group.create_task(each.__aenter__()) for each in clients]
    waiting = [task.result() for task in opened]
    for client in waiting:
        await client.ask(stage.next_reload + "&_HLS_skip=YES")
    await settle()
    await stage.grow()
    answers = [await client.read() for client in waiting]
    for each in clients:
        await each.__aexit__(None, None, None)
    assert answers == [answers[0]] * 160
    status, headers, body = answers[0]
    assert status == "200 OK"
    assert headers["Cache-Control"] == "public, max-age=24"
    assert f"/p{stage.next_part - 1}.m4s".encode() in body
    assert f"/p{stage.next_part}.m4s".encode() in body  # the hint


async def test_the_hinted_part_is_sent_when_it_is_whole(stage: Stage) -> None:
    async with connected(stage.ports[0]) as client:
        await client.ask(stage.part_path(stage.next_part))
        await settle()
        await stage.grow()
        status, _, body = await client.read()
    assert (status, body) == ("200 OK", b"part 20")
    assert stage.app[SERVING_TIMES].count == 1


async def test_who_waits_for_more_goes_on_waiting(stage: Stage) -> None:
    while stage.have[1] > 2:  # not at the end of a segment
        await stage.grow()
    sequence, part = stage.have
    far = f"{HERE}/source.m3u8?_HLS_msn={sequence}&_HLS_part={part + 2}"
    async with connected(stage.ports[0]) as client:
        await client.ask(far)
        await settle()
        await stage.grow()
        await settle()
        assert stage.express.waiting == 1
        await stage.grow()
        assert (await client.read())[0] == "200 OK"
    assert stage.express.waiting == 0


async def test_viewers_behind_an_edge_are_counted_each(stage: Stage) -> None:
    sequence, part = stage.have
    now = f"{HERE}/source.m3u8?_HLS_msn={sequence}&_HLS_part={part}"
    for port in stage.ports:
        for number in (1, 2):
            async with connected(port) as client:
                from_far = f"X-Forwarded-For: 198.51.100.9, 192.0.2.{number}\r\n"
                await client.ask(now, more=from_far)
                await client.read()
    assert stage.stream.viewers.count(60) == 2


async def test_who_leaves_is_forgotten(stage: Stage) -> None:
    async with connected(stage.ports[0]) as client:
        await client.ask(stage.next_reload)
        await settle()
        assert stage.express.waiting == 1
    await settle()
    assert stage.express.waiting == 0
    await stage.grow()


async def test_a_source_that_goes_frees_all_who_wait(stage: Stage) -> None:
    async with connected(stage.ports[0]) as client:
        await client.ask(stage.next_reload)
        await settle()
        stage.stream.expecting = False
        stage.stream.wake()
        status, headers, _ = await client.read()
    assert status == "503 Service Unavailable"
    assert headers["Retry-After"] == "1"


async def test_nobody_waits_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express, "WAIT_TARGETS", 0.02)
    monkeypatch.setattr(express, "_SWEEP_SECONDS", 0.02)
    async with connected(stage.ports[0]) as client:
        await client.ask(stage.next_reload)
        status, headers, _ = await client.read()
        assert (status, headers["Cache-Control"]) == (
            "503 Service Unavailable",
            "no-store",
        )
        await client.ask(stage.part_path(stage.next_part - 1))
        assert (await client.read())[2] == b"part 19"


async def test_what_comes_while_one_waits_is_answered_after_it(stage: Stage) -> None:
    async with connected(stage.ports[0]) as client:
        await client.ask(stage.next_reload)
        await settle()
        await client.ask(stage.part_path(stage.next_part - 1))
        await client.ask(stage.part_path(stage.next_part - 2))
        await client.ask(f"{HERE}/nothing")
        await settle()
        await stage.grow()
        bodies = [(await client.read())[2] for _ in range(4)]
    assert bodies[0].startswith(b"#EXTM3U")
    assert bodies[1:] == [b"part 19", b"part 18", b"404: Not Found"]


async def test_the_end_of_the_service_frees_all_who_wait(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        _, writer = await asyncio.open_connection("127.0.0.1", stage.ports[0])
        writer.write(request(stage.next_reload))
        await settle()
    writer.close()


async def test_who_reads_nothing_is_cut_off(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express, "SLOW_SECONDS", 0.3)
    await stage.grow(size=BIG)
    part = request(stage.part_path(stage.next_part - 1))
    async with connected(stage.ports[0]) as client:
        # The socket's own buffers take some megabytes before ours fill.
        for _ in range(60):
            client.writer.write(part)
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.6)
        held = 0
        try:
            while data := await client._reader.read(1 << 20):
                held += len(data)
        except ConnectionError:
            pass
        assert held < 60 * BIG
        assert await client.is_over()


async def test_who_reads_slowly_gets_all(stage: Stage) -> None:
    await stage.grow(size=BIG)
    path = stage.part_path(stage.next_part - 1)
    async with connected(stage.ports[0]) as client:
        for _ in range(40):
            await client.ask(path)
            await asyncio.sleep(0.001)
        for _ in range(40):
            assert len((await client.read())[2]) == BIG


BODY = "GET /media/path/hall/source.m3u8?_HLS_msn=1&_HLS_part=0 HTTP/1.1\r\nHost: x\r\n\r\n"
SAID = st.sampled_from(
    [
        request(f"{HERE}/source.m3u8?_HLS_msn=1&_HLS_part=0"),
        request(f"{HERE}/source.m3u8?_HLS_msn=1&_HLS_part=0", more="Range: x\r\n"),
        request(f"{HERE}/master.m3u8"),
        request("/nothing"),
        # What looks like a request is a body.
        request("/nothing", more=f"Content-Length: {len(BODY)}\r\n", method="POST")
        + BODY.encode(),
        request("/nothing", more="Transfer-Encoding: chunked\r\n", method="POST")
        + f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n".encode(),
        request(f"{HERE}/source.m3u8?_HLS_msn=x"),
    ]
)


@given(said=st.lists(SAID, min_size=1, max_size=5), data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_both_read_any_bytes_alike(
    stage: Stage, said: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(said) + request("/last", more="Connection: close\r\n")
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=3))
    edges = [0, *sorted(cuts), len(stream)]
    heard = []
    for port in stage.ports:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for start, end in pairwise(edges):
            writer.write(stream[start:end])
            await asyncio.sleep(0.002)
        found = await reader.read()
        writer.close()
        heard.append(re.sub(rb"(Date|Server): [^\r]*\r\n", b"", found))
    assert _in_order(heard[0]) == _in_order(heard[1])


def _in_order(answers: bytes) -> list[bytes]:
    """The lines of all answers; of each head's fields in one order."""
    return [
        b"\r\n".join(sorted(each.split(b"\r\n"))) for each in answers.split(b"\r\n\r\n")
    ]
