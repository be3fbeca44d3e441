"""A room's films as a live source: upload, order, loop, start and stop."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_json, read_query
from folkmoot.api.parts import body_limit, enter
from folkmoot.api.recordings import RecordingView, receive_film, tell_upload
from folkmoot.api.rooms import find_room
from folkmoot.core.refusals import Refusal
from folkmoot.keys import FILMS

Place = tuple[str, str]


class FilmQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What the film's file is called."""

    name: str | None = None


class FilmView(msgspec.Struct, frozen=True, kw_only=True):
    """One film of a room's list."""

    id: str
    name: str
    seconds: float
    width: int | None
    height: int | None


class FilmListView(msgspec.Struct, frozen=True, kw_only=True):
    """A room's films in their order; `playing`: the one that is sent now.

    `stopped` says why it stopped by itself, in plain words.
    """

    films: list[FilmView]
    loop: bool
    playing: str | None
    stopped: str


class FilmOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every film of the list by id, in the order wanted."""

    films: Annotated[list[str], msgspec.Meta(max_length=200)]
    loop: bool = True


class FilmStart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The film to begin with; the first one where none is named."""

    film: str = ""


async def list_films(request: web.Request) -> web.Response:
    """Show a room's films and what plays."""
    return await _answer(request, await _enter(request))


async def put_film(request: web.Request) -> web.Response:
    """Add a film; with `Upload-Id` it may come in parts, as a recording does."""
    place = await _enter(request)
    asked = read_query(request, FilmQuery)
    taken = await receive_film(request, *place)
    if isinstance(taken, RecordingView):
        return json_response(taken, status=202)
    name = asked.name or request.headers.get("X-File-Name") or "film"
    await request.app[FILMS].add(*place, taken[0], name=name)
    return await _answer(request, place, status=201)


async def show_film_upload(request: web.Request) -> web.Response:
    """Say how many bytes of the upload named by `Upload-Id` are kept."""
    return await tell_upload(request, *await _enter(request))


async def put_order(request: web.Request) -> web.Response:
    """Set the order, and whether the list begins again after its end."""
    place = await _enter(request)
    wanted = await read_json(request, FilmOrder, limit_bytes=body_limit(request))
    await request.app[FILMS].arrange(*place, wanted.films, loop=wanted.loop)
    return await _answer(request, place)


async def delete_film(request: web.Request) -> web.Response:
    """Delete a film."""
    place = await _enter(request)
    await request.app[FILMS].remove(*place, request.match_info["film"])
    return web.Response(status=204)


async def post_start(request: web.Request) -> web.Response:
    """Send the films to the room as an encoder would."""
    place = await _enter(request)
    wanted = await read_json(request, FilmStart, limit_bytes=body_limit(request))
    await request.app[FILMS].start(*place, wanted.film)
    return await _answer(request, place)


async def post_stop(request: web.Request) -> web.Response:
    """Send no more."""
    place = await _enter(request)
    await request.app[FILMS].stop(*place)
    return await _answer(request, place)


async def _enter(request: web.Request) -> Place:
    """The room of the address; films are for who holds its key."""
    access = await enter(request)
    if not access.actor.facilitates:
        raise Refusal("not_allowed", "Only who runs the broadcast plays films.")
    room = await find_room(request, access)
    return access.meeting_id, str(room["room_id"])


async def _answer(
    request: web.Request, place: Place, *, status: int = 200
) -> web.Response:
    films = request.app[FILMS]
    kept, playing = await films.list(*place), films.playing(*place)
    view = FilmListView(
        films=[
            FilmView(
                id=each.film_id,
                name=each.name,
                seconds=round(each.film.seconds, 3),
                width=each.film.source.width,
                height=each.film.source.height,
            )
            for each in kept.films
        ],
        loop=kept.loop,
        playing=playing.film_id,
        stopped=playing.stopped,
    )
    return json_response(view, status=status)
