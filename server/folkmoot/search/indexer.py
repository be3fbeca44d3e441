"""The one writer of the index: follows every meeting's journal from its cursor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from folkmoot.search.corpus import (
    Audience,
    Change,
    Corpus,
    RoomContext,
    TranscriptCue,
)
from folkmoot.search.engine import Engine
from folkmoot.search.generations import AUDIENCES, Generations
from folkmoot.search.passages import passages, transcript_group

logger = logging.getLogger(__name__)
# A commit costs some 10 ms, so a first run over many meetings shares them.
_CHANGES_PER_COMMIT = 200


class Indexer:
    """Keeps the index up with the corpus. Call `open` first, `aclose` last.

    Everything that blocks runs in a thread, one at a time. A change and its
    cursor are committed together: after a crash it is read again, not lost.
    """

    def __init__(self, *, generations: Generations, corpus: Corpus) -> None:
        self._generations = generations
        self._corpus = corpus
        self._engines: Mapping[Audience, Engine] = {}
        self._cursors: dict[str, int] = {}
        self._busy = asyncio.Lock()
        self.progress = 1.0
        """How far reading all meetings is, 0 to 1; 1 when nothing is read."""

    async def open(self) -> None:
        """Open the generation in use, or build the first one."""
        async with self._busy:
            name = await asyncio.to_thread(self._generations.current)
            if name is None:
                await self._build()
                return
            await self._use(await asyncio.to_thread(self._generations.open, name))

    async def _use(self, engines: Mapping[Audience, Engine]) -> None:
        self._engines = engines
        self._cursors = await asyncio.to_thread(engines["public"].cursors)

    async def follow(self, meeting_id: str) -> None:
        """Read what is new in one meeting."""
        async with self._busy:
            try:
                await self._read(meeting_id, self._engines, self._cursors)
                await self._commit(self._engines)
            except BaseException:
                await self._forget()
                raise

    async def catch_up(self) -> None:
        """Read what is new in all meetings."""
        async with self._busy:
            try:
                await self._read_all(self._engines, self._cursors)
            except BaseException:
                await self._forget()
                raise

    async def _forget(self) -> None:
        """Go back to what was committed."""
        for engine in self._engines.values():
            engine.rollback()
        if self._engines:
            public = self._engines["public"]
            self._cursors = await asyncio.to_thread(public.cursors)

    async def reindex(self) -> None:
        """Build a new generation from the start and put it into use."""
        async with self._busy:
            await self._build()

    async def _build(self) -> None:
        name = await asyncio.to_thread(self._generations.create)
        engines = await asyncio.to_thread(self._generations.open, name)
        cursors: dict[str, int] = {}
        try:
            await self._read_all(engines, cursors)
        except BaseException:
            await asyncio.to_thread(_close, engines)
            raise
        await asyncio.to_thread(self._generations.switch, name)
        before, self._engines, self._cursors = self._engines, engines, cursors
        await asyncio.to_thread(_close, before)
        await asyncio.to_thread(self._generations.prune, name)
        logger.info("index generation=%s meetings=%d", name, len(cursors))

    async def _read_all(
        self, engines: Mapping[Audience, Engine], cursors: dict[str, int]
    ) -> None:
        pending = 0
        heads = sorted((await self._corpus.heads()).items())
        for number, (meeting_id, head) in enumerate(heads):
            self.progress = number / len(heads)
            if head > cursors.get(meeting_id, 0):
                pending += await self._read(meeting_id, engines, cursors)
            if pending >= _CHANGES_PER_COMMIT:
                await self._commit(engines)
                pending = 0
        await self._commit(engines)
        self.progress = 1.0

    async def _read(
        self,
        meeting_id: str,
        engines: Mapping[Audience, Engine],
        cursors: dict[str, int],
    ) -> int:
        """Note a meeting's changes up to its head; how many there were."""
        count = 0
        more = True
        rooms: dict[str, None] = {}
        while more:
            after = cursors.get(meeting_id, 0)
            read = await self._corpus.changes(meeting_id, after)
            for change in read.changes:
                await asyncio.to_thread(_apply, engines, change)
                rooms.update(dict.fromkeys(change.rooms))
            count += len(read.changes)
            more = read.more and read.seq > after
            cursors[meeting_id] = read.seq
        # Once a room, however often its transcript changed in between.
        for room_id in rooms:
            await self._read_room(meeting_id, room_id, engines)
        for engine in engines.values():
            engine.set_cursor(meeting_id, cursors[meeting_id])
        return count

    async def _read_room(
        self, meeting_id: str, room_id: str, engines: Mapping[Audience, Engine]
    ) -> None:
        room = await self._corpus.room(meeting_id, room_id)
        cues = await self._corpus.cues(meeting_id, room_id)
        await asyncio.to_thread(_replace_passages, engines, room, cues)

    async def _commit(self, engines: Mapping[Audience, Engine]) -> None:
        # The restricted index first: the cursors are read from the public one.
        for audience in reversed(AUDIENCES):
            await asyncio.to_thread(engines[audience].commit)

    async def aclose(self) -> None:
        """Let go of the index. Idempotent."""
        async with self._busy:
            engines, self._engines = self._engines, {}
            await asyncio.to_thread(_close, engines)


def _close(engines: Mapping[Audience, Engine]) -> None:
    for engine in engines.values():
        engine.close()


def _apply(engines: Mapping[Audience, Engine], change: Change) -> None:
    for engine in engines.values():
        engine.delete(change.remove)
        # What changes sides must leave the other index.
        engine.delete(document.id for document in change.add)
        for group in change.remove_groups:
            engine.delete_group(group)
    engines[change.audience].add(change.add)


def _replace_passages(
    engines: Mapping[Audience, Engine],
    room: RoomContext,
    cues: Sequence[TranscriptCue],
) -> None:
    """Write only the passages that differ from those in the index."""
    wanted = {passage.id: passage for passage in passages(room, cues)}
    for audience, engine in engines.items():
        fresh = wanted if audience == room.audience else {}
        known = engine.group(transcript_group(room.room_id))
        engine.delete(known.keys() - fresh.keys())
        engine.add(new for key, new in fresh.items() if known.get(key) != new)
