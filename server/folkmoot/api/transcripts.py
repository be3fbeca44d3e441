"""Transcripts over the API: put a caption file, get one in any format."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_body, read_query
from folkmoot.api.parts import PARTS, PlayableSeconds, enter
from folkmoot.api.rooms import find_room, need_zone
from folkmoot.core.broadcast.airtime import shown_until
from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import moment
from folkmoot.keys import DATABASE, JOURNAL
from folkmoot.store import cues as store
from folkmoot.transcripts import formats, lines
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.importing import (
    CueFile,
    find_start,
    import_file,
    transcript_start,
)
from folkmoot.transcripts.recognition.lines import DOUBTFUL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from folkmoot.gateway.principals import Access
    from folkmoot.store.cues import CueRow


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
    file = CueFile(
        data=data,
        starts_at=starts_at,
        media_type=request.headers.get("Content-Type"),
        name=asked.name or request.headers.get("X-File-Name"),
        language=asked.language,
        replace_all=asked.replace == "all",
    )
    done = await import_file(
        request.app[JOURNAL],
        request.app[DATABASE],
        (access.meeting_id, room_id),
        file,
    )
    view = TranscriptView(
        cues=done.cues,
        starts_at=moment(starts_at),
        changed=done.changed is not None,
        agreement=done.agreement,
    )
    return json_response(view)


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


async def first_moment(request: web.Request, access: Access, room_id: str) -> datetime:
    """Return the start of the room's recording, else of the meeting."""
    start = await _recording_start(request, access.meeting_id, room_id)
    clock = request.app[PARTS].clock
    return await find_start(request.app[JOURNAL], access.meeting_id, start, clock)


async def _recording_start(
    request: web.Request, meeting_id: str, room_id: str
) -> datetime | None:
    recording_start = request.app[PARTS].recording_start
    if recording_start is None:
        return None
    return await recording_start(meeting_id, room_id)


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
