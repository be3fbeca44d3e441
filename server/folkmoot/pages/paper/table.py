"""A helper's table: one tablet, many people, and the worker that keeps it offline."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import SessionView
from folkmoot.pages.frame.assets import WORKER_FILES
from folkmoot.pages.frame.forms import Form, carry_out, read_form, run_command
from folkmoot.pages.frame.page import Attempt
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
    sent = msgspec.structs.replace(
        await read_form(request, path), type="card.redeem", next_path=path
    )
    return await carry_out(request, sent, _redeem, _answer_table)


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
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    sent = await request.post()
    ticked = [str(value) for value in sent.getall("interest", [])]
    card = read_card(form.fields, ticked, _sessions(visit))
    await run_command(request, form, caller, card.data)
    query = urlencode({"table": form.fields.get("table", ""), "done": card.card})
    where = f"{form.next_path}?{query}"
    return web.Response(status=303, headers={"Location": where})


async def _answer_table(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    me = visit.me
    if me is None or not (me.facilitates or "table" in me.duties):
        raise Refusal("not_allowed", "This page is for helpers at a table.")
    slug = visit.head.slug
    page = TablePage(
        **visit.base("table", attempt=attempt, path=f"/m/{slug}/table"),
        do=f"/m/{slug}/table",
        sessions=_sessions(visit),
        card=request.query.get("card", "")[:20],
        table_name=request.query.get("table", "")[:40],
        done=request.query.get("done", "")[:20],
    )
    return request.app[RENDERER].respond("table.html", page, status=status)


def _sessions(visit: Visit) -> tuple[SessionView, ...]:
    table = visit.timetable
    return tuple(sorted((*table.proposals, *table.placed), key=lambda s: s.number))
