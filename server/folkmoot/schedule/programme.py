"""A meeting's sessions as exports need them, from a public snapshot.

Everything here follows from what everyone may read, and only from it: the same
snapshot gives the same bytes, so that a client that fetches again sees no change
where there is none.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

Wire = Mapping[str, Any]
# What XML 1.0 can't carry, not even as a reference.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A room."""

    room_id: str
    guid: str
    name: str
    capacity: int | None


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A session. Without `room` it is a proposal, `gone` once it stood and left.

    `starts_at`, `ends_at` are when it stands or last stood; `sequence` counts what
    calendars must hear of.
    """

    session_id: str
    guid: str
    number: int
    title: str
    pitch: str = ""
    hosts: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    scope: str = ""
    interest: int | None = None
    room: Place | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    proposed_at: datetime | None = None
    changed_at: datetime
    sequence: int = 0
    gone: bool = False
    url: str = ""

    @property
    def stands(self) -> bool:
        """Whether it has a room and a time."""
        return self.room is not None and self.starts_at is not None and not self.gone

    @property
    def host_names(self) -> tuple[str, ...]:
        """Who hosts it, by name."""
        return tuple(name for _, name in self.hosts if name)


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting with its rooms, times and sessions."""

    meeting_id: str
    slug: str
    title: str
    purpose: str
    timezone: str
    url: str
    version: str
    places: tuple[Place, ...]
    spans: tuple[tuple[datetime, datetime], ...]
    talks: tuple[Talk, ...]
    fallback_at: datetime

    @property
    def standing(self) -> tuple[Talk, ...]:
        """What stands on the timetable, in order of time and room."""
        order = {place.room_id: number for number, place in enumerate(self.places)}
        found = [talk for talk in self.talks if talk.stands]
        return tuple(sorted(found, key=lambda talk: _when(talk, order)))


def read_programme(
    state: Wire, *, meeting_id: str, seq: int, base_url: str, now: datetime
) -> Programme:
    """Return a meeting's programme from its public state; `seq` is that feed's."""
    places = {
        room_id: Place(
            room_id=room_id,
            guid=make_guid(meeting_id, room_id),
            name=text_of(room, "name"),
            capacity=room["capacity"],
        )
        for room_id, room in state["rooms"].items()
    }
    url = f"{base_url}/m/{state['slug']}"
    spans = sorted(
        (read(slot["starts_at"]), read(slot["ends_at"]))
        for slot in state["slots"].values()
    )
    numbers = _numbers(meeting_id, [*state["sessions"], *state["cancelled"]])
    talks = [
        _read_session(
            session,
            state,
            places=places,
            meeting_id=meeting_id,
            numbers=numbers,
            url=url,
        )
        for session in state["sessions"].values()
    ]
    talks += [
        _read_cancelled(gone, state, meeting_id=meeting_id, numbers=numbers, url=url)
        for gone in state["cancelled"].values()
    ]
    begun = state["starts_at"] or state["opened_at"] or state["ended_at"]
    return Programme(
        meeting_id=meeting_id,
        slug=state["slug"],
        title=text_of(state, "title"),
        purpose=text_of(state, "purpose"),
        timezone=state["timezone"],
        url=url,
        version=str(seq),
        places=tuple(places.values()),
        spans=tuple(spans),
        talks=tuple(talks),
        fallback_at=read(begun) if begun else now,
    )


def make_guid(meeting_id: str, item_id: str) -> str:
    """Return the lasting GUID of a room, session or person of a meeting."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"folkmoot:{meeting_id}:{item_id}"))


def text_of(item: Wire, name: str) -> str:
    """Return one of an item's texts, fit for XML; empty where it is gone."""
    return _UNFIT.sub("", str((item.get("content") or {}).get(name) or ""))


def read(text: str) -> datetime:
    """Read a moment from the wire."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _read_session(
    session: Wire,
    state: Wire,
    *,
    places: Mapping[str, Place],
    meeting_id: str,
    numbers: Mapping[str, int],
    url: str,
) -> Talk:
    session_id = session["session_id"]
    slot = state["slots"].get(session["slot_id"] or "")
    content = session.get("content") or {}
    starts_at, ends_at = session["stood_from"], session["stood_to"]
    if slot is not None:
        starts_at, ends_at = slot["starts_at"], slot["ends_at"]
    names = [text_of(session, "host"), *content.get("cohosts", ())]
    ids = [i for i in (session["host_id"], *session["cohost_ids"]) if i]
    if len(ids) < len(names):
        # Proposed by who is no participant: a name without an id.
        ids = [f"host:{session_id}:{number}" for number in range(len(names))]
    return Talk(
        session_id=session_id,
        guid=make_guid(meeting_id, session_id),
        number=numbers[session_id],
        title=text_of(session, "title") or "Session",
        pitch=text_of(session, "pitch"),
        hosts=tuple(
            (make_guid(meeting_id, host_id), _UNFIT.sub("", name))
            for host_id, name in zip(ids, names, strict=False)
            if name
        ),
        tags=tuple(_UNFIT.sub("", tag) for tag in content.get("tags", ())),
        needs=tuple(session["needs"]),
        scope=session["scope"] or "",
        interest=session["interest"] if state["counts"] == "shown" else None,
        room=places.get(session["room_id"] or ""),
        starts_at=None if starts_at is None else read(starts_at),
        ends_at=None if ends_at is None else read(ends_at),
        proposed_at=read(session["proposed_at"]),
        changed_at=read(session["changed_at"] or session["proposed_at"]),
        sequence=session["sequence"],
        gone=slot is None and starts_at is not None,
        url=f"{url}/s/{session_id}",
    )


def _read_cancelled(
    gone: Wire,
    state: Wire,
    *,
    meeting_id: str,
    numbers: Mapping[str, int],
    url: str,
) -> Talk:
    session_id = kept_id = gone["session_id"]
    while kept_id in state["merged"]:
        kept_id = state["merged"][kept_id]
    kept = state["sessions"].get(kept_id)
    title = "Session withdrawn"
    if kept is not None:
        title = f"Now part of: {text_of(kept, 'title')}"
    return Talk(
        session_id=session_id,
        guid=make_guid(meeting_id, session_id),
        number=numbers[session_id],
        title=title,
        starts_at=read(gone["starts_at"]),
        ends_at=read(gone["ends_at"]),
        changed_at=read(gone["at"]),
        sequence=gone["sequence"],
        gone=True,
        url=f"{url}/s/{kept_id}" if kept is not None else f"{url}/board",
    )


def _numbers(meeting_id: str, session_ids: list[str]) -> dict[str, int]:
    """Return a lasting positive number for each session, fit for 32 bits."""
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for session_id in sorted(session_ids):
        number = uuid.UUID(make_guid(meeting_id, session_id)).int % (2**31 - 2) + 1
        while number in taken:
            number += 1
        taken.add(number)
        numbers[session_id] = number
    return numbers


def _when(talk: Talk, order: Mapping[str, int]) -> tuple[datetime, int]:
    assert talk.starts_at is not None
    assert talk.room is not None
    return talk.starts_at, order[talk.room.room_id]
