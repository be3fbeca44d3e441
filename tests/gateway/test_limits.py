"""Limits per person: one table, in this process and in Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio
from redis.driver_info import DriverInfo

from folkmoot.core.refusals import Refusal
from folkmoot.gateway.limits import (
    Buckets,
    Limits,
    LocalBuckets,
    Rate,
    RedisBuckets,
)
from tests.fakes import FakeMonotonic

# Without it every new connection looks its version up on the disk.
DRIVER = DriverInfo(lib_version="0")


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[Buckets]:
    """Return buckets of both kinds."""
    if request.param == "local":
        yield LocalBuckets()
        return
    url = request.getfixturevalue("redis_url")
    client: Any = redis.asyncio.from_url(url, driver_info=DRIVER)
    yield RedisBuckets(client)
    await client.aclose()


async def test_a_bucket_gives_its_fill_and_then_a_time(buckets: Buckets) -> None:
    rate = Rate(5)
    assert [await buckets.take("a", rate) for _ in range(5)] == [0.0] * 5
    wait_seconds = await buckets.take("a", rate)
    assert 11 < wait_seconds <= 12
    # Being refused costs nothing more.
    assert await buckets.take("a", rate) <= wait_seconds
    assert await buckets.take("b", rate) == 0.0


async def test_a_bucket_fills_again_bit_by_bit() -> None:
    clock = FakeMonotonic()
    buckets = LocalBuckets(clock)
    rate = Rate(60)
    for _ in range(60):
        assert await buckets.take("a", rate) == 0.0
    assert await buckets.take("a", rate) == pytest.approx(1.0)
    clock.advance(1.0)
    assert await buckets.take("a", rate) == 0.0
    assert await buckets.take("a", rate) == pytest.approx(1.0)
    clock.advance(3600)
    assert [await buckets.take("a", rate) for _ in range(60)] == [0.0] * 60


async def test_without_redis_the_process_counts_alone() -> None:
    client: Any = redis.asyncio.from_url("redis://127.0.0.1:1/0", driver_info=DRIVER)
    buckets = RedisBuckets(client)
    rate = Rate(1)
    assert await buckets.take("a", rate) == 0.0
    assert await buckets.take("a", rate) > 0
    await client.aclose()


async def test_the_refusal_says_how_long_to_wait() -> None:
    limits = Limits(
        LocalBuckets(FakeMonotonic()),
        commands_per_minute=2,
        joins_per_minute=1,
        searches_per_minute=1,
    )
    for _ in range(2):
        await limits.check("command", "p_a")
    with pytest.raises(Refusal) as refused:
        await limits.check("command", "p_a")
    assert refused.value.code == "slow_down"
    assert refused.value.message == "That was a lot at once. Please wait 30 s."
    assert refused.value.retry_after == 30.0


async def test_people_without_a_name_share_a_larger_bucket() -> None:
    limits = Limits(
        LocalBuckets(FakeMonotonic()),
        commands_per_minute=1,
        joins_per_minute=1,
        searches_per_minute=1,
    )
    for _ in range(Limits.CROWD):
        await limits.check("join", None, crowd="m_1")
    with pytest.raises(Refusal):
        await limits.check("join", None, crowd="m_1")
    await limits.check("join", None, crowd="m_2")
