"""A quotation at its lasting address: who said what, on what, when, to be heard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from folkmoot.core.broadcast.airtime import shown_until
from folkmoot.core.broadcast.quoting import LONGEST, need_span
from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.watching.chapters import view_markers
from folkmoot.pages.watching.meeting import public_url
from folkmoot.pages.watching.transcript import TurnView, group_cues, view_turn
from folkmoot.pages.wording.moments import say_length, wire_moment
from folkmoot.store import cues
from folkmoot.store.cues import CueRow

# Where nobody's words are known, a moment is quoted with the seconds after it.
WORDLESS = timedelta(seconds=20)
# Other moments are none of a meeting, and no calendar reaches a little beyond them.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)
# Neighbours are offered to widen a quotation if they are no further away.
_BESIDE = timedelta(minutes=2)
_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>#|"})


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """What was said in a span. `address` is lasting; `text` and `markdown` to paste.

    The links `begin_…` and `end_…` choose other words to begin or to end with.
    """

    from_at: datetime
    to_at: datetime
    lasts: str
    turns: tuple[TurnView, ...]
    speakers: str
    agenda_item: str
    words: str
    address: str
    watch_url: str
    text: str
    markdown: str
    begin_earlier: str = ""
    begin_later: str = ""
    end_earlier: str = ""
    end_later: str = ""


class CitePage(MeetingBase, frozen=True, kw_only=True):
    """A quotation with its film and the ways to take it along."""

    room: RoomView
    cite: Citation
    origin: str
    film_url: str
    clip_url: str
    sound_url: str
    picture_url: str


async def show_citation(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/cite?room&from&to`; with `at` alone, lead to what is said then."""
    visit = await open_visit(request)
    room = visit.room(visit.query.get("room"))
    if room is None:
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    ports = request.app[PORTS]
    at = _read_at(visit.query.get("at"))
    if at is not None:
        address = await _address_at(ports, visit, room, at)
        return web.Response(status=303, headers={"Location": address})
    from_at, to_at = (_read_at(visit.query.get(name)) for name in ("from", "to"))
    if from_at is None or to_at is None:
        raise Refusal(
            "no_such_quotation",
            "This address doesn't say from when until when. Open the transcript and "
            "choose the words to cite there.",
        )
    need_span(from_at, to_at)
    span = {"from": wire_moment(from_at), "to": wire_moment(to_at)}
    recorded = room.playable and await _is_recorded(ports, visit, room, from_at, to_at)
    clip = f"/api/v1/meetings/{visit.head.slug}/rooms/{room.slug}/clip"
    page = CitePage(
        **visit.base("cite", room=room.slug, at=span["from"]),
        room=room,
        cite=await _cite(ports, visit, room, from_at, to_at, public_url(request)),
        origin=public_url(request),
        film_url=f"{room.playback_url}?{urlencode(span)}" if recorded else "",
        clip_url=f"{clip}.mp4?{urlencode(span)}" if recorded else "",
        sound_url=f"{clip}.m4a?{urlencode(span)}" if recorded else "",
        picture_url=_picture(room, span["from"]) if recorded else "",
    )
    return request.app[RENDERER].respond("cite.html", page)


def _picture(room: RoomView, at: str) -> str:
    """The address of the room's picture at a moment, beside that of its film."""
    folder = room.playback_url.rpartition("/")[0]
    return f"{folder}/still.jpg?{urlencode({'at': at})}"


def cite_path(slug: str, room: str, from_at: datetime, to_at: datetime) -> str:
    """Return the lasting address of what was said between two moments."""
    query = {"room": room, "from": wire_moment(from_at), "to": wire_moment(to_at)}
    return f"/m/{slug}/cite?{urlencode(query)}"


async def _address_at(ports: Ports, visit: Visit, room: RoomView, at: datetime) -> str:
    """The address of the words that are said at a moment, else of its seconds."""
    rows = await _read(ports, visit, room, at, at + timedelta(milliseconds=1))
    if not rows:
        return cite_path(visit.head.slug, room.slug, at, at + WORDLESS)
    row = rows[-1]
    end = min(row.end_at, row.start_at + LONGEST)
    return cite_path(visit.head.slug, room.slug, row.start_at, end)


async def _cite(
    ports: Ports,
    visit: Visit,
    room: RoomView,
    from_at: datetime,
    to_at: datetime,
    base: str,
) -> Citation:
    around = await _read(ports, visit, room, from_at - _BESIDE, to_at + _BESIDE)
    chosen = _choose(around, from_at, to_at)
    rows = around[chosen]
    words = " ".join(row.text.strip() for row in rows)
    speakers = ", ".join(dict.fromkeys(row.speaker for row in rows if row.speaker))
    item = ""
    for marker in view_markers(visit.state, room.room_id):
        if marker.kind == "agenda" and marker.at <= from_at:
            item = marker.label
    slug = visit.head.slug
    address = base + cite_path(slug, room.slug, from_at, to_at)
    day, clock = visit.moments.day(from_at), visit.moments.exact
    year = str(visit.moments.local(from_at).year)
    dated = day if day.endswith(year) else f"{day} {year}"
    when = f"{dated}, {clock(from_at)}\N{EN DASH}{clock(to_at)} ({visit.moments.zone})"
    where = [item and f"\u201c{item}\u201d", visit.head.title, room.name, when]
    source = ", ".join(filter(None, [speakers, *where]))
    marked = ", ".join(
        filter(
            None,
            [
                speakers.translate(_MARKDOWN),
                item and f"\u201c{item.translate(_MARKDOWN)}\u201d",
                f"[{visit.head.title.translate(_MARKDOWN)}]({address})",
                room.name.translate(_MARKDOWN),
                when,
            ],
        )
    )
    quoted = f"\u201c{words}\u201d\n\N{EM DASH} " if words else ""
    watch = {"room": room.slug, "at": wire_moment(from_at)}
    return Citation(
        from_at=from_at,
        to_at=to_at,
        lasts=say_length(to_at - from_at),
        turns=tuple(view_turn(group, 0.0, None) for group in group_cues(rows)),
        speakers=speakers,
        agenda_item=item,
        words=words,
        address=address,
        watch_url=f"/m/{slug}?{urlencode(watch)}",
        text=f"{quoted}{source}\n{address}",
        markdown=(f"> {words.translate(_MARKDOWN)}\n>\n> \N{EM DASH} " if words else "")
        + marked,
        **_neighbours(around, chosen, slug, room.slug),
    )


def _choose(rows: Sequence[CueRow], from_at: datetime, to_at: datetime) -> slice:
    """The words that are meant: most of each lies in the span, or the span in it.

    Addresses are in milliseconds, so a neighbour may touch the span by less.
    """
    meant = [
        number
        for number, row in enumerate(rows)
        if from_at <= row.start_at + (row.end_at - row.start_at) / 2 < to_at
        or (row.start_at <= from_at and to_at <= row.end_at)
    ]
    return slice(meant[0], meant[-1] + 1) if meant else slice(0, 0)


def _neighbours(
    rows: Sequence[CueRow], chosen: slice, slug: str, room: str
) -> dict[str, str]:
    """The addresses that begin or end with other words, where they can be quoted."""
    first, last = chosen.start, chosen.stop - 1
    if last < first:
        return {}
    wanted = {
        "begin_earlier": (first - 1, last),
        "begin_later": (first + 1, last),
        "end_earlier": (first, last - 1),
        "end_later": (first, last + 1),
    }
    return {
        name: cite_path(slug, room, rows[start].start_at, rows[end].end_at)
        for name, (start, end) in wanted.items()
        if 0 <= start <= end < len(rows)
        and rows[end].end_at - rows[start].start_at <= LONGEST
    }


async def _read(
    ports: Ports, visit: Visit, room: RoomView, from_at: datetime, to_at: datetime
) -> list[CueRow]:
    """What may be read of a room, no further than the picture."""
    until = shown_until(visit.state["rooms"][room.room_id], visit.moments.now)
    return await ports.database.read(
        lambda c: cues.cues_of(
            c,
            visit.row.meeting_id,
            room.room_id,
            from_at=from_at,
            to_at=to_at,
            until=until,
        )
    )


async def _is_recorded(
    ports: Ports, visit: Visit, room: RoomView, from_at: datetime, to_at: datetime
) -> bool:
    """Whether any of the span can be played."""
    if ports.webcast is None:
        return False
    try:
        channel = ports.webcast.channel(visit.row.meeting_id, room.room_id)
    except KeyError:
        return False
    return any(
        start < to_at and end > from_at for start, end in channel.recorded_spans()
    )


def _read_at(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None or not _EARLIEST < at < _LATEST:
        return None
    return at
