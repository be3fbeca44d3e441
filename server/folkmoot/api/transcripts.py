"""Transcripts over the API: put a caption file, get one in any format."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_body, read_query
from folkmoot.api.parts import PARTS, enter
from folkmoot.api.rooms import find_room, need_zone
from folkmoot.core.airtime import shown_until
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
    heard = _shown(machine or rows, starts_at)
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
    meeting_id = access.meeting_id
    until = shown_until(room, request.app[PARTS].clock())
    rows = await request.app[DATABASE].read(
        lambda c: store.cues_of(c, meeting_id, room_id, until=until)
    )
    start = await _recording_start(request, meeting_id, room_id)
    begin = start or transcript_start(rows) or datetime.fromtimestamp(0, UTC)
    body = await asyncio.to_thread(formats.render, _shown(rows, begin), kind)
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


def _shown(rows: Sequence[CueRow], begin: datetime) -> list[Cue]:
    return [
        Cue(
            start_seconds=max(0.0, (row.start_at - begin).total_seconds()),
            end_seconds=max(0.0, (row.end_at - begin).total_seconds()),
            text=row.text,
            speaker=row.speaker,
            language=row.language,
        )
        for row in rows
    ]
