"""Documents of many rooms are made beside the service, in order, whatever fails."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import msgspec
import pytest

from folkmoot.search.analysis import Analysed
from folkmoot.search.helper import Spoken, prepare
from folkmoot.search.helpers import Helpers
from folkmoot.search.text import Analyzer
from tests.search.corpora import ROOM, cue

ROOMS = [msgspec.structs.replace(ROOM, room_id=f"r_{n}") for n in range(12)]
CUES = [cue(n, f"we plant {n} trees beside the road") for n in range(60)]


@pytest.fixture
def helpers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Helpers]:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    made = Helpers(Analyzer(), alone=0)
    yield made
    made.close()


async def _make(helpers: Helpers, *, kill_after: int | None = None) -> list[str]:
    found: list[tuple[str, list[Analysed]]] = []
    for number, room in enumerate(ROOMS):
        async for made, documents in helpers.give(room, CUES):
            found.append((made.room_id, list(documents)))
        if number == kill_after:
            for each in helpers.started:
                os.kill(each, signal.SIGKILL)
    async for made, documents in helpers.rest():
        found.append((made.room_id, list(documents)))
    for room, (_, documents) in zip(ROOMS, found, strict=True):
        alone = prepare(Spoken(("english",), room, tuple(CUES)))
        assert documents == alone
        assert len(alone) > 1
    return [room_id for room_id, _ in found]


async def test_rooms_come_out_in_order_as_one_process_makes_them(
    helpers: Helpers,
) -> None:
    assert await _make(helpers) == [room.room_id for room in ROOMS]
    assert len(helpers.started) == 2


async def test_a_helper_that_ends_loses_no_room(helpers: Helpers) -> None:
    assert await _make(helpers, kill_after=5) == [room.room_id for room in ROOMS]


async def test_few_cues_start_no_process() -> None:
    helpers = Helpers(Analyzer())
    try:
        await _make(helpers)
        assert not helpers.started
    finally:
        await asyncio.to_thread(helpers.close)


async def test_no_process_is_left(helpers: Helpers) -> None:
    await _make(helpers)
    started = helpers.started
    await asyncio.to_thread(helpers.close)
    for each in started:
        with pytest.raises(ProcessLookupError):
            os.kill(each, 0)
