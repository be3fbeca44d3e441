"""What is new, for feed readers: without an account, at addresses that last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from aiohttp import web

from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.journal import Journal, Snapshot
from folkmoot.news.formats import FORMATS
from folkmoot.news.items import NewsItem, Stream, newest
from folkmoot.news.telling import Teller, is_readable, shorten
from folkmoot.pages.board.exports import respond_file
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.watching.meeting import public_url
from folkmoot.pages.watching.streams import STREAMS
from folkmoot.pages.wording.moments import Moments, read_moment
from folkmoot.pages.wording.prose import render_prose
from folkmoot.schedule.changes import read_changes

# Enough entries of all kinds to find the last changes of the timetable among them.
_LOOKED_AT = 1_000


async def show_news(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/{name}.{atom|rss|json}`."""
    ports = request.app[PORTS]
    principal = await ports.credentials.identify(request)
    access = await ports.identity.enter(principal, request.match_info["slug"])
    snapshot = await ports.journal.snapshot(access.meeting_id, PUBLIC)
    name = request.match_info["name"]
    teller = make_teller(request, access.meeting_id, snapshot.state)
    if name == "changes":
        items = await _tell_changes(ports.journal, teller, snapshot)
    elif name == "live":
        items = newest(teller.tell_updates())
    elif name == "contributions":
        items = newest(teller.tell_contributions())
    elif name == "follow-up":
        items = newest(teller.tell_follow_up())
    else:
        items = newest(
            (
                *teller.tell_updates(),
                *teller.tell_contributions(),
                *teller.tell_follow_up(),
                *await _tell_changes(ports.journal, teller, snapshot),
            )
        )
    words, about, page = STREAMS[name]
    return await respond_stream(
        request,
        items,
        title=f"{_title(snapshot.state)}: {words}",
        about=about,
        path=f"/m/{access.place.slug}{page}",
        public=access.place.visibility == "public",
    )


async def show_contribution_news(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/c/{contribution}.{atom|rss|json}`: what came of it."""
    ports = request.app[PORTS]
    principal = await ports.credentials.identify(request)
    access = await ports.identity.enter(principal, request.match_info["slug"])
    snapshot = await ports.journal.snapshot(access.meeting_id, PUBLIC)
    key = request.match_info["contribution"]
    item = snapshot.state["contributions"].get(key)
    if item is None or not is_readable(item) or item["content"] is None:
        raise Refusal("no_such_contribution", "There is no such contribution.")
    teller = make_teller(request, access.meeting_id, snapshot.state)
    about = shorten(item["content"]["text"])
    return await respond_stream(
        request,
        newest(teller.tell_follow_up(only=key)),
        title=f"{_title(snapshot.state)}: {about}",
        about="What came of this contribution",
        path=f"/m/{access.place.slug}/c/{key}",
        public=access.place.visibility == "public",
    )


async def respond_stream(
    request: web.Request,
    items: Iterable[NewsItem],
    *,
    title: str,
    about: str,
    path: str,
    public: bool,
) -> web.Response:
    """Answer with a stream in the format that `format` in the address names.

    `path` is the page for people. `public`: the meeting is one that anyone reads.
    """
    base = public_url(request)
    stream = Stream(
        title=title,
        about=about,
        url=f"{base}{path}",
        own_url=f"{base}{request.path}",
        items=tuple(items),
    )
    kind = FORMATS[request.match_info["format"]]
    body = await asyncio.to_thread(kind.write, stream)
    return respond_file(request, body, kind.media_type, public=public)


def make_teller(request: web.Request, meeting_id: str, state: Any) -> Teller:
    """Return who tells what stands in a meeting."""
    now = request.app[PORTS].clock()
    return tell_meeting(meeting_id, state, base_url=public_url(request), now=now)


def tell_meeting(
    meeting_id: str, state: Any, *, base_url: str, now: datetime
) -> Teller:
    """Return who tells what stands in a meeting, with whole addresses."""
    moments = Moments(zone=state["timezone"], now=now)
    return Teller(
        state=state,
        meeting_id=meeting_id,
        url=f"{base_url.rstrip('/')}/m/{state['slug']}",
        # A plain string: `Markup` would escape what is put around it.
        render=lambda text: str(render_prose(text)),
        day=lambda at: say_day(moments, at),
    )


def say_day(moments: Moments, at: str) -> str:
    """Return a moment with its clock, or a day, as people read it; always with the year.

    What is fetched again next year says the same.
    """
    if len(at) == len("2026-01-01"):
        day = date.fromisoformat(at)
        return f"{day:%A} {day.day} {day:%B %Y}"
    local: datetime = moments.local(read_moment(at))
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}"


async def _tell_changes(
    journal: Journal, teller: Teller, snapshot: Snapshot
) -> tuple[NewsItem, ...]:
    page = await journal.entries(
        teller.meeting_id,
        PUBLIC,
        after=max(0, snapshot.seq - _LOOKED_AT),
        limit=_LOOKED_AT,
    )
    return read_changes(
        page.entries, snapshot.state, meeting_id=teller.meeting_id, url=teller.url
    )


def _title(state: Any) -> str:
    return str((state["content"] or {}).get("title") or "Meeting")
