"""Who edits where: in one process, in two, and without Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import redis.asyncio
from redis import DriverInfo

from folkmoot.transcripts.editing.people import PATIENCE, Editing, People

# Without it every new connection looks its version up on the disk.
DRIVER = DriverInfo(lib_version="0")
HALL = ("m_1", "hall")
STUDIO = ("m_1", "studio")


class Clock:
    now = datetime(2026, 5, 4, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def at(name: str, cue_id: str | None = None, *, writes: bool = False) -> Editing:
    return Editing(client_id=f"c_{name}", name=name, cue_id=cue_id, writes=writes)


async def test_the_others_of_a_room_are_seen_until_they_are_gone() -> None:
    clock = Clock()
    people = People(clock)
    ann, ben = at("Ann", "q_1", writes=True), at("Ben", "q_2")
    assert await people.note(HALL, ann) == ()
    assert await people.note(HALL, ben) == (ann,)
    assert await people.note(STUDIO, at("Cy")) == ()
    clock.now += PATIENCE / 2
    assert await people.note(HALL, at("Ann", "q_3")) == (ben,)
    clock.now += PATIENCE / 2
    assert await people.note(HALL, at("Cy")) == (at("Ann", "q_3"),)


@pytest.fixture
async def pair(redis_url: str) -> AsyncIterator[tuple[People, People, Clock, Any]]:
    """Return those of two processes, each with a connection of its own."""
    clients: list[Any] = [
        redis.asyncio.from_url(redis_url, driver_info=DRIVER) for _ in range(2)
    ]
    clock = Clock()
    one, other = (People(clock, client) for client in clients)
    yield one, other, clock, clients[0]
    for client in clients:
        await client.aclose()


@pytest.mark.redis
async def test_two_processes_know_of_each_other(
    pair: tuple[People, People, Clock, Any],
) -> None:
    one, other, clock, client = pair
    ann, ben = at("Ann", "q_1", writes=True), at("Ben", "q_2")
    assert await one.note(HALL, ann) == ()
    assert await other.note(HALL, ben) == (ann,)
    assert await one.note(HALL, ann) == (ben,)
    assert await other.note(STUDIO, at("Cy")) == ()
    # Who is served by the other process now stands where it went, and once.
    clock.now += PATIENCE / 4
    assert await other.note(HALL, at("Ann", "q_9")) == (ben,)
    assert await one.note(HALL, ben) == (at("Ann", "q_9"),)
    clock.now += PATIENCE / 2
    assert await other.note(HALL, ben) == (at("Ann", "q_9"),)
    clock.now += PATIENCE / 2
    # Who is gone is forgotten, also where it is kept.
    assert await one.note(HALL, at("Cy")) == (ben,)
    kept = await client.hkeys("folkmoot:editing:m_1:hall")
    assert sorted(kept) == [b"c_Ben", b"c_Cy"]


async def test_without_redis_each_process_knows_its_own() -> None:
    client: Any = redis.asyncio.from_url(
        "redis://127.0.0.1:1", driver_info=DRIVER, socket_timeout=1
    )
    people = People(Clock(), client)
    assert await people.note(HALL, at("Ann")) == ()
    assert await people.note(HALL, at("Ben")) == (at("Ann"),)
    await client.aclose()
