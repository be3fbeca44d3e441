"""The index follows the journal and sheds what was taken out of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import cast

import pytest

from folkmoot.journal import Change as Entries
from folkmoot.journal import Journal
from folkmoot.search.corpus import Change
from folkmoot.search.engines import opener
from folkmoot.search.follower import Follower, rest_after
from folkmoot.search.generations import Generations
from folkmoot.search.indexer import Indexer
from folkmoot.search.text import Analyzer
from folkmoot.tasks import TaskOwner
from tests.search.corpora import MemoryCorpus, document


class Bell:
    """As much of a journal as a follower asks for."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[Entries], None]] = []

    def follow(self, listener: Callable[[Entries], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


@pytest.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    owner = TaskOwner()
    yield owner
    await owner.aclose()


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(
        tmp_path, engine="tantivy", opener=opener("tantivy"), analyzer=Analyzer()
    )


async def test_text_taken_out_is_shed_again_and_again(
    tasks: TaskOwner, generations: Generations
) -> None:
    corpus = MemoryCorpus()
    indexer = Indexer(generations=generations, corpus=corpus)
    bell = Bell()
    follower = Follower(indexer, cast("Journal", bell), tasks, forget_seconds=0)
    await follower.start()
    for number in range(2):
        corpus.say("m_one", Change(add=(document("c_1", f"bus {number}"),)))
        await indexer.follow("m_one")
        name = await asyncio.to_thread(generations.current)
        corpus.say("m_one", Change(remove=("c_1",)))
        await indexer.follow("m_one")
        # Ends by the test's own time limit when nothing is shed.
        while await asyncio.to_thread(generations.current) == name:
            await asyncio.sleep(0)
    await tasks.aclose()
    await indexer.aclose()


async def test_news_is_indexed(tasks: TaskOwner, generations: Generations) -> None:
    corpus = MemoryCorpus()
    indexer = Indexer(generations=generations, corpus=corpus)
    bell = Bell()
    await Follower(indexer, cast("Journal", bell), tasks).start()
    corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    news = Entries(meeting_id="m_one", feeds={"public": (1, 1)}, epoch="e")
    for listener in bell.listeners:
        listener(news)
    while ("m_one", 0) not in corpus.asked:
        await asyncio.sleep(0)
    await tasks.aclose()
    await indexer.aclose()


def test_rounds_that_take_long_come_seldom_but_never_late() -> None:
    assert rest_after(0.01) == pytest.approx(0.1)
    assert rest_after(60) == 1.0


async def test_a_start_does_not_wait_for_an_index_that_is_built(
    tasks: TaskOwner, generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folkmoot.search.follower.OPEN_SECONDS", 0.01)
    corpus = SlowCorpus()
    corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    indexer = Indexer(generations=generations, corpus=corpus)
    await Follower(indexer, cast("Journal", Bell()), tasks).start()
    assert await asyncio.to_thread(generations.current) is None
    corpus.ready.set()
    async with asyncio.timeout(20):
        while await asyncio.to_thread(generations.current) is None:
            await asyncio.sleep(0.01)
    await indexer.aclose()


async def test_an_index_that_cant_be_opened_is_built_anew(
    tasks: TaskOwner, generations: Generations, tmp_path: Path
) -> None:
    corpus = MemoryCorpus()
    corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    first = Indexer(generations=generations, corpus=corpus)
    await first.open()
    await first.aclose()
    broken = await asyncio.to_thread(generations.current)
    assert broken is not None
    await asyncio.to_thread(_spoil, tmp_path)
    indexer = Indexer(generations=generations, corpus=corpus)
    await Follower(indexer, cast("Journal", Bell()), tasks).start()
    async with asyncio.timeout(20):
        while await asyncio.to_thread(generations.current) == broken:
            await asyncio.sleep(0.01)
    await indexer.aclose()


def _spoil(root: Path) -> None:
    for meta in root.rglob("meta.json"):
        meta.write_bytes(b"{")


class SlowCorpus(MemoryCorpus):
    """Meetings that can't be read before `ready`."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = asyncio.Event()

    async def heads(self) -> Mapping[str, int]:
        await self.ready.wait()
        return await super().heads()
