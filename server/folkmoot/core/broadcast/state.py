"""Rooms with their broadcast as it stands: cuts, pauses, markers, signals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from folkmoot.core.broadcast.events import CutCategory, MarkerKind, SignalKind
from folkmoot.core.item import Item

ChannelState = Literal["off", "on", "hold"]
LONGEST_DELAY = timedelta(seconds=120)
# A line that comes and goes all the time must not make a room's state long.
AIRINGS_KEPT = 16
# So many signals are kept to be shown; the journal keeps all.
SIGNALS_KEPT = 30


class CutSpan(Item, kw_only=True):
    """Seconds that are not in a room's recording; `made_at` is when they went."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    from_at: datetime
    to_at: datetime
    made_at: datetime
    category: CutCategory = "other"


class CutRequest(Item, kw_only=True):
    """Somebody's wish to be taken out; `declined_id` is why staff said no."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "declined_id": "declined",
    }
    cut_id: str
    room_id: str
    from_at: datetime
    to_at: datetime
    content_id: str
    asked_at: datetime
    member_id: str | None = None
    declined_id: str | None = None


class Airing(Item, kw_only=True):
    """What a room's broadcast was from a moment on; `connected`: something sent."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    at: datetime
    channel: ChannelState
    connected: bool


class Pause(Item, kw_only=True):
    """Seconds of which nothing is public; `to_at` is null while it lasts."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    from_at: datetime
    to_at: datetime | None = None


class Room(Item, kw_only=True):
    """A place in the meeting and its broadcast."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "reason_id": "reason",
        "closed_reason_id": "closed_reason",
    }
    room_id: str
    slug: str
    content_id: str
    capacity: int | None = None
    features: tuple[str, ...] = ()
    closed: bool = False
    closed_at: datetime | None = None
    closed_reason_id: str | None = None
    channel: ChannelState = "off"
    connected: bool = False
    reason_id: str | None = None
    channel_changed_at: datetime | None = None
    ever_on_air: bool = False
    held_from: datetime | None = None
    delay_seconds: float = 0.0
    airings: tuple[Airing, ...] = ()
    """The last of them, oldest first: as many as a delay may ask for."""
    pauses: tuple[Pause, ...] = ()
    cuts: dict[str, CutSpan] = {}
    recording_revision: int = 0
    transcript_revision: int = 0


class Marker(Item, kw_only=True):
    """A point on the clock: agenda item, speaker or slide."""

    marker_id: str
    room_id: str
    kind: MarkerKind
    marked_at: datetime
    content_id: str
    waiting: bool = False


class Preparation(Item, kw_only=True):
    """What a room's markers will be, in order, for staff alone."""

    room_id: str
    content_id: str


class Agenda(Item, kw_only=True):
    """The agenda items of a room that everyone may read before they are marked."""

    room_id: str
    content_id: str
    item_ids: tuple[str, ...]


class Signal(Item, kw_only=True):
    """A word within the team, and who took it up."""

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content", "seen_id": "seen"}
    signal_id: str
    signal: SignalKind
    room_id: str | None
    by_id: str | None
    at: datetime
    content_id: str
    seen_id: str | None = None
