"""Writing live updates: one form that works without script, and drafts that all see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from folkmoot.core.broadcast.quoting import need_span
from folkmoot.core.commands import AddUpdatePicture
from folkmoot.core.refusals import Refusal
from folkmoot.journal import Accepted
from folkmoot.pages.board.notes import DARKROOM, read_upload
from folkmoot.pages.frame.form_data import read_number
from folkmoot.pages.frame.forms import (
    Form,
    check_form,
    form_status,
    lead_on,
    run_command,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.live.reading import read_drafts
from folkmoot.pages.live.updates import UpdateView, find_shared, view_update
from folkmoot.pages.talk.thread import PostView, view_newest
from folkmoot.pages.watching.transcript import TurnView, read_last_turns
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.prose import shorten
from folkmoot.received.images import BadPicture

CLIPS = {
    "30": "the last 30 seconds",
    "60": "the last minute",
    "120": "the last 2 minutes",
}
_SHOWN_POSTS = 40
_FIELDS = ("text", "quote", "speaker", "alt")


class Choice(msgspec.Struct, frozen=True):
    """What can be shown in an update."""

    value: str
    label: str


class ReportPage(MeetingBase, frozen=True, kw_only=True):
    """The form for updates; `update` is the one that is changed, if any.

    `values` are its fields as they are shown, `shared` the contribution among them.
    """

    update: UpdateView | None
    drafts: tuple[UpdateView, ...]
    values: dict[str, str]
    shared: PostView | None
    posts: tuple[Choice, ...]
    sessions: tuple[Choice, ...]
    clips: tuple[Choice, ...]
    turns: tuple[TurnView, ...]


async def show_write(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/live/write`."""
    return await answer_write(request, await open_visit(request))


async def answer_write(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the form; raises `Refusal` for whom it isn't."""
    if visit.me is None or not visit.me.reports:
        raise Refusal("not_allowed", "Only reporters and moderators write updates.")
    drafts = await read_drafts(request, visit)
    wanted = (attempt.values if attempt else visit.query).get("update", "")
    found = drafts.get(wanted) or visit.state["updates"].get(wanted)
    if found is not None and found["withdrawn"]:
        found = None
    update = view_update(visit, found) if found is not None else None
    room = visit.room(visit.query.get("room"))
    turns: tuple[TurnView, ...] = ()
    if room is not None:
        turns = await read_last_turns(
            request.app[PORTS],
            visit.row.meeting_id,
            room.room_id,
            now=visit.moments.now,
        )
    values = attempt.values if attempt else _values(visit, found)
    kind, _, key = values.get("shows", "").partition(":")
    shared = find_shared(visit, key) if kind == "contribution" else None
    if shared is not None and shared.about_at and found is attempt is None:
        # What is shared stands where it was said.
        at = visit.moments.local(shared.about_at)
        values |= {"room_id": shared.room_id, "moment": f"{at:%Y-%m-%dT%H:%M:%S}"}
    posts = view_newest(visit.reading, _SHOWN_POSTS)
    if shared is not None and shared.contribution_id not in {
        post.contribution_id for post in posts
    }:
        posts = (shared, *posts)
    page = ReportPage(
        **visit.base("report", attempt=attempt, room=room.slug if room else None),
        update=update,
        drafts=tuple(
            view_update(visit, draft) for key, draft in drafts.items() if key != wanted
        ),
        values=values,
        shared=shared,
        posts=tuple(
            Choice(
                post.contribution_id,
                f"{post.author or 'Anonymous'}: {_line(post.plain)}",
            )
            for post in posts
        ),
        sessions=tuple(
            Choice(key, _line((session["content"] or {}).get("title", "")))
            for key, session in visit.state["sessions"].items()
        ),
        clips=tuple(Choice(value, label) for value, label in CLIPS.items()),
        turns=turns,
    )
    return request.app[RENDERER].respond("report.html", page, status=status)


class Done(msgspec.Struct, frozen=True):
    """What a form came to: where it leads, what was done, and to what."""

    path: str
    word: str
    update_id: str
    version: int | None = None


async def post_write(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/live/write`: keep, publish or correct an update.

    Script, which asks for JSON, learns the update's id and version, or why not.
    """
    slug = request.match_info["slug"]
    home = f"/m/{slug}/live/write"
    form = Form(type="report.post", fields={}, next_path=home)
    caller: Caller | None = None
    by_script = "application/json" in request.headers.get("Accept", "")
    try:
        fields, picture = await read_upload(request)
        form = Form(type="report.post", fields=fields, next_path=home)
        caller = await check_form(request, form)
        visit = await open_visit(request, path=home, caller=caller)
        done = await _write(_Writer(request, visit, form, caller), picture)
    except Refusal as refusal:
        if refusal.code == "cross_site":
            raise
        status = form_status(refusal.code)
        if by_script:
            told = {"ok": False, "code": refusal.code, "message": refusal.message}
            return web.json_response({**told, "data": refusal.data}, status=status)
        again = await open_visit(request, path=home, caller=caller)
        return await answer_write(request, again, form.attempt(refusal), status)
    if by_script:
        return web.json_response({"ok": True, **msgspec.to_builtins(done)})
    return lead_on(done.path, done.word)


async def _write(writer: _Writer, picture: bytes) -> Done:
    """Do what the form's button says."""
    fields = writer.fields
    update_id = fields.get("update", "")
    if update_id in writer.visit.state["updates"]:
        return await _change(writer, update_id, picture)
    data = read_fields(writer.visit, fields)
    publishes = fields.get("step") != "draft"
    if publishes and not update_id and not picture:
        made = await writer.give("report.post", data)
        return writer.done("", "report.post", made)
    if update_id:
        changed = {"update_id": update_id, "picture_clear": _is_ticked(fields)}
        made = await writer.give("report.edit", {**data, **changed})
    else:
        made = await writer.give("report.draft", data)
    if picture and "update_id" in made:
        made |= await add_picture(writer, made["update_id"], picture)
    if not publishes or "update_id" not in made:
        key = made.get("update_id", update_id)
        return writer.done(f"/write?update={key}", "report.draft", made)
    made |= await writer.give("report.publish", {"update_id": made["update_id"]}, None)
    return writer.done("", "report.publish", made)


async def _change(writer: _Writer, update_id: str, picture: bytes) -> Done:
    """Give what is published anew, with a note on what was wrong if there is one."""
    note = writer.fields.get("note", "").strip()
    changed = {
        **read_fields(writer.visit, writer.fields),
        "update_id": update_id,
        "picture_clear": _is_ticked(writer.fields),
    }
    if note:
        made = await writer.give("report.correct", {**changed, "note": note})
    else:
        made = await writer.give("report.edit", changed)
    if picture:
        made |= await add_picture(writer, update_id, picture)
    return writer.done(
        f"/{update_id}", "report.correct" if note else "report.edit", made
    )


_FORM = -1


class _Writer:
    """Gives the commands of one form, one after the other."""

    def __init__(
        self, request: web.Request, visit: Visit, form: Form, caller: Caller
    ) -> None:
        self.request = request
        self.visit = visit
        self.form = form
        self.caller = caller
        self.fields = form.fields
        self._number = 0

    async def give(
        self, kind: str, data: dict[str, Any], expect: int | None = _FORM
    ) -> dict[str, Any]:
        """Return what was made; raises `Refusal`. `expect` is as the form says."""
        self._number += 1
        told = self.fields.get("_expect", "")
        if expect == _FORM:
            expect = read_number(told)
        made = await run_command(
            self.request,
            self.form,
            self.caller,
            data,
            kind=kind,
            seq=self._number,
            expect=expect,
        )
        return dict(made)

    def done(self, path: str, word: str, made: dict[str, Any]) -> Done:
        """Return what the form came to."""
        path = f"/m/{self.visit.head.slug}/live{path}"
        return Done(path, word, made.get("update_id", ""), made.get("version"))


async def add_picture(writer: _Writer, update_id: str, data: bytes) -> dict[str, Any]:
    """Look at a picture and put it into an update or its draft; raises `Refusal`."""
    request, visit = writer.request, writer.visit
    try:
        picture = await request.app[DARKROOM].read(data)
    except BadPicture as error:
        raise Refusal("bad_picture", str(error)) from error
    command = AddUpdatePicture(
        update_id=update_id,
        image=picture.jpeg,
        small=picture.small,
        width=picture.width,
        height=picture.height,
    )
    answer = await request.app[PORTS].journal.submit(
        visit.row.meeting_id, command, actor=visit.access.actor
    )
    if not isinstance(answer, Accepted):
        raise Refusal("not_kept", "The picture could not be kept. Send it again.")
    return dict(answer.data)


def read_fields(visit: Visit, fields: dict[str, str]) -> dict[str, Any]:
    """Return a command's data from the form's fields; raises `Refusal`."""
    data: dict[str, Any] = {name: fields.get(name, "").strip() for name in _FIELDS}
    if room_id := fields.get("room_id", ""):
        data["room_id"] = room_id
    at = read_local(visit, fields.get("moment", ""))
    if at is not None and (room_id or fields.get("moment")):
        data["about_at"] = wire_moment(at)
    if address := fields.get("address", "").strip():
        return data | _read_citation(visit, address)
    shows = fields.get("shows", "")
    kind, _, key = shows.partition(":")
    if kind in {"contribution", "session"}:
        data |= {"embed": kind, "embed_id": key}
    elif kind == "clip" and key == "same":
        data |= {name: fields.get(name, "") for name in ("from_at", "to_at")}
        data["embed"] = "clip"
    elif kind == "clip" and key in CLIPS:
        end = at or visit.moments.now
        span = timedelta(seconds=int(key))
        data |= {
            "embed": "clip",
            "from_at": wire_moment(end - span),
            "to_at": wire_moment(end),
        }
    return data


def _read_citation(visit: Visit, address: str) -> dict[str, Any]:
    """Return the clip that the address of a citation means; raises `Refusal`."""
    unknown = Refusal(
        "no_such_quotation",
        "This is not the address of a citation from this meeting. Choose the words in "
        "the transcript, and copy the address from there.",
    )
    try:
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        room = next(room for room in visit.rooms if room.slug == asked["room"])
        from_at, to_at = (
            datetime.fromisoformat(asked[name]) for name in ("from", "to")
        )
    except (ValueError, KeyError, StopIteration):
        raise unknown from None
    zones = from_at.tzinfo and to_at.tzinfo
    if not zones or parts.path != f"/m/{visit.head.slug}/cite":
        raise unknown
    need_span(from_at, to_at)
    return {
        "embed": "clip",
        "room_id": room.room_id,
        "about_at": wire_moment(from_at),
        "from_at": wire_moment(from_at),
        "to_at": wire_moment(to_at),
    }


def read_local(visit: Visit, text: str) -> datetime | None:
    """Read a moment as a `datetime-local` field gives it, in the meeting's zone."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("bad_form", "Please look again at the moment.") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(visit.moments.zone))


def _is_ticked(fields: dict[str, str]) -> bool:
    return fields.get("picture_clear") == "true"


def _values(visit: Visit, found: Any) -> dict[str, str]:
    """Return the form's fields: of what is changed, or as the address asks."""
    if found is None:
        asked = visit.query
        return {
            name: asked.get(name, "")
            for name in (*_FIELDS, "room_id", "moment", "shows", "address")
        }
    content = found["content"] or {}
    values = {name: str(content.get(name, "")) for name in _FIELDS}
    values["room_id"] = found["room_id"] or ""
    if found["about_at"]:
        at = visit.moments.local(datetime.fromisoformat(found["about_at"]))
        values["moment"] = f"{at:%Y-%m-%dT%H:%M:%S}"
    if found["embed"] == "clip":
        values |= {"shows": "clip:same", "from_at": found["from_at"]}
        values["to_at"] = found["to_at"]
    elif found["embed"]:
        values["shows"] = f"{found['embed']}:{found['embed_id']}"
    return values


def _line(text: str) -> str:
    return shorten(text, 70)
