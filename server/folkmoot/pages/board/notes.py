"""A session's notes and outcomes: lines, photographs, and how they came about."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from aiohttp import BodyPartReader, web

from folkmoot.core.commands import AddPhoto
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.journal import Accepted
from folkmoot.pages.board.timetable import SessionView, text_of
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.live.reading import find_image_feed
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none
from folkmoot.received.images import MAX_BYTES, BadPicture, read_picture
from folkmoot.store import contents

Wire = Mapping[str, Any]
KINDS = {
    "discussed": "What we discussed",
    "decision": "Decisions",
    "offer": "Offers",
    "action": "Actions",
}
_HISTORY = 2_000


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line or photograph of the notes; `may_*` are the reader's."""

    note_id: str
    kind: str
    text: str
    who: str
    author: str
    version: int
    at: datetime
    due: date | None = None
    edited: bool = False
    removed: bool = False
    may_remove: bool = False
    may_erase: bool = False
    image_url: str = ""
    width: int = 0
    height: int = 0


class NoteGroup(msgspec.Struct, frozen=True):
    """The lines of one kind."""

    kind: str
    title: str
    lines: tuple[LineView, ...]


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What was noted in a session; `address` is the page of its notes alone."""

    session_id: str
    address: str
    groups: tuple[NoteGroup, ...]
    photos: tuple[LineView, ...]
    removed: tuple[LineView, ...]
    may_write: bool
    count: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the notes' history; `text` is None where it was deleted."""

    at: datetime
    what: str
    kind: str
    author: str
    text: str | None
    who: str = ""


class NotesPage(MeetingBase, frozen=True, kw_only=True):
    """The notes of a session, alone."""

    session: SessionView
    notes: Notes


class HistoryPage(MeetingBase, frozen=True, kw_only=True):
    """Every change of a session's notes, the newest first."""

    session: SessionView
    notes: Notes
    changes: tuple[Change, ...]


def view_notes(visit: Visit, session: SessionView) -> Notes:
    """Return a session's notes as this reader sees them."""
    mine = _Mine(visit, session)
    lines = [
        _view_line(visit, note, mine)
        for note in visit.state["notes"].values()
        if note["session_id"] == session.session_id
    ]
    lines.sort(key=lambda line: line.at)
    standing = [line for line in lines if not line.removed]
    groups = tuple(
        NoteGroup(kind, title, tuple(n for n in standing if n.kind == kind))
        for kind, title in KINDS.items()
    )
    return Notes(
        session_id=session.session_id,
        address=f"{session.href}/notes",
        groups=groups,
        photos=tuple(line for line in standing if line.kind == "photo"),
        removed=tuple(line for line in lines if line.removed),
        may_write=mine.may_write,
        count=len(standing),
    )


async def show_notes(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/s/{session}/notes`."""
    visit = await open_visit(request)
    return answer_notes(request, visit, request.match_info["session"])


def answer_notes(
    request: web.Request,
    visit: Visit,
    session_id: str,
    attempt: Any = None,
    status: int = 200,
) -> web.Response:
    """Render the notes alone."""
    base = visit.base("notes", attempt=attempt, session=session_id)
    session = need_session(visit, session_id)
    page = NotesPage(**base, session=session, notes=view_notes(visit, session))
    return request.app[RENDERER].respond("notes.html", page, status=status)


async def show_history(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/s/{session}/notes/history`."""
    visit = await open_visit(request)
    session = need_session(visit, request.match_info["session"])
    ports = request.app[PORTS]
    changes: list[Change] = []
    of_session: set[str] = set()
    after = 0
    while len(changes) < _HISTORY:
        page = await ports.journal.entries(visit.row.meeting_id, PUBLIC, after=after)
        for entry in page.entries:
            after = entry["seq"]
            change = _read_change(entry, visit, session.session_id, of_session)
            if change is not None:
                changes.append(change)
        if not page.more:
            break
    value = HistoryPage(
        **visit.base("notes-history", session=session.session_id),
        session=session,
        notes=view_notes(visit, session),
        changes=tuple(reversed(changes)),
    )
    return request.app[RENDERER].respond("notes_history.html", value)


def need_session(visit: Visit, session_id: str) -> SessionView:
    """Return a session of the meeting; raises `Refusal`."""
    session = visit.timetable.find(session_id)
    if session is None:
        raise Refusal("no_such_session", "There is no such session in this meeting.")
    return session


async def show_image(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/images/{image}`: a picture, to whom may read where it stands."""
    visit = await open_visit(request)
    image_id = request.match_info["image"]
    feed: str | None = PUBLIC
    if all(note["image_id"] != image_id for note in visit.state["notes"].values()):
        feed = await find_image_feed(request, visit, image_id)
    if feed is None:
        raise web.HTTPNotFound
    texts = await request.app[PORTS].database.read(
        lambda c: contents.texts_for(c, feed, [image_id])
    )
    found = texts[image_id]
    if isinstance(found, str):
        raise web.HTTPNotFound
    encoded = found["small" if "small" in request.query else "jpeg"]
    return web.Response(
        body=b64decode(encoded),
        content_type="image/jpeg",
        headers={"Cache-Control": "private, max-age=3600"},
    )


class Darkroom:
    """Reads pictures one after the other: each takes memory for all its points."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def read(self, data: bytes) -> Any:
        """Return the picture; raises `BadPicture`."""
        async with self._turn:
            return await asyncio.to_thread(read_picture, data)


DARKROOM = web.AppKey("pages.darkroom", Darkroom)


async def add_photo(
    request: web.Request, session_id: str, data: bytes, text: str, access: Any
) -> None:
    """Keep a photograph; raises `Refusal`."""
    ports = request.app[PORTS]
    try:
        picture = await request.app[DARKROOM].read(data)
    except BadPicture as error:
        raise Refusal("bad_picture", str(error)) from error
    command = AddPhoto(
        session_id=session_id,
        image=picture.jpeg,
        small=picture.small,
        width=picture.width,
        height=picture.height,
        text=text[:2_000],
    )
    answer = await ports.journal.submit(
        access.place.meeting_id, command, actor=access.actor
    )
    if not isinstance(answer, Accepted):
        raise Refusal("not_kept", "The picture could not be kept. Send it again.")


async def read_upload(request: web.Request) -> tuple[dict[str, str], bytes]:
    """Read a form with one picture; raises `Refusal` for one that is too large."""
    fields: dict[str, str] = {}
    data = b""
    if not request.content_type.startswith("multipart/"):
        raise Refusal("bad_form", "Please choose a picture.")
    async for part in await request.multipart():
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name is None:
            continue
        limit = MAX_BYTES if name == "picture" else 20_000
        read = bytearray()
        while chunk := await part.read_chunk():
            read += chunk
            if len(read) > limit:
                raise Refusal(
                    "bad_picture",
                    f"The picture has more than {MAX_BYTES // 1_000_000} MB.",
                )
        if name == "picture":
            data = bytes(read)
        else:
            fields[name] = read.decode("utf-8", "replace").replace("\r\n", "\n")
    return fields, data


class _Mine:
    """What the reader may do in a session's notes."""

    def __init__(self, visit: Visit, session: SessionView) -> None:
        wire = visit.state["sessions"][session.session_id]
        me = visit.me
        self.member_id = me.member_id if me else None
        hosts = {wire["host_id"], *wire["cohost_ids"]} - {None}
        duty = me is not None and f"host:{session.session_id}" in me.duties
        self.moderates = me is not None and me.moderates
        self.leads = self.moderates or duty or self.member_id in hosts
        self.may_write = self.leads or (
            visit.may_write and visit.head.moderation == "after"
        )


def _view_line(visit: Visit, note: Wire, mine: _Mine) -> LineView:
    own = note["author_id"] is not None and note["author_id"] == mine.member_id
    image = note["image_id"]
    return LineView(
        note_id=note["note_id"],
        kind=note["kind"],
        text=text_of(note, "text"),
        who=text_of(note, "who"),
        author=text_of(note, "author"),
        version=note["version"],
        at=read_moment(note["added_at"]),
        due=date.fromisoformat(note["due"]) if note["due"] else None,
        edited=read_moment_or_none(note["edited_at"]) is not None,
        removed=note["removed"],
        may_remove=mine.may_write and (own or mine.leads),
        may_erase=mine.may_write and (own or mine.moderates),
        image_url=f"/m/{visit.head.slug}/images/{image}" if image else "",
        width=note["width"] or 0,
        height=note["height"] or 0,
    )


_WHAT = {"NoteAdded": "wrote", "NoteEdited": "changed", "NoteRemoved": "took out"}


def _read_change(
    entry: Wire, visit: Visit, session_id: str, of_session: set[str]
) -> Change | None:
    kind, data = entry["kind"], entry["data"]
    if kind not in _WHAT:
        return None
    note_id = data["note_id"]
    if kind == "NoteAdded":
        standing = data["session_id"]
        while standing in visit.state["merged"]:
            standing = visit.state["merged"][standing]
        if standing == session_id:
            of_session.add(note_id)
    if note_id not in of_session:
        return None
    content = data.get("content") or {}
    erased = kind == "NoteRemoved" and data["erased"]
    return Change(
        at=read_moment(entry["at"]),
        what="deleted" if erased else _WHAT[kind],
        kind=data.get("kind", ""),
        author=content.get("author", ""),
        text=content.get("text") if content else None,
        who=content.get("who", ""),
    )
