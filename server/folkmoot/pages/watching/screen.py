"""The screen on the table of a room: who waits afar, what is read, how long still."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.notes import Notes, view_notes
from folkmoot.pages.board.running import RunView, current_session, view_run
from folkmoot.pages.board.timetable import RoomView, SessionView
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.talk.thread import Thread, view_thread
from folkmoot.pages.watching.spotlight import SpotlightView, view_spotlight


class ScreenPage(MeetingBase, frozen=True, kw_only=True):
    """A room's screen; without a session where nothing stands in the room."""

    room: RoomView
    spotlight: SpotlightView
    session: SessionView | None
    run: RunView | None
    notes: Notes | None
    thread: Thread | None


async def show_screen(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/rooms/{room}/screen`."""
    visit = await open_visit(request)
    return answer_screen(request, visit, request.match_info["room"])


def answer_screen(
    request: web.Request,
    visit: Visit,
    room_name: str,
    attempt: Any = None,
    status: int = 200,
) -> web.Response:
    """Render the screen of a room, given by slug or id."""
    room = next((r for r in visit.rooms if room_name in {r.slug, r.room_id}), None)
    if room is None:
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    session = current_session(visit, room.room_id)
    page = ScreenPage(
        **visit.base(
            "screen",
            attempt=attempt,
            room=room.room_id,
            session=session.session_id if session else None,
        ),
        room=room,
        spotlight=view_spotlight(visit, room.room_id),
        session=session,
        run=view_run(visit, session) if session else None,
        notes=view_notes(visit, session) if session else None,
        thread=view_thread(visit.reading, f"session:{session.session_id}")
        if session
        else None,
    )
    return request.app[RENDERER].respond("screen.html", page, status=status)
