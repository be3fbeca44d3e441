"""What changed on the timetable, newest first, for feed readers: Atom and RSS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from feedgen.feed import FeedGenerator

from folkmoot.schedule.programme import Wire, make_guid, read, text_of

ATOM_TYPE = "application/atom+xml; charset=utf-8"
RSS_TYPE = "application/rss+xml; charset=utf-8"
KEPT = 100
_WORDS = {
    "SessionProposed": "Proposed: {}",
    "SessionUnplaced": "Back to the proposals: {}",
    "SessionsMerged": "Merged: {}",
    "SessionSplit": "New, out of another: {}",
    "SessionWithdrawn": "A session was withdrawn",
}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One change, in a sentence."""

    guid: str
    title: str
    url: str
    at: datetime


def read_changes(
    entries: Iterable[Mapping[str, Any]], state: Wire, *, meeting_id: str, url: str
) -> list[Item]:
    """Return what entries of the public feed say of the timetable, oldest first.

    Sessions are named as they are called now: a text that was taken back is in no
    feed either.
    """
    teller = _Teller(state)
    items = []
    for entry in entries:
        for number, (sentence, session_id) in enumerate(teller.tell(entry)):
            path = f"/s/{session_id}" if session_id in state["sessions"] else "/board"
            items.append(
                Item(
                    guid=make_guid(meeting_id, f"entry:{entry['seq']}:{number}"),
                    title=sentence,
                    url=url + path,
                    at=read(entry["at"]),
                )
            )
    return items[-KEPT:]


def write_atom(items: list[Item], *, title: str, url: str, own_url: str) -> bytes:
    """Return an Atom feed (RFC 4287)."""
    written: bytes = _feed(items, title=title, url=url, own_url=own_url).atom_str(
        pretty=True
    )
    return written


def write_rss(items: list[Item], *, title: str, url: str, own_url: str) -> bytes:
    """Return an RSS 2.0 feed."""
    written: bytes = _feed(items, title=title, url=url, own_url=own_url).rss_str(
        pretty=True
    )
    return written


def _feed(items: list[Item], *, title: str, url: str, own_url: str) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(own_url)
    feed.title(f"{title or 'Meeting'}: timetable")
    feed.description("What changed on the timetable")
    feed.author(name="Folkmoot")
    feed.link(href=url, rel="alternate")
    feed.link(href=own_url, rel="self")
    if items:
        # Not when it was fetched: the same bytes again where nothing changed.
        feed.updated(items[-1].at)
        feed.lastBuildDate(items[-1].at)
    for item in items:
        entry = feed.add_entry(order="prepend")
        entry.id(f"urn:uuid:{item.guid}")
        entry.title(item.title)
        entry.link(href=item.url)
        entry.updated(item.at)
        entry.published(item.at)
    return feed


class _Teller:
    def __init__(self, state: Wire) -> None:
        self._state = state
        self._zone = ZoneInfo(state["timezone"])

    def tell(self, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield a sentence and its session for what an entry says of the timetable."""
        kind, data = entry["kind"], entry["data"]
        session_id = data.get("session_id") or ""
        if (words := _WORDS.get(kind)) is not None:
            if kind == "SessionProposed" and data.get("ask"):
                words = "Asked for: {}"
            yield words.format(self._title(session_id)), session_id
        elif kind == "SessionPlaced":
            yield self._placed(data), session_id
        elif kind == "BoardArranged":
            for move in data["moves"]:
                yield self._placed(move), move["session_id"]
        elif kind == "RoomClosed":
            yield f"Room closed: {self._room(data['room_id'])}", ""
        elif kind == "SlotEdited":
            yield f"Time changed: {self._time(data['slot_id'])}", ""

    def _placed(self, move: Mapping[str, Any]) -> str:
        title = self._title(move["session_id"])
        if move["slot_id"] is None:
            return f"Back to the proposals: {title}"
        room, time = self._room(move["room_id"]), self._time(move["slot_id"])
        return f"{title}: {room}, {time}"

    def _title(self, session_id: str) -> str:
        while session_id in self._state["merged"]:
            session_id = self._state["merged"][session_id]
        session = self._state["sessions"].get(session_id)
        return (text_of(session, "title") if session else "") or "a session"

    def _room(self, room_id: str) -> str:
        room = self._state["rooms"].get(room_id)
        return text_of(room, "name") if room else "another room"

    def _time(self, slot_id: str) -> str:
        slot = self._state["slots"].get(slot_id)
        if slot is None:
            return "another time"
        return f"{read(slot['starts_at']).astimezone(self._zone):%d.%m. %H:%M}"
