"""What is missing from recordings, who asks to be taken out, and what the team cuts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from folkmoot.news.telling import shorten
from folkmoot.pages.board.timetable import RoomView, text_of
from folkmoot.pages.frame.ports import Ports
from folkmoot.pages.frame.visits import Visit
from folkmoot.pages.wording.moments import (
    read_moment,
    read_moment_or_none,
    say_length,
    wire_moment,
)

CATEGORIES: Mapping[str, str] = {
    "privacy": "Someone’s privacy",
    "safety": "Someone’s safety",
    "legal": "Legal reasons",
    "mistake": "Sent by mistake",
    "other": "Another reason",
}
"""Kinds of reason that the public reads beside a gap."""

# What stands around a moment that is looked at before seconds are cut.
_AROUND = timedelta(seconds=6)

Standing = Literal["waiting", "cut", "declined"]


class GapView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that a recording lacks."""

    from_at: datetime
    to_at: datetime
    reason: str
    lasts: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A live update about seconds that are gone: words copied into it stay."""

    href: str
    words: str


class TakeOut(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that somebody asked about, or that the team took out.

    `film_url` shows them to the team, also when nobody else can see them any more;
    `until` is when they are erased.
    """

    cut_id: str
    room: RoomView
    standing: Standing
    from_at: datetime
    to_at: datetime
    lasts: str
    name: str = ""
    reason: str = ""
    note: str = ""
    category: str = ""
    asked_at: datetime | None = None
    made_at: datetime | None = None
    until: datetime | None = None
    erased: bool = False
    film_url: str = ""
    told: tuple[Told, ...] = ()


def view_gaps(ports: Ports, visit: Visit, room: RoomView | None) -> tuple[GapView, ...]:
    """Return what a room's recording lacks, as everybody may read it."""
    if room is None or ports.webcast is None:
        return ()
    try:
        channel = ports.webcast.channel(visit.row.meeting_id, room.room_id)
    except KeyError:
        return ()
    return tuple(
        GapView(
            from_at=gap.start_at,
            to_at=gap.end_at,
            reason=gap.reason,
            lasts=say_length(gap.end_at - gap.start_at),
        )
        for gap in channel.gaps
    )


def view_waiting(ports: Ports, visit: Visit) -> tuple[TakeOut, ...]:
    """Return what people asked and nobody has answered, the oldest first."""
    asked = _view_requests(ports, visit, visit.staff.get("cut_requests", {}))
    return tuple(one for one in asked if one.standing == "waiting")


def view_mine(ports: Ports, visit: Visit) -> tuple[TakeOut, ...]:
    """Return what the reader asked, and what became of it; no films."""
    return tuple(_view_requests(ports, visit, visit.own.get("cut_requests", {})))


def _view_requests(
    ports: Ports, visit: Visit, requests: Mapping[str, Any]
) -> Iterator[TakeOut]:
    for request in sorted(requests.values(), key=lambda each: each["asked_at"]):
        room = next((r for r in visit.rooms if r.room_id == request["room_id"]), None)
        if room is None:
            continue
        made = visit.state["rooms"][room.room_id]["cuts"].get(request["cut_id"])
        standing: Standing = "waiting"
        if made is not None:
            standing = "cut"
        elif request["declined_id"] is not None:
            standing = "declined"
        yield _view(
            ports,
            visit,
            room,
            made or request,
            cut_id=request["cut_id"],
            standing=standing,
            name=text_of(request, "name"),
            reason=text_of(request, "reason"),
            note=str((request.get("declined") or {}).get("note") or ""),
            asked_at=read_moment(request["asked_at"]),
        )


def view_done(ports: Ports, visit: Visit, room: RoomView | None) -> tuple[TakeOut, ...]:
    """Return what is cut from a room's recording and what was declined."""
    if room is None:
        return ()
    asked = _view_requests(ports, visit, visit.staff.get("cut_requests", {}))
    done = {
        one.cut_id: one
        for one in asked
        if one.standing != "waiting" and one.room.room_id == room.room_id
    }
    for cut_id, cut in visit.state["rooms"][room.room_id]["cuts"].items():
        if cut_id not in done:
            done[cut_id] = _view(ports, visit, room, cut, cut_id=cut_id, standing="cut")
    return tuple(sorted(done.values(), key=lambda one: one.from_at, reverse=True))


def _view(
    ports: Ports,
    visit: Visit,
    room: RoomView,
    span: Mapping[str, Any],
    *,
    cut_id: str,
    standing: Standing,
    **told: Any,
) -> TakeOut:
    from_at, to_at = read_moment(span["from_at"]), read_moment(span["to_at"])
    made_at = read_moment(span["made_at"]) if standing == "cut" else None
    kept = timedelta(days=ports.taken_away_days)
    until = made_at + kept if made_at is not None else None
    return TakeOut(
        cut_id=cut_id,
        room=room,
        standing=standing,
        from_at=from_at,
        to_at=to_at,
        lasts=say_length(to_at - from_at),
        category=str(span.get("category", "")) if standing == "cut" else "",
        made_at=made_at,
        until=until,
        erased=until is not None and until <= visit.moments.now,
        told=_told(visit, room, from_at, to_at) if standing == "cut" else (),
        film_url=_film_url(ports, visit, room, from_at, to_at),
        **told,
    )


def _film_url(
    ports: Ports, visit: Visit, room: RoomView, from_at: datetime, to_at: datetime
) -> str:
    """Where the team looks at a span, with what was taken out of it."""
    runs = visit.me is not None and visit.me.facilitates
    if ports.preview is None or not runs or not room.playable:
        return ""
    query = urlencode(
        {"from": wire_moment(from_at - _AROUND), "to": wire_moment(to_at + _AROUND)}
    )
    return ports.preview.make_url(
        visit.row.meeting_id, room.room_id, f"whole/master.m3u8?{query}"
    )


def _told(
    visit: Visit, room: RoomView, from_at: datetime, to_at: datetime
) -> tuple[Told, ...]:
    """Return the live updates that speak of seconds in their own or copied words."""
    found = []
    for update in visit.state["updates"].values():
        content = update["content"] or {}
        words = content.get("quote") or content.get("text") or ""
        begin = read_moment_or_none(update["from_at"] or update["about_at"])
        end = read_moment_or_none(update["to_at"]) or begin
        if begin is None or end is None or not words or update["withdrawn"]:
            continue
        if update["room_id"] == room.room_id and begin <= to_at and end >= from_at:
            href = f"/m/{visit.head.slug}/live/{update['update_id']}"
            found.append(Told(href=href, words=shorten(words)))
    return tuple(found)
