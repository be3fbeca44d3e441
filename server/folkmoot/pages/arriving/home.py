"""The first page, and the page of a series."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from aiohttp import web

from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.pages.arriving.joining import base
from folkmoot.pages.board.timetable import RoomView, SessionView, view_timetable
from folkmoot.pages.desk.room import read_status
from folkmoot.pages.frame.page import Page
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Series, present_in, view_rooms
from folkmoot.pages.wording.moments import Moments
from folkmoot.store import catalogue
from folkmoot.store.catalogue import MeetingRow

_PAST_SHOWN = 9
_PAST_MOST = 300


class MeetingCard(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting in a list; `now` are its sessions of this moment."""

    slug: str
    title: str
    purpose: str
    phase: str
    visibility: str
    timezone: str
    demonstration: bool
    starts_at: datetime | None
    opened_at: datetime | None
    ended_at: datetime | None
    poster_url: str = ""
    rooms: tuple[RoomView, ...] = ()
    now: tuple[SessionView, ...] = ()
    present: int = 0


class ListPage(Page, frozen=True, kw_only=True):
    """A page with lists of meetings."""

    def moments_of(self, card: MeetingCard) -> Moments:
        """Return what writes times in the zone of a meeting."""
        return Moments(zone=card.timezone, now=self.moments.now)


class HomePage(ListPage, frozen=True, kw_only=True):
    """What is on now, what comes, what was."""

    live: tuple[MeetingCard, ...]
    coming: tuple[MeetingCard, ...]
    past: tuple[MeetingCard, ...]
    more_past: bool
    past_total: int

    @property
    def any(self) -> bool:
        """Whether there is any meeting at all."""
        return bool(self.live or self.coming or self.past)


class SeriesPage(ListPage, frozen=True, kw_only=True):
    """The meetings of one series."""

    series: Series
    scope: str
    live: tuple[MeetingCard, ...]
    coming: tuple[MeetingCard, ...]
    past: tuple[MeetingCard, ...]


async def show_home(request: web.Request) -> web.Response:
    """Answer `/`."""
    ports = request.app[PORTS]
    rows = await ports.database.read(
        lambda c: catalogue.list_meetings(c, visibility="public")
    )
    past = [row for row in rows if row.phase == "ended"]
    wanted = _PAST_MOST if request.query.get("past") == "all" else _PAST_SHOWN
    page = HomePage(
        **await base(request, "home"),
        live=await view_cards(ports, _in_phase(rows, "live")),
        coming=_by_start(await view_cards(ports, _in_phase(rows, "upcoming"))),
        past=await view_cards(ports, past[:wanted]),
        more_past=len(past) > wanted,
        past_total=len(past),
    )
    return request.app[RENDERER].respond("home.html", page)


async def show_series(request: web.Request) -> web.Response:
    """Answer `/series/{slug}`."""
    ports = request.app[PORTS]
    slug = request.match_info["slug"]
    found = await ports.database.read(lambda c: catalogue.series_by_slug(c, slug))
    if found is None:
        raise Refusal("no_such_series", "There is no such series.")
    rows = await ports.database.read(
        lambda c: catalogue.list_meetings(
            c, visibility="public", series_id=found.series_id, limit=_PAST_MOST
        )
    )
    page = SeriesPage(
        **await base(request, "series"),
        series=Series(found.slug, found.title),
        scope=found.scope,
        live=await view_cards(ports, _in_phase(rows, "live")),
        coming=_by_start(await view_cards(ports, _in_phase(rows, "upcoming"))),
        past=await view_cards(ports, _in_phase(rows, "ended")),
    )
    return request.app[RENDERER].respond("series.html", page)


async def view_cards(
    ports: Ports, rows: Sequence[MeetingRow]
) -> tuple[MeetingCard, ...]:
    """Return the cards of meetings."""
    return tuple(await asyncio.gather(*(_view_card(ports, row) for row in rows)))


async def _view_card(ports: Ports, row: MeetingRow) -> MeetingCard:
    state = (await ports.journal.snapshot(row.meeting_id, PUBLIC)).state
    rooms = view_rooms(row, state, now=ports.clock())
    live = [room for room in rooms if room.state == "live"]
    shown = next(iter(live or [room for room in rooms if room.playable]), None)
    now: tuple[SessionView, ...] = ()
    if row.phase == "live":
        table = view_timetable(
            state,
            rooms=rooms,
            own={},
            me=None,
            now=ports.clock(),
            zone_day=lambda at: at.date(),
        )
        now = table.at("now")
    return MeetingCard(
        slug=row.slug,
        title=row.title,
        purpose=row.purpose,
        phase=row.phase,
        visibility=row.visibility,
        timezone=state["timezone"],
        demonstration=row.demonstration,
        starts_at=row.starts_at,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        poster_url=_poster_url(ports, row, shown),
        rooms=rooms,
        now=now,
        present=present_in(state) or ports.present(row.meeting_id),
    )


def _poster_url(ports: Ports, row: MeetingRow, room: RoomView | None) -> str:
    """Return a picture's address where there is a picture."""
    if room is None:
        return ""
    status = read_status(ports, row.meeting_id, room.room_id)
    shows = status is not None and status.recorded_seconds > 0
    return room.poster_url if shows else ""


def _in_phase(rows: Iterable[MeetingRow], phase: str) -> list[MeetingRow]:
    return [row for row in rows if row.phase == phase]


def _by_start(cards: Iterable[MeetingCard]) -> tuple[MeetingCard, ...]:
    """Put the soonest first, those without a date last."""
    return tuple(
        sorted(
            cards,
            key=lambda c: (
                c.starts_at is None,
                c.starts_at.timestamp() if c.starts_at else 0,
            ),
        )
    )
