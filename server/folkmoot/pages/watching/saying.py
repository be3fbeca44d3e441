"""All that was said in a room on one page: to read, to print, to take away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, open_visit
from folkmoot.pages.watching.chapters import ChapterView, view_markers
from folkmoot.pages.watching.transcript import CueView, TurnView, read_transcript

# A day of talk has about ten thousand; what is longer is there as a file.
MOST_CUES = 20_000
FILES = {
    "vtt": "WebVTT",
    "srt": "SubRip",
    "ttml": "TTML",
    "txt": "Text",
    "json": "JSON",
}


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """What was said to one item; `label` is empty before the first."""

    label: str
    turns: tuple[TurnView, ...]


class SaidPage(MeetingBase, frozen=True, kw_only=True):
    """A room's transcript by items, and its files; `cut_at`: too long for a page."""

    room: RoomView
    stretches: tuple[Stretch, ...]
    files: tuple[tuple[str, str], ...]
    began_at: datetime | None
    cut_at: datetime | None = None


async def show_said(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/transcript?room=`."""
    visit = await open_visit(request)
    wanted = visit.query.get("room")
    room = visit.room(wanted)
    if room is None or (wanted and wanted not in {room.slug, room.room_id}):
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    read = await read_transcript(
        request.app[PORTS],
        visit.row.meeting_id,
        room.room_id,
        limit=MOST_CUES,
    )
    base = f"/m/{visit.head.slug}/transcript?room={room.slug}"
    items = [
        marker
        for marker in view_markers(visit.state, room.room_id)
        if marker.kind == "agenda"
    ]
    source = room.transcript_url.removesuffix(".json")
    page = SaidPage(
        **visit.base("said", path=base, room=room.slug),
        room=room,
        stretches=tuple(divide(read.turns, items)),
        files=tuple((name, f"{source}.{ending}") for ending, name in FILES.items()),
        began_at=read.turns[0].at if read.turns else None,
        cut_at=read.next_at,
    )
    return request.app[RENDERER].respond("transcript.html", page)


def divide(
    turns: Iterable[TurnView], items: Iterable[ChapterView]
) -> Iterator[Stretch]:
    """Put what was said under its item; who goes on across one is named anew."""
    label, here = "", list[TurnView]()
    rest = list(items)
    for turn in turns:
        begun: list[CueView] = []
        for cue in turn.cues:
            if rest and rest[0].at < cue.end_at:
                here += _part(turn, begun)
                if here:
                    yield Stretch(label=label, turns=tuple(here))
                while rest and rest[0].at < cue.end_at:
                    label = rest.pop(0).label
                begun, here = [], []
            begun.append(cue)
        here += _part(turn, begun)
    if here:
        yield Stretch(label=label, turns=tuple(here))


def _part(turn: TurnView, cues: Sequence[CueView]) -> Iterator[TurnView]:
    if cues:
        first = cues[0]
        yield msgspec.structs.replace(
            turn, at=first.at, start_seconds=first.start_seconds, cues=tuple(cues)
        )
