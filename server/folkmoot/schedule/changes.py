"""What changed on the timetable, newest first, for feed readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from folkmoot.news.items import KEPT, NewsItem, make_guid
from folkmoot.schedule.programme import Wire, read, text_of

_WORDS = {
    "SessionProposed": "Proposed: {}",
    "SessionUnplaced": "Back to the proposals: {}",
    "SessionsMerged": "Merged: {}",
    "SessionSplit": "New, out of another: {}",
    "SessionWithdrawn": "A session was withdrawn",
}


def read_changes(
    entries: Iterable[Mapping[str, Any]], state: Wire, *, meeting_id: str, url: str
) -> tuple[NewsItem, ...]:
    """Return what entries of the public feed say of the timetable, newest first.

    Sessions are named as they are called now: a text that was taken back is in no
    feed either.
    """
    teller = _Teller(state)
    items = []
    for entry in entries:
        for number, (sentence, session_id) in enumerate(teller.tell(entry)):
            path = f"/s/{session_id}" if session_id in state["sessions"] else "/board"
            items.append(
                NewsItem(
                    guid=make_guid(meeting_id, f"entry:{entry['seq']}:{number}"),
                    title=sentence,
                    url=url + path,
                    at=read(entry["at"]),
                )
            )
    return tuple(reversed(items[-KEPT:]))


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
