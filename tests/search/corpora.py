"""A small corpus in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from folkmoot.search.corpus import Change, Changes, RoomContext, TranscriptCue
from folkmoot.search.documents import Document
from folkmoot.search.engine import Engine

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MakeEngine = Callable[[], Engine]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def document(document_id: str, text: str, **fields: object) -> Document:
    given: dict[str, object] = {
        "id": document_id,
        "kind": "contribution",
        "meeting_id": "m_one",
        "meeting_slug": "spring",
        "meeting_title": "Spring forum",
        "at": START,
        "text": text,
        **fields,
    }
    return Document(**given)  # type: ignore[arg-type]


def cue(number: int, text: str, **fields: object) -> TranscriptCue:
    given: dict[str, object] = {
        "cue_id": f"c{number}",
        "start_at": at(number * 6),
        "end_at": at(number * 6 + 6),
        "text": text,
        **fields,
    }
    return TranscriptCue(**given)  # type: ignore[arg-type]


ROOM = RoomContext(
    meeting_id="m_one",
    meeting_slug="spring",
    meeting_title="Spring forum",
    room_id="r_hall",
    room_slug="hall",
    room_name="Great Hall",
)


class MemoryCorpus:
    """Meetings held in lists; every change is one number of the journal."""

    def __init__(self) -> None:
        self.journals: dict[str, list[Change]] = {}
        self.rooms: dict[str, RoomContext] = {}
        self.transcripts: dict[str, list[TranscriptCue]] = {}
        self.asked: list[tuple[str, int]] = []

    def say(self, meeting_id: str, change: Change) -> None:
        self.journals.setdefault(meeting_id, []).append(change)

    async def heads(self) -> Mapping[str, int]:
        return {key: len(changes) for key, changes in self.journals.items()}

    async def changes(self, meeting_id: str, after: int) -> Changes:
        """Two at a time, so that reading on is tried."""
        self.asked.append((meeting_id, after))
        journal = self.journals[meeting_id]
        found = tuple(journal[after : after + 2])
        seq = after + len(found)
        return Changes(seq=seq, changes=found, more=seq < len(journal))

    async def room(self, meeting_id: str, room_id: str) -> RoomContext:
        assert self.rooms[room_id].meeting_id == meeting_id
        return self.rooms[room_id]

    async def cues(self, meeting_id: str, room_id: str) -> Sequence[TranscriptCue]:
        assert self.rooms[room_id].meeting_id == meeting_id
        return self.transcripts[room_id]
