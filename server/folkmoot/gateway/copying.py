"""A meeting as the template of another: its frame without its people and words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from folkmoot.core.commands import (
    BoardRules,
    CreateMeeting,
    RoomSpec,
    ScopeItem,
    SlotSpec,
)

Wire = Mapping[str, Any]


def copy_meeting(
    state: Wire, *, slug: str, title: str | None = None, starts_at: datetime | None
) -> CreateMeeting:
    """Return the command that makes a meeting like this one.

    Purpose, scope, rooms with their features, times, and the rules of the
    timetable and of moderation go along; sessions, contributions, people and
    keys don't. Times keep their place in the day and move by whole days, so
    that the first day is that of `starts_at` (None: the days stay).
    """
    text = state.get("content") or {}
    zone = ZoneInfo(state["timezone"])
    slots = sorted(state["slots"].values(), key=lambda slot: slot["starts_at"])
    begun = state["starts_at"] or (slots[0]["starts_at"] if slots else None)
    days = 0
    if starts_at is not None and begun is not None:
        first = _local(slots[0]["starts_at"] if slots else begun, zone)
        days = (starts_at.astimezone(zone).date() - first.date()).days
    start = starts_at or (None if begun is None else datetime.fromisoformat(begun))
    return CreateMeeting(
        title=title or text.get("title") or "Meeting",
        slug=slug,
        purpose=text.get("purpose") or "",
        scope=text.get("scope") or "",
        scope_items=msgspec.convert(text.get("scope_items") or [], list[ScopeItem]),
        starts_at=start,
        timezone=state["timezone"],
        visibility=state["visibility"],
        moderation=state["moderation"],
        on_air=state["on_air"],
        series_id=state["series_id"],
        rooms=[
            RoomSpec(
                name=(room["content"] or {}).get("name") or room["slug"],
                slug=room["slug"],
                capacity=room["capacity"],
                features=list(room["features"]),
            )
            for room in state["rooms"].values()
        ],
        slots=[
            SlotSpec(
                starts_at=_shift(slot["starts_at"], days, zone),
                ends_at=_shift(slot["ends_at"], days, zone),
                label=(slot["content"] or {}).get("label") or "",
                kind=slot["kind"],
            )
            for slot in slots
        ],
        board=BoardRules(
            mode=state["board_mode"],
            counts=state["counts"],
            proposals="open",
            voting="open",
        ),
    )


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def _shift(text: str, days: int, zone: ZoneInfo) -> datetime:
    """Move a moment by whole days on the clock of its zone, summer time or not."""
    local = _local(text, zone)
    naive = local.replace(tzinfo=None) + timedelta(days=days)
    return naive.replace(tzinfo=zone)
