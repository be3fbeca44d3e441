"""The stub of a card: its owner follows, changes or takes back what was on it.

Nothing of it stays on the device but a cookie for half an hour: the library's
computer and a neighbour's phone will do.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.core.feeds import member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.stubs import Stub
from folkmoot.pages.arriving.joining import base, plain_code
from folkmoot.pages.frame.flash import put_flash
from folkmoot.pages.frame.form_data import read_data, read_number
from folkmoot.pages.frame.forms import (
    Form,
    check_form,
    form_status,
    read_form,
)
from folkmoot.pages.frame.page import Attempt, Page
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller
from folkmoot.pages.wording.moments import Moments, read_moment
from folkmoot.store import catalogue

_COOKIE = "folkmoot-stub"
_SECONDS = 1_800
_MARK = "."


class StubAsk(Page, frozen=True, kw_only=True):
    """Asks for the meeting, the number and the secret."""

    values: dict[str, str]


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was proposed on the card."""

    session_id: str
    title: str
    pitch: str
    version: int
    where: str
    interest: int
    gone: bool


class OwnPost(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution from the card, with the answers to it."""

    contribution_id: str
    text: str
    state: str
    replies: tuple[tuple[str, str], ...]


class OwnInterest(msgspec.Struct, frozen=True, kw_only=True):
    """A session to which the owner would come."""

    session_id: str
    title: str
    where: str


class StubPage(Page, frozen=True, kw_only=True):
    """Everything that a card brought about, and forms to change it."""

    slug: str
    meeting_title: str
    code: str
    taken: bool
    helper: bool
    table: str = ""
    ended: bool = False
    sessions: tuple[OwnSession, ...] = ()
    posts: tuple[OwnPost, ...] = ()
    interests: tuple[OwnInterest, ...] = ()


async def show_stub(request: web.Request) -> web.StreamResponse:
    """Answer `/stub`: ask for a stub, or show the one that was opened."""
    return await _answer_stub(request, await _opened(request))


async def follow_stub(request: web.Request) -> web.StreamResponse:
    """Answer the address in a stub's QR code; the secret leaves the address bar."""
    match = request.match_info
    stubs = _stubs(request)
    stub = await stubs.open(match["slug"], match["card"], match["secret"])
    return _remember(stub, match["secret"])


async def post_open(request: web.Request) -> web.StreamResponse:
    """Answer `POST /stub`: open a stub by what stands on it."""
    form = await read_form(request, "/stub")
    try:
        await check_form(request, form)
        slug = await _find_slug(request, form.fields.get("meeting", ""))
        secret = form.fields.get("secret", "")
        stub = await _stubs(request).open(slug, form.fields.get("card", ""), secret)
    except Refusal as refusal:
        if refusal.code == "cross_site":
            raise
        return await _ask(request, form.attempt(refusal), form_status(refusal.code))
    return _remember(stub, secret)


async def post_close(request: web.Request) -> web.StreamResponse:
    """Answer `POST /stub/close`: forget the stub on this device."""
    _ = await check_form(request, await read_form(request, "/stub"))
    response = web.Response(status=303, headers={"Location": "/stub"})
    response.del_cookie(_COOKIE, path="/stub")
    put_flash(response, "stub.close")
    return response


async def post_stub(request: web.Request) -> web.StreamResponse:
    """Answer `POST /stub/do`: change or take back what was on the card."""
    form = await read_form(request, "/stub")
    stub = await _opened(request)
    if stub is None:
        raise web.HTTPSeeOther("/stub")
    try:
        caller = await check_form(request, form)
        await _change(request, stub, form, caller)
    except Refusal as refusal:
        if refusal.code == "cross_site":
            raise
        attempt = Attempt(
            type="", code=refusal.code, message=refusal.message, values=form.values
        )
        return await _answer_stub(request, stub, attempt, form_status(refusal.code))
    response = web.Response(status=303, headers={"Location": "/stub"})
    put_flash(response, form.type)
    return response


async def _change(request: web.Request, stub: Stub, form: Form, caller: Caller) -> None:
    """Give the form's command as the owner; who does it for them is noted."""
    way = form.fields.get("_way", "")
    if way in {"table", "phone"}:
        access = await request.app[PORTS].identity.enter(
            caller.principal, stub.place.slug
        )
        await _stubs(request).note_help(stub, access, way)
    wanted: dict[str, Any] = {
        "client_id": form.fields.get("_client_id") or secrets.token_urlsafe(12),
        "client_seq": 1,
        "type": form.type,
        "data": read_data(form.values),
    }
    if (expect := read_number(form.fields.get("_expect", ""))) is not None:
        wanted["expect"] = expect
    answer = await _stubs(request).act(stub, wanted)
    if not answer["ok"]:
        raise Refusal(answer["code"], answer["message"])


async def _answer_stub(
    request: web.Request,
    stub: Stub | None,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.StreamResponse:
    if stub is None:
        return await _ask(request, attempt, status)
    ports = request.app[PORTS]
    meeting_id = stub.place.meeting_id
    state = (await ports.journal.snapshot(meeting_id, "public")).state
    own: Mapping[str, Any] = {}
    if stub.member_id is not None:
        feed = member_feed(stub.member_id)
        own = (await ports.journal.snapshot(meeting_id, feed)).state
    fields = await base(request, "stub", attempt)
    fields["moments"] = Moments(zone=state["timezone"], now=ports.clock())
    page = StubPage(
        **fields,
        slug=stub.place.slug,
        meeting_title=(state.get("content") or {}).get("title", ""),
        code=stub.code,
        taken=stub.card is not None,
        helper=await _is_helper(request, stub),
        table=(stub.card or {}).get("table", ""),
        ended=state["phase"] == "ended",
        sessions=tuple(
            _own_session(state, session_id, fields["moments"])
            for session_id in (stub.card or {}).get("session_ids", ())
        ),
        posts=tuple(
            _own_post(state, post) for post in own.get("authored", {}).values()
        ),
        interests=tuple(
            OwnInterest(
                session_id=session_id,
                title=_title(state, session_id),
                where=_where(state, session_id, fields["moments"]),
            )
            for session_id in own.get("interest_votes", {})
            if session_id in state["sessions"]
        ),
    )
    return _respond(request, "stub.html", page, status)


def _own_session(
    state: Mapping[str, Any], session_id: str, moments: Moments
) -> OwnSession:
    session_id = state["merged"].get(session_id, session_id)
    session = state["sessions"].get(session_id)
    content = (session or {}).get("content") or {}
    return OwnSession(
        session_id=session_id,
        title=content.get("title", ""),
        pitch=content.get("pitch", ""),
        version=session["version"] if session else 0,
        where=_where(state, session_id, moments),
        interest=session["interest"] if session else 0,
        gone=session is None,
    )


def _own_post(state: Mapping[str, Any], own: Mapping[str, Any]) -> OwnPost:
    standing = "shown"
    for name in ("withdrawn", "hidden", "waiting"):
        if own[name]:
            standing = name
            break
    replies = tuple(
        ((reply["content"] or {}).get("author") or "", reply["content"]["text"])
        for reply in state["contributions"].values()
        if reply["reply_to"] == own["contribution_id"] and reply.get("content")
    )
    return OwnPost(
        contribution_id=own["contribution_id"],
        text=(own.get("content") or {}).get("text", ""),
        state=standing,
        replies=replies,
    )


def _title(state: Mapping[str, Any], session_id: str) -> str:
    session = state["sessions"].get(session_id) or {}
    return str((session.get("content") or {}).get("title", ""))


def _where(state: Mapping[str, Any], session_id: str, moments: Moments) -> str:
    """Say where and when a session stands; empty while it is a proposal."""
    session = state["sessions"].get(session_id)
    if session is None or session["slot_id"] is None:
        return ""
    room = state["rooms"][session["room_id"]]
    slot = state["slots"][session["slot_id"]]
    name = (room.get("content") or {}).get("name", "")
    starts_at = read_moment(slot["starts_at"])
    return f"{name}, {moments.day(starts_at)}, {moments.clock(starts_at)}"


async def _opened(request: web.Request) -> Stub | None:
    slug, _, rest = request.cookies.get(_COOKIE, "").partition(_MARK)
    code, _, secret = rest.partition(_MARK)
    if not secret:
        return None
    try:
        stub: Stub = await _stubs(request).open(slug, code, secret)
    except Refusal as refusal:
        if refusal.code == "slow_down":
            raise
        return None
    return stub


async def _find_slug(request: web.Request, meeting: str) -> str:
    code = plain_code(meeting)
    row = await request.app[PORTS].database.read(
        lambda c: catalogue.meeting_by_join_code(c, code)
    )
    if row is None:
        raise Refusal("no_such_meeting", "No meeting has this code.")
    return row.slug


async def _is_helper(request: web.Request, stub: Stub) -> bool:
    ports = request.app[PORTS]
    principal = await ports.credentials.identify(request)
    try:
        access = await ports.identity.enter(principal, stub.place.slug)
    except Refusal:
        return False
    return bool(access.actor.takes_down)


async def _ask(
    request: web.Request, attempt: Attempt | None, status: int
) -> web.StreamResponse:
    values = {"meeting": request.query.get("meeting", "")[:20]}
    shown = None
    if attempt is not None:
        values = attempt.values
        shown = msgspec.structs.replace(attempt, type="")
    page = StubAsk(**await base(request, "stub", shown), values=values)
    return _respond(request, "stub_ask.html", page, status)


def _remember(stub: Stub, secret: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": "/stub"})
    response.set_cookie(
        _COOKIE,
        _MARK.join((stub.place.slug, stub.code, secret)),
        max_age=_SECONDS,
        path="/stub",
        httponly=True,
        samesite="Lax",
    )
    return response


def _respond(
    request: web.Request, template: str, page: Page, status: int
) -> web.Response:
    response = request.app[RENDERER].respond(template, page, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _stubs(request: web.Request) -> Any:
    stubs = request.app[PORTS].stubs
    assert stubs is not None
    return stubs
