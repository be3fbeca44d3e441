"""What happened: rooms on air, recordings, markers and the team's signals."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from folkmoot.core.event import Event, Written

OnAir = Literal["at_once", "by_hand"]
MarkerKind = Literal["agenda", "speaker", "slide"]
# What the team tells each other in one tap while a room is on air.
SignalKind = Literal[
    "no_sound",
    "picture_frozen",
    "picture_dark",
    "help",
    "two_minutes",
    "wrap_up",
    "stand_by",
    "all_well",
]
CutCategory = Literal["hold", "privacy", "legal", "safety", "mistake", "other"]


class ChannelStarted(Event, frozen=True, kw_only=True):
    """The room is on air from here on."""

    room_id: str
    connected: bool = False


class ChannelHeld(Written, frozen=True, kw_only=True):
    """The broadcast is paused. Content: reason, read by everyone.

    With `from_at`, seconds were taken back: what was seen after that moment is
    not public, and what of it was, is cut under `cut_id`.
    """

    room_id: str
    from_at: datetime | None = None
    cut_id: str | None = None


class ChannelReleased(Event, frozen=True, kw_only=True):
    """The pause is over."""

    room_id: str
    connected: bool = False


class ChannelStopped(Event, frozen=True, kw_only=True):
    """The room is off air."""

    room_id: str


class ChannelDelayed(Event, frozen=True, kw_only=True):
    """The public sees the room so many seconds later from here on."""

    room_id: str
    seconds: float


class CutRequested(Written, frozen=True, kw_only=True):
    """Someone asks for seconds to be taken out (staff and own feed).

    Content: reason, who asks (a name). `member_id` asked.
    """

    cut_id: str
    room_id: str
    from_at: datetime
    to_at: datetime
    member_id: str | None = None


class CutDeclined(Written, frozen=True, kw_only=True):
    """Staff leave the recording as it is (staff and own feed). Content: note."""

    cut_id: str


class RecordingCut(Event, frozen=True, kw_only=True):
    """Seconds are no longer in a room's recording; why, as a kind of reason."""

    cut_id: str
    room_id: str
    from_at: datetime
    to_at: datetime
    category: CutCategory = "other"


class RecordingRestored(Event, frozen=True, kw_only=True):
    """Seconds that were cut are in the recording again."""

    cut_id: str
    room_id: str


class SourceChanged(Event, frozen=True, kw_only=True):
    """A publisher came or went. Public only while the room is on air."""

    room_id: str
    connected: bool


class RecordingChanged(Event, frozen=True, kw_only=True):
    """A room's recording gained or lost spans (import, cut, repair)."""

    room_id: str


class TranscriptChanged(Event, frozen=True, kw_only=True):
    """Cues between two moments of a room's transcript are new."""

    room_id: str
    from_at: datetime
    to_at: datetime
    revision: int


class MarkerAdded(Written, frozen=True, kw_only=True):
    """A point on the clock. Content: label.

    In `staff` with `waiting` until the public sees that moment.
    """

    marker_id: str
    room_id: str
    kind: MarkerKind
    marked_at: datetime
    waiting: bool = False


class MarkerReleased(Event, frozen=True, kw_only=True):
    """The public sees the moment of a waiting marker (staff)."""

    marker_id: str


class MarkerEdited(Written, frozen=True, kw_only=True):
    """A marker's label or moment was corrected; both are given anew."""

    marker_id: str
    marked_at: datetime


class MarkersPrepared(Written, frozen=True, kw_only=True):
    """What a room's markers will be was written down (staff). Content: items."""

    room_id: str


class AgendaPublished(Written, frozen=True, kw_only=True):
    """What a room's agenda will be, whole; no items: it is public no longer.

    Content: labels, in the order of `item_ids`. An item keeps its id when it is
    marked: the thread `agenda:<id>` holds what was written before and after.
    """

    room_id: str
    item_ids: tuple[str, ...]


class MarkerRemoved(Event, frozen=True, kw_only=True):
    """A marker was taken off."""

    marker_id: str


class SignalSent(Written, frozen=True, kw_only=True):
    """A word within the team (staff, and the own feeds of those concerned).

    Content: name of who sent it, text (may be empty). `room_id` null: all rooms.
    """

    signal_id: str
    signal: SignalKind
    room_id: str | None = None
    by_id: str | None = None


class SignalSeen(Written, frozen=True, kw_only=True):
    """Somebody took a signal up (the feeds that had it). Content: name."""

    signal_id: str


BroadcastEvent = (
    ChannelStarted
    | ChannelHeld
    | ChannelReleased
    | ChannelStopped
    | ChannelDelayed
    | CutRequested
    | CutDeclined
    | RecordingCut
    | RecordingRestored
    | SourceChanged
    | RecordingChanged
    | TranscriptChanged
    | MarkerAdded
    | MarkerReleased
    | MarkerEdited
    | MarkersPrepared
    | AgendaPublished
    | MarkerRemoved
    | SignalSent
    | SignalSeen
)
