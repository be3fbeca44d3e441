"""Search over the API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_query
from folkmoot.api.parts import identify
from folkmoot.api.problems import Problem
from folkmoot.api.rooms import need_zone
from folkmoot.keys import DATABASE, GATEWAY, IDENTITY, SEARCH
from folkmoot.search.query import QueryError
from folkmoot.search.readers import NoIndex
from folkmoot.search.service import Query, SearchAnswer
from folkmoot.store import catalogue

if TYPE_CHECKING:
    from folkmoot.gateway.principals import Principal
    from folkmoot.search.corpus import Audience

Words = Annotated[str, msgspec.Meta(max_length=500)]


class SearchQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"from_at": "from", "to_at": "to"},
):
    """What to look for, and in what; times as ISO 8601, `to` not included.

    `series` is a slug, and finds only in its public meetings; `session` is an id. With `days` the facet
    `day` counts the days on which it was said or written.
    """

    q: Words
    series: Words | None = None
    meeting: Words | None = None
    room: Words | None = None
    speaker: Words | None = None
    agenda: Words | None = None
    kind: Words | None = None
    session: Words | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    offset: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    days: bool = False


class PlacesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What was said, as in the search; in one room, or in all of the meeting."""

    q: Words
    room: Words | None = None


async def search(request: web.Request) -> web.Response:
    """Search all that is public, or one meeting that one may read."""
    principal = await identify(request)
    asked = read_query(request, SearchQuery)
    if not principal.admin:
        limits = request.app[GATEWAY].limits
        await limits.check("search", principal.person_id, crowd="all")
    if (service := request.app.get(SEARCH)) is None:
        raise Problem(503, "search_unavailable", "There is nothing to search yet.")
    query = Query(
        text=asked.q,
        meeting=asked.meeting,
        room=asked.room,
        speaker=asked.speaker,
        agenda=asked.agenda,
        kind=asked.kind,
        session=asked.session,
        from_at=need_zone(asked.from_at),
        before_at=need_zone(asked.to_at),
        limit=asked.limit,
        offset=asked.offset,
        days=asked.days,
    )
    query, audience = await _bound(request, principal, query)
    if asked.series is not None:
        query = await _within(request, asked.series, query)
    try:
        answer = await service.search(query, audience)
    except QueryError as error:
        raise Problem(422, "bad_query", str(error)) from error
    except NoIndex as error:
        detail = "The index is being built. Try again soon."
        raise Problem(503, "search_unavailable", detail) from error
    return json_response(await _with_series(request, answer))


async def _with_series(request: web.Request, answer: SearchAnswer) -> SearchAnswer:
    """Return the answer with the counts of series: those of their meetings."""
    if answer.facets is None:
        return answer
    counted = answer.facets.get("meeting", {})
    found = await request.app[DATABASE].read(
        lambda connection: catalogue.count_series(connection, counted)
    )
    series = {row.slug: count for row, count in found}
    names = {row.slug: row.title for row, _ in found}
    return msgspec.structs.replace(
        answer,
        facets={**answer.facets, "series": series},
        names={**answer.names, "series": names} if names else answer.names,
    )


async def list_places(request: web.Request) -> web.Response:
    """List every place in a meeting where something was said, in order of time."""
    principal = await identify(request)
    slug = request.match_info["slug"]
    # First of all: strangers to a private meeting hear that there is none.
    await request.app[IDENTITY].enter(principal, slug)
    asked = read_query(request, PlacesQuery)
    if not principal.admin:
        limits = request.app[GATEWAY].limits
        await limits.check("search", principal.person_id, crowd="all")
    if (service := request.app.get(SEARCH)) is None:
        raise Problem(503, "search_unavailable", "There is nothing to search yet.")
    query = Query(text=asked.q, meeting=slug, room=asked.room)
    query, audience = await _bound(request, principal, query)
    try:
        return json_response(await service.find(query, audience))
    except QueryError as error:
        raise Problem(422, "bad_query", str(error)) from error
    except NoIndex as error:
        detail = "The index is being built. Try again soon."
        raise Problem(503, "search_unavailable", detail) from error


async def _within(request: web.Request, series: str, query: Query) -> Query:
    """Return the query for a series' public meetings alone."""
    found = await request.app[DATABASE].read(
        lambda connection: catalogue.public_meetings_of(connection, series)
    )
    if query.meetings is not None:
        found &= query.meetings
    return msgspec.structs.replace(query, meetings=found)


async def _bound(
    request: web.Request, principal: Principal, query: Query
) -> tuple[Query, Audience]:
    """Return the query and the index for a meeting that isn't public."""
    if query.meeting is None:
        return query, "public"
    access = await request.app[IDENTITY].enter(principal, query.meeting)
    if access.place.visibility == "public":
        return query, "public"
    own = frozenset({access.meeting_id})
    return msgspec.structs.replace(query, meetings=own), "restricted"
