"""A data directory with a whole corpus in it, as if every meeting had been held.

Meetings are made, opened and ended, and transcripts announced, by commands, as always;
their cues go into the table as an import writes them, a meeting at a time, without a
file being parsed a thousand times. The index is the one that `reindex` builds from them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import PUBLIC
from folkmoot.journal import Journal
from folkmoot.search.corpus import RoomContext, TranscriptCue
from folkmoot.search.engines import opener
from folkmoot.search.generations import Generations
from folkmoot.search.indexer import Indexer
from folkmoot.search.library import Library
from folkmoot.search.text import Analyzer
from folkmoot.store import cues as store
from folkmoot.store.database import Database

DATABASE = "folkmoot.db"
INDEX = "index"


class Held(Protocol):
    """Meetings that were held, each in a room of its own."""

    names: Sequence[str]

    async def heads(self) -> object: ...

    async def room(self, meeting_id: str, room_id: str) -> RoomContext: ...

    async def cues(self, meeting_id: str, room_id: str) -> Sequence[TranscriptCue]: ...


async def fill(data: Path, corpus: Held, meeting_ids: Sequence[str]) -> None:
    """Hold meetings in a data directory whose database is there already."""
    database = await Database.open(data / DATABASE)
    journal = Journal(database)
    await journal.start()
    try:
        for meeting_id in meeting_ids:
            room = await corpus.room(meeting_id, f"r{meeting_id}")
            await _hold(
                journal, database, room, await corpus.cues(meeting_id, room.room_id)
            )
    finally:
        await journal.aclose()
        await database.aclose()


async def _hold(
    journal: Journal,
    database: Database,
    room: RoomContext,
    said: Sequence[TranscriptCue],
) -> None:
    begins: datetime = said[0].start_at
    made = await journal.create_meeting(
        cmd.CreateMeeting(
            title=room.meeting_title,
            slug=room.meeting_slug.replace("_", "-"),
            starts_at=begins,
            rooms=[cmd.RoomSpec(name=room.room_name)],
        ),
        actor=SYSTEM,
    )
    state = (await journal.snapshot(made.meeting_id, PUBLIC)).state
    (room_id,) = state["rooms"]
    rows = [
        store.CueRow(
            cue_id=f"q_{cue.cue_id}",
            meeting_id=made.meeting_id,
            room_id=room_id,
            start_at=cue.start_at,
            end_at=cue.end_at,
            text=cue.text,
            speaker=cue.speaker,
            source_hash="bench",
        )
        for cue in said
    ]
    await database.run(lambda connection: store.add_cues(connection, rows))
    changed = cmd.ChangeTranscript(
        room_id=room_id, from_at=begins, to_at=rows[-1].end_at
    )
    for command in (cmd.OpenMeeting(), changed, cmd.EndMeeting()):
        await journal.submit(made.meeting_id, command, actor=SYSTEM)


def build_index(data: Path) -> float:
    """Build the index of a data directory as `reindex` does; return the seconds."""

    async def build() -> float:
        database = await Database.open(data / DATABASE)
        journal = Journal(database)
        await journal.start()
        generations = Generations(
            data / INDEX,
            engine="tantivy",
            opener=opener("tantivy"),
            analyzer=Analyzer(),
        )
        indexer = Indexer(generations=generations, corpus=Library(journal, database))
        began = time.perf_counter()
        try:
            await indexer.open()
            return time.perf_counter() - began
        finally:
            await indexer.aclose()
            await journal.aclose()
            await database.aclose()

    return asyncio.run(build())
