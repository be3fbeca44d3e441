"""Ways in: by code, by invitation, by a sign-in link; and out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from aiohttp import web

from folkmoot.core.feeds import STAFF
from folkmoot.core.refusals import Refusal
from folkmoot.pages.frame.csrf import make_csrf
from folkmoot.pages.frame.errors import read_theme
from folkmoot.pages.frame.flash import put_flash, read_flash
from folkmoot.pages.frame.forms import (
    Form,
    check_form,
    form_status,
    lead_on,
    read_form,
    safe_path,
)
from folkmoot.pages.frame.page import Attempt, Page
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, identify
from folkmoot.pages.wording.moments import Moments
from folkmoot.store import catalogue, people
from folkmoot.store.catalogue import MeetingRow

_YEAR_SECONDS = 31_536_000


class JoinPage(Page, frozen=True, kw_only=True):
    """Type a code, or a name for the meeting that was found."""

    meeting_title: str = ""
    action: str = ""
    next: str = "/"
    known_name: str = ""
    name_required: bool = False
    code: str = ""


class InvitePage(Page, frozen=True, kw_only=True):
    """What an invitation gives, and a name to accept it under."""

    meeting_title: str
    duty: str
    label: str
    known_name: str


class SignInPage(Page, frozen=True, kw_only=True):
    """A sign-in link that was fetched ahead, or that no longer works."""

    failed: bool


async def show_join(request: web.Request) -> web.Response:
    """Answer `/join`: a field for the code, or on to its meeting."""
    code = request.query.get("code", "").strip()
    attempt = None
    if code:
        if (row := await _find_by_code(request, code)) is not None:
            raise web.HTTPSeeOther(f"/join/{row.join_code}")
        attempt = Attempt(
            type="", code="wrong_code", message="No meeting has this code."
        )
    page = JoinPage(**await base(request, "join", attempt), code=code)
    return _respond(request, "join.html", page, 404 if attempt else 200)


async def show_join_code(request: web.Request) -> web.Response:
    """Answer `/join/{code}`: choose a name. A public meeting answers to its slug too."""
    row = await _need_by_code(request)
    return await _answer_join(request, row, None)


async def post_leave(request: web.Request) -> web.StreamResponse:
    """Answer `POST /leave`: nobody is signed in on this device any more."""
    form = await read_form(request, "/")
    await check_form(request, form)
    response = web.Response(status=303, headers={"Location": "/"})
    request.app[PORTS].credentials.forget(response)
    # Where the address is https the browser also drops what scripts had kept.
    response.headers["Clear-Site-Data"] = '"storage"'
    put_flash(response, "signed-out")
    return response


async def post_join(request: web.Request) -> web.StreamResponse:
    """Answer `POST /join/{code}`: be let in and go on to the meeting."""
    row = await _need_by_code(request)
    ports = request.app[PORTS]
    form = await read_form(request, f"/m/{row.slug}")
    try:
        caller = await check_form(request, form)
        if ports.limits is not None:
            person = caller.principal.person_id
            await ports.limits.check("join", person, crowd=row.slug)
        joined = await ports.door.join(
            caller.principal,
            row.slug,
            token=caller.token,
            name=form.fields.get("name"),
            code=row.join_code,
        )
    except Refusal as refusal:
        return await _answer_join(request, row, _plain_attempt(form, refusal))
    response = lead_on(form.next_path, "joined")
    if joined.token is not None:
        ports.credentials.remember(response, joined.token)
    return response


async def show_invite(request: web.Request) -> web.Response:
    """Answer `/invite/{secret}`."""
    return await _answer_invite(request, None)


async def post_invite(request: web.Request) -> web.StreamResponse:
    """Answer `POST /invite/{secret}`: take the duty and go on to the desk."""
    ports = request.app[PORTS]
    row, duty, _ = await _find_invite(request)
    form = await read_form(request, "/")
    try:
        caller = await check_form(request, form)
        joined = await ports.door.join(
            caller.principal,
            row.slug,
            token=caller.token,
            name=form.fields.get("name"),
            invite=request.match_info["secret"],
        )
    except Refusal as refusal:
        return await _answer_invite(request, _plain_attempt(form, refusal))
    response = lead_on(_first_page(row.slug, duty), "invited")
    if joined.token is not None:
        ports.credentials.remember(response, joined.token)
    return response


def _first_page(slug: str, duty: str) -> str:
    """Return where somebody's work is."""
    if duty in {"organise", "facilitate", "moderate"}:
        return f"/desk/{slug}"
    if duty == "table":
        return f"/m/{slug}/table"
    name, _, scope = duty.partition(":")
    return f"/m/{slug}/camera/{scope}" if name == "camera" else f"/m/{slug}"


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    """Answer `/sign-in/{token}`: sign in at once, unless only fetched ahead.

    A browser that prefetches would use the link up before anybody clicks.
    """
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get(
        "Purpose", ""
    )
    if "prefetch" in purpose or request.method == "HEAD":
        page = SignInPage(**await base(request, "sign-in"), failed=False)
        return _respond(request, "sign_in.html", page)
    return await post_sign_in(request)


async def post_sign_in(request: web.Request) -> web.StreamResponse:
    """Use a sign-in link up."""
    ports = request.app[PORTS]
    try:
        token, _ = await ports.identity.tokens.sign_in(request.match_info["token"])
    except Refusal:
        page = SignInPage(**await base(request, "sign-in"), failed=True)
        return _respond(request, "sign_in.html", page, 410)
    # A participant's own link leads back to its meeting.
    response = lead_on(safe_path(request.query.get("to", ""), "/desk"), "signed-in")
    ports.credentials.remember(response, token)
    return response


async def post_theme(request: web.Request) -> web.StreamResponse:
    """Answer `POST /theme`: keep the chosen colours on this device."""
    sent = await request.post()
    theme = sent.get("theme")
    following = sent.get("_next")
    path = safe_path(following if isinstance(following, str) else "/", "/")
    response = web.Response(status=303, headers={"Location": path})
    if theme in {"light", "dark"}:
        response.set_cookie(
            "folkmoot-theme",
            str(theme),
            max_age=_YEAR_SECONDS,
            path="/",
            samesite="Lax",
        )
    return response


async def base(
    request: web.Request,
    name: str,
    attempt: Attempt | None = None,
    caller: Caller | None = None,
) -> dict[str, Any]:
    """Return the fields of `Page` for a page outside any meeting."""
    caller = caller or await identify(request)
    ports = request.app[PORTS]
    principal = caller.principal
    staff = principal.admin or bool(await ports.identity.series_of(principal))
    csrf = make_csrf(caller.token)
    return {
        "name": name,
        "moments": Moments(zone="UTC", now=ports.clock()),
        "theme": read_theme(request),
        "csrf": csrf,
        "path": request.path_qs,
        "me": None,
        "staff": staff,
        "flash": None if attempt else read_flash(request),
        "attempt": attempt,
        "data": {"page": name, "meeting": None, "me": None, "csrf": csrf},
    }


async def _answer_join(
    request: web.Request, row: MeetingRow, attempt: Attempt | None
) -> web.Response:
    caller = await identify(request)
    page = JoinPage(
        **await base(request, "join", attempt, caller),
        meeting_title=row.title,
        action=f"/join/{row.join_code}",
        next=f"/m/{row.slug}",
        known_name=_known_name(caller),
    )
    status = form_status(attempt.code) if attempt else 200
    return _respond(request, "join.html", page, status)


async def _answer_invite(request: web.Request, attempt: Attempt | None) -> web.Response:
    row, duty, label = await _find_invite(request)
    caller = await identify(request)
    page = InvitePage(
        **await base(request, "invite", attempt, caller),
        meeting_title=row.title,
        duty=duty,
        label=label,
        known_name=_known_name(caller),
    )
    status = form_status(attempt.code) if attempt else 200
    return _respond(request, "invite.html", page, status)


async def _find_invite(request: web.Request) -> tuple[MeetingRow, str, str]:
    ports = request.app[PORTS]
    secret_hash = people.hash_secret(request.match_info["secret"])

    def read(connection: sa.Connection) -> tuple[MeetingRow, str] | None:
        found = people.invite_by_secret(connection, secret_hash)
        if found is None:
            return None
        row = catalogue.meeting_by_id(connection, found[0])
        return None if row is None else (row, found[1])

    found = await ports.database.read(read)
    if found is None:
        raise Refusal("bad_invite", "This invitation is not known here.")
    row, invite_id = found
    staff = await ports.journal.snapshot(row.meeting_id, STAFF)
    invite = staff.state["invites"].get(invite_id)
    if invite is None or invite["revoked"]:
        raise Refusal("bad_invite", "This invitation is no longer valid.")
    return row, invite["duty"], (invite["content"] or {}).get("label", "")


async def _need_by_code(request: web.Request) -> MeetingRow:
    told = request.match_info["code"]
    row = await _find_by_code(request, told)
    if row is None:
        row = await _find_public(request, told)
    if row is None:
        raise Refusal("no_such_meeting", "No meeting has this code.")
    return row


async def _find_public(request: web.Request, slug: str) -> MeetingRow | None:
    """Find a meeting in which anyone may take part, so that its name is enough."""
    row = await request.app[PORTS].database.read(
        lambda c: catalogue.meeting_by_slug(c, slug)
    )
    return row if row is not None and row.visibility == "public" else None


async def _find_by_code(request: web.Request, code: str) -> MeetingRow | None:
    plain = plain_code(code)
    return await request.app[PORTS].database.read(
        lambda c: catalogue.meeting_by_join_code(c, plain)
    )


def plain_code(code: str) -> str:
    """Return a code as it is stored, however it was read aloud or typed."""
    kept = "".join(letter for letter in code.lower() if letter.isalnum())
    # The alphabet of ids has no look-alikes, so these can only be meant so.
    return kept.translate(str.maketrans("ilou", "110v"))


def _known_name(caller: Caller) -> str:
    return "" if caller.principal.admin else str(caller.principal.name)


def _plain_attempt(form: Form, refusal: Refusal) -> Attempt:
    return Attempt(
        type="",
        code=refusal.code,
        message=refusal.message,
        values=form.values,
        retry_after=refusal.retry_after,
    )


def _respond(
    request: web.Request, template: str, page: Page, status: int = 200
) -> web.Response:
    return request.app[RENDERER].respond(template, page, status=status)
