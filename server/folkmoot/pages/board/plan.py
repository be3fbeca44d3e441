"""A timetable to accept: a page of suggested places, each with its reasons."""

from __future__ import annotations

from typing import Any, cast, get_args

import msgspec
from aiohttp import web

from folkmoot.core.planning import Keep
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.planner import GhostCard, LeftOverCard, SuggestedTimetable
from folkmoot.pages.board.timetable import SessionView, TimeView
from folkmoot.pages.frame.forms import Form, lead_on, run_command, take_form
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
    home = f"/m/{request.match_info['slug']}/board/suggest"
    return await take_form(request, home, _arrange, _answer_suggest)


async def _answer_suggest(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "Only facilitators suggest a timetable.")
    sent = (attempt.values if attempt else request.query).get("keep")
    asked = sent in get_args(Keep)
    keep = cast("Keep", sent if asked else "all")
    base = visit.base(
        "suggest", attempt=attempt, path=f"/m/{visit.head.slug}/board/suggest"
    )
    page = SuggestPage(**base, keep=keep, asked=False)
    if asked and visit.head.phase != "ended":
        planner = request.app[PORTS].planner
        assert planner is not None
        found = await planner.suggest(visit.access, keep=keep)
        page = _view_suggestion(base, found)
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
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    moves = _read_chosen(await request.post())
    if not moves:
        raise Refusal("nothing_chosen", "Tick at least one session.")
    await run_command(request, form, caller, {"moves": moves}, kind="board.arrange")
    return lead_on(f"/m/{request.match_info['slug']}/board", "board.arrange")
