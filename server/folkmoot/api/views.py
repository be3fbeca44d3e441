"""Meetings as the API shows them: public, and once with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot.api.addresses import (
    Ingest,
    MeetingUrls,
    base_url,
    ingest_of,
    meeting_urls,
)
from folkmoot.core.wire import moment
from folkmoot.store import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aiohttp import web

    from folkmoot.journal import Snapshot
    from folkmoot.store.catalogue import MeetingRow, RoomRow

    MediaPath = Callable[[str, str], str]
    """From a room's id and slug to the path of its media."""


class RoomView(msgspec.Struct, frozen=True, kw_only=True):
    """A room as everyone sees it."""

    id: str
    slug: str
    name: str
    capacity: int | None
    features: list[str]
    channel: str
    connected: bool
    reason: str | None
    playback_url: str


class KeyedRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A room with the addresses and key of its ingest."""

    id: str
    slug: str
    name: str
    playback_url: str
    ingest: Ingest


class SlotView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time."""

    id: str
    starts_at: str
    ends_at: str
    label: str


class MeetingSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting in a list. `state` is upcoming, live or ended."""

    slug: str
    title: str
    purpose: str
    state: str
    visibility: str
    starts_at: str | None
    opened_at: str | None
    ended_at: str | None
    demonstration: bool
    urls: MeetingUrls


class MeetingView(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as everyone sees it."""

    slug: str
    title: str
    purpose: str
    scope: str
    state: str
    visibility: str
    moderation: str
    timezone: str
    starts_at: str | None
    opened_at: str | None
    ended_at: str | None
    demonstration: bool
    urls: MeetingUrls
    rooms: list[RoomView]
    slots: list[SlotView]


class MeetingList(msgspec.Struct, frozen=True):
    """Meetings, the newest first."""

    meetings: list[MeetingSummary]


class CreatedView(msgspec.Struct, frozen=True, kw_only=True):
    """A new meeting, with what only its organisers may know."""

    meeting_id: str
    slug: str
    title: str
    state: str
    join_code: str
    urls: MeetingUrls
    rooms: list[KeyedRoom]
    slots: list[SlotView]


def summarise(row: MeetingRow, *, base: str) -> MeetingSummary:
    """Return a meeting as a line of a list."""
    return MeetingSummary(
        slug=row.slug,
        title=row.title,
        purpose=row.purpose,
        state=row.phase,
        visibility=row.visibility,
        starts_at=_moment(row.starts_at),
        opened_at=_moment(row.opened_at),
        ended_at=_moment(row.ended_at),
        demonstration=row.demonstration,
        urls=meeting_urls(base, row.slug),
    )


def show(
    row: MeetingRow, snapshot: Snapshot, *, base: str, media: MediaPath
) -> MeetingView:
    """Return a meeting as everyone sees it, from its public feed."""
    state = snapshot.state
    content = state["content"] or {}
    return MeetingView(
        slug=row.slug,
        title=content.get("title", ""),
        purpose=content.get("purpose", ""),
        scope=content.get("scope", ""),
        state=state["phase"],
        visibility=state["visibility"],
        moderation=state["moderation"],
        timezone=state["timezone"],
        starts_at=state["starts_at"],
        opened_at=state["opened_at"],
        ended_at=state["ended_at"],
        demonstration=state["demonstration"],
        urls=meeting_urls(base, row.slug),
        rooms=[
            _room_view(
                room,
                f"{base}{media(room['room_id'], room['slug'])}/master.m3u8",
            )
            for room in state["rooms"].values()
        ],
        slots=_slots(state),
    )


def show_created(
    request: web.Request,
    row: MeetingRow,
    rooms: list[RoomRow],
    snapshot: Snapshot,
    media: MediaPath,
) -> CreatedView:
    """Return a meeting to its organiser, keys and all."""
    base = base_url(request)
    names = snapshot.state["rooms"]
    return CreatedView(
        meeting_id=row.meeting_id,
        slug=row.slug,
        title=row.title,
        state=snapshot.state["phase"],
        join_code=row.join_code,
        urls=meeting_urls(base, row.slug, join_code=row.join_code),
        rooms=[
            KeyedRoom(
                id=room.room_id,
                slug=room.slug,
                name=_name(names[room.room_id]),
                playback_url=f"{base}{media(room.room_id, room.slug)}/master.m3u8",
                ingest=ingest_of(request, room),
            )
            for room in rooms
        ],
        slots=_slots(snapshot.state),
    )


def find_row(meeting_id: str) -> Any:
    """Return the work that reads a meeting's row and its rooms."""
    return lambda c: (
        catalogue.meeting_by_id(c, meeting_id),
        catalogue.rooms_of(c, meeting_id),
    )


def _room_view(room: dict[str, Any], playlist: str) -> RoomView:
    return RoomView(
        id=room["room_id"],
        slug=room["slug"],
        name=_name(room),
        capacity=room["capacity"],
        features=room["features"],
        channel=room["channel"],
        connected=room["connected"],
        reason=(room["reason"] or {}).get("reason"),
        playback_url=playlist,
    )


def _slots(state: dict[str, Any]) -> list[SlotView]:
    return [
        SlotView(
            id=slot["slot_id"],
            starts_at=slot["starts_at"],
            ends_at=slot["ends_at"],
            label=(slot["content"] or {}).get("label", ""),
        )
        for slot in state["slots"].values()
    ]


def _name(room: dict[str, Any]) -> str:
    name: str = (room["content"] or {}).get("name", "")
    return name


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
