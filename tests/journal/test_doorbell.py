"""What both doorbells promise, and what the one over Redis does without Redis."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from folkmoot.journal import Doorbell, LocalDoorbell
from folkmoot.journal.redis_doorbell import RedisDoorbell

if TYPE_CHECKING:
    from tests.servers import RedisServer


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
def doorbell_pair(request: pytest.FixtureRequest) -> tuple[Doorbell, Doorbell]:
    """Return who rings and who hears; one and the same within a process."""
    if request.param == "local":
        bell = LocalDoorbell()
        return bell, bell
    url = request.getfixturevalue("redis_url")
    return RedisDoorbell(url), RedisDoorbell(url)


async def _connected(*bells: Doorbell) -> None:
    for bell in bells:
        if isinstance(bell, RedisDoorbell):
            await bell.connected.wait()


async def test_ring_is_heard_with_meeting_and_number(doorbell_pair) -> None:
    ringer, hearer = doorbell_pair
    heard: asyncio.Queue = asyncio.Queue()
    await hearer.start(lambda *ring: heard.put_nowait(ring))
    if ringer is not hearer:
        await ringer.start(lambda *_: None)
    await _connected(ringer, hearer)
    ringer.ring("m_1", 7)
    assert await heard.get() == ("m_1", 7)
    for bell in {ringer, hearer}:
        await bell.aclose()
        await bell.aclose()


async def test_ring_after_closing_and_before_starting_does_no_harm(
    doorbell_pair,
) -> None:
    ringer, hearer = doorbell_pair
    ringer.ring("m_1", 1)
    await ringer.aclose()
    ringer.ring("m_1", 2)
    await hearer.aclose()


@pytest.mark.redis
async def test_redis_gone_means_frequent_polls_and_a_return(
    redis_server: RedisServer,
) -> None:
    bell = RedisDoorbell(redis_server.url)
    heard: asyncio.Queue = asyncio.Queue()
    await bell.start(lambda *ring: heard.put_nowait(ring))
    await bell.connected.wait()
    assert bell.poll_seconds == 30
    await asyncio.to_thread(redis_server.stop)
    while bell.connected.is_set():
        await asyncio.sleep(0.01)
    assert bell.poll_seconds == 2
    bell.ring("m_1", 8)
    await asyncio.to_thread(redis_server.start)
    # Who was away longer still tells what it had to tell.
    assert await heard.get() == ("m_1", 8)
    assert bell.poll_seconds == 30
    await bell.aclose()
