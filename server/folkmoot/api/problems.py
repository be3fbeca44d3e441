"""Errors of the API as `application/problem+json` (RFC 9457) with a lasting code."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from folkmoot.core.commands import BadCommand
from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.transcripts.cues import CueError, TranscriptTooLarge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = logging.getLogger(__name__)

API = "/api/"
MEDIA_TYPE = "application/problem+json"

_STATUS = {
    "bad_token": 401,
    "sign_in_needed": 401,
    "code_needed": 403,
    "cross_site": 403,
    "invite_revoked": 403,
    "not_a_member": 403,
    "not_allowed": 403,
    "not_your_session": 403,
    "wrong_code": 403,
    "bad_invite": 403,
    "removed": 403,
    "bad_link": 403,
    "meeting_ended": 409,
    "meeting_exists": 409,
    "is_rehearsal": 409,
    "not_a_rehearsal": 409,
    "not_ended": 409,
    "off_air": 409,
    "on_air": 409,
    "outdated": 409,
    "recording_overlaps": 409,
    "rehearsal_runs": 409,
    "not_on_air": 409,
    "no_films": 409,
    "nothing_found": 409,
    "too_many_films": 409,
    "not_your_turn": 409,
    "nothing_recorded": 409,
    "no_speech_model": 409,
    "slot_taken": 409,
    "slug_taken": 409,
    "time_in_use": 409,
    "corrections_would_be_lost": 409,
    "cut_here": 409,
    "too_large": 413,
    "slow_down": 429,
    "disk_full": 507,
    "search_unavailable": 503,
    "import_unavailable": 503,
}


class Problem(Exception):
    """An error for the program that asked, with its HTTP status."""

    def __init__(
        self, status: int, code: str, detail: str, **more: str | float | None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.more = {name: value for name, value in more.items() if value is not None}


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error: `code` is for programs and never renamed, `detail` for people."""

    code: str
    title: str
    detail: str
    status: int
    retry_after: float | None = None
    incident: str | None = None
    offset: int | None = None


def status_of(code: str) -> int:
    """Return the HTTP status of a refusal outside of commands."""
    if code.startswith("no_such_"):
        return 404
    return _STATUS.get(code, 422)


def problem_response(problem: Problem) -> web.Response:
    """Return a problem as a response."""
    headers = {}
    if (seconds := problem.more.get("retry_after")) is not None:
        headers["Retry-After"] = str(int(float(seconds)))
    if problem.status == web.HTTPUnauthorized.status_code:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=problem.status,
        body=msgspec.json.encode(_document(problem)),
        content_type=MEDIA_TYPE,
        headers=headers,
    )


def _document(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "title": problem.code.replace("_", " ").capitalize(),
        "detail": problem.detail,
        "status": problem.status,
        **problem.more,
    }


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error under `/api/` into a problem; leave other pages alone."""
    if not request.path.startswith(API):
        return await handler(request)
    try:
        response = await handler(request)
    except Exception as error:  # noqa: BLE001 (the edge of the API)
        response = problem_response(_as_problem(error, request))
    if request.method in {"GET", "HEAD"} and not response.prepared:
        # Without credentials only: `*` never lets a browser send a cookie along.
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
    return response


def _as_problem(error: Exception, request: web.Request) -> Problem:
    match error:
        case Problem():
            return error
        case Refusal():
            return Problem(
                status_of(error.code),
                error.code,
                error.message,
                retry_after=error.retry_after,
            )
        case BadCommand():
            return Problem(422, "bad_command", str(error))
        case TranscriptTooLarge():
            return Problem(413, error.code, str(error))
        case CueError():
            return Problem(422, error.code, str(error))
        case web.HTTPException():
            return _from_http(error)
        case _:
            incident = random_text(8)
            logger.error(
                "incident=%s %s %s failed",
                incident,
                request.method,
                request.path,
                exc_info=error,
            )
            return Problem(
                500,
                "fault",
                f"Something went wrong here, id {incident}.",
                incident=incident,
            )


def _from_http(error: web.HTTPException) -> Problem:
    codes = {
        401: ("sign_in_needed", "Sign in first."),
        403: ("not_allowed", "That is not allowed."),
        404: ("no_such_address", "There is nothing at this address."),
        405: ("method_not_allowed", "This address takes other methods."),
        413: ("too_large", "That is too large."),
    }
    code, detail = codes.get(error.status, ("http_error", error.reason))
    return Problem(error.status, code, detail)
