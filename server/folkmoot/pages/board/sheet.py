"""The timetable's page, the page of a session, and each person's own agenda."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from markupsafe import Markup

from folkmoot.core.board.proposing import FEATURES
from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.notes import Notes, view_notes
from folkmoot.pages.board.notices import NoticeView, say_notice
from folkmoot.pages.board.running import RunView, view_run
from folkmoot.pages.board.timetable import (
    SCOPES,
    RoomView,
    SessionView,
    Timetable,
    TimeView,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.talk.thread import Thread, read_wanted, view_thread
from folkmoot.pages.watching.meeting import public_url
from folkmoot.pages.watching.recording import TakeOut, view_mine
from folkmoot.pages.watching.spotlight import SpotlightView, view_spotlight
from folkmoot.pages.watching.transcript import TranscriptView, read_span_turns
from folkmoot.pages.wording.moments import read_moment, wire_moment
from folkmoot.pages.wording.qr import draw_qr

# What a reader can have made for itself, and the cookie that shows it once.
COOKIES = {"calendar": "folkmoot-calendar", "device": "folkmoot-device"}


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What can be chosen for a session: needs of its room, times, a scope."""

    features: tuple[str, ...]
    times: tuple[TimeView, ...]
    scopes: dict[str, str]


class BoardPage(MeetingBase, frozen=True, kw_only=True):
    """Rooms by times, the proposals, and a form to propose.

    `rules` are the board's: `mode`, `counts`, `proposals`, `voting`; `queue` are the
    sessions that wait to be presented, `pitching` the one whose turn it is.
    """

    choices: Choices
    rules: dict[str, str]
    queue: tuple[SessionView, ...] = ()
    pitching: SessionView | None = None


class MergeWish(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants to make one session of two; `mine` if the reader's side asked."""

    session: SessionView
    other: SessionView
    mine: bool


class HostWish(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was invited to host along, or offered it."""

    session: SessionView
    member_id: str
    way: str
    name: str
    mine: bool


class Film(msgspec.Struct, frozen=True, kw_only=True):
    """The recording of a session in one room, from its start there to its end."""

    room: RoomView
    url: str
    starts_at: datetime
    ends_at: datetime
    said: TranscriptView = TranscriptView()


class SessionPage(MeetingBase, frozen=True, kw_only=True):
    """A session with its own thread, and its recording once it is over."""

    session: SessionView
    thread: Thread
    films: tuple[Film, ...]
    spotlight: SpotlightView | None
    asked: tuple[TakeOut, ...]
    near: datetime
    watch_url: str
    choices: Choices
    others: tuple[SessionView, ...]
    merges: tuple[MergeWish, ...]
    hosting: tuple[HostWish, ...]
    rules: dict[str, str]
    waits: bool
    run: RunView
    notes: Notes


class MinePage(MeetingBase, frozen=True, kw_only=True):
    """What concerns the reader: notices, wishes of others, and its own agenda."""

    notices: tuple[NoticeView, ...]
    merges: tuple[MergeWish, ...]
    hosting: tuple[HostWish, ...]
    agenda: tuple[SessionView, ...]
    unplaced: tuple[SessionView, ...]
    # Addresses that open doors: made on request, shown once.
    calendar_url: str
    device_url: str
    device_qr: Markup | str


async def show_board(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/board`."""
    return await answer_board(request, await open_visit(request))


async def answer_board(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the timetable, also after a refused form of it."""
    base = visit.base("board", attempt=attempt)
    table: Timetable = base["timetable"]
    queue = [table.find(session_id) for session_id in visit.state["pitch_queue"]]
    page = BoardPage(
        **base,
        choices=_choices(table),
        rules=read_rules(visit),
        queue=tuple(session for session in queue if session is not None),
        pitching=table.find(visit.state["pitching"] or ""),
    )
    return request.app[RENDERER].respond("board.html", page, status=status)


async def show_session(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/s/{session}`."""
    return await answer_session(
        request, await open_visit(request), request.match_info["session"]
    )


async def answer_session(
    request: web.Request,
    visit: Visit,
    session_id: str,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render a session's page."""
    ports = request.app[PORTS]
    base = visit.base("session", attempt=attempt, session=session_id)
    table: Timetable = base["timetable"]
    session = table.find(session_id)
    kept = visit.state["merged"].get(session_id)
    if session is None and kept is not None and table.find(kept) is not None:
        raise web.HTTPFound(f"/m/{visit.head.slug}/s/{kept}")
    if session is None:
        raise Refusal("no_such_session", "There is no such session in this meeting.")
    page = SessionPage(
        **base,
        session=session,
        thread=view_thread(
            visit.reading, f"session:{session_id}", read_wanted(visit.query)
        ),
        films=tuple(
            [
                await _add_words(ports, visit, film)
                for film in read_films(visit, session)
            ]
        ),
        # What the room shows now belongs to what happens there now.
        spotlight=(
            view_spotlight(visit, session.room_id) if session.state == "now" else None
        ),
        asked=view_mine(ports, visit),
        near=session.starts_at or visit.moments.now,
        watch_url=_watch_url(visit, session),
        choices=_choices(table),
        others=tuple(
            other
            for other in (*table.proposals, *table.placed)
            if other.session_id != session_id
        ),
        merges=tuple(
            wish
            for wish in read_merges(visit, table)
            if session_id in {wish.session.session_id, wish.other.session_id}
        ),
        hosting=tuple(
            wish
            for wish in read_hosting(visit, table)
            if wish.session.session_id == session_id
        ),
        rules=read_rules(visit),
        waits=session_id in visit.state["pitch_queue"],
        run=view_run(visit, session),
        notes=view_notes(visit, session),
    )
    return request.app[RENDERER].respond("session.html", page, status=status)


async def show_mine(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/mine`."""
    return await answer_mine(request, await open_visit(request))


async def answer_mine(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the reader's own agenda; who hasn't joined is told what it is for."""
    base = visit.base("mine", attempt=attempt)
    table: Timetable = base["timetable"]
    mine = [
        session
        for session in (*table.placed, *table.proposals)
        if session.mine or session.interested or session.starred
    ]
    home = f"{public_url(request)}/m/{visit.head.slug}"
    calendar, device = (_shown(request, what) for what in COOKIES)
    device_url = ""
    if device:
        device_url = (
            f"{public_url(request)}/sign-in/{device}?to=/m/{visit.head.slug}/mine"
        )
    page = MinePage(
        **base,
        notices=read_notices(visit, table),
        merges=read_merges(visit, table),
        hosting=read_hosting(visit, table),
        agenda=tuple(session for session in mine if session.slot_id is not None),
        unplaced=tuple(session for session in mine if session.slot_id is None),
        calendar_url=f"{home}/calendar/{calendar}.ics" if calendar else "",
        device_url=device_url,
        device_qr=draw_qr(device_url) if device_url else "",
    )
    response = request.app[RENDERER].respond("mine.html", page, status=status)
    for name in COOKIES.values():
        if name in request.cookies:
            response.del_cookie(name, path=f"/m/{visit.head.slug}/mine")
    return response


def _shown(request: web.Request, what: str) -> str:
    """Return a secret of the reader's own that was just made and is shown once."""
    secret = request.cookies.get(COOKIES[what], "")
    return secret if secret.replace("-", "").replace("_", "").isalnum() else ""


def read_rules(visit: Visit) -> dict[str, str]:
    """Return how the timetable is made."""
    state = visit.state
    return {
        "mode": state["board_mode"],
        "counts": state["counts"],
        "proposals": state["proposals"],
        "voting": state["voting"],
    }


def read_notices(visit: Visit, table: Timetable) -> tuple[NoticeView, ...]:
    """Return what the reader has been told and not put away, newest first."""
    newest = sorted(
        visit.notices.values(), key=lambda notice: notice["at"], reverse=True
    )
    state = {**visit.state, "contributions": visit.known("contributions")}
    return tuple(
        view
        for notice in newest
        if (view := say_notice(notice, state, table, visit.moments)) is not None
    )


def read_merges(visit: Visit, table: Timetable) -> tuple[MergeWish, ...]:
    """Return the wishes to merge that wait for an answer and concern the reader."""
    wishes = []
    for asked in {
        **visit.own.get("merge_asks", {}),
        **visit.staff.get("merge_asks", {}),
    }.values():
        session = table.find(asked["session_id"])
        other = table.find(asked["other_id"])
        if session is not None and other is not None:
            mine = visit.me is not None and asked["by_id"] == visit.me.member_id
            wishes.append(MergeWish(session=session, other=other, mine=mine))
    return tuple(wishes)


def read_hosting(visit: Visit, table: Timetable) -> tuple[HostWish, ...]:
    """Return invitations and offers to host along that concern the reader."""
    wishes = []
    for asked in visit.own.get("cohost_asks", {}).values():
        if (session := table.find(asked["session_id"])) is None:
            continue
        wishes.append(
            HostWish(
                session=session,
                member_id=asked["member_id"],
                way=asked["way"],
                name=str((asked.get("content") or {}).get("name") or "Somebody"),
                mine=visit.me is not None and asked["member_id"] == visit.me.member_id,
            )
        )
    return tuple(wishes)


def read_films(visit: Visit, session: SessionView) -> tuple[Film, ...]:
    """Return where a session that is over can be seen: as it was, else as planned."""
    stood = visit.state["sessions"][session.session_id]
    spans: list[tuple[str | None, datetime | None, datetime | None]] = [
        (span["room_id"], read_moment(span["from_at"]), read_moment(span["to_at"]))
        for span in stood.get("spans", ())
        if span["to_at"] is not None
    ]
    if not stood.get("spans") and session.state == "past":
        spans = [(session.room_id, session.starts_at, session.ends_at)]
    films = []
    for room_id, starts_at, ends_at in spans:
        room = visit.room(room_id)
        if room is None or room.room_id != room_id or not room.playable:
            continue
        if starts_at is None or ends_at is None:
            continue
        span = {"from": wire_moment(starts_at), "to": wire_moment(ends_at)}
        url = f"{room.playback_url}?{urlencode(span)}"
        films.append(Film(room=room, url=url, starts_at=starts_at, ends_at=ends_at))
    return tuple(films)


async def _add_words(ports: Ports, visit: Visit, film: Film) -> Film:
    """Return a film with what was said in it."""
    said = await read_span_turns(
        ports,
        visit.row.meeting_id,
        film.room.room_id,
        from_at=film.starts_at,
        to_at=film.ends_at,
    )
    return msgspec.structs.replace(film, said=said)


def _choices(table: Timetable) -> Choices:
    used = (feature for room in table.rooms for feature in room.features)
    return Choices(
        features=tuple(dict.fromkeys((*FEATURES, *used))),
        times=tuple(time for time in table.times if not time.is_break),
        scopes=SCOPES,
    )


def _watch_url(visit: Visit, session: SessionView) -> str:
    """Return where the session's room plays; its start once that is over."""
    if session.slot_id is None or session.starts_at is None:
        return ""
    room = visit.room(session.room_slug)
    if room is None or not room.playable or session.state in {"next", "later"}:
        return ""
    query = {"room": room.slug}
    if session.state == "past":
        query["at"] = wire_moment(session.starts_at)
    return f"/m/{visit.head.slug}?{urlencode(query)}"
