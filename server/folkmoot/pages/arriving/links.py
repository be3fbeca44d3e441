"""Addresses of one's own, made on request and shown once: calendar, other device."""

from __future__ import annotations

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.sheet import COOKIES
from folkmoot.pages.frame.forms import check_form, lead_on, read_form
from folkmoot.pages.frame.ports import PORTS

_SHOWN_SECONDS = 120


async def post_link(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/mine/{what}`: make a calendar's or device's address."""
    ports = request.app[PORTS]
    slug, what = request.match_info["slug"], request.match_info["what"]
    form = await read_form(request, f"/m/{slug}/mine")
    caller = await check_form(request, form)
    access = await ports.identity.enter(caller.principal, slug)
    person_id = caller.principal.person_id
    if access.member is None or person_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    if ports.limits is not None:
        await ports.limits.check("join", person_id, crowd=slug)
    tokens = ports.identity.tokens
    make = tokens.make_calendar if what == "calendar" else tokens.make_sign_in
    secret = await make(person_id)
    response = lead_on(f"/m/{slug}/mine", f"mine.{what}")
    response.set_cookie(
        COOKIES[what],
        secret,
        max_age=_SHOWN_SECONDS,
        path=f"/m/{slug}/mine",
        httponly=True,
        samesite="Strict",
    )
    return response
