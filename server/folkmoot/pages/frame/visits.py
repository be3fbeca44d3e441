"""A visit: one reader in one meeting, with the snapshots that it may read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from yarl import URL

from folkmoot.core.broadcast.airtime import see_phase
from folkmoot.core.feeds import PARTICIPANTS, PUBLIC, REPORTERS, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.journal import Snapshot
from folkmoot.pages.board.timetable import (
    RoomView,
    Timetable,
    text_of,
    view_room,
    view_timetable,
)
from folkmoot.pages.frame.csrf import make_csrf
from folkmoot.pages.frame.errors import read_theme
from folkmoot.pages.frame.flash import read_flash
from folkmoot.pages.frame.page import Attempt, Me, Page
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.talk.thread import Reading
from folkmoot.pages.wording.moments import Moments, read_moment_or_none
from folkmoot.pages.wording.scope import ScopeView, view_scope
from folkmoot.store import catalogue, rehearsals
from folkmoot.store.catalogue import MeetingRow
from folkmoot.store.rehearsals import LASTS as REHEARSAL_LASTS
from folkmoot.store.rehearsals import Rehearsal

if TYPE_CHECKING:
    import sqlalchemy as sa

Wire = Mapping[str, Any]


class GroundRules(msgspec.Struct, frozen=True):
    """What holds for all who write, and since which version."""

    version: int
    text: str


class MeetingHead(msgspec.Struct, frozen=True, kw_only=True):
    """What every page of a meeting says of it; `do` is where its forms go.

    `seen_phase` is what the public sees, who may be behind by a delay.
    """

    meeting_id: str
    slug: str
    title: str
    purpose: str
    scope: str
    scope_items: tuple[ScopeView, ...]
    phase: str
    seen_phase: str
    timezone: str
    visibility: str
    moderation: str
    demonstration: bool
    starts_at: datetime | None
    opened_at: datetime | None
    ended_at: datetime | None
    join_code: str
    do: str
    answer_times: str = ""
    answers_until: datetime | None = None
    ground_rules: GroundRules | None = None


class Series(msgspec.Struct, frozen=True):
    """The series that a meeting belongs to."""

    slug: str
    title: str


class RehearsalView(msgspec.Struct, frozen=True, kw_only=True):
    """A rehearsal and the other meeting of the two: the real one, or the rehearsal."""

    other_slug: str
    borrows: bool
    until: datetime


class MeetingBase(Page, frozen=True, kw_only=True):
    """The part of a page's value that all pages of a meeting have.

    `rehearsal` is there where this is one; `told` counts the reader's notices.
    `may_act` says that forms of the timetable make sense, `may_write` those of the
    conversation, `may_join` that they ask for a name, `rules_due` that one has
    ground rules to accept first.
    """

    meeting: MeetingHead
    series: Series | None = None
    rehearsal: RehearsalView | None = None
    rooms: tuple[RoomView, ...] = ()
    timetable: Timetable
    may_join: bool = False
    may_act: bool = False
    may_write: bool = False
    rules_due: bool = False
    present: int = 0
    told: int = 0
    mails: bool = False
    updates: int = 0
    questions: int = 0


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads which meeting, and what it reads."""

    row: MeetingRow
    head: MeetingHead
    series: Series | None
    rehearsal: RehearsalView | None
    rehearsed: RehearsalView | None
    me: Me | None
    moments: Moments
    public: Snapshot
    own: Wire
    shared: Wire
    staff: Wire
    rooms: tuple[RoomView, ...]
    token: str | None
    theme: str | None
    flash: str | None
    path: str
    query: Mapping[str, str]
    present: int
    mails: bool
    principal: Any
    access: Any

    @property
    def state(self) -> Wire:
        """The public state."""
        return self.public.state

    @property
    def may_join(self) -> bool:
        """Whether anyone may take part here by giving a name."""
        return (
            self.row.visibility == "public"
            and (self.me is None or self.me.member_id is None)
            and not (self.me is not None and self.me.organises)
        )

    @property
    def may_write(self) -> bool:
        """Whether this reader may contribute; people go on talking after the end."""
        takes_part = self.me is not None and (
            self.me.member_id is not None or self.me.organises
        )
        return takes_part or self.may_join

    @property
    def may_act(self) -> bool:
        """Whether this reader may propose sessions and say where they would come."""
        return self.head.phase != "ended" and self.may_write

    @property
    def timetable(self) -> Timetable:
        """The timetable as this reader sees it."""
        zone = ZoneInfo(self.moments.zone)
        return view_timetable(
            self.state,
            rooms=self.rooms,
            own=self.own,
            staff=self.staff,
            me=self.me,
            now=self.moments.now,
            zone_day=lambda at: at.astimezone(zone).date(),
        )

    @property
    def rules_due(self) -> bool:
        """Whether this reader has the ground rules to accept before writing."""
        rules = self.head.ground_rules
        if rules is None or (self.me is not None and self.me.moderates):
            return False
        member_id = (self.me.member_id if self.me else None) or ""
        accepted = self.own.get("rules_accepted", {}).get(member_id, 0)
        return bool(accepted < rules.version)

    @property
    def notices(self) -> Wire:
        """What this reader has been told and not put away, by session."""
        member_id = self.me.member_id if self.me is not None else None
        told: Wire = self.own.get("notices", {}).get(member_id or "", {})
        return told

    @property
    def reading(self) -> Reading:
        """What this reader's posts are made of."""
        return Reading(
            public=self.state,
            own=self.own,
            shared=self.shared,
            staff=self.staff,
            me=self.me,
        )

    def known(self, name: str) -> Wire:
        """Return a collection with what is for participants, where one is."""
        found: Wire = {**self.state[name], **self.shared.get(name, {})}
        return found

    def room(self, wanted: str | None) -> RoomView | None:
        """Return the room named by id or slug; without a name the liveliest."""
        for room in self.rooms:
            if wanted in {room.slug, room.room_id}:
                return room
        order = {"live": 0, "interrupted": 1, "paused": 2}
        ranked = sorted(self.rooms, key=lambda r: (order.get(r.state, 3),))
        playable = [room for room in ranked if room.playable]
        return next(iter(playable or ranked), None)

    def base(
        self,
        name: str,
        *,
        attempt: Attempt | None = None,
        path: str | None = None,
        **focus: str | None,
    ) -> dict[str, Any]:
        """Return the fields of `MeetingBase`; `focus` goes into the page's data."""
        return {
            "name": name,
            "moments": self.moments,
            "theme": self.theme,
            "csrf": make_csrf(self.token),
            "path": path or self.path,
            "me": self.me,
            "staff": self.me is not None and self.me.staff,
            "flash": None if attempt else self.flash,
            "attempt": attempt,
            "data": page_data(self, name, focus),
            "meeting": self.head,
            "series": self.series,
            "rehearsal": self.rehearsal,
            "rooms": self.rooms,
            "timetable": self.timetable,
            "may_join": self.may_join,
            "may_act": self.may_act,
            "may_write": self.may_write,
            "rules_due": self.rules_due,
            "present": self.present,
            "told": len(self.notices),
            "mails": self.mails,
            "questions": len(self.state["questions"]),
            "updates": sum(not u["withdrawn"] for u in self.state["updates"].values()),
        }


class Caller(msgspec.Struct, frozen=True):
    """Who sends a form, also where that was decided only just now."""

    principal: Any
    token: str | None


async def open_visit(
    request: web.Request, *, path: str | None = None, caller: Caller | None = None
) -> Visit:
    """Read who asks and the meeting in the address; raises `Refusal`.

    `path` is the page to show where that is not the address asked for.
    """
    ports = request.app[PORTS]
    caller = caller or await identify(request)
    principal = caller.principal
    path = path or request.path_qs
    access = await ports.identity.enter(principal, request.match_info["slug"])
    row, rehearsal, rehearsed = await ports.database.read(
        lambda c: _read_rows(c, access.place.meeting_id)
    )
    if row is None:
        raise Refusal("no_such_meeting", "There is no such meeting.")
    me = view_me(access)
    public = await ports.journal.snapshot(row.meeting_id, PUBLIC)
    own: Wire = {}
    if me is not None and me.member_id is not None:
        feed = member_feed(me.member_id)
        own = (await ports.journal.snapshot(row.meeting_id, feed)).state
    shared: Wire = {}
    if access.may_read(PARTICIPANTS):
        shared = (await ports.journal.snapshot(row.meeting_id, PARTICIPANTS)).state
    staff: Wire = {}
    if me is not None and me.staff:
        staff = (await ports.journal.snapshot(row.meeting_id, STAFF)).state
    return Visit(
        row=row,
        head=_view_head(row, public.state, access, ports.clock()),
        series=await _find_series(request, row),
        rehearsal=rehearsal,
        rehearsed=rehearsed,
        me=me,
        moments=Moments(zone=public.state["timezone"], now=ports.clock()),
        public=public,
        own=own,
        shared=shared,
        staff=staff,
        rooms=view_rooms(row, public.state, _signer(ports, access), now=ports.clock()),
        token=caller.token,
        theme=read_theme(request),
        flash=read_flash(request),
        path=path,
        query=dict(URL(path).query),
        present=present_in(public.state) or ports.present(row.meeting_id),
        mails=ports.mail is not None and row.visibility == "public",
        principal=principal,
        access=access,
    )


def _read_rows(
    connection: sa.Connection, meeting_id: str
) -> tuple[MeetingRow | None, RehearsalView | None, RehearsalView | None]:
    """Return a meeting, what it rehearses, and what rehearses it."""
    row = catalogue.meeting_by_id(connection, meeting_id)
    is_one = rehearsals.rehearsal_by_id(connection, meeting_id)
    has_one = rehearsals.rehearsal_of(connection, meeting_id)
    return (
        row,
        _view_rehearsal(connection, is_one, is_one.of_meeting_id if is_one else ""),
        _view_rehearsal(connection, has_one, has_one.meeting_id if has_one else ""),
    )


def _view_rehearsal(
    connection: sa.Connection, rehearsal: Rehearsal | None, other_id: str
) -> RehearsalView | None:
    if rehearsal is None:
        return None
    other = catalogue.meeting_by_id(connection, other_id)
    return RehearsalView(
        other_slug=other.slug if other is not None else "",
        borrows=rehearsal.borrows,
        until=rehearsal.began_at + REHEARSAL_LASTS,
    )


async def identify(request: web.Request) -> Caller:
    """Return who asks, with the token that says so."""
    credentials = request.app[PORTS].credentials
    principal = await credentials.identify(request)
    return Caller(principal, credentials.find_token(request))


def view_me(access: Any) -> Me | None:
    """Return who somebody is here; None for a visitor without any part."""
    actor = access.actor
    if actor.member_id is None and not actor.duties:
        return None
    return Me(
        name=actor.name,
        member_id=actor.member_id,
        duties=actor.duties,
        organises=actor.organises,
        facilitates=actor.facilitates,
        moderates=actor.moderates,
        reports=actor.reports,
    )


def view_rooms(
    row: MeetingRow,
    state: Wire,
    sign: Callable[[str], str | None] | None = None,
    *,
    now: datetime,
) -> tuple[RoomView, ...]:
    """Return a meeting's rooms with their addresses, in the order made.

    `sign` gives the path of a room's media where it has to be signed.
    """
    api = f"/api/v1/meetings/{row.slug}"
    rooms = []
    for room in state["rooms"].values():
        signed = sign(room["room_id"]) if sign is not None else None
        media = signed or f"/media/{row.public_path}/{room['slug']}"
        addresses = {
            "playback_url": f"{media}/master.m3u8",
            "poster_url": f"{media}/poster.jpg",
        }
        view = view_room(room, phase=state["phase"], media=addresses, api=api, now=now)
        rooms.append(view)
    return tuple(rooms)


def _signer(ports: Ports, access: Any) -> Callable[[str], str | None] | None:
    playback = ports.playback
    if playback is None:
        return None
    return lambda room_id: playback.make_path(access, room_id)


def present_in(state: Wire) -> int:
    """Return how many were counted as present, in any way."""
    return sum(int(count) for count in state["attendance"].values())


def page_data(visit: Visit, name: str, focus: Mapping[str, str | None]) -> Wire:
    """Return what the page's script starts from."""
    slug = quote(visit.head.slug)
    api = f"/api/v1/meetings/{slug}"
    me = visit.me
    feeds = [PUBLIC]
    if me is not None and (me.staff or me.member_id is not None):
        feeds.append(PARTICIPANTS)
    if me is not None and me.staff:
        feeds.append(STAFF)
    if name == "report":
        feeds.append(REPORTERS)
    if me is not None and me.member_id is not None:
        feeds.append(member_feed(me.member_id))
    return {
        "page": name,
        "meeting": {
            "meeting_id": visit.head.meeting_id,
            "slug": visit.head.slug,
            "title": visit.head.title,
            "timezone": visit.head.timezone,
            "phase": visit.head.phase,
            "seen_phase": visit.head.seen_phase,
            "demonstration": visit.head.demonstration,
        },
        "me": me_data(me),
        "may_join": visit.may_join,
        "csrf": make_csrf(visit.token),
        "epoch": visit.public.epoch,
        "seq": visit.public.seq,
        "feeds": feeds,
        "urls": {
            "state": f"{api}/state",
            "entries": f"{api}/entries",
            "commands": f"{api}/commands",
            "join": f"{api}/join",
            "page": f"/m/{slug}",
            "board": f"/m/{slug}/board",
            "desk": f"/desk/{slug}",
            "wall": f"/m/{slug}/wall",
            "mine": f"/m/{slug}/mine",
        },
        "rooms": [_room_data(room, visit.moments) for room in visit.rooms],
        "focus": {
            key: focus.get(key) for key in ("room", "at", "session", "contribution")
        },
    }


def me_data(me: Me | None) -> Wire | None:
    """Return the reader for the page's script."""
    if me is None:
        return None
    return {
        "member_id": me.member_id,
        "name": me.name,
        "duties": sorted(me.duties),
        "staff": me.staff,
        "facilitates": me.facilitates,
        "organises": me.organises,
        "moderates": me.moderates,
        "reports": me.reports,
    }


def _room_data(room: RoomView, moments: Moments) -> Wire:
    return {
        "room_id": room.room_id,
        "slug": room.slug,
        "name": room.name,
        "playback_url": room.playback_url,
        "poster_url": room.poster_url,
        "transcript_url": room.transcript_url,
        "starts_at": moments.iso(room.starts_at) if room.starts_at else None,
    }


def _view_head(row: MeetingRow, state: Wire, access: Any, now: datetime) -> MeetingHead:
    shows_code = row.visibility == "public" or access.may_take_part
    return MeetingHead(
        meeting_id=row.meeting_id,
        slug=row.slug,
        title=text_of(state, "title"),
        purpose=text_of(state, "purpose"),
        scope=text_of(state, "scope"),
        scope_items=view_scope(state),
        phase=state["phase"],
        seen_phase=see_phase(state, now),
        timezone=state["timezone"],
        visibility=row.visibility,
        moderation=state["moderation"],
        demonstration=state["demonstration"],
        starts_at=read_moment_or_none(state["starts_at"]),
        opened_at=read_moment_or_none(state["opened_at"]),
        ended_at=read_moment_or_none(state["ended_at"]),
        join_code=row.join_code if shows_code else "",
        do=f"/m/{row.slug}/do",
        answer_times=(state["response"] or {}).get("text", ""),
        answers_until=read_moment_or_none(state["response_until"]),
        ground_rules=_standing_rules(state),
    )


def _standing_rules(state: Wire) -> GroundRules | None:
    """Return the newest ground rules; empty ones say that there are none."""
    if not state["ground_rules"]:
        return None
    newest = max(state["ground_rules"].values(), key=lambda rules: rules["version"])
    text = (newest["content"] or {}).get("text", "")
    return GroundRules(newest["version"], text) if text else None


async def _find_series(request: web.Request, row: MeetingRow) -> Series | None:
    series_id = row.series_id
    if series_id is None:
        return None
    found = await request.app[PORTS].database.read(
        lambda c: catalogue.series_by_id(c, series_id)
    )
    return None if found is None else Series(found.slug, found.title)
