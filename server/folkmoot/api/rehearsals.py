"""Rehearsals: private copies of meetings, deleted whole when they end."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web

from folkmoot.api.addresses import MeetingUrls, base_url, meeting_urls
from folkmoot.api.bodies import json_response, read_json
from folkmoot.api.parts import body_limit, enter
from folkmoot.keys import DATABASE, IDENTITY, REHEARSALS
from folkmoot.store import rehearsals as rows


class NewRehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """How to rehearse.

    With `borrow_encoders` whatever is sent with the meeting's stream keys and camera
    links goes to the rehearsal until it ends.
    """

    borrow_encoders: bool = False


class RehearsalView(msgspec.Struct, frozen=True, kw_only=True):
    """A rehearsal; it is deleted at `ends_at` unless somebody ends it before."""

    slug: str
    urls: MeetingUrls
    ends_at: datetime


async def begin_rehearsal(request: web.Request) -> web.Response:
    """Begin a meeting's rehearsal (who runs the broadcast)."""
    access = await enter(request)
    asked = await read_json(request, NewRehearsal, limit_bytes=body_limit(request))
    slug = await request.app[REHEARSALS].begin(access, borrow=asked.borrow_encoders)
    place = await request.app[IDENTITY].find_place(slug)
    found = await request.app[DATABASE].read(
        lambda c: rows.rehearsal_by_id(c, place.meeting_id)
    )
    assert found is not None
    view = RehearsalView(
        slug=slug,
        urls=meeting_urls(base_url(request), slug),
        ends_at=found.began_at + rows.LASTS,
    )
    return json_response(view, status=201)


async def end_rehearsal(request: web.Request) -> web.Response:
    """Delete a rehearsal with all that it holds; a real meeting is refused."""
    await request.app[REHEARSALS].end(await enter(request))
    return web.Response(status=204)
