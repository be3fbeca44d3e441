"""What holds for every page: security headers, refusals and faults as pages."""

from __future__ import annotations

import logging
import secrets

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from folkmoot.core.refusals import Refusal
from folkmoot.journal import NoSuchMeeting
from folkmoot.pages.frame.errors import show_error

logger = logging.getLogger(__name__)

# Media elements get their bytes from hls.js through blob: addresses.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    # data: a player empties a video with it; media run no script.
    "media-src": "'self' blob: data:",
    "worker-src": "'self' blob:",
    "connect-src": "'self' ws: wss:",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
_FORBIDDEN = {"not_allowed", "cross_site", "bad_token", "not_a_member"}
# Answered by other front doors, each with its own form of errors.
_ELSEWHERE = ("/api/", "/media/", "/socket.io", "/metrics", "/healthz", "/readyz")


@web.middleware
async def show_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what can't be done with a page that says so."""
    if request.path.startswith(_ELSEWHERE):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or error.content_type == "text/html":
            raise
        return show_error(request, error.status)
    except HttpProcessingError:
        # A form whose parts are no parts: a name with a byte that ends names, say.
        return show_error(request, 400)
    except NoSuchMeeting:
        return show_error(request, 404)
    except Refusal as refusal:
        return show_error(request, status_of(refusal.code), message=refusal.message)
    except Exception:
        incident = secrets.token_hex(4)
        logger.exception("page=%s incident=%s failed", request.path, incident)
        return show_error(request, 500, incident=incident)


async def secure_page(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on a page (a signal: streams have them too)."""
    # Whatever it is, no browser is to take it for a page.
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if request.path.startswith(_ELSEWHERE):
        return
    framed = request.path.startswith("/embed/")
    policy = {**POLICY, "frame-ancestors": "*" if framed else "'none'"}
    response.headers.setdefault(
        "Content-Security-Policy",
        "; ".join(f"{name} {value}" for name, value in policy.items()),
    )
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    # Voice notes are recorded where people write, and nowhere else.
    hears = "(self)" if request.path.startswith("/m/") else "()"
    response.headers.setdefault(
        "Permissions-Policy",
        f"camera=(), microphone={hears}, display-capture=(), geolocation=()",
    )


def status_of(code: str) -> int:
    """Return the HTTP status of a refusal's code."""
    if code.startswith("no_such_") or code in {"bad_invite", "bad_link"}:
        return 404
    if code in _FORBIDDEN:
        return 403
    if code == "slow_down":
        return 429
    return 409
