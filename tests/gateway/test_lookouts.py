"""Who of the team looks at what: in one process, in two, and without Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio
from redis import DriverInfo

from folkmoot.gateway.lookouts import LOOKS_SECONDS, Lookouts

# Without it every new connection looks its version up on the disk.
DRIVER = DriverInfo(lib_version="0")


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_the_others_see_it_until_it_is_over() -> None:
    clock = Clock()
    lookouts = Lookouts(clock=clock)
    assert await lookouts.note("m", "p_1", "Mo", "c_1") == {}
    assert await lookouts.note("m", "p_2", "Ola", "c_2") == {"c_1": ["Mo"]}
    assert await lookouts.note("other", "p_2", "Ola", "c_2") == {}
    assert await lookouts.note("m", "p_1", "Mo", "") == {"c_2": ["Ola"]}
    assert await lookouts.note("m", "p_2", "Ola", "c_2") == {}
    clock.now += LOOKS_SECONDS
    assert await lookouts.note("m", "p_1", "Mo", "c_1") == {}


@pytest.fixture
async def pair(redis_url: str) -> AsyncIterator[tuple[Lookouts, Lookouts, Clock]]:
    """Return those of two processes, each with a connection of its own."""
    clients: list[Any] = [
        redis.asyncio.from_url(redis_url, driver_info=DRIVER) for _ in range(2)
    ]
    clock = Clock()
    one, other = (Lookouts(client, clock=clock) for client in clients)
    yield one, other, clock
    for client in clients:
        await client.aclose()


@pytest.mark.redis
async def test_two_processes_know_of_each_other(
    pair: tuple[Lookouts, Lookouts, Clock],
) -> None:
    one, other, clock = pair
    assert await one.note("m", "p_1", "Mo", "c_1") == {}
    assert await other.note("m", "p_2", "Ola", "c_1") == {"c_1": ["Mo"]}
    assert await one.note("m", "p_1", "Mo", "c_3") == {"c_1": ["Ola"]}
    assert await other.note("m", "p_2", "Ola", "c_1") == {"c_3": ["Mo"]}
    # Who goes on in the other process is not seen twice.
    assert await other.note("m", "p_1", "Mo", "c_4") == {"c_1": ["Ola"]}
    assert await other.note("m", "p_1", "Mo", "") == {"c_1": ["Ola"]}
    assert await other.note("m", "p_2", "Ola", "") == {}
    clock.now += LOOKS_SECONDS
    assert await one.note("m", "p_3", "Pia", "c_5") == {}


async def test_without_redis_each_process_knows_its_own() -> None:
    client: Any = redis.asyncio.from_url(
        "redis://127.0.0.1:1", driver_info=DRIVER, socket_timeout=1
    )
    lookouts = Lookouts(client, clock=Clock())
    assert await lookouts.note("m", "p_1", "Mo", "c_1") == {}
    assert await lookouts.note("m", "p_2", "Ola", "c_2") == {"c_1": ["Mo"]}
    await client.aclose()
