"""A helper's table: one tablet, many people, and the worker that keeps it offline."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from folkmoot.core.commands import BadCommand
from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import SessionView
from folkmoot.pages.frame.assets import WORKER_FILES
from folkmoot.pages.frame.forms import Form, check_form, explain, form_status, read_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit

_NUMBERS = re.compile(r"\d+")


class TablePage(MeetingBase, frozen=True, kw_only=True):
    """A form for one card after the other."""

    do: str
    sessions: tuple[SessionView, ...]
    card: str = ""
    table_name: str = ""
    done: str = ""


class CardForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a card's form says, as the command's data."""

    card: str
    data: dict[str, Any]


async def show_table(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/table`: for helpers at a table."""
    return await _answer_table(request, await open_visit(request))


async def post_table(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/table`: take a card down without script."""
    path = f"/m/{request.match_info['slug']}/table"
    form = await read_form(request, path)
    caller: Caller | None = None
    try:
        caller = await check_form(request, form)
        visit = await open_visit(request, path=path, caller=caller)
        sent = await request.post()
        ticked = [str(value) for value in sent.getall("interest", [])]
        card = read_card(form.fields, ticked, _sessions(visit))
        await _redeem(request, form, caller, card)
    except Refusal as refusal:
        if refusal.code == "cross_site":
            raise
        visit = await open_visit(request, path=path, caller=caller)
        return await _answer_table(request, visit, form, refusal)
    query = urlencode({"table": form.fields.get("table", ""), "done": card.card})
    where = f"{path}?{query}"
    return web.Response(status=303, headers={"Location": where})


async def show_worker(request: web.Request) -> web.StreamResponse:
    """Answer `/m/{slug}/table-worker.js`: keeps the page for when there is no net."""
    return _answer_worker(request, "table")


async def show_offline_worker(request: web.Request) -> web.StreamResponse:
    """Answer `/m/{slug}/offline-worker.js`: opens a meeting's page without a net."""
    response = _answer_worker(request, "offline")
    slug = request.match_info["slug"]
    # Its page has no slash at its end, which alone would be the worker's reach.
    response.headers["Service-Worker-Allowed"] = f"/m/{slug}"
    return response


def _answer_worker(request: web.Request, name: str) -> web.FileResponse:
    worker = request.app[WORKER_FILES].get(name)
    if worker is None:
        raise web.HTTPNotFound
    return web.FileResponse(
        worker,
        headers={
            "Content-Type": "text/javascript; charset=utf-8",
            "Cache-Control": "no-cache",
        },
    )


def read_card(
    fields: dict[str, str], ticked: list[str], sessions: tuple[SessionView, ...]
) -> CardForm:
    """Return a card's form as data; sessions are ticked or called by their number."""
    by_number = {session.number: session.session_id for session in sessions}
    called = [int(number) for number in _NUMBERS.findall(fields.get("numbers", ""))]
    if unknown := [number for number in called if number not in by_number]:
        raise Refusal("bad_form", f"There is no session number {unknown[0]}.")
    data: dict[str, Any] = {
        "card": fields.get("card", "").strip(),
        "table": fields.get("table", "").strip(),
        "name": fields.get("name", "").strip(),
        "interests": list(dict.fromkeys([*ticked, *(by_number[n] for n in called)])),
    }
    if title := fields.get("title", "").strip():
        hosting = fields.get("hosting", "yes") == "yes"
        proposal = {"title": title, "pitch": fields.get("pitch", "").strip()}
        data["proposals"] = [proposal | {"hosting": hosting}]
    if text := fields.get("text", "").strip():
        kind, thread = fields.get("kind", "note"), fields.get("thread") or "meeting"
        data["contributions"] = [{"text": text, "kind": kind, "thread": thread}]
    if reply := fields.get("reply", ""):
        data |= {"reply": reply, "reply_to": fields.get("reply_to", "").strip()}
    return CardForm(card=data["card"], data=data)


async def _redeem(
    request: web.Request, form: Form, caller: Caller, card: CardForm
) -> None:
    wanted = {
        "client_id": form.fields.get("_client_id") or secrets.token_urlsafe(12),
        "client_seq": 1,
        "type": "card.redeem",
        "data": card.data,
    }
    commands = request.app[PORTS].commands
    try:
        answer = await commands.run(
            caller.principal, request.match_info["slug"], wanted
        )
    except BadCommand as error:
        raise Refusal("bad_form", explain(str(error))) from error
    if not answer["ok"]:
        raise Refusal(answer["code"], answer["message"])


async def _answer_table(
    request: web.Request,
    visit: Visit,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    me = visit.me
    if me is None or not (me.facilitates or "table" in me.duties):
        raise Refusal("not_allowed", "This page is for helpers at a table.")
    attempt = None
    if form is not None and refusal is not None:
        attempt = Attempt(
            type="card.redeem",
            code=refusal.code,
            message=refusal.message,
            values=form.values,
        )
    slug = visit.head.slug
    page = TablePage(
        **visit.base("table", attempt=attempt, path=f"/m/{slug}/table"),
        do=f"/m/{slug}/table",
        sessions=_sessions(visit),
        card=request.query.get("card", "")[:20],
        table_name=request.query.get("table", "")[:40],
        done=request.query.get("done", "")[:20],
    )
    status = form_status(refusal.code) if refusal else 200
    return request.app[RENDERER].respond("table.html", page, status=status)


def _sessions(visit: Visit) -> tuple[SessionView, ...]:
    table = visit.timetable
    return tuple(sorted((*table.proposals, *table.placed), key=lambda s: s.number))
