"""The timetable's page and the page of a session."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.moments import wire_moment
from folkmoot.pages.page import Attempt
from folkmoot.pages.rendering import RENDERER
from folkmoot.pages.thread import Thread, view_thread
from folkmoot.pages.timetable import SessionView
from folkmoot.pages.visits import MeetingBase, Visit, open_visit


class BoardPage(MeetingBase, frozen=True, kw_only=True):
    """Rooms by times, the proposals, and a form to propose."""


class SessionPage(MeetingBase, frozen=True, kw_only=True):
    """A session with its own thread."""

    session: SessionView
    thread: Thread
    watch_url: str


async def show_board(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/board`."""
    return await answer_board(request, await open_visit(request))


async def answer_board(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the timetable, also after a refused form of it."""
    page = BoardPage(**visit.base("board", attempt=attempt))
    return request.app[RENDERER].respond("board.html", page, status=status)


async def show_session(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/s/{session}`."""
    return await answer_session(
        request, await open_visit(request), request.match_info["session"]
    )


async def answer_session(
    request: web.Request,
    visit: Visit,
    session_id: str,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render a session's page."""
    base = visit.base("session", attempt=attempt, session=session_id)
    session = base["timetable"].find(session_id)
    if session is None:
        raise Refusal("no_such_session", "There is no such session in this meeting.")
    page = SessionPage(
        **base,
        session=session,
        thread=view_thread(visit.reading, f"session:{session_id}"),
        watch_url=_watch_url(visit, session),
    )
    return request.app[RENDERER].respond("session.html", page, status=status)


def _watch_url(visit: Visit, session: SessionView) -> str:
    """Return where the session's room plays; its start once that is over."""
    if session.slot_id is None or session.starts_at is None:
        return ""
    room = visit.room(session.room_slug)
    if room is None or not room.playable or session.state in {"next", "later"}:
        return ""
    query = {"room": room.slug}
    if session.state == "past":
        query["at"] = wire_moment(session.starts_at)
    return f"/m/{visit.head.slug}?{urlencode(query)}"
