"""The camera page: a browser as a full source of a room."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.pages.arriving.joining import base
from folkmoot.pages.board.timetable import text_of
from folkmoot.pages.frame.page import Page
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER

# The one page that may open devices; every other answers that none may.
PERMISSIONS = (
    "camera=(self), microphone=(self), display-capture=(self), "
    "screen-wake-lock=(self), geolocation=()"
)


class CameraPage(Page, frozen=True, kw_only=True):
    """Which room a picture goes to, and where its socket is."""

    meeting_title: str
    room_name: str
    room_state: str
    reason: str
    socket_path: str


async def show_camera(request: web.Request) -> web.Response:
    """Answer `/camera/{token}` and `/m/{slug}/camera/{room}`."""
    ports = request.app[PORTS]
    if ports.cameras is None:
        raise web.HTTPNotFound
    access = await ports.cameras.enter(request)
    state = (await ports.journal.snapshot(access.meeting_id, PUBLIC)).state
    if state["phase"] == "ended":
        raise Refusal("meeting_ended", "This meeting has ended; no camera is needed.")
    room = state["rooms"][access.room_id]
    # Dark always: it stands beside a stage, and lights its holder's face.
    common = {**await base(request, "camera"), "theme": "dark"}
    page = CameraPage(
        **common,
        meeting_title=text_of(state, "title"),
        room_name=text_of(room, "name"),
        room_state=room["channel"],
        reason=_reason(room),
        socket_path=f"{request.path}/socket",
    )
    response = request.app[RENDERER].respond("camera.html", page)
    response.headers["Permissions-Policy"] = PERMISSIONS
    # The address is a key: it goes to no other site, nor into a search engine.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _reason(room: Any) -> str:
    return str((room["reason"] or {}).get("reason") or "")
