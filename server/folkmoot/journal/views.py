"""What the journal shows: pages of entries, snapshots, how a meeting stands, changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from folkmoot.core.state import ChannelState, Phase
from folkmoot.journal.answers import Accepted


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of a feed as its readers get them; `head` is the feed's last number."""

    epoch: str
    feed: str
    head: int
    entries: list[dict[str, Any]]
    more: bool


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's state at `seq`; `body` is the JSON of epoch, feed, seq and state."""

    epoch: str
    feed: str
    seq: int
    state: dict[str, Any]
    body: bytes


class RoomStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A room as gateways and media need it at once."""

    room_id: str
    slug: str
    channel: ChannelState
    connected: bool
    delay_seconds: float = 0.0
    cuts: frozenset[tuple[str, str, str]] = frozenset()


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a meeting stands, kept in memory: no question to the database."""

    meeting_id: str
    epoch: str
    slug: str
    phase: Phase
    visibility: str
    series_id: str | None
    heads: Mapping[str, int]
    duties: Mapping[str, frozenset[str]]
    rooms: tuple[RoomStanding, ...]
    removed: frozenset[str] = frozenset()
    marker_due_at: datetime | None = None
    marker_version: int = 0
    consent_due: datetime | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """New entries: for each feed the first and the last new number."""

    meeting_id: str
    feeds: Mapping[str, tuple[int, int]]
    epoch: str


class CreatedMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting that was just made."""

    meeting_id: str
    slug: str
    join_code: str
    public_path: str
    answer: Accepted
