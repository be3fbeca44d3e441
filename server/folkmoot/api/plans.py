"""Planning over HTTP: what places cost, and a timetable to suggest."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_query
from folkmoot.api.parts import enter
from folkmoot.core.planning import Keep
from folkmoot.keys import PLANNER


class CostsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which session is held."""

    session: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class SuggestionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What of the published timetable stays: all that can, most, or only pins."""

    keep: Keep = "all"


async def show_costs(request: web.Request) -> web.Response:
    """Tell what each place would cost a session: for who may place it."""
    access = await enter(request)
    asked = read_query(request, CostsQuery)
    return json_response(await request.app[PLANNER].costs(access, asked.session))


async def show_suggestion(request: web.Request) -> web.Response:
    """Suggest a timetable; changes nothing. For facilitators."""
    access = await enter(request)
    asked = read_query(request, SuggestionQuery)
    return json_response(await request.app[PLANNER].suggest(access, keep=asked.keep))
