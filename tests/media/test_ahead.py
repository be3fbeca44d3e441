"""An edge has a part before a crowd hears of it; without the edge the crowd hears."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from folkmoot.media.deliver.ahead import LONGEST_SECONDS, Ahead
from folkmoot.media.deliver.express import CROWD
from tests.media.test_express import Client, Stage, connected, open_stage, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PART = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npart"
LATE_SECONDS = 10.0


class FakeEdge:
    """Notes what is asked, and answers when it is let."""

    def __init__(self, answer: bytes = PART) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.connections = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.heard = asyncio.Event()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked.append(head.split(b" ")[1].decode())
                self.heard.set()
                await self.goes_on.wait()
                writer.write(self.answer)
        except (EOFError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def standing(
    root: Path, edge: FakeEdge
) -> AsyncIterator[tuple[Stage, asyncio.Server, Ahead]]:
    """A room on air that knows of `edge`."""
    server = await asyncio.start_server(edge.serve, "127.0.0.1", 0)
    ahead = Ahead(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        async with open_stage(root, ahead) as stage:
            yield stage, server, ahead
    finally:
        server.close()


@asynccontextmanager
async def crowd(stage: Stage, count: int = CROWD) -> AsyncIterator[list[Client]]:
    """So many who wait for the next part's playlist."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(connected(stage.ports[0]))
            for _ in range(count)
        ]
        for client in clients:
            await client.ask(stage.next_reload)
        while stage.express.waiting < count:
            await asyncio.sleep(0.01)
        yield clients


async def read_all(clients: list[Client]) -> set[str]:
    return {(await client.read())[0] for client in clients}


async def test_the_edge_has_it_before_anybody_hears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folkmoot.media.deliver.ahead.LONGEST_SECONDS", 60.0)
    edge = FakeEdge()
    edge.goes_on.clear()
    async with standing(tmp_path, edge) as (stage, _, _), crowd(stage) as clients:
        part = stage.part_path(stage.next_part)
        await stage.grow()
        await edge.heard.wait()
        answers = asyncio.create_task(read_all(clients))
        await settle()
        assert edge.asked == [part]
        assert not answers.done()
        edge.goes_on.set()
        assert await answers == {"200 OK"}


async def test_one_connection_is_kept(tmp_path: Path) -> None:
    edge = FakeEdge()
    async with standing(tmp_path, edge) as (stage, _, _):
        for _ in range(3):
            async with crowd(stage) as clients:
                await stage.grow()
                assert await read_all(clients) == {"200 OK"}
            await settle()
    assert (len(edge.asked), edge.connections) == (3, 1)


async def test_few_need_no_edge(tmp_path: Path) -> None:
    edge = FakeEdge()
    async with (
        standing(tmp_path, edge) as (stage, _, _),
        crowd(stage, CROWD - 1) as clients,
    ):
        await stage.grow()
        assert await read_all(clients) == {"200 OK"}
    assert edge.asked == []


async def test_a_slow_edge_keeps_nobody_waiting(tmp_path: Path) -> None:
    edge = FakeEdge()
    edge.goes_on.clear()
    async with standing(tmp_path, edge) as (stage, _, _), crowd(stage) as clients:
        await stage.grow()
        began = time.monotonic()
        assert await read_all(clients) == {"200 OK"}
        assert time.monotonic() - began < LONGEST_SECONDS + LATE_SECONDS
        edge.goes_on.set()


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", b""]
)
async def test_a_broken_edge_is_named_and_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    edge = FakeEdge(answer)
    async with standing(tmp_path, edge) as (stage, server, _):
        if not answer:  # nobody listens there
            server.close()
            await server.wait_closed()
        for _ in range(2):
            async with crowd(stage) as clients:
                with caplog.at_level(logging.WARNING):
                    await stage.grow()
                    assert await read_all(clients) == {"200 OK"}
    warned = [each for each in caplog.messages if "[media] edge_url" in each]
    assert len(warned) == 1
    assert len(edge.asked) == (1 if answer else 0)


async def test_who_waits_for_the_part_itself_gets_it_first(tmp_path: Path) -> None:
    edge = FakeEdge()
    edge.goes_on.clear()
    async with standing(tmp_path, edge) as (stage, _, _), crowd(stage) as clients:
        async with connected(stage.ports[0]) as player:
            await player.ask(stage.part_path(stage.next_part))
            while stage.express.waiting < CROWD + 1:
                await asyncio.sleep(0.01)
            await stage.grow()
            assert (await player.read())[2] == b"part 20"
        edge.goes_on.set()
        assert await read_all(clients) == {"200 OK"}
