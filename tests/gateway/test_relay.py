"""What is shown in one process, seen by those who are connected to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from redis.driver_info import DriverInfo

from folkmoot.gateway.relay import Relay
from folkmoot.keys import GATEWAY
from folkmoot.tasks import TaskOwner
from tests.gateway.house import House, open_house
from tests.servers import RedisServer

pytestmark = pytest.mark.redis

# Without it every new connection looks its version up on the disk.
DRIVER = DriverInfo(lib_version="0")
LINE = {"room": "hall", "cue_id": "q_1", "text": "Good day", "final": False}


@pytest.fixture
async def houses(
    fresh_postgres_url: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[list[House]]:
    """Two processes of one service."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(2):
            client: Any = redis.asyncio.from_url(redis_url, driver_info=DRIVER)
            stack.push_async_callback(client.aclose)
            house = open_house(tmp_path, database_url=fresh_postgres_url, redis=client)
            opened.append(await stack.enter_async_context(house))
        yield opened


@pytest.mark.postgres
async def test_a_caption_reaches_who_follows_elsewhere(houses: list[House]) -> None:
    here, there = houses
    await here.make()
    sockets = [await house.open_socket() for house in houses]
    for socket in sockets:
        assert (await socket.join())["ok"]
    for house in houses:
        assert house.app[GATEWAY].relay is not None
        await asyncio.wait_for(house.app[GATEWAY].relay.connected.wait(), 10)
    meeting_id = next(here.app[GATEWAY].fanout.audiences()).meeting_id
    here.app[GATEWAY].send_caption(meeting_id, LINE)
    there.app[GATEWAY].send_caption(meeting_id, {**LINE, "cue_id": "q_2"})
    for socket in sockets:
        shown = await socket.wait_for("caption", 2)
        # Each once: who shows something does not hear it back.
        assert sorted(each["cue_id"] for each in shown) == ["q_1", "q_2"]
    await asyncio.sleep(0.2)
    assert [len(socket.told["caption"]) for socket in sockets] == [2, 2]


async def test_what_redis_was_away_for_is_not_shown_late(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folkmoot.gateway.relay._PAUSE_SECONDS", 0.05)
    shown: list[str] = []
    tasks = TaskOwner()
    clients: list[Any] = [
        redis.asyncio.from_url(redis_server.url, driver_info=DRIVER) for _ in range(2)
    ]
    ours, theirs = (
        Relay(client, process_id=name, show=lambda _, told: shown.append(told["text"]))
        for name, client in zip(("ours", "theirs"), clients, strict=True)
    )
    try:
        theirs.start(tasks)
        ours.start(tasks)
        await asyncio.wait_for(theirs.connected.wait(), 10)
        await asyncio.to_thread(redis_server.stop)
        ours.tell("m_1", {"text": "lost"})
        async with asyncio.timeout(45):
            while theirs.connected.is_set() or ours._waiting:
                await asyncio.sleep(0.02)
        await asyncio.to_thread(redis_server.start)
        await asyncio.wait_for(theirs.connected.wait(), 20)
        # A torn line may take one more telling with it.
        async with asyncio.timeout(45):
            while "back" not in shown:
                ours.tell("m_1", {"text": "back"})
                await asyncio.sleep(0.05)
        assert set(shown) == {"back"}
    finally:
        await tasks.aclose()
        for client in clients:
            await client.aclose()
