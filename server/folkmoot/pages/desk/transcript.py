"""The transcript editor: a sheet of lines with the picture, and a page for each line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.frame.form_data import read_number
from folkmoot.pages.frame.forms import Form, take_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.store.cue_edits import CueEdit
from folkmoot.store.cues import CueRow
from folkmoot.transcripts.editing import acts
from folkmoot.transcripts.editing.editor import Author, Done, TranscriptEditor
from folkmoot.transcripts.importing import find_start

PAGE_LINES = 100
DIVIDE_AT = "|"
_ADDED = timedelta(seconds=4)
_LEAST_ADDED = timedelta(seconds=1)
# What has a form of its own on a line's page, and says there why it was refused.
_FORMS = tuple(
    f"transcript.{what}"
    for what in (
        "change", "split", "merge", "delete", "check", "uncheck", "publish", "add",
    )
)  # fmt: skip
# What is asked of a room's lines, not of one.
_OF_ROOM = frozenset({"undo", "rename"})
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,3}))?")
ORIGIN_WORDS: Mapping[str, str] = {
    "machine": "By machine",
    "typed": "Typed live",
    "imported": "From a file",
}
WHAT_WORDS: Mapping[str, str] = {
    "words": "changed the words",
    "speaker": "named the speaker",
    "time": "changed the times",
    "split": "divided it",
    "merged": "joined it with the next",
    "deleted": "deleted it",
    "added": "added it",
    "renamed": "renamed the speaker everywhere",
    "checked": "checked it against the recording",
    "unchecked": "took the check mark off",
    "published": "published it",
    "undone": "took a change back",
}


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How far a room's lines are checked, and how many wait to be published."""

    lines: int
    checked: int
    waiting: int


class SheetPage(MeetingBase, frozen=True, kw_only=True):
    """A room's lines, as many as one page has, with the picture beside them."""

    room: RoomView
    do: str
    source: str
    lines: tuple[CueRow, ...]
    first: int
    numbers: tuple[int, ...]
    current: int
    counts: Counts
    speakers: tuple[str, ...]
    origin_words: Mapping[str, str]
    undo: str
    near: str
    starts: str
    brought: str
    at: str = ""
    seek: float | None = None
    lean: bool = False


class LinePage(MeetingBase, frozen=True, kw_only=True):
    """One line with all that can be done to it, and all that was."""

    room: RoomView
    do: str
    sheet: str
    line: CueRow
    following: CueRow | None
    before: CueRow | None
    history: tuple[CueEdit, ...]
    starts: str
    ends: str
    origin_words: Mapping[str, str]
    what_words: Mapping[str, str]
    undo: str
    added_starts: str
    added_ends: str
    forms: tuple[str, ...] = _FORMS


async def show_sheet(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/transcript?room=&page=`."""
    return await answer_sheet(request, await open_visit(request))


async def show_line(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/transcript/{cue}?room=`."""
    visit = await open_visit(request)
    return await _answer_line(request, visit, request.match_info["cue"])


async def post_transcript(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/transcript`: what the forms of both pages ask."""
    path = f"/desk/{request.match_info['slug']}/transcript"

    async def do(
        request: web.Request, form: Form, caller: Caller
    ) -> web.StreamResponse:
        visit = await open_visit(request, path=path, caller=caller)
        room = find_room(visit, form.fields.get("room"))
        done = await _do(request.app[PORTS], visit, room, form.fields)
        return _lead_on(path, room, form.fields, done)

    return await take_form(request, path, do, _answer_form)


def _lead_on(
    path: str, room: RoomView, fields: Mapping[str, str], done: Done
) -> web.Response:
    """Lead to the page of the line that something was done to, else to its sheet."""
    where: dict[str, str] = {"room": room.slug, "undo": done.edit_id}
    cue_id = fields.get("cue_id", "")
    if fields.get("do") == "add":
        cue_id = done.rows[0].cue_id
    gone = cue_id in done.removed or fields.get("do") in _OF_ROOM
    if cue_id and not gone and fields.get("to") != "sheet":
        path = f"{path}/{cue_id}"
    elif fields.get("page"):
        where["page"] = fields["page"]
    return web.Response(status=303, headers={"Location": f"{path}?{urlencode(where)}"})


async def _answer_form(
    request: web.Request, visit: Visit, attempt: Attempt, status: int
) -> web.Response:
    """Show the page of a refused form again: the line's where there is one."""
    room = find_room(visit, attempt.values.get("room"))
    need_editor(visit, room)
    cue_id = attempt.values.get("cue_id", "")
    # What was taken away has no page any more.
    there = await _editor(request.app[PORTS]).find(
        (visit.row.meeting_id, room.room_id), cue_id
    )
    if there is not None and attempt.values.get("do") not in _OF_ROOM:
        return await _answer_line(request, visit, cue_id, attempt, status)
    return await answer_sheet(request, visit, attempt, status)


async def answer_sheet(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    asked = attempt.values if attempt is not None else visit.query
    room = find_room(visit, asked.get("room"))
    need_editor(visit, room)
    rows = (
        await _editor(request.app[PORTS]).read((visit.row.meeting_id, room.room_id))
    ).rows
    pages = max(1, -(-len(rows) // PAGE_LINES))
    current = min(pages, max(1, read_number(asked.get("page", "")) or 1))
    base = f"/desk/{visit.head.slug}/transcript"
    names = dict.fromkeys(row.speaker for row in rows if row.speaker)
    page = SheetPage(
        **visit.base(
            "transcript-editor",
            attempt=attempt,
            path=f"{base}?{urlencode({'room': room.slug, 'page': current})}",
            room=room.slug,
        ),
        room=room,
        do=base,
        source=f"/api/v1/meetings/{visit.head.slug}/rooms/{room.room_id}/transcript",
        lines=tuple(rows[(current - 1) * PAGE_LINES : current * PAGE_LINES]),
        first=(current - 1) * PAGE_LINES + 1,
        numbers=tuple(range(1, pages + 1)),
        current=current,
        counts=Counts(
            lines=len(rows),
            checked=sum(row.provenance == "verified" for row in rows),
            waiting=sum(row.draft for row in rows),
        ),
        speakers=tuple(sorted(names)),
        origin_words=ORIGIN_WORDS,
        undo="" if attempt else visit.query.get("undo", ""),
        starts=visit.moments.local(
            await start_of(request.app[PORTS], visit.row.meeting_id, room.room_id)
        ).strftime("%Y-%m-%dT%H:%M:%S"),
        brought="" if attempt else _say_brought(visit.query),
        near=(rows[0].start_at if rows else visit.moments.now).isoformat(),
    )
    return request.app[RENDERER].respond("transcript_sheet.html", page, status=status)


async def start_of(ports: Ports, meeting_id: str, room_id: str) -> datetime:
    """Return when second 0 of a room's transcript is, unless a file says otherwise."""
    start = None
    if ports.webcast is not None:
        try:
            start = ports.webcast.channel(meeting_id, room_id).timeline.start_at
        except KeyError:
            start = None
    return await find_start(ports.journal, meeting_id, start, ports.clock)


def _say_brought(query: Mapping[str, str]) -> str:
    """What a file came to, in a sentence."""
    lines = _number(query.get("brought", ""))
    if not lines:
        return ""
    told = f"{lines:,} {'line was' if lines == 1 else 'lines were'} brought in."
    match = re.fullmatch(r"[01]\.[0-9]{2}", query.get("agreement", ""))
    if match is None:
        return told
    share = round(float(match[0]) * 100)
    return f"{told} {share} % of the words were heard too and gave them their times."


async def _answer_line(
    request: web.Request,
    visit: Visit,
    cue_id: str,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    asked = attempt.values if attempt is not None else visit.query
    room = find_room(visit, asked.get("room"))
    need_editor(visit, room)
    editor, place = _editor(request.app[PORTS]), (visit.row.meeting_id, room.room_id)
    line = await editor.find(place, cue_id)
    if line is None:
        raise Refusal("no_such_line", "This line is no longer there.")
    around = await editor.read(
        place,
        from_at=line.start_at - timedelta(minutes=5),
        to_at=line.end_at + timedelta(minutes=5),
    )
    before, following = _neighbours(around.rows, cue_id)
    base = f"/desk/{visit.head.slug}/transcript"
    zone = ZoneInfo(visit.moments.zone)
    history = await editor.history(place, cue_id)
    page = LinePage(
        **visit.base(
            "desk",
            attempt=attempt,
            path=f"{base}/{cue_id}?{urlencode({'room': room.slug})}",
        ),
        room=room,
        do=base,
        sheet=f"{base}?{urlencode({'room': room.slug})}",
        line=line,
        following=following,
        before=before,
        history=tuple(reversed(history)),
        starts=write_time(line.start_at, zone),
        ends=write_time(line.end_at, zone),
        origin_words=ORIGIN_WORDS,
        what_words=WHAT_WORDS,
        undo="" if attempt else visit.query.get("undo", ""),
        added_starts=write_time(line.end_at, zone),
        added_ends=write_time(_end_of_added(line, following), zone),
    )
    return request.app[RENDERER].respond("transcript_line.html", page, status=status)


async def _do(
    ports: Ports, visit: Visit, room: RoomView, fields: Mapping[str, str]
) -> Done:
    need_editor(visit, room)
    editor, place = _editor(ports), (visit.row.meeting_id, room.room_id)
    act = _read_act(fields, zone=ZoneInfo(visit.moments.zone))
    # The form's own id: sent twice, it is done once.
    edit_id = fields.get("_client_id", "")
    if not 8 <= len(edit_id) <= 64:
        edit_id = random_text(16)
    edit = acts.Edit(edit_id=edit_id, acts=(act,))
    done = await editor.apply(place, _author(visit), edit)
    if done.conflicts:
        raise Refusal("outdated", _say_conflict(done))
    return done


def _read_act(  # noqa: C901 (one case for each act)
    fields: Mapping[str, str], *, zone: ZoneInfo
) -> acts.AnyAct:
    cue_id, text = fields.get("cue_id", ""), fields.get("text", "")
    revision = _number(fields.get("revision", "0"))
    match fields.get("do", ""):
        case "change":
            near = _moment(fields.get("near", ""))
            return acts.Change(
                cue_id=cue_id,
                revision=revision,
                text=text,
                speaker=fields.get("speaker") or None,
                at=read_time(fields.get("starts", ""), near, zone),
                end_at=read_time(fields.get("ends", ""), near, zone),
            )
        case "split":
            first, mark, second = text.partition(DIVIDE_AT)
            if not mark:
                raise Refusal("bad_form", f"Put {DIVIDE_AT} where it is to be divided.")
            return acts.Split(
                cue_id=cue_id,
                revision=revision,
                text=f"{first.strip()} {second.strip()}",
                offset=len(first.strip()),
                new_id=f"q_{random_text(16)}",
            )
        case "merge":
            return acts.Merge(
                cue_id=cue_id,
                revision=revision,
                next_id=fields.get("next_id", ""),
                next_revision=_number(fields.get("next_revision", "0")),
            )
        case "add":
            near = _moment(fields.get("near", ""))
            return acts.Add(
                cue_id=f"q_{random_text(16)}",
                text=text,
                speaker=fields.get("speaker") or None,
                at=read_time(fields.get("starts", ""), near, zone),
                end_at=read_time(fields.get("ends", ""), near, zone),
            )
        case "delete":
            return acts.Delete(cue_id=cue_id, revision=revision)
        case "check" | "uncheck" as what:
            return acts.Check(cue_id=cue_id, revision=revision, checked=what == "check")
        case "publish":
            return acts.Publish(cue_id=cue_id, revision=revision)
        case "rename":
            return acts.Rename(
                speaker=fields.get("speaker", ""), to=fields.get("name") or None
            )
        case "undo":
            return acts.Undo(edit_id=fields.get("edit_id", ""))
        case other:
            raise Refusal("bad_form", f"{other!r} is nothing that can be done here.")


def write_time(at: datetime, zone: ZoneInfo) -> str:
    """A moment as a time of day with milliseconds: `10:03:12.500`."""
    return at.astimezone(zone).strftime("%H:%M:%S.%f")[:-3]


def read_time(text: str, near: datetime, zone: ZoneInfo) -> datetime:
    """The moment of that time of day which is the nearest. Raises `Refusal`."""
    match = _CLOCK.fullmatch(text.strip())
    hour, minute, second = (
        (int(part) for part in match.groups()[:3]) if match else (99,) * 3
    )
    if match is None or hour > 23 or minute > 59 or second > 59:
        raise Refusal("bad_times", "Write a time such as 10:03:12.500.")
    millis = int((match[4] or "0").ljust(3, "0"))
    day: date = near.astimezone(zone).date()
    found = [
        datetime(
            one.year, one.month, one.day, hour, minute, second, millis * 1000, zone
        ).astimezone(near.tzinfo)
        for one in (day - timedelta(days=1), day, day + timedelta(days=1))
    ]
    return min(found, key=lambda at: abs(at - near))


def _neighbours(
    rows: Sequence[CueRow], cue_id: str
) -> tuple[CueRow | None, CueRow | None]:
    place = next((i for i, row in enumerate(rows) if row.cue_id == cue_id), None)
    if place is None:
        return None, None
    before = rows[place - 1] if place else None
    return before, rows[place + 1] if place + 1 < len(rows) else None


def _end_of_added(line: CueRow, following: CueRow | None) -> datetime:
    """Up to where a line lasts that is missing after another, unless told otherwise."""
    if following is not None and following.start_at - line.end_at >= _LEAST_ADDED:
        return min(following.start_at, line.end_at + _ADDED)
    return line.end_at + _ADDED


def _say_conflict(done: Done) -> str:
    now = done.conflicts[0].now
    if now is None:
        return "Somebody else took this line away meanwhile."
    return (
        f"Somebody else changed this line meanwhile. It reads now: “{now.text}”. "
        "What you wrote is still below; look at both and send it again."
    )


def _author(visit: Visit) -> Author:
    me = visit.me
    assert me is not None  # `_need_editor` was asked first
    return Author(me.member_id or f"staff:{me.name}", me.name or "The organisers")


def need_editor(visit: Visit, room: RoomView) -> None:
    me = visit.me
    if me is None or not (me.facilitates or f"caption:{room.room_id}" in me.duties):
        raise Refusal("not_allowed", "This page is for who edits what was said.")


def find_room(visit: Visit, wanted: str | None) -> RoomView:
    room = visit.room(wanted)
    if room is None or (wanted and wanted not in {room.slug, room.room_id}):
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    return room


def _editor(ports: Ports) -> TranscriptEditor:
    if ports.editor is None:
        raise Refusal("no_editor", "Transcripts can't be edited on this server.")
    return ports.editor


def _number(text: str) -> int:
    return read_number(text) or 0


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refusal("bad_form", "This form is not whole. Open the page again.")
    return at
