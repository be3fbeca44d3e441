"""The one writer of the index: follows every meeting's journal from its cursor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from folkmoot.search.corpus import (
    Audience,
    Change,
    Corpus,
    RoomContext,
    TranscriptCue,
)
from folkmoot.search.documents import Document
from folkmoot.search.engine import Engine
from folkmoot.search.generations import AUDIENCES, Generations
from folkmoot.search.helpers import Helpers, Prepared
from folkmoot.search.passages import passages, transcript_group

logger = logging.getLogger(__name__)
# A commit costs some 10 ms, so a first run over many meetings shares them.
_CHANGES_PER_COMMIT = 200


class IndexClosed(RuntimeError):
    """The index is not open, or is being closed."""


class _Index(msgspec.Struct):
    """A generation that is open for writing, and how far each meeting is read."""

    name: str
    engines: Mapping[Audience, Engine]
    cursors: dict[str, int]


class Indexer:
    """Keeps the index up with the corpus. Call `open` first, `aclose` last.

    Everything that blocks runs in a thread, one at a time. A change and its
    cursor are committed together: after a crash it is read again, not lost.
    """

    def __init__(self, *, generations: Generations, corpus: Corpus) -> None:
        self._generations = generations
        self._corpus = corpus
        self._index: _Index | None = None
        # Held while the index in use is written, not while another is built.
        self._busy = asyncio.Lock()
        self._building = asyncio.Lock()
        self._closing = False
        self.progress = 1.0
        """How far reading all meetings is, 0 to 1; 1 when nothing is read."""

    async def open(self) -> None:
        """Open the generation in use, or build the first one."""
        name = await asyncio.to_thread(self._generations.current)
        if name is None:
            await self.reindex()
            return
        async with self._busy:
            engines = await asyncio.to_thread(self._generations.open, name)
            cursors = await asyncio.to_thread(engines["public"].cursors)
            self._index = _Index(name, engines, cursors)

    async def follow(self, meeting_id: str) -> None:
        """Read what is new in one meeting.

        The journal also tells of one whose folds were let go of and made again.
        """
        async with self._writing() as index:
            before = index.cursors.get(meeting_id)
            await self._read(meeting_id, index)
            if index.cursors.get(meeting_id) != before:
                await self._commit(index)

    async def catch_up(self) -> None:
        """Read what is new in all meetings."""
        async with self._writing() as index:
            await self._read_all(index)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[_Index]:
        """The index in use; after an error it goes back to what was committed."""
        async with self._busy:
            index = self._index
            if index is None:
                raise IndexClosed("The index is not open.")
            try:
                yield index
            except BaseException:
                for engine in index.engines.values():
                    engine.rollback()
                public = index.engines["public"]
                index.cursors = await asyncio.to_thread(public.cursors)
                raise

    async def reindex(self) -> None:
        """Build a new generation from the start and put it into use.

        The one in use is followed meanwhile.
        """
        async with self._building:
            name = await asyncio.to_thread(self._generations.create)
            engines = await asyncio.to_thread(self._generations.open, name)
            fresh = _Index(name, engines, {})
            try:
                await self._fill(fresh)
                async with self._busy:
                    await self._read_all(fresh)  # what came meanwhile
                    await asyncio.to_thread(self._generations.switch, name)
                    before, self._index = self._index, fresh
            except BaseException:
                await asyncio.to_thread(_close, fresh)
                raise
            if before is not None:
                await asyncio.to_thread(_close, before)
            await asyncio.to_thread(self._generations.prune, name)
            logger.info("index generation=%s meetings=%d", name, len(fresh.cursors))

    async def forget(self) -> bool:
        """Rid the disk of text that was taken out; whether there was any.

        A deleted document stays in an engine's files until they are merged, and
        Tantivy's binding can't ask for that: so the index is built anew.
        """
        index = self._index
        if index is None or not await asyncio.to_thread(
            self._generations.is_stale, index.name
        ):
            return False
        await self.reindex()
        return True

    async def _fill(self, fresh: _Index) -> None:
        """Read all meetings into an empty index, with help; one commit at the end."""
        helpers = Helpers(self._generations.analyzer)
        try:
            async for meeting_id in self._behind(fresh):
                _, rooms = await self._read_changes(meeting_id, fresh)
                for room_id in rooms:
                    room = await self._corpus.room(meeting_id, room_id)
                    cues = await self._corpus.cues(meeting_id, room_id)
                    async for prepared in helpers.give(room, cues):
                        await asyncio.to_thread(_put, fresh.engines, prepared)
                self._note_cursor(meeting_id, fresh)
            async for prepared in helpers.rest():
                await asyncio.to_thread(_put, fresh.engines, prepared)
        finally:
            await asyncio.to_thread(helpers.close)
        await self._commit(fresh)

    async def _read_all(self, index: _Index) -> None:
        pending = 0
        async for meeting_id in self._behind(index):
            pending += await self._read(meeting_id, index)
            if pending >= _CHANGES_PER_COMMIT:
                await self._commit(index)
                pending = 0
        await self._commit(index)

    async def _behind(self, index: _Index) -> AsyncIterator[str]:
        """Yield the meetings that have something new, and note the progress."""
        heads = sorted((await self._corpus.heads()).items())
        for number, (meeting_id, head) in enumerate(heads):
            if self._closing:
                raise IndexClosed("The index is being closed.")
            self.progress = number / len(heads)
            if head > index.cursors.get(meeting_id, 0):
                yield meeting_id
        self.progress = 1.0

    async def _read(self, meeting_id: str, index: _Index) -> int:
        """Note a meeting's changes up to its head; how many there were."""
        before = index.cursors.get(meeting_id)
        count, rooms = await self._read_changes(meeting_id, index)
        for room_id in rooms:
            room = await self._corpus.room(meeting_id, room_id)
            cues = await self._corpus.cues(meeting_id, room_id)
            await self._write(index, _replace_passages, room, cues)
        if index.cursors.get(meeting_id) != before:
            self._note_cursor(meeting_id, index)
        return count

    async def _read_changes(
        self, meeting_id: str, index: _Index
    ) -> tuple[int, Sequence[str]]:
        """Apply a meeting's changes up to its head; how many, and what rooms to read.

        Each room once, however often its transcript changed in between.
        """
        count = 0
        more = True
        rooms: dict[str, None] = {}
        while more:
            after = index.cursors.get(meeting_id, 0)
            read = await self._corpus.changes(meeting_id, after)
            for change in read.changes:
                await self._write(index, _apply, change)
                rooms.update(dict.fromkeys(change.rooms))
            count += len(read.changes)
            more = read.more and read.seq > after
            if read.seq == 0:  # nothing of it is to be found
                return count, ()
            index.cursors[meeting_id] = read.seq
        return count, tuple(rooms)

    def _note_cursor(self, meeting_id: str, index: _Index) -> None:
        if seq := index.cursors.get(meeting_id):
            for engine in index.engines.values():
                engine.set_cursor(meeting_id, seq)

    async def _write(
        self, index: _Index, work: Callable[..., bool], *given: object
    ) -> None:
        """Run `work`, which tells whether it took text out of the index."""
        if await asyncio.to_thread(work, index.engines, *given):
            await asyncio.to_thread(self._generations.mark_stale, index.name)

    async def _commit(self, index: _Index) -> None:
        # The restricted index first: the cursors are read from the public one.
        for audience in reversed(AUDIENCES):
            await asyncio.to_thread(index.engines[audience].commit)

    async def aclose(self) -> None:
        """Let go of the index; a build ends after the meeting at hand. Idempotent."""
        self._closing = True
        async with self._building, self._busy:
            index, self._index = self._index, None
            if index is not None:
                await asyncio.to_thread(_close, index)


def _close(index: _Index) -> None:
    for engine in index.engines.values():
        engine.close()


def _apply(engines: Mapping[Audience, Engine], change: Change) -> bool:
    """Apply a change; whether text that was in an index is no longer."""
    gone = False
    added = {document.id: document for document in change.add}
    for audience, engine in engines.items():
        # What changes sides must leave the other index.
        fresh = added if audience == change.audience else {}
        before = engine.known((*change.remove, *added))
        for group in change.remove_groups:
            before.update(engine.group(group))
            engine.delete_group(group)
        engine.delete((*change.remove, *added))
        engine.add(fresh.values())
        gone = gone or any(_lost(old, fresh.get(old.id)) for old in before.values())
    return gone


def _lost(old: Document, new: Document | None) -> bool:
    return new is None or (new.text, new.title, new.speakers) != (
        old.text,
        old.title,
        old.speakers,
    )


def _put(engines: Mapping[Audience, Engine], prepared: Prepared) -> None:
    room, passages_of_room = prepared
    if room.audience is not None:
        engines[room.audience].put(passages_of_room)


def _replace_passages(
    engines: Mapping[Audience, Engine],
    room: RoomContext,
    cues: Sequence[TranscriptCue],
) -> bool:
    """Write only the passages that differ; whether a cue's text is no longer there.

    A transcript that grows cuts its passages anew all the time and loses nothing.
    """
    gone = False
    wanted = {passage.id: passage for passage in passages(room, cues)}
    for audience, engine in engines.items():
        fresh = wanted if audience == room.audience else {}
        known = engine.group(transcript_group(room.room_id))
        changed = [old for key, old in known.items() if fresh.get(key) != old]
        engine.delete(known.keys() - fresh.keys())
        engine.add(new for key, new in fresh.items() if known.get(key) != new)
        if changed and not gone:
            said = {text for new in fresh.values() for text in _cue_texts(new)}
            gone = any(not said.issuperset(_cue_texts(old)) for old in changed)
    return gone


def _cue_texts(passage: Document) -> Iterator[tuple[str, str | None]]:
    for number, mark in enumerate(passage.marks):
        yield passage.text[mark.start : mark.end], passage.speaker(number)
