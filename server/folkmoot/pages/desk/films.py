"""A room's films: several, in an order, once or again and again, as a live source."""

from __future__ import annotations

import msgspec
from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.frame.forms import Form, lead_on, take_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS, Films
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.wording.moments import write_seconds


class FilmView(msgspec.Struct, frozen=True, kw_only=True):
    """One film of the list, as it is shown."""

    film_id: str
    name: str
    lasts: str
    size: str
    playing: bool
    first: bool
    last: bool


class FilmsPage(MeetingBase, frozen=True, kw_only=True):
    """The films of a room; `others` says that an encoder sends to it."""

    room: RoomView | None
    do: str
    here: str
    films: tuple[FilmView, ...] = ()
    loop: bool = True
    lasts: str = ""
    playing: bool = False
    stopped: str = ""
    others: bool = False
    upload_url: str = ""


async def show_films(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/films`."""
    return await _answer(request, await open_visit(request))


async def post_films(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/films`: one change of the list, start or stop."""
    home = f"/desk/{request.match_info['slug']}/films"
    return await take_form(request, home, _do, _answer)


async def _do(request: web.Request, form: Form, caller: Caller) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    _need_facilitator(visit)
    films = _need_films(request)
    room_id = form.fields.get("room_id", "")
    if not any(room.room_id == room_id for room in visit.rooms):
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    place = (visit.row.meeting_id, room_id)
    film_id = form.fields.get("film_id", "")
    match form.type:
        case "films.start":
            await films.start(*place, film_id)
        case "films.stop":
            await films.stop(*place)
        case "films.remove":
            await films.remove(*place, film_id)
        case "films.earlier" | "films.later" | "films.loop":
            kept = await films.list(*place)
            order = [each.film_id for each in kept.films]
            loop = form.fields.get("loop") == "on"
            if form.type != "films.loop":
                _move(order, film_id, -1 if form.type == "films.earlier" else 1)
                loop = kept.loop
            await films.arrange(*place, order, loop=loop)
        case _:
            raise Refusal("bad_form", "Something in this form can't be used.")
    return lead_on(f"{form.next_path}#films", form.type)


def _move(order: list[str], film_id: str, by: int) -> None:
    """Move a film by a place; at the end of the list it stays."""
    if film_id not in order:
        raise Refusal("no_such_film", "This film is not in the list any more.")
    at = order.index(film_id)
    to = min(max(0, at + by), len(order) - 1)
    order.insert(to, order.pop(at))


async def _answer(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    _need_facilitator(visit)
    room = visit.room(visit.query.get("room"))
    path = f"/desk/{visit.head.slug}/films"
    here = path if room is None else f"{path}?room={room.slug}"
    base = visit.base("desk", attempt=attempt, path=here)
    if room is None:
        page = FilmsPage(**base, room=None, do=path, here=here)
        return request.app[RENDERER].respond("films.html", page, status=status)
    films = _need_films(request)
    place = (visit.row.meeting_id, room.room_id)
    kept, playing = await films.list(*place), films.playing(*place)
    count = len(kept.films)
    page = FilmsPage(
        **base,
        room=room,
        do=path,
        here=here,
        films=tuple(
            FilmView(
                film_id=each.film_id,
                name=each.name,
                lasts=write_seconds(each.film.seconds),
                size=f"{each.film.source.width} × {each.film.source.height}"
                if each.film.source.has_video
                else "Sound",
                playing=each.film_id == playing.film_id,
                first=number == 0,
                last=number == count - 1,
            )
            for number, each in enumerate(kept.films)
        ),
        loop=kept.loop,
        lasts=write_seconds(sum(each.film.seconds for each in kept.films)),
        playing=playing.film_id is not None,
        stopped=playing.stopped,
        others=room.connected and playing.film_id is None,
        upload_url=f"/api/v1/meetings/{visit.head.slug}/rooms/{room.room_id}/films",
    )
    return request.app[RENDERER].respond("films.html", page, status=status)


def _need_facilitator(visit: Visit) -> None:
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "This page is for who runs the broadcast.")


def _need_films(request: web.Request) -> Films:
    films = request.app[PORTS].films
    if films is None:
        raise Refusal("not_available", "This service plays no films.")
    return films
