"""A caption file or a minute brought in at the desk, by form."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import BodyPartReader, web
from multidict import MultiDict

from folkmoot.core.refusals import Refusal
from folkmoot.pages.desk.transcript import (
    answer_sheet,
    find_room,
    need_editor,
    start_of,
)
from folkmoot.pages.frame.forms import (
    Form,
    carry_out,
    check_form,
    make_form,
    read_form,
)
from folkmoot.pages.frame.parcels import brings_files
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.visits import Caller, Visit, open_visit
from folkmoot.transcripts.cues import CueError, TranscriptTooLarge
from folkmoot.transcripts.importing import CueFile, import_file
from folkmoot.transcripts.lines import MAX_BYTES

_MOST_FIELD = 20_000
_MOST_READ = 4 * MAX_BYTES
_LOST = "corrections_would_be_lost"


class _Sent(msgspec.Struct, frozen=True):
    """What the form brought: `visit` is of who may do this."""

    form: Form
    visit: Visit
    data: bytes
    name: str
    too_large: bool = False


async def post_file(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/transcript/file`."""
    home = f"/desk/{request.match_info['slug']}/transcript"
    sent = await _read(request, home)

    async def do(
        request: web.Request, _form: Form, _caller: Caller
    ) -> web.StreamResponse:
        told = await _bring_in(request, sent)
        where = f"{home}?{urlencode(told)}"
        return web.Response(status=303, headers={"Location": where})

    return await carry_out(request, sent.form, do, answer_sheet)


async def _bring_in(request: web.Request, sent: _Sent) -> dict[str, str]:
    fields, visit, ports = sent.form.fields, sent.visit, request.app[PORTS]
    room = find_room(visit, fields.get("room"))
    need_editor(visit, room)
    if not sent.data:
        raise Refusal("bad_form", "Please choose a file.")
    if sent.too_large:
        most = f"A transcript may hold at most {MAX_BYTES >> 20} MB."
        raise Refusal(TranscriptTooLarge.code, most)
    place = (visit.row.meeting_id, room.room_id)
    usual = await start_of(ports, *place)
    file = CueFile(
        data=sent.data,
        starts_at=_read_start(fields.get("starts", ""), usual, visit),
        name=sent.name,
        language=fields.get("language", "").strip()[:35] or None,
        replace_all=fields.get("replace") == "all",
    )
    try:
        done = await import_file(ports.journal, ports.database, place, file)
    except CueError as error:
        # With the line that is wrong; nothing of the file was kept.
        wrong = f"{error} Nothing of the file was brought in."
        raise Refusal(error.code, wrong) from None
    except Refusal as refusal:
        raise _in_words(refusal) from None
    told = {"room": room.slug, "brought": str(done.cues)}
    if done.agreement is not None:
        told["agreement"] = f"{done.agreement:.2f}"
    return told


async def _read(request: web.Request, home: str) -> _Sent:
    """Read the form; nobody's file is read who may not bring it."""
    if not brings_files(request):
        form = await read_form(request, home)
        return _Sent(form, await _admit(request, form), b"", "")
    fields = MultiDict[str]()
    data, name, too_large = b"", "", False
    visit: Visit | None = None
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            if part.name != "file":
                fields[part.name] = await _read_field(part)
                continue
            visit = await _admit(request, make_form(fields, home))
            name = part.filename or ""
            data, too_large = await _read_file(part)
    except (ValueError, AssertionError) as error:
        # What aiohttp says of a body that is no form.
        raise web.HTTPBadRequest from error
    form = make_form(fields, home)
    visit = visit or await _admit(request, form)
    return _Sent(form, visit, data, name, too_large)


async def _admit(request: web.Request, form: Form) -> Visit:
    caller = await check_form(request, form)
    visit = await open_visit(request, path=form.next_path, caller=caller)
    need_editor(visit, find_room(visit, form.fields.get("room")))
    limits = request.app[PORTS].limits
    if limits is not None:
        await limits.check("command", caller.principal.person_id)
    return visit


async def _read_field(part: BodyPartReader) -> str:
    read = bytearray()
    while chunk := await part.read_chunk():
        read += chunk
        if len(read) > _MOST_FIELD:
            raise Refusal("bad_form", "A text in this form is too long.")
    return read.decode("utf-8", "replace")


async def _read_file(part: BodyPartReader) -> tuple[bytes, bool]:
    """The file, and whether it is too large; the rest is read so that one sees why."""
    read, size = bytearray(), 0
    while chunk := await part.read_chunk(1 << 16):
        size += len(chunk)
        if size > _MOST_READ:
            raise web.HTTPRequestEntityTooLarge(MAX_BYTES, size)
        if size <= MAX_BYTES:
            read += chunk
    return bytes(read), size > MAX_BYTES


def _read_start(text: str, usual: datetime, visit: Visit) -> datetime:
    """The moment of a file's second 0; the usual one has parts of a second."""
    zone = ZoneInfo(visit.moments.zone)
    if not text.strip():
        return usual
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("bad_form", "Please look again at the moment.") from None
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    return usual if at == usual.replace(microsecond=0) else at


def _in_words(refusal: Refusal) -> Refusal:
    if refusal.code != _LOST:
        return refusal
    return Refusal(
        _LOST,
        "Somebody corrected this transcript, and the file would take its place. "
        "Tick “Also in place of corrected lines” if you mean that.",
    )
