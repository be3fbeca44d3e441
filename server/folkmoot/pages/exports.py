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
from folkmoot.journal import Journal, Snapshot
from folkmoot.pages.meeting import public_url
from folkmoot.pages.ports import PORTS
from folkmoot.schedule import changes, frab, ical, table
from folkmoot.schedule.programme import Programme, read_programme

# Enough entries of all kinds to find the last changes of the timetable among them.
_LOOKED_AT = 1_000


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
    if file.startswith("changes."):
        return await _show_changes(request, access.meeting_id, snapshot, public=public)
    export = _EXPORTS[file]
    programme = _programme(request, access.meeting_id, snapshot)
    # A large programme takes tens of milliseconds to write.
    body = await asyncio.to_thread(export.write, programme)
    name = f"{access.place.slug}-{file}"
    return _respond(request, body, export.media_type, public=public, name=name)


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
    return _respond(request, body, ical.MEDIA_TYPE, public=False, name="mine.ics")


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


async def _show_changes(
    request: web.Request, meeting_id: str, snapshot: Snapshot, *, public: bool
) -> web.Response:
    journal = request.app[PORTS].journal
    url = f"{public_url(request)}/m/{request.match_info['slug']}"
    file = request.match_info["file"]
    items = changes.read_changes(
        await _last_entries(journal, meeting_id, snapshot.seq),
        snapshot.state,
        meeting_id=meeting_id,
        url=url,
    )
    atom = file.endswith(".atom")
    write = changes.write_atom if atom else changes.write_rss
    title = (snapshot.state["content"] or {}).get("title", "")
    body = await asyncio.to_thread(
        write, items, title=title, url=f"{url}/board", own_url=f"{url}/{file}"
    )
    kind = changes.ATOM_TYPE if atom else changes.RSS_TYPE
    return _respond(request, body, kind, public=public)


async def _last_entries(
    journal: Journal, meeting_id: str, head: int
) -> list[dict[str, Any]]:
    page = await journal.entries(
        meeting_id, PUBLIC, after=max(0, head - _LOOKED_AT), limit=_LOOKED_AT
    )
    return page.entries


def _programme(request: web.Request, meeting_id: str, snapshot: Snapshot) -> Programme:
    return read_programme(
        snapshot.state,
        meeting_id=meeting_id,
        seq=snapshot.seq,
        base_url=public_url(request),
        now=request.app[PORTS].clock(),
    )


def _respond(
    request: web.Request,
    body: bytes,
    media_type: str,
    *,
    public: bool,
    name: str | None = None,
) -> web.Response:
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
