"""The timetable as files at lasting addresses, for calendars and other programs.

Whoever may read the meeting may read them: a cookie or a Bearer token counts as on
every page. A personal calendar is read by the secret in its address, because
calendars can't sign in; the secret shows that person's agenda and nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.core.feeds import PUBLIC, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.journal import Snapshot
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.watching.meeting import public_url
from folkmoot.schedule import frab, ical, table
from folkmoot.schedule.programme import Programme, read_programme


class _Export(msgspec.Struct, frozen=True):
    """A file that follows from the programme alone."""

    media_type: str
    write: Callable[[Programme], bytes]


_EXPORTS = {
    "schedule.ics": _Export(ical.MEDIA_TYPE, ical.write_calendar),
    "schedule.xml": _Export(frab.XML_TYPE, frab.write_xml),
    "schedule.json": _Export(frab.JSON_TYPE, frab.write_json),
    "sessions.csv": _Export(table.MEDIA_TYPE, table.write_table),
}


async def show_export(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/schedule.ics` and its like."""
    ports = request.app[PORTS]
    principal = await ports.credentials.identify(request)
    access = await ports.identity.enter(principal, request.match_info["slug"])
    snapshot = await ports.journal.snapshot(access.meeting_id, PUBLIC)
    file = request.match_info["file"]
    public = access.place.visibility == "public"
    export = _EXPORTS[file]
    programme = _programme(request, access.meeting_id, snapshot)
    # A large programme takes tens of milliseconds to write.
    body = await asyncio.to_thread(export.write, programme)
    name = f"{access.place.slug}-{file}"
    return respond_file(request, body, export.media_type, public=public, name=name)


async def show_calendar(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/calendar/{secret}.ics`: what one person would go to."""
    ports = request.app[PORTS]
    principal = await ports.identity.tokens.find_calendar(request.match_info["secret"])
    if principal is None:
        raise Refusal("no_such_meeting", "This calendar's address is no longer valid.")
    access = await ports.identity.enter(principal, request.match_info["slug"])
    member_id = access.actor.member_id
    if member_id is None:
        raise Refusal("no_such_meeting", "This calendar's address is no longer valid.")
    snapshot = await ports.journal.snapshot(access.meeting_id, PUBLIC)
    own = await ports.journal.snapshot(access.meeting_id, member_feed(member_id))
    programme = _programme(request, access.meeting_id, snapshot)
    only = own_sessions(snapshot.state, own.state, member_id)
    name = f"{programme.title}: my sessions"
    body = await asyncio.to_thread(ical.write_calendar, programme, only=only, name=name)
    return respond_file(request, body, ical.MEDIA_TYPE, public=False, name="mine.ics")


def own_sessions(state: Any, own: Any, member_id: str) -> set[str]:
    """Return the sessions that somebody hosts, would come to or has starred.

    Those that are gone stay in, so that calendars hear that they are.
    """
    hosted = {
        session_id
        for session_id, session in state["sessions"].items()
        if member_id in (session["host_id"], *session["cohost_ids"])
    }
    return {*hosted, *own.get("interest_votes", ()), *own.get("stars", ())}


def _programme(request: web.Request, meeting_id: str, snapshot: Snapshot) -> Programme:
    return read_programme(
        snapshot.state,
        meeting_id=meeting_id,
        seq=snapshot.seq,
        base_url=public_url(request),
        now=request.app[PORTS].clock(),
    )


def respond_file(
    request: web.Request,
    body: bytes,
    media_type: str,
    *,
    public: bool,
    name: str | None = None,
) -> web.Response:
    """Answer with bytes, or that the reader has them already.

    `public`: of a meeting that anyone may read, also pages of other sites.
    """
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "Content-Type": media_type,
        "ETag": tag,
        "Cache-Control": "public, no-cache" if public else "private, no-cache",
        "Vary": "Authorization, Cookie",
    }
    if public:
        # Conference apps in browsers read it too; without cookies, as `*` is.
        headers["Access-Control-Allow-Origin"] = "*"
    if name is not None:
        headers["Content-Disposition"] = f'inline; filename="{name}"'
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)
