"""Transcripts over the API: put a caption file, get one in any format."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_body, read_query
from folkmoot.api.parts import PARTS, PlayableSeconds, enter
from folkmoot.api.rooms import find_room, need_zone
from folkmoot.core.broadcast.airtime import shown_until
from folkmoot.core.commands import ChangeTranscript
from folkmoot.core.decision import SYSTEM
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.ids import RandomIds
from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import moment
from folkmoot.journal import Refused
from folkmoot.keys import DATABASE, JOURNAL
from folkmoot.store import cues as store
from folkmoot.transcripts import aligning, formats, lines
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.recognition.lines import DOUBTFUL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from folkmoot.gateway.principals import Access
    from folkmoot.store.cues import CueRow

_CORRECTED: tuple[store.Provenance, ...] = ("corrected", "verified")
_IMPORTED: tuple[store.Provenance, ...] = ("imported",)
# What a file takes the place of: it was made with more time than live captions.
_SUPERSEDED: tuple[store.Provenance, ...] = ("imported", "machine", "typed")


class TranscriptQuery(msgspec.Struct, frozen=True, kw_only=True):
    """When the file's second 0 was; `replace=all` also drops corrected cues."""

    starts_at: datetime | None = None
    replace: Literal["imported", "all"] = "imported"
    language: str | None = None
    name: str | None = None


class SpanQuery(
    msgspec.Struct, frozen=True, kw_only=True, rename={"from_at": "from", "to_at": "to"}
):
    """Only what was said between two moments."""

    from_at: datetime | None = None
    to_at: datetime | None = None


class SaidCue(Cue, frozen=True, kw_only=True):
    """A cue on the meeting's clock, with where it came from.

    `confidence` is the model's own, 0 to 1; `doubtful` are the places of the words
    in `text` that it was not sure of.
    """

    cue_id: str
    at: str
    end_at: str
    provenance: store.Provenance
    model: str | None = None
    confidence: float | None = None
    doubtful: tuple[int, ...] = ()


class TranscriptView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many cues the room has from this file, and whether that is new.

    `agreement`: of a text without times, the share of words that were recognised in
    the room too and so gave it its times (0 to 1); null where none did.
    """

    cues: int
    starts_at: str
    changed: bool
    agreement: float | None = None


class _Import(msgspec.Struct, frozen=True, kw_only=True):
    meeting_id: str
    room_id: str
    starts_at: datetime
    source: str
    replace_all: bool
    rows: list[store.CueRow]


async def put_transcript(request: web.Request) -> web.Response:
    """Replace a room's imported cues by those of a caption file."""
    access = await enter(request)
    room = await find_room(request, access)
    room_id: str = room["room_id"]
    if not (access.actor.facilitates or f"caption:{room_id}" in access.actor.duties):
        raise Refusal("not_allowed", "Only organisers and captioners do that.")
    asked = read_query(request, TranscriptQuery)
    data = await read_body(request, limit_bytes=lines.MAX_BYTES)
    starts_at = need_zone(asked.starts_at) or await first_moment(
        request, access, room_id
    )
    media_type = request.headers.get("Content-Type")
    name = asked.name or request.headers.get("X-File-Name")
    cues = await asyncio.to_thread(
        formats.parse, data, media_type=media_type, name=name
    )
    agreement = None
    if all(cue.estimated for cue in cues):
        cues, agreement = await _align(request, access, room_id, cues, starts_at)
    wanted = _Import(
        meeting_id=access.meeting_id,
        room_id=room_id,
        starts_at=starts_at,
        source=_source(data, starts_at, asked.language),
        replace_all=asked.replace == "all",
        rows=[],
    )
    wanted = msgspec.structs.replace(
        wanted, rows=_rows(cues, wanted, language=asked.language)
    )
    span = await request.app[DATABASE].run(lambda c: _store(c, wanted))
    if span is None and not room["transcript_revision"]:
        # Stored once, but never told: the server ended in between.
        span = (wanted.rows[0].start_at, max(row.end_at for row in wanted.rows))
    if span is not None:
        await _tell(request, access, room_id, span)
    view = TranscriptView(
        cues=len(wanted.rows),
        starts_at=moment(starts_at),
        changed=span is not None,
        agreement=agreement,
    )
    return json_response(view)


async def _align(
    request: web.Request,
    access: Access,
    room_id: str,
    cues: list[Cue],
    starts_at: datetime,
) -> tuple[list[Cue], float | None]:
    """Give cues without times those of the words that were recognised, if they fit."""
    place = (access.meeting_id, room_id)
    rows = await request.app[DATABASE].read(
        lambda c: [
            *store.cues_of(c, *place, withheld=True),
            *store.cues_of(c, *place, drafts=True),
        ]
    )
    rows.sort(key=lambda row: row.start_at)
    # An earlier text of the same meeting has times too, once the captions are gone.
    machine = [row for row in rows if row.provenance == "machine"]
    heard = _shown(machine or rows, _count_from(starts_at))
    if not heard:
        return cues, None
    found = await asyncio.to_thread(aligning.align, cues, heard)
    if found.agreement < aligning.LEAST_AGREEMENT:
        return cues, None
    return found.cues, round(found.agreement, 3)


async def get_transcript(request: web.Request) -> web.Response:
    """Return a room's transcript in a caption format."""
    access = await enter(request)
    room = await find_room(request, access)
    room_id: str = room["room_id"]
    kind: Any = request.match_info["format"]
    asked = read_query(request, SpanQuery)
    from_at, to_at = need_zone(asked.from_at), need_zone(asked.to_at)
    meeting_id = access.meeting_id
    until = shown_until(room, request.app[PARTS].clock())
    rows = await request.app[DATABASE].read(
        lambda c: store.cues_of(
            c, meeting_id, room_id, from_at=from_at, to_at=to_at, until=until
        )
    )
    seconds_at = _clock(request, meeting_id, room_id)
    if seconds_at is None:
        begin = transcript_start(await _first_rows(request, meeting_id, room_id, rows))
        seconds_at = _count_from(begin or datetime.fromtimestamp(0, UTC))
    body = await asyncio.to_thread(formats.render, _shown(rows, seconds_at), kind)
    return web.Response(
        body=body,
        headers={
            "Content-Type": f"{formats.MEDIA_TYPES[kind]}; charset=utf-8",
            "Cache-Control": "no-cache",
        },
    )


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


async def first_moment(request: web.Request, access: Access, room_id: str) -> datetime:
    """Return the start of the room's recording, else of the meeting."""
    start = await _recording_start(request, access.meeting_id, room_id)
    if start is not None:
        return start
    snapshot = await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)
    state = snapshot.state
    # A meeting that is made for its archive opens long after it was held.
    told = [at for at in (state["starts_at"], state["opened_at"]) if at]
    return min(map(datetime.fromisoformat, told), default=request.app[PARTS].clock())


async def _recording_start(
    request: web.Request, meeting_id: str, room_id: str
) -> datetime | None:
    recording_start = request.app[PARTS].recording_start
    if recording_start is None:
        return None
    return await recording_start(meeting_id, room_id)


def _source(data: bytes, starts_at: datetime, language: str | None) -> str:
    digest = hashlib.sha256(data + (language or "").encode()).hexdigest()[:32]
    return f"{digest}@{moment(starts_at)}"


def _rows(
    cues: Sequence[Cue], wanted: _Import, *, language: str | None
) -> list[CueRow]:
    ids = RandomIds()
    return [
        store.CueRow(
            cue_id=ids.new("q"),
            meeting_id=wanted.meeting_id,
            room_id=wanted.room_id,
            start_at=wanted.starts_at + timedelta(seconds=cue.start_seconds),
            end_at=wanted.starts_at + timedelta(seconds=cue.end_seconds),
            text=cue.text,
            speaker=cue.speaker,
            language=cue.language or language,
            source_hash=wanted.source,
        )
        for cue in sorted(cues, key=lambda cue: cue.start_seconds)
    ]


def _store(
    connection: sa.Connection, wanted: _Import
) -> tuple[datetime, datetime] | None:
    """Store the cues; return the time that changed, None if nothing did."""
    place = (wanted.meeting_id, wanted.room_id)
    if not wanted.replace_all:
        if store.count_cues(connection, *place, provenances=_CORRECTED):
            raise Refusal(
                "corrections_would_be_lost",
                "Someone corrected this transcript. Add replace=all to lose that.",
            )
        imported = store.count_cues(connection, *place, provenances=_IMPORTED)
        same = store.count_cues(connection, *place, source_hash=wanted.source)
        if imported == same == len(wanted.rows):
            return None
    old = store.cues_of(connection, *place, withheld=True)
    kinds = None if wanted.replace_all else _SUPERSEDED
    store.replace_cues(connection, *place, wanted.rows, provenances=kinds)
    touched = [row for row in old if kinds is None or row.provenance in kinds]
    every = [*touched, *wanted.rows]
    return min(row.start_at for row in every), max(row.end_at for row in every)


async def _tell(
    request: web.Request,
    access: Access,
    room_id: str,
    span: tuple[datetime, datetime],
) -> None:
    command = ChangeTranscript(room_id=room_id, from_at=span[0], to_at=span[1])
    answer = await request.app[JOURNAL].submit(access.meeting_id, command, actor=SYSTEM)
    if isinstance(answer, Refused):
        raise Refusal(answer.code, answer.message)


async def _first_rows(
    request: web.Request, meeting_id: str, room_id: str, rows: Sequence[CueRow]
) -> Sequence[CueRow]:
    """The rows that a transcript counts its seconds from: not those of a span."""
    if not request.query:
        return rows
    return await request.app[DATABASE].read(
        lambda c: store.cues_of(c, meeting_id, room_id)
    )


def _clock(
    request: web.Request, meeting_id: str, room_id: str
) -> PlayableSeconds | None:
    recording_clock = request.app[PARTS].recording_clock
    return None if recording_clock is None else recording_clock(meeting_id, room_id)


def _count_from(begin: datetime) -> PlayableSeconds:
    return lambda at: max(0.0, (at - begin).total_seconds())


def _shown(rows: Sequence[CueRow], seconds_at: PlayableSeconds) -> list[SaidCue]:
    """The rows in playable seconds; what lies before the recording begins at 0."""
    shown, latest = [], 0.0
    for row in rows:
        start = seconds_at(row.start_at)
        # Past the end of the recording, or before its beginning.
        start = latest if start is None else start
        length = (row.end_at - row.start_at).total_seconds()
        end = seconds_at(row.end_at)
        end = start + length if end is None else max(start, end)
        latest = max(latest, start)
        shown.append(
            SaidCue(
                start_seconds=round(start, 3),
                end_seconds=round(end, 3),
                text=row.text,
                speaker=row.speaker,
                language=row.language,
                cue_id=row.cue_id,
                at=moment(row.start_at),
                end_at=moment(row.end_at),
                provenance=row.provenance,
                model=row.model,
                confidence=row.confidence,
                doubtful=_doubtful(row),
            )
        )
    return shown


def _doubtful(row: CueRow) -> tuple[int, ...]:
    if row.words is None or row.provenance != "machine":
        return ()
    words: list[list[float]] = msgspec.json.decode(row.words)
    return tuple(place for place, word in enumerate(words) if word[2] < DOUBTFUL)
