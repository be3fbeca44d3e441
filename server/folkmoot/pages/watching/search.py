"""The search page: hits that open the recording at their second."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from markupsafe import Markup

from folkmoot.core.refusals import Refusal
from folkmoot.news.items import KEPT, NewsItem, make_guid, newest
from folkmoot.pages.arriving.joining import base
from folkmoot.pages.follow_up.news import respond_stream
from folkmoot.pages.frame.page import Page
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import identify
from folkmoot.pages.watching.meeting import public_url
from folkmoot.pages.wording.moments import read_moment, write_seconds
from folkmoot.search.query import QueryError
from folkmoot.search.readers import NoIndex
from folkmoot.search.service import Query, SearchAnswer, SearchHit
from folkmoot.store import catalogue

PER_PAGE = 20
_BUILT = "The search is being built after a change. Try again in a minute."
_STATUS = {"slow_down": 429, "no_search": 503, NoIndex.code: 503}
_MOST = 1000
_VALUES_SHOWN = 8
_FEWEST_VALUES = 2
_FIRST_YEAR, _LAST_YEAR = 1900, 3000
_MONTHS_SHOWN = 24
_NAMES = (
    "q",
    "series",
    "meeting",
    "room",
    "speaker",
    "agenda",
    "kind",
    "session",
    "from",
    "to",
)
# In this order: who, on what, where.
_FACETS = {
    "speaker": "Speakers",
    "agenda": "Agenda items",
    "session": "Sessions",
    "meeting": "Meetings",
    "kind": "Kinds",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, as the form shows it again."""

    q: str = ""
    series: str = ""
    meeting: str = ""
    room: str = ""
    speaker: str = ""
    agenda: str = ""
    kind: str = ""
    session: str = ""
    from_day: str = ""
    to_day: str = ""
    offset: int = 0

    @property
    def filtered(self) -> bool:
        """Whether anything but the meeting narrows it down."""
        return self.has_filled_fields or bool(self.series or self.session)

    @property
    def has_filled_fields(self) -> bool:
        """Whether a field of the form does: a series or session is said above it."""
        narrower = (self.room, self.speaker, self.agenda, self.kind)
        return any([*narrower, self.from_day, self.to_day])

    def url(self, **changes: str | int) -> str:
        """Return the address of this search with changes; empty takes away."""
        values: dict[str, str | int] = {
            "q": self.q,
            "series": self.series,
            "meeting": self.meeting,
            "room": self.room,
            "speaker": self.speaker,
            "agenda": self.agenda,
            "kind": self.kind,
            "session": self.session,
            "from": self.from_day,
            "to": self.to_day,
            **changes,
        }
        kept = {name: value for name, value in values.items() if value}
        return f"/search?{urlencode(kept)}"


class HitView(msgspec.Struct, frozen=True, kw_only=True):
    """A hit as the page shows it."""

    kind: str
    meeting_title: str
    room: str
    speaker: str
    title: str
    agenda_item: str
    at: datetime | None
    offset: str | None
    url: str
    snippet: Markup
    cite_url: str = ""
    still_url: str = ""


class Facet(msgspec.Struct, frozen=True):
    """A value that narrows the search down, what people read, how much it leaves."""

    value: str
    words: str
    count: int
    url: str


class FacetRow(msgspec.Struct, frozen=True):
    """The values of one field; `name` is the field, `label` what people call it."""

    name: str
    label: str
    values: tuple[Facet, ...]


class Month(msgspec.Struct, frozen=True):
    """A month in which something was said, and its share of the fullest one."""

    name: str
    year: str
    count: int
    share: float
    url: str


class SearchPage(Page, frozen=True, kw_only=True):
    """The form, and what was found."""

    query: Asked
    searched: bool = False
    hits: tuple[HitView, ...] = ()
    total: int = 0
    first: int = 1
    took_ms: float = 0
    facets: tuple[FacetRow, ...] = ()
    counts_about: bool = False
    months: tuple[Month, ...] = ()
    meeting_title: str = ""
    session_title: str = ""
    refused: str = ""
    suggestion: str = ""
    suggestion_url: str = ""
    everywhere_url: str = "/search"
    stream_url: str = ""
    next_url: str = ""
    previous_url: str = ""


async def show_search(request: web.Request) -> web.Response:
    """Answer `/search`."""
    asked = read_asked(request.query)
    fields: dict[str, Any] = {}
    status = 200
    title = await _find_title(request, asked.meeting)
    if asked.q or asked.filtered:
        try:
            answer = await _search(request, asked)
        except (QueryError, Refusal) as error:
            fields = {"refused": str(error)}
            status = _STATUS.get(getattr(error, "code", ""), 400)
        else:
            counted = (answer.facets or {}).get("meeting") or {}
            titles = await _find_titles(request, counted)
            titles |= answer.names.get("session", {})
            series = await _count_series(request, counted, asked)
            stills = await _find_stills(request, answer.hits)
            fields = _view_answer(answer, asked, titles, stills)
            fields["session_title"] = titles.get(asked.session, "")
            fields["facets"] = (*series, *fields["facets"])
        fields["searched"] = True
    page = SearchPage(
        **await base(request, "search"),
        query=asked,
        meeting_title=title,
        everywhere_url=asked.url(meeting="", room=""),
        **fields,
    )
    return request.app[RENDERER].respond("search.html", page, status=status)


async def show_search_stream(request: web.Request) -> web.Response:
    """Answer `/search.{atom|rss|json}`: the newest of what a search finds."""
    asked = read_asked(request.query)
    if not (asked.q or asked.filtered or asked.meeting):
        raise web.HTTPBadRequest(text="Add what to look for: ?q=bus+lane.")
    try:
        answer = await _search(request, asked, limit=KEPT)
    except QueryError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    root = public_url(request)
    return await respond_stream(
        request,
        newest(_tell(hit, root) for hit in answer.hits),
        title=f"Search: {asked.q or asked.meeting}",
        about="What was said or written with these words, the newest first",
        path=asked.url(),
        public=True,
    )


def _tell(hit: SearchHit, root: str) -> NewsItem:
    where = " · ".join(filter(None, (hit.speaker or hit.title, hit.agenda_item)))
    return NewsItem(
        # Where it was said: words that are corrected later are the same hit.
        guid=make_guid(hit.meeting.slug, f"{hit.kind}:{hit.room}:{hit.at}"),
        title=f"{hit.meeting.title}: {where}" if where else hit.meeting.title,
        url=f"{root}{hit.url}",
        at=datetime.fromisoformat(hit.at),
        html=hit.snippet_html,
        author=hit.speaker or "",
    )


def read_asked(query: Mapping[str, str]) -> Asked:
    """Read the fields of the search form; what makes no sense is left out."""
    text = {name: query.get(name, "").strip()[:400] for name in _NAMES}
    offset = query.get("offset", "0")
    return Asked(
        q=text["q"],
        series=text["series"],
        meeting=text["meeting"],
        room=text["room"],
        speaker=text["speaker"],
        agenda=text["agenda"],
        kind=text["kind"],
        session=text["session"],
        from_day=text["from"] if _read_day(text["from"]) else "",
        to_day=text["to"] if _read_day(text["to"]) else "",
        offset=min(int(offset), _MOST) if offset.isdecimal() and len(offset) < 9 else 0,
    )


async def _search(
    request: web.Request, asked: Asked, *, limit: int = PER_PAGE
) -> SearchAnswer:
    ports = request.app[PORTS]
    if ports.search is None:
        raise Refusal("no_search", "The search is not available at the moment.")
    if ports.limits is not None:
        principal = (await identify(request)).principal
        await ports.limits.check(
            "search", principal.person_id, crowd=request.remote or ""
        )
    to_day = _read_day(asked.to_day)
    query = Query(
        text=asked.q,
        meeting=asked.meeting or None,
        room=asked.room or None,
        speaker=asked.speaker or None,
        agenda=asked.agenda or None,
        kind=asked.kind or None,
        session=asked.session or None,
        from_at=_read_day(asked.from_day),
        before_at=to_day + timedelta(days=1) if to_day else None,
        meetings=await _find_meetings(ports, asked.series),
        limit=limit,
        offset=asked.offset,
        days=True,
    )
    try:
        return await ports.search.search(query)
    except NoIndex as error:
        raise Refusal(error.code, _BUILT) from error


async def _find_meetings(ports: Ports, series: str) -> frozenset[str] | None:
    """Return the public meetings of a series; None where none is named."""
    if not series:
        return None
    return await ports.database.read(lambda c: catalogue.public_meetings_of(c, series))


async def _count_series(
    request: web.Request, counted: Mapping[str, int], asked: Asked
) -> tuple[FacetRow, ...]:
    """Return a row of the series to which the counted meetings belong."""
    if asked.series or asked.meeting or not counted:
        return ()

    found = await request.app[PORTS].database.read(
        lambda c: catalogue.count_series(c, counted)
    )
    if len(found) < _FEWEST_VALUES:
        return ()
    ranked = sorted(found, key=lambda one: (-one[1], one[0].slug))
    values = tuple(
        Facet(row.slug, row.title, count, asked.url(series=row.slug))
        for row, count in ranked[:_VALUES_SHOWN]
    )
    return (FacetRow("series", "Series", values),)


def _view_months(answer: SearchAnswer, asked: Asked) -> tuple[Month, ...]:
    """Return the months in which it was said, the oldest first, where there are more."""
    counts: dict[tuple[int, int], int] = {}
    for day, count in ((answer.facets or {}).get("day") or {}).items():
        found = date.fromisoformat(day)
        key = (found.year, found.month)
        counts[key] = counts.get(key, 0) + count
    if len(counts) < _FEWEST_VALUES:
        return ()
    most = max(counts.values())
    months = []
    for (year, month), count in sorted(counts.items())[-_MONTHS_SHOWN:]:
        last = calendar.monthrange(year, month)[1]
        first, end = date(year, month, 1), date(year, month, last)
        url = asked.url(**{"from": first.isoformat(), "to": end.isoformat()})
        name = f"{first:%b}"
        months.append(Month(name, str(year), count, round(count / most, 3), url))
    return tuple(months)


def _view_answer(
    answer: SearchAnswer,
    asked: Asked,
    titles: Mapping[str, str],
    stills: Sequence[str],
) -> dict[str, Any]:
    end = asked.offset + len(answer.hits)
    more = end < answer.total and answer.hits and end <= _MOST
    return {
        "hits": tuple(
            _view_hit(hit, asked.q, still)
            for hit, still in zip(answer.hits, stills, strict=True)
        ),
        "total": answer.total,
        "first": asked.offset + 1,
        "took_ms": answer.took_ms,
        "counts_about": not answer.facets_exact,
        "suggestion": answer.suggestion or "",
        "suggestion_url": asked.url(q=answer.suggestion) if answer.suggestion else "",
        "stream_url": asked.url().replace("/search", "/search.atom", 1),
        **_view_facets(answer, asked, titles),
        "months": _view_months(answer, asked),
        "next_url": asked.url(offset=end) if more else "",
        "previous_url": asked.url(offset=max(0, asked.offset - PER_PAGE))
        if asked.offset
        else "",
    }


def _view_hit(hit: SearchHit, words: str, still_url: str) -> HitView:
    return HitView(
        kind=hit.kind,
        meeting_title=hit.meeting.title,
        room=hit.room_name or "",
        speaker=hit.speaker or "",
        title=hit.title,
        agenda_item=hit.agenda_item or "",
        at=read_moment(hit.at),
        offset=None
        if hit.offset_seconds is None
        else write_seconds(hit.offset_seconds),
        url=_look_on(hit, words),
        snippet=Markup(hit.snippet_html),  # noqa: S704 (the search escapes it)
        cite_url=_cite_url(hit),
        still_url=still_url,
    )


def _look_on(hit: SearchHit, words: str) -> str:
    """The address of a hit; where it is heard, all other places are looked for too."""
    if hit.kind != "speech" or not words:
        return hit.url
    page, mark, second = hit.url.partition("#")
    return f"{page}&{urlencode({'q': words})}{mark}{second}"


def _cite_url(hit: SearchHit) -> str:
    """Where the words of a hit can be cited; what is written has its own address."""
    if hit.kind != "speech" or not hit.room:
        return ""
    query = urlencode({"room": hit.room, "at": hit.at})
    return f"/m/{hit.meeting.slug}/cite?{query}"


def _view_facets(
    answer: SearchAnswer, asked: Asked, titles: Mapping[str, str]
) -> dict[str, Any]:
    """Return rows of values to narrow it down, where there is more than one."""
    rows = []
    for name, label in _FACETS.items():
        counts = (answer.facets or {}).get(name) or {}
        if getattr(asked, name) or len(counts) < _FEWEST_VALUES:
            continue
        if name == "session":  # one that was taken back has no title any more
            counts = {value: n for value, n in counts.items() if value in titles}
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        values = tuple(
            Facet(value, titles.get(value, value), count, asked.url(**{name: value}))
            for value, count in ranked[:_VALUES_SHOWN]
            if value
        )
        if values:
            rows.append(FacetRow(name, label, values))
    return {"facets": tuple(rows)}


async def _find_titles(
    request: web.Request, counts: Mapping[str, int]
) -> dict[str, str]:
    """Return the titles of the meetings of which most was found, by slug."""
    most = sorted(counts, key=lambda slug: (-counts[slug], slug))[:_VALUES_SHOWN]
    rows = await request.app[PORTS].database.read(
        lambda c: [catalogue.meeting_by_slug(c, slug) for slug in most]
    )
    return {row.slug: row.title for row in rows if row and row.visibility == "public"}


async def _find_stills(
    request: web.Request, hits: Sequence[SearchHit]
) -> Sequence[str]:
    """Return the addresses of the hits' pictures; empty where there is none."""
    ports = request.app[PORTS]
    slugs = dict.fromkeys(hit.meeting.slug for hit in hits if hit.room)
    rows = await ports.database.read(
        lambda c: {slug: catalogue.meeting_by_slug(c, slug) for slug in slugs}
    )
    return [_still_url(ports, rows.get(hit.meeting.slug), hit) for hit in hits]


def _still_url(ports: Ports, row: catalogue.MeetingRow | None, hit: SearchHit) -> str:
    # Media of other meetings have no address that everybody may have.
    if ports.webcast is None or row is None or row.visibility != "public":
        return ""
    channel = ports.webcast.channel_at(row.public_path, hit.room or "")
    if channel is None or not any(each.width for each in channel.public.variants):
        return ""
    at = read_moment(hit.at)
    if not any(start <= at < end for start, end in channel.recorded_spans()):
        return ""
    query = urlencode({"at": hit.at})
    return f"/media/{row.public_path}/{hit.room}/still.jpg?{query}"


async def _find_title(request: web.Request, meeting: str) -> str:
    if not meeting:
        return ""
    row = await request.app[PORTS].database.read(
        lambda c: catalogue.meeting_by_slug(c, meeting)
    )
    return row.title if row is not None and row.visibility == "public" else ""


def _read_day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Beyond them calendars end, and a day later is none.
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return None
    return datetime.combine(day, time(), UTC)
