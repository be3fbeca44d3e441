"""One message across a redirect: a code in a cookie, its words in the templates."""

from __future__ import annotations

import re

from aiohttp import web

COOKIE = "folkmoot-flash"
_CODE = re.compile(r"[a-z._-]{1,40}")
_SECONDS = 30


def put_flash(response: web.StreamResponse, code: str) -> None:
    """Let the next page say that something was done."""
    response.set_cookie(
        COOKIE, code, max_age=_SECONDS, path="/", httponly=True, samesite="Lax"
    )


def read_flash(request: web.Request) -> str | None:
    """Return the message's code, if there is one."""
    code = request.cookies.get(COOKIE, "")
    return code if _CODE.fullmatch(code) else None


def drop_flash(response: web.StreamResponse) -> None:
    """Say it only once."""
    response.del_cookie(COOKIE, path="/")
