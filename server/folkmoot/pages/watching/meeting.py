"""The meeting's own pages: watch, text only, wall, print, embed, one contribution."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup

from folkmoot.core.follow_up.answers import ASKING
from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView, SessionView
from folkmoot.pages.follow_up.answers import (
    QuestionView,
    say_due,
    view_question,
    view_questions,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.live.asked import AskedView, view_asked
from folkmoot.pages.live.updates import UpdateView, view_updates
from folkmoot.pages.talk.thread import (
    PostView,
    Thread,
    read_wanted,
    view_newest,
    view_post,
    view_thread,
)
from folkmoot.pages.watching.chapters import (
    ChapterView,
    ComingView,
    view_chapters,
    view_coming,
)
from folkmoot.pages.watching.recording import GapView, TakeOut, view_gaps, view_mine
from folkmoot.pages.watching.spotlight import SpotlightView, is_shown, view_spotlight
from folkmoot.pages.watching.transcript import (
    TurnView,
    read_last_turns,
    read_transcript,
)
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.qr import draw_qr

REFRESH_SECONDS = 30
_WALL_POSTS = 6
_SHEETS = frozenset({"grid", "cards", "doors"})


class MeetingPage(MeetingBase, frozen=True, kw_only=True):
    """Watch, timetable, thread and transcript of one room side by side."""

    room: RoomView | None
    thread: Thread
    spotlight: SpotlightView
    live: tuple[UpdateView, ...] = ()
    quick: tuple[AskedView, ...] = ()
    turns: tuple[TurnView, ...] = ()
    more_turns: str = ""
    chapters: tuple[ChapterView, ...] = ()
    coming: tuple[ComingView, ...] = ()
    gaps: tuple[GapView, ...] = ()
    asked: tuple[TakeOut, ...] = ()
    near: datetime
    at: str = ""
    seek: float | None = None
    lean: bool = False
    q: str = ""


class TextPage(MeetingBase, frozen=True, kw_only=True):
    """The meeting as text alone."""

    room: RoomView | None
    thread: Thread
    turns: tuple[TurnView, ...]
    quick: tuple[AskedView, ...]
    renews: bool
    refresh_seconds: int = REFRESH_SECONDS


class WallPage(MeetingBase, frozen=True, kw_only=True):
    """The big screen in the room."""

    newest: tuple[PostView, ...]
    spotlight: SpotlightView
    answered: int
    asked: int
    qr: Markup
    join_address: str
    label_now: str
    label_next: str


class PrintPage(MeetingBase, frozen=True, kw_only=True):
    """The timetable on paper: whole (A3), as session cards, or for each door (A4)."""

    sheet: str
    film_all: bool
    qr: Markup
    board_address: str

    def session_qr(self, session: SessionView) -> Markup:
        """Return the code that leads to a session's page."""
        return draw_qr(
            self.board_address.removesuffix("/board") + f"/s/{session.session_id}"
        )

    def is_filmed(self, room: RoomView) -> bool:
        """Whether people at the door are told of cameras."""
        return self.film_all or room.connected or "stream" in room.features


class EmbedPage(MeetingBase, frozen=True, kw_only=True):
    """The player alone, for other sites."""

    room: RoomView | None
    spotlight: SpotlightView
    at: str = ""
    seek: float | None = None
    lean: bool = False


class ContributionPage(MeetingBase, frozen=True, kw_only=True):
    """One contribution at its lasting address."""

    post: PostView
    question: QuestionView | None
    shown: bool
    queued: bool
    session: SessionView | None
    thread_url: str
    watch_url: str

    def say_due(self, at: datetime) -> str:
        """Return how long is left until then."""
        return say_due(at, self.moments.now)


async def show_meeting(request: web.Request) -> web.Response:
    """Answer `/m/{slug}`."""
    return await answer_meeting(request, await open_visit(request))


async def answer_meeting(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the meeting's page, also after a refused form of it."""
    room = visit.room(visit.query.get("room"))
    around = _read_at(visit.query.get("at"))
    ports = request.app[PORTS]
    turns: tuple[TurnView, ...] = ()
    more = ""
    seek = None
    if room is not None:
        read = await read_transcript(
            ports, visit.row.meeting_id, room.room_id, around=around
        )
        turns = read.turns
        if read.next_at is not None:
            more = _moment_url(visit, room, read.next_at) + "#transcript"
        if around is not None and ports.offset_of is not None:
            seek = await ports.offset_of(visit.row.meeting_id, room.room_id, around)
    page = MeetingPage(
        **visit.base(
            "meeting",
            attempt=attempt,
            room=room.slug if room else None,
            at=wire_moment(around) if around else None,
        ),
        room=room,
        thread=view_thread(visit.reading, "meeting", read_wanted(visit.query)),
        spotlight=view_spotlight(visit, room.room_id if room else None),
        live=view_updates(visit),
        quick=tuple(q for q in view_asked(visit) if q.state == "open"),
        turns=turns,
        more_turns=more,
        chapters=(
            view_chapters(visit.state, room.room_id, visit.moments.now) if room else ()
        ),
        coming=view_coming(visit.state, room.room_id) if room else (),
        gaps=view_gaps(ports, visit, room),
        asked=view_mine(ports, visit),
        near=around or visit.head.ended_at or visit.moments.now,
        lean=_spares_data(request),
        at=wire_moment(around) if around else "",
        seek=seek,
        q=visit.query.get("q", "").strip()[:400],
    )
    return _respond(request, "meeting.html", page, status)


async def show_text(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/text`."""
    return await answer_text(request, await open_visit(request))


async def answer_text(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the text page; it renews itself only for who asked for that.

    A page that changes under its reader is hard on people with screen readers or
    little time (WCAG 2.2.1), and loses what is being typed.
    """
    room = visit.room(visit.query.get("room"))
    renews = (
        visit.head.phase == "live"
        and attempt is None
        and visit.query.get("renew") == "on"
    )
    turns: tuple[TurnView, ...] = ()
    if room is not None:
        turns = await read_last_turns(
            request.app[PORTS],
            visit.row.meeting_id,
            room.room_id,
            now=visit.moments.now,
        )
    page = TextPage(
        **visit.base("text", attempt=attempt, room=room.slug if room else None),
        room=room,
        thread=view_thread(visit.reading, "meeting", read_wanted(visit.query)),
        turns=turns,
        quick=tuple(q for q in view_asked(visit) if q.state == "open"),
        renews=renews,
    )
    return _respond(request, "text.html", page, status)


async def show_wall(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/wall`."""
    visit = await open_visit(request)
    base = visit.base("wall")
    address = join_address(request, visit)
    labels = {
        state: next(
            (t.label for t in base["timetable"].times if t.state == state and t.label),
            "",
        )
        for state in ("now", "next")
    }
    asked = [q for q in view_questions(visit) if q.kind in ASKING]
    page = WallPage(
        **base,
        newest=view_newest(visit.reading, _WALL_POSTS),
        spotlight=view_spotlight(visit),
        answered=sum(q.standing == "answered" for q in asked),
        asked=len(asked),
        qr=draw_qr(address),
        join_address=address.partition("://")[2],
        label_now=labels["now"],
        label_next=labels["next"],
    )
    return _respond(request, "wall.html", page)


async def show_print(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/print`."""
    visit = await open_visit(request)
    address = f"{public_url(request)}/m/{visit.head.slug}/board"
    wanted = visit.query.get("sheet", "")
    page = PrintPage(
        **visit.base("print"),
        sheet=wanted if wanted in _SHEETS else "grid",
        film_all=visit.query.get("film") == "all",
        qr=draw_qr(address),
        board_address=address,
    )
    return _respond(request, "print.html", page)


async def show_embed(request: web.Request) -> web.Response:
    """Answer `/embed/{slug}`."""
    visit = await open_visit(request)
    room = visit.room(visit.query.get("room"))
    page = EmbedPage(
        **visit.base("embed", room=room.slug if room else None),
        room=room,
        spotlight=view_spotlight(visit, room.room_id if room else None),
        lean=_spares_data(request),
    )
    return _respond(request, "embed.html", page)


async def show_contribution(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/c/{contribution}`."""
    return await answer_contribution(
        request, await open_visit(request), request.match_info["contribution"]
    )


async def answer_contribution(
    request: web.Request,
    visit: Visit,
    contribution_id: str,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render one contribution's page; 410 for what was taken back."""
    post = view_post(visit.reading, contribution_id)
    if post is None:
        raise Refusal("no_such_contribution", "There is no such contribution.")
    base = visit.base("contribution", attempt=attempt, contribution=contribution_id)
    session = base["timetable"].find(post.thread.removeprefix("session:"))
    here = f"#{contribution_id}"
    room = visit.room(session.room_slug if session and session.room_slug else None)
    watch = ""
    if room is not None and room.playable and post.posted_at is not None:
        watch = _moment_url(visit, room, post.posted_at)
    page = ContributionPage(
        **base,
        post=post,
        question=view_question(visit, contribution_id),
        shown=is_shown(visit, contribution_id),
        queued=contribution_id in visit.staff.get("spotlight_queue", ()),
        session=session,
        thread_url=(session.href if session else f"/m/{visit.head.slug}") + here,
        watch_url=watch,
    )
    if post.state == "withdrawn" and status == 200:
        status = 410
    return _respond(request, "contribution.html", page, status)


def join_address(request: web.Request, visit: Visit) -> str:
    """Return the address that people type or scan to take part."""
    return f"{public_url(request)}/join/{visit.row.join_code}"


def public_url(request: web.Request) -> str:
    """Return the service's outside address, without a slash at its end."""
    told = request.app[PORTS].public_url()
    return told.rstrip("/") or f"{request.scheme}://{request.host}"


def _moment_url(visit: Visit, room: RoomView, at: datetime) -> str:
    query = urlencode({"room": room.slug, "at": wire_moment(at)})
    return f"/m/{visit.head.slug}?{query}"


def _read_at(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _spares_data(request: web.Request) -> bool:
    """Whether the browser asks for less: then words come first, without pictures."""
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def _respond(
    request: web.Request, template: str, page: MeetingBase, status: int = 200
) -> web.Response:
    return request.app[RENDERER].respond(template, page, status=status)
