"""Pages for what went wrong."""

from __future__ import annotations

from aiohttp import web

from folkmoot.pages.frame.page import Page
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.wording.moments import Moments


class ErrorPage(Page, frozen=True, kw_only=True):
    """A status, a sentence if there is a better one than usual, what was typed."""

    status: int
    message: str = ""
    incident: str = ""
    typed: str = ""


def show_error(
    request: web.Request,
    status: int,
    *,
    message: str = "",
    incident: str = "",
    typed: str = "",
) -> web.Response:
    """Return an error as a page."""
    page = ErrorPage(
        name="error",
        moments=Moments(zone="UTC", now=request.app[PORTS].clock()),
        theme=read_theme(request),
        path="/",
        data={},
        status=status,
        message=message,
        incident=incident,
        typed=typed,
    )
    return request.app[RENDERER].respond("error.html", page, status=status)


def read_theme(request: web.Request) -> str | None:
    """Return the colours chosen on this device; None follows the system."""
    theme = request.cookies.get("folkmoot-theme")
    return theme if theme in {"light", "dark"} else None
