"""Rooms, times and sessions as pages show them, from a public snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from folkmoot.core.broadcast.airtime import see_room
from folkmoot.pages.frame.page import Me
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none
from folkmoot.pages.wording.people import Avatar, draw_avatar

RoomState = Literal["coming", "live", "interrupted", "paused", "off", "ended"]
TimeState = Literal["past", "now", "next", "later"]
Wire = Mapping[str, Any]


class RoomView(msgspec.Struct, frozen=True, kw_only=True):
    """A room and its broadcast; `playable` says there is or will be a picture.

    `state` is what the public sees, later by the delay than `said`, what staff know.
    """

    room_id: str
    slug: str
    name: str
    state: RoomState
    said: RoomState
    capacity: int | None = None
    features: tuple[str, ...] = ()
    reason: str = ""
    changed_at: datetime | None = None
    ever_on_air: bool = False
    connected: bool = False
    playable: bool = False
    transcript_revision: int = 0
    delay_seconds: int = 0
    playback_url: str = ""
    poster_url: str = ""
    transcript_url: str = ""
    starts_at: datetime | None = None
    closed: bool = False
    closed_reason: str = ""
    camera_free: str = ""


SCOPES = {
    "decided": "Decided already",
    "influence": "Can be influenced",
    "open": "Open",
    "outside": "Out of our hands",
}


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """One of a session's hosts."""

    member_id: str
    name: str
    avatar: Avatar


class OriginView(msgspec.Struct, frozen=True, kw_only=True):
    """A session that has become part of another one."""

    title: str
    host: str


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session's card. `interested`, `starred` and `mine` are the reader's own.

    `interest` is None where counts are hidden from this reader; `may_change` is about
    its text, `may_place` about its room and time.
    """

    session_id: str
    title: str
    href: str
    pitch: str
    wants: str
    host: str
    avatar: Avatar
    version: int
    interest: int | None
    state: str
    hosts: tuple[HostView, ...] = ()
    ask: bool = False
    asker: str = ""
    needs: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scope: str | None = None
    pinned: bool = False
    origins: tuple[OriginView, ...] = ()
    split_from: str | None = None
    number: int = 0
    origin: str = ""
    interested: bool = False
    starred: bool = False
    mine: bool = False
    hosting: bool = False
    may_change: bool = False
    may_place: bool = False
    room_id: str | None = None
    room_name: str = ""
    room_slug: str = ""
    slot_id: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class TimeView(msgspec.Struct, frozen=True, kw_only=True):
    """A time of the timetable; `cells` follow the order of the rooms."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    label: str
    state: TimeState
    is_break: bool = False
    cells: tuple[SessionView | None, ...] = ()
    new_day: bool = False

    @property
    def sessions(self) -> tuple[SessionView, ...]:
        """The sessions at this time, in the order of the rooms."""
        return tuple(cell for cell in self.cells if cell is not None)

    @property
    def full(self) -> bool:
        """Whether every room is taken."""
        return bool(self.cells) and None not in self.cells


class Timetable(msgspec.Struct, frozen=True, kw_only=True):
    """All times with what stands in them, and what is only proposed."""

    rooms: tuple[RoomView, ...]
    times: tuple[TimeView, ...]
    proposals: tuple[SessionView, ...]
    several_days: bool

    def find(self, session_id: str) -> SessionView | None:
        """Return a session by its id."""
        for session in (*self.proposals, *self.placed):
            if session.session_id == session_id:
                return session
        return None

    @property
    def placed(self) -> tuple[SessionView, ...]:
        """Every placed session, in order of time and room."""
        return tuple(s for time in self.times for s in time.sessions)

    def at(self, state: TimeState) -> tuple[SessionView, ...]:
        """Return the sessions of all times that are now, next, past or later."""
        return tuple(
            s for time in self.times if time.state == state for s in time.sessions
        )


def view_room(
    room: Wire, *, phase: str, media: Wire, api: str, now: datetime
) -> RoomView:
    """Return a room; `media` holds its addresses, `api` that of its meeting."""
    return RoomView(
        room_id=room["room_id"],
        slug=room["slug"],
        name=text_of(room, "name"),
        state=see_room(room, phase=phase, now=now),
        said=see_room(room, phase=phase),
        capacity=room["capacity"],
        features=tuple(room["features"]),
        reason=(room.get("reason") or {}).get("reason", ""),
        changed_at=read_moment_or_none(room["channel_changed_at"]),
        ever_on_air=room["ever_on_air"],
        connected=room["connected"],
        playable=room["ever_on_air"] or room["recording_revision"] > 0,
        transcript_revision=room["transcript_revision"],
        delay_seconds=int(room["delay_seconds"]),
        playback_url=media.get("playback_url", ""),
        poster_url=media.get("poster_url", ""),
        transcript_url=f"{api}/rooms/{room['slug']}/transcript.json",
        starts_at=media.get("starts_at"),
        closed=room["closed"],
        closed_reason=(room.get("closed_reason") or {}).get("reason", ""),
        camera_free=text_of(room, "camera_free"),
    )


def view_timetable(
    state: Wire,
    *,
    rooms: Sequence[RoomView],
    own: Wire,
    me: Me | None,
    now: datetime,
    zone_day: Any,
    staff: Wire | None = None,
) -> Timetable:
    """Lay a meeting's sessions out on its rooms and times.

    `own` and `staff` are the snapshots that only this reader or staff may read (empty
    for others); `zone_day` gives a
    moment's date in the meeting's time zone.
    """
    slots = sorted(
        state["slots"].values(), key=lambda s: (s["starts_at"], s["ends_at"])
    )
    states = _time_states(slots, now=now, phase=state["phase"])
    sessions = {
        key: _view_session(session, state, own, staff or {}, me, states)
        for key, session in state["sessions"].items()
    }
    stands = {
        (s.slot_id, s.room_id): s for s in sessions.values() if s.slot_id is not None
    }
    times = []
    day = None
    for slot in slots:
        starts_at = read_moment(slot["starts_at"])
        times.append(
            TimeView(
                slot_id=slot["slot_id"],
                starts_at=starts_at,
                ends_at=read_moment(slot["ends_at"]),
                label=text_of(slot, "label")
                or ("Break" if slot.get("kind") == "break" else ""),
                is_break=slot.get("kind") == "break",
                state=states[slot["slot_id"]],
                cells=tuple(stands.get((slot["slot_id"], r.room_id)) for r in rooms),
                new_day=zone_day(starts_at) != day,
            )
        )
        day = zone_day(starts_at)
    return Timetable(
        rooms=tuple(rooms),
        times=tuple(times),
        proposals=_proposals(sessions.values()),
        several_days=sum(time.new_day for time in times) > 1,
    )


def text_of(item: Wire, name: str) -> str:
    """Return one of an item's texts; empty where it is gone."""
    return str((item.get("content") or {}).get(name) or "")


_WAYS = {"paper": "on paper", "phone": "by phone", "table": "at a table"}


def origin_of(content: Wire | None) -> str:
    """Say where a text came from if that was no device: "on paper, table 4"."""
    origin = (content or {}).get("origin")
    if not origin:
        return ""
    way, table = str(origin["way"]), origin.get("table")
    words = _WAYS.get(way, way)
    if not table:
        return words
    return f"at table {table}" if way == "table" else f"{words}, table {table}"


def _proposals(sessions: Any) -> tuple[SessionView, ...]:
    waiting = [session for session in sessions if session.slot_id is None]
    return tuple(
        sorted(waiting, key=lambda s: (-(s.interest or 0), s.title.casefold()))
    )


def _time_states(
    slots: Sequence[Wire], *, now: datetime, phase: str
) -> dict[str, TimeState]:
    ahead = [read_moment(s["starts_at"]) for s in slots]
    following = min((at for at in ahead if at > now), default=None)
    states: dict[str, TimeState] = {}
    for slot in slots:
        starts_at, ends_at = (
            read_moment(slot["starts_at"]),
            read_moment(slot["ends_at"]),
        )
        if phase == "ended" or ends_at <= now:
            states[slot["slot_id"]] = "past"
        elif starts_at <= now:
            states[slot["slot_id"]] = "now"
        else:
            states[slot["slot_id"]] = "next" if starts_at == following else "later"
    return states


def _view_session(
    session: Wire,
    state: Wire,
    own: Wire,
    staff: Wire,
    me: Me | None,
    states: Mapping[str, TimeState],
) -> SessionView:
    room = state["rooms"].get(session["room_id"] or "")
    slot = state["slots"].get(session["slot_id"] or "")
    session_id = session["session_id"]
    text = session.get("content") or {}
    hosting = is_hosting(session, me)
    facilitates = me is not None and me.facilitates
    host = text_of(session, "host")
    member_id = (me.member_id if me else None) or ""
    asked = session["ask"] and session["asked_by"] == member_id
    mine = hosting or asked
    return SessionView(
        session_id=session_id,
        title=text_of(session, "title"),
        href=f"/m/{state['slug']}/s/{session_id}",
        pitch=text_of(session, "pitch"),
        wants=text_of(session, "wants"),
        host=host,
        avatar=draw_avatar(host),
        version=session["version"],
        interest=_count(session, state, staff, me),
        number=session["number"],
        origin=origin_of(session.get("content")),
        state=states[session["slot_id"]] if slot else "proposal",
        hosts=_view_hosts(session),
        ask=session["ask"],
        asker=text_of(session, "asker"),
        needs=tuple(session["needs"]),
        wished=tuple(session["wished"]),
        tags=tuple(text.get("tags") or ()),
        scope=session["scope"],
        pinned=session["pinned"],
        origins=tuple(
            OriginView(title=origin["title"], host=origin["host"])
            for origin in text.get("origins") or ()
        ),
        split_from=session["split_from"],
        interested=bool(
            own.get("interest_votes", {}).get(session_id, {}).get(member_id)
        ),
        starred=bool(own.get("stars", {}).get(session_id, {}).get(member_id)),
        mine=mine,
        hosting=hosting,
        may_change=state["phase"] != "ended" and (mine or facilitates),
        may_place=state["phase"] != "ended"
        and (facilitates or (hosting and _hosts_place(state, session))),
        room_id=session["room_id"],
        room_name=text_of(room, "name") if room else "",
        room_slug=room["slug"] if room else "",
        slot_id=session["slot_id"] if slot else None,
        starts_at=read_moment(slot["starts_at"]) if slot else None,
        ends_at=read_moment(slot["ends_at"]) if slot else None,
    )


def is_hosting(session: Wire, me: Me | None) -> bool:
    """Whether the reader hosts a session, as host, co-host or by a duty."""
    if me is None:
        return False
    hosts = {session["host_id"], *session["cohost_ids"]} - {None}
    ids = (session["session_id"], *session["merged_ids"])
    return me.member_id in hosts or any(f"host:{key}" in me.duties for key in ids)


def _hosts_place(state: Wire, session: Wire) -> bool:
    """Whether hosts say themselves where this session stands."""
    if session["ask"]:
        return False
    if state["board_mode"] == "queue":
        return bool(state["pitching"] == session["session_id"])
    return bool(state["board_mode"] == "open")


def _count(session: Wire, state: Wire, staff: Wire, me: Me | None) -> int | None:
    """How many would come; None where that is hidden from this reader."""
    if state["counts"] == "shown":
        return int(session["interest"])
    if me is None or not me.facilitates:
        return None
    return int(staff.get("hidden_interest", {}).get(session["session_id"], 0))


def _view_hosts(session: Wire) -> tuple[HostView, ...]:
    text = session.get("content") or {}
    names = [text.get("host") or "", *(text.get("cohosts") or ())]
    ids = [session["host_id"], *session["cohost_ids"]]
    return tuple(
        HostView(member_id=member_id, name=name, avatar=draw_avatar(name))
        for member_id, name in zip(ids, names, strict=False)
        if member_id is not None
    )
