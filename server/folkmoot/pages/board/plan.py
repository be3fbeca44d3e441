"""A timetable to accept: a page of suggested places, each with its reasons."""

from __future__ import annotations

import secrets
from typing import Any, cast, get_args

import msgspec
from aiohttp import web

from folkmoot.core.commands import BadCommand
from folkmoot.core.planning import Keep
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.planner import GhostCard, LeftOverCard, SuggestedTimetable
from folkmoot.pages.board.timetable import SessionView, TimeView
from folkmoot.pages.frame.forms import Form, check_form, form_status, lead_on, read_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit

_MARK = "|"


class GhostView(msgspec.Struct, frozen=True, kw_only=True):
    """A suggested place beside the session as it stands; `value` is its tick's."""

    ghost: GhostCard
    session: SessionView
    room_name: str
    time: TimeView
    value: str
    ticked: bool = True


class LeftOverView(msgspec.Struct, frozen=True, kw_only=True):
    """A session without a place, and why."""

    session: SessionView
    words: str


class SuggestPage(MeetingBase, frozen=True, kw_only=True):
    """What can be chosen and, once asked for, what is suggested."""

    keep: Keep
    asked: bool
    ghosts: tuple[GhostView, ...] = ()
    left_over: tuple[LeftOverView, ...] = ()
    words: tuple[str, ...] = ()


async def show_suggest(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/board/suggest`; `?keep=` asks for a timetable."""
    return await _answer_suggest(request, await open_visit(request))


async def post_suggest(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/board/suggest`: accept one card, the ticked or all."""
    slug = request.match_info["slug"]
    form = await read_form(request, f"/m/{slug}/board")
    chosen = _read_chosen(await request.post())
    caller: Caller | None = None
    try:
        caller = await check_form(request, form)
        await _arrange(request, form, caller, chosen)
    except Refusal as refusal:
        if refusal.code == "cross_site":
            raise
        visit = await open_visit(
            request, path=f"/m/{slug}/board/suggest", caller=caller
        )
        return await _answer_suggest(request, visit, form, refusal)
    return lead_on(f"/m/{slug}/board", "board.arrange")


async def _answer_suggest(
    request: web.Request,
    visit: Visit,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "Only facilitators suggest a timetable.")
    sent = form.fields.get("keep") if form else request.query.get("keep")
    asked = sent in get_args(Keep)
    keep = cast("Keep", sent if asked else "all")
    attempt = None
    if form is not None and refusal is not None:
        attempt = Attempt(
            type="", code=refusal.code, message=refusal.message, values={}
        )
    base = visit.base(
        "suggest", attempt=attempt, path=f"/m/{visit.head.slug}/board/suggest"
    )
    page = SuggestPage(**base, keep=keep, asked=False)
    if asked and visit.head.phase != "ended":
        planner = request.app[PORTS].planner
        assert planner is not None
        found = await planner.suggest(visit.access, keep=keep)
        page = _view_suggestion(base, found)
    status = form_status(refusal.code) if refusal else 200
    return request.app[RENDERER].respond("suggest.html", page, status=status)


def _view_suggestion(base: dict[str, Any], found: SuggestedTimetable) -> SuggestPage:
    table = base["timetable"]
    names = {room.room_id: room.name for room in table.rooms}
    times = {time.slot_id: time for time in table.times}
    ghosts = []
    for ghost in found.ghosts:
        session = table.find(ghost.session_id)
        # Withdrawn between two looks at the board: there is nothing to show.
        if session is not None and ghost.slot_id in times:
            ghosts.append(
                GhostView(
                    ghost=ghost,
                    session=session,
                    room_name=names.get(ghost.room_id, ""),
                    time=times[ghost.slot_id],
                    value=_write_choice(ghost),
                )
            )
    order = {time.slot_id: number for number, time in enumerate(table.times)}
    ghosts.sort(key=lambda view: (order[view.time.slot_id], view.room_name))
    return SuggestPage(
        **base,
        keep=found.keep,
        asked=True,
        ghosts=tuple(ghosts),
        left_over=tuple(_view_left_over(table, over) for over in found.left_over),
        words=tuple(found.words),
    )


def _view_left_over(table: Any, over: LeftOverCard) -> LeftOverView:
    return LeftOverView(session=table.find(over.session_id), words=over.words)


def _write_choice(ghost: GhostCard) -> str:
    return _MARK.join(
        (ghost.session_id, ghost.room_id, ghost.slot_id, str(ghost.version))
    )


def _read_choice(value: str) -> dict[str, Any]:
    session_id, room_id, slot_id, version = (value.split(_MARK) + [""] * 4)[:4]
    return {
        "session_id": session_id,
        "room_id": room_id,
        "slot_id": slot_id,
        "expect": int(version) if version.isdecimal() else None,
    }


def _read_chosen(sent: Any) -> list[dict[str, Any]]:
    """Return the moves that were chosen: one by its button, all, or the ticked."""
    if only := sent.get("only"):
        return [_read_choice(str(only))]
    name = "offered" if "all" in sent else "ticked"
    return [_read_choice(str(value)) for value in sent.getall(name, [])]


async def _arrange(
    request: web.Request, form: Form, caller: Caller, moves: list[dict[str, Any]]
) -> None:
    if not moves:
        raise Refusal("nothing_chosen", "Tick at least one session.")
    wanted = {
        "client_id": form.fields.get("_client_id") or secrets.token_urlsafe(12),
        "client_seq": 1,
        "type": "board.arrange",
        "data": {"moves": moves},
    }
    commands = request.app[PORTS].commands
    try:
        answer = await commands.run(
            caller.principal, request.match_info["slug"], wanted
        )
    except BadCommand as error:
        raise Refusal("bad_form", "Something in this form can’t be used.") from error
    if not answer["ok"]:
        raise Refusal(answer["code"], answer["message"])
