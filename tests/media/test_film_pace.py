"""A film goes in real time, and what it is late by goes at once."""

from __future__ import annotations

import asyncio

import pytest

from folkmoot.media.ingest.film_pace import MOST_AT_ONCE_SECONDS, FilmPace
from folkmoot.media.ingest.flv import (
    VIDEO,
    FlvReader,
    FlvTag,
    write_header,
    write_tag,
)

KEYFRAME = b"\x17\x01\x00\x00\x00picture"


def make_film(seconds: float, *, every_ms: int = 100) -> bytes:
    times = range(0, round(seconds * 1000), every_ms)
    tags = [write_tag(FlvTag(VIDEO, each, KEYFRAME)) for each in times]
    return write_header() + b"".join(tags)


async def send(film: bytes, *, late: float | None) -> list[tuple[float, int]]:
    """When each piece went, and the time of its last tag in ms."""
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    went: list[tuple[float, int]] = []
    reader = FlvReader()

    async def write(data: bytes) -> None:
        went.append((loop.time() - began, reader.feed(data)[-1].timestamp_ms))

    pace = FilmPace(write, after=None if late is None else began - late)
    for start in range(0, len(film), 64):
        await pace.take(film[start : start + 64])
    await pace.finish()
    return went


async def test_a_film_goes_no_sooner_than_it_plays() -> None:
    went = await send(make_film(1.2), late=None)
    assert went[-1][1] == 1100
    assert all(1000 * at >= time_ms - 30 for at, time_ms in went)


@pytest.mark.parametrize(
    ("late", "at_once_ms"), [(2.0, 1900), (60.0, 1000 * MOST_AT_ONCE_SECONDS)]
)
async def test_what_has_passed_since_the_last_film_goes_at_once(
    late: float, at_once_ms: int
) -> None:
    went = await send(make_film(at_once_ms / 1000 + 0.8), late=late)
    # More only where the machine itself was late.
    passed_ms = 1000 * went[0][0]
    assert at_once_ms - 1 <= went[0][1] <= at_once_ms + passed_ms + 100
    assert went[-1][1] >= at_once_ms + 600


async def test_a_film_shorter_than_what_is_due_goes_whole() -> None:
    assert [time_ms for _, time_ms in await send(make_film(0.4), late=3.0)] == [300]
