"""Where the team decides what stays in a room's recording, and fills its gaps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.desk.filling import FillingView, decide, view_filling
from folkmoot.pages.frame.forms import Form, lead_on, take_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.watching.recording import (
    CATEGORIES,
    GapView,
    TakeOut,
    view_done,
    view_gaps,
    view_waiting,
)


class RecordingPage(MeetingBase, frozen=True, kw_only=True):
    """Where the team decides what stays in a room's recording."""

    room: RoomView | None
    do: str
    here: str
    waiting: tuple[TakeOut, ...]
    done: tuple[TakeOut, ...]
    gaps: tuple[GapView, ...]
    filling: FillingView | None
    upload_url: str
    categories: Mapping[str, str]
    kept_days: int
    near: datetime
    at: str = ""
    seek: float | None = None
    lean: bool = False


async def show_recording(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/recording`."""
    return await answer_recording(request, await open_visit(request))


async def post_fill(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/fill`: fill what was found, let go, or take out."""
    home = f"/desk/{request.match_info['slug']}/recording"
    return await take_form(request, home, _fill, answer_recording)


async def _fill(request: web.Request, form: Form, caller: Caller) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    await decide(request.app[PORTS], visit, form)
    return lead_on(f"{form.next_path}#fill", form.type)


async def answer_recording(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the page of a room's recording, also after a refused form of it."""
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "This page is for who runs the broadcast.")
    ports = request.app[PORTS]
    room = visit.room(visit.query.get("room"))
    here = f"/desk/{visit.head.slug}/recording"
    if room is not None:
        here += f"?room={room.slug}"
    page = RecordingPage(
        **visit.base(
            "desk", attempt=attempt, path=here, room=room.slug if room else None
        ),
        room=room,
        do=f"/desk/{visit.head.slug}/do",
        here=here,
        waiting=view_waiting(ports, visit),
        done=view_done(ports, visit, room),
        gaps=view_gaps(ports, visit, room),
        filling=await view_filling(ports, visit, room),
        upload_url=f"/api/v1/meetings/{visit.head.slug}/rooms/"
        f"{room.room_id if room is not None else ''}/recording",
        categories=CATEGORIES,
        kept_days=ports.taken_away_days,
        near=visit.head.ended_at or visit.moments.now,
    )
    return request.app[RENDERER].respond("recording.html", page, status=status)
