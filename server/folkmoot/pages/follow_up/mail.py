"""Mail as people ask for it: subscribe, confirm, stop, and one's own link."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.arriving.joining import base
from folkmoot.pages.commanding import answer_page
from folkmoot.pages.frame.forms import Form, carry_out, lead_on, read_form
from folkmoot.pages.frame.page import Page
from folkmoot.pages.frame.ports import PORTS, Mail
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller


class MailPage(Page, frozen=True, kw_only=True):
    """One question or its answer: `step` is confirm, stop, done, stopped or failed."""

    step: str
    action: str = ""


async def post_follow(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/follow`: ask an address whether it wants to hear."""
    sent = await read_form(request, f"/m/{request.match_info['slug']}/follow-up")
    form = msgspec.structs.replace(sent, type="mail.follow")
    _ = _need_mail(request)
    return await carry_out(request, form, _subscribe, answer_page)


async def _subscribe(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    slug = request.match_info["slug"]
    access = await request.app[PORTS].identity.enter(caller.principal, slug)
    _check_public(access)
    await _check_pace(request, caller)
    await _need_mail(request).subscribe(
        access.meeting_id,
        form.fields.get("address", ""),
        contribution_id=form.fields.get("contribution_id", "")[:64],
    )
    return lead_on(form.next_path, "mail.sent")


async def post_own_link(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/mine/mail`: send somebody its own link."""
    sent = await read_form(request, f"/m/{request.match_info['slug']}/mine")
    form = msgspec.structs.replace(sent, type="mail.link")
    _ = _need_mail(request)
    return await carry_out(request, form, _send_link, answer_page)


async def _send_link(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    slug = request.match_info["slug"]
    access = await request.app[PORTS].identity.enter(caller.principal, slug)
    person_id = _need_member(access, caller)
    await _check_pace(request, caller)
    await _need_mail(request).send_link(
        access.meeting_id,
        form.fields.get("address", ""),
        person_id=person_id,
        path=f"/m/{slug}",
    )
    return lead_on(f"/m/{slug}/mine", "mail.link")


async def show_confirm(request: web.Request) -> web.Response:
    """Answer `/mail/confirm/{token}`; programs that fetch ahead confirm nothing."""
    found = await _need_mail(request).find(request.match_info["token"], confirming=True)
    return await _answer(request, "confirm" if found is not None else "failed")


async def post_confirm(request: web.Request) -> web.Response:
    """Answer `POST /mail/confirm/{token}`: the token says who asks."""
    done = await _need_mail(request).confirm(request.match_info["token"])
    return await _answer(request, "done" if done else "failed")


async def show_stop(request: web.Request) -> web.Response:
    """Answer `/mail/stop/{token}`; programs that fetch ahead end nothing."""
    found = await _need_mail(request).find(
        request.match_info["token"], confirming=False
    )
    return await _answer(request, "stop" if found is not None else "stopped")


async def post_stop(request: web.Request) -> web.Response:
    """Answer `POST /mail/stop/{token}`: also from a mail program, in one click.

    RFC 8058: without cookie or form of ours; the token says whose it is.
    """
    done = await _need_mail(request).stop(request.match_info["token"])
    return await _answer(request, "stopped" if done else "failed")


async def _answer(request: web.Request, step: str) -> web.Response:
    page = MailPage(
        **await base(request, "mail"),
        step=step,
        action=urlsplit(request.path_qs).path,
    )
    status = 410 if step == "failed" else 200
    return request.app[RENDERER].respond("mail.html", page, status=status)


def _need_mail(request: web.Request) -> Mail:
    mail = request.app[PORTS].mail
    if mail is None:
        raise web.HTTPNotFound
    return mail


def _check_public(access: Any) -> None:
    if access.place.visibility != "public":
        raise Refusal("not_allowed", "Mail is sent about public meetings alone.")


def _need_member(access: Any, caller: Caller) -> str:
    person_id = caller.principal.person_id
    if access.member is None or person_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    return str(person_id)


async def _check_pace(request: web.Request, caller: Caller) -> None:
    limits = request.app[PORTS].limits
    if limits is not None:
        person = caller.principal.person_id
        await limits.check("join", person, crowd=request.match_info["slug"])
