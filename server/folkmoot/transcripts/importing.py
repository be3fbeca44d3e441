"""A caption file becomes a room's transcript: all of it, or nothing of it."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.commands import ChangeTranscript
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.ids import RandomIds
from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import moment
from folkmoot.journal import Refused
from folkmoot.store import cues as store
from folkmoot.transcripts import aligning, formats
from folkmoot.transcripts.cues import Cue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import sqlalchemy as sa

    from folkmoot.journal import Journal
    from folkmoot.store.cues import CueRow
    from folkmoot.store.database import Database

Place = tuple[str, str]
Span = tuple[datetime, datetime]
_CORRECTED: tuple[store.Provenance, ...] = ("corrected", "verified")
_IMPORTED: tuple[store.Provenance, ...] = ("imported",)
# What a file takes the place of: it was made with more time than live captions.
_SUPERSEDED: tuple[store.Provenance, ...] = ("imported", "machine", "typed")


class CueFile(msgspec.Struct, frozen=True, kw_only=True):
    """A caption file as it came; its second 0 was at `starts_at`.

    `replace_all` also drops cues that somebody corrected.
    """

    data: bytes
    starts_at: datetime
    media_type: str | None = None
    name: str | None = None
    language: str | None = None
    replace_all: bool = False


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many cues came of a file, and the span that is another now, if one is.

    `agreement`: of a text without times, the share of words that were recognised in
    the room too and so gave it its times (0 to 1); None where none did.
    """

    cues: int
    changed: Span | None
    agreement: float | None = None


async def import_file(
    journal: Journal, database: Database, place: Place, file: CueFile
) -> Imported:
    """Replace a room's imported cues by those of a file, and tell everyone.

    Raises `CueError` with the line for a file that can't be read, and `Refusal`
    where words would be lost that somebody corrected.
    """
    cues = await asyncio.to_thread(
        formats.parse, file.data, media_type=file.media_type, name=file.name
    )
    agreement = None
    if all(cue.estimated for cue in cues):
        cues, agreement = await _align(database, place, cues, file.starts_at)
    rows = _rows(place, cues, file)
    span = await database.run(lambda connection: _store(connection, place, rows, file))
    if span is None and not await _was_told(journal, place):
        # Stored once, but never told: the server ended in between.
        span = _span_of(rows)
    if span is not None:
        await _tell(journal, place, span)
    return Imported(cues=len(rows), changed=span, agreement=agreement)


async def find_start(
    journal: Journal,
    meeting_id: str,
    recording_start: datetime | None,
    clock: Callable[[], datetime],
) -> datetime:
    """Return the start of a room's recording, else of the meeting."""
    if recording_start is not None:
        return recording_start
    state = (await journal.snapshot(meeting_id, PUBLIC)).state
    # A meeting that is made for its archive opens long after it was held.
    told = [at for at in (state["starts_at"], state["opened_at"]) if at]
    return min(map(datetime.fromisoformat, told), default=clock())


def transcript_start(rows: Sequence[CueRow]) -> datetime | None:
    """Return when the second 0 of an imported transcript was.

    Kept in the name of the source, since no cue needs to begin there; of cues
    from elsewhere it is the first one's start.
    """
    starts = []
    for source in {row.source_hash for row in rows if row.source_hash}:
        _, _, at = source.partition("@")
        if at:
            starts.append(datetime.fromisoformat(at))
    return min(starts, default=min((row.start_at for row in rows), default=None))


async def _align(
    database: Database, place: Place, cues: list[Cue], starts_at: datetime
) -> tuple[list[Cue], float | None]:
    """Give cues without times those of the words that were recognised, if they fit."""
    rows = await database.read(
        lambda c: [
            *store.cues_of(c, *place, withheld=True),
            *store.cues_of(c, *place, drafts=True),
        ]
    )
    rows.sort(key=lambda row: row.start_at)
    # An earlier text of the same meeting has times too, once the captions are gone.
    machine = [row for row in rows if row.provenance == "machine"]
    heard = [_heard(row, starts_at) for row in machine or rows]
    if not heard:
        return cues, None
    found = await asyncio.to_thread(aligning.align, cues, heard)
    if found.agreement < aligning.LEAST_AGREEMENT:
        return cues, None
    return found.cues, round(found.agreement, 3)


def _heard(row: CueRow, starts_at: datetime) -> Cue:
    start = max(0.0, (row.start_at - starts_at).total_seconds())
    return Cue(
        start_seconds=start,
        end_seconds=max(start, (row.end_at - starts_at).total_seconds()),
        text=row.text,
        speaker=row.speaker,
        language=row.language,
    )


def _rows(place: Place, cues: Iterable[Cue], file: CueFile) -> list[CueRow]:
    ids = RandomIds()
    source = _source(file)
    return [
        store.CueRow(
            cue_id=ids.new("q"),
            meeting_id=place[0],
            room_id=place[1],
            start_at=file.starts_at + timedelta(seconds=cue.start_seconds),
            end_at=file.starts_at + timedelta(seconds=cue.end_seconds),
            text=cue.text,
            speaker=cue.speaker,
            language=cue.language or file.language,
            source_hash=source,
        )
        for cue in sorted(cues, key=lambda cue: cue.start_seconds)
    ]


def _source(file: CueFile) -> str:
    digest = hashlib.sha256(file.data + (file.language or "").encode()).hexdigest()
    return f"{digest[:32]}@{moment(file.starts_at)}"


def _store(
    connection: sa.Connection, place: Place, rows: list[CueRow], file: CueFile
) -> Span | None:
    """Store the cues; return the time that changed, None if nothing did."""
    if not file.replace_all:
        if store.count_cues(connection, *place, provenances=_CORRECTED):
            raise Refusal(
                "corrections_would_be_lost",
                "Someone corrected this transcript. Add replace=all to lose that.",
            )
        imported = store.count_cues(connection, *place, provenances=_IMPORTED)
        same = store.count_cues(connection, *place, source_hash=rows[0].source_hash)
        if imported == same == len(rows):
            return None
    old = store.cues_of(connection, *place, withheld=True)
    kinds = None if file.replace_all else _SUPERSEDED
    store.replace_cues(connection, *place, rows, provenances=kinds)
    touched = [row for row in old if kinds is None or row.provenance in kinds]
    return _span_of([*touched, *rows])


def _span_of(rows: Sequence[CueRow]) -> Span:
    return min(row.start_at for row in rows), max(row.end_at for row in rows)


async def _was_told(journal: Journal, place: Place) -> bool:
    state = (await journal.snapshot(place[0], PUBLIC)).state
    return bool(state["rooms"][place[1]]["transcript_revision"])


async def _tell(journal: Journal, place: Place, span: Span) -> None:
    command = ChangeTranscript(room_id=place[1], from_at=span[0], to_at=span[1])
    answer = await journal.submit(place[0], command, actor=SYSTEM)
    if isinstance(answer, Refused):
        raise Refusal(answer.code, answer.message)
