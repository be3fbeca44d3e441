"""What happened: the meeting, its rooms, times and duties."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from folkmoot.core.broadcast.events import OnAir
from folkmoot.core.event import Event, Written
from folkmoot.core.moderation.events import Moderation

Visibility = Literal["public", "unlisted", "private"]
SlotKind = Literal["session", "break"]
# What people can do about something: nothing any more, help to decide, begin, or
# only say it to whoever has it.
ScopeLabel = Literal["decided", "influence", "open", "outside"]
Openness = Literal["open", "closed"]


class MeetingCreated(Written, frozen=True, kw_only=True):
    """A meeting exists. Content: title, purpose, scope."""

    slug: str
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    starts_at: datetime | None = None
    series_id: str | None = None
    demonstration: bool = False


class MeetingEdited(Written, frozen=True, kw_only=True):
    """Title, purpose, scope, start or moderation changed; all are given anew.

    `visibility` is given where it changed: the media move to other addresses then.
    """

    moderation: Moderation = "after"
    starts_at: datetime | None = None
    visibility: Visibility | None = None


class MeetingOpened(Event, frozen=True, kw_only=True):
    """The meeting is live; the entry's `at` is when it opened."""


class MeetingEnded(Event, frozen=True, kw_only=True):
    """The meeting is over; the archive stands."""


class MeetingReopened(Event, frozen=True, kw_only=True):
    """An ended meeting is live again."""


class RoomAdded(Written, frozen=True, kw_only=True):
    """A room exists. Content: name, camera_free (where no camera looks). Capacity in people."""

    room_id: str
    slug: str
    capacity: int | None = None
    features: tuple[str, ...] = ()


class RoomEdited(Written, frozen=True, kw_only=True):
    """A room's name, capacity or features; all are given anew."""

    room_id: str
    capacity: int | None = None
    features: tuple[str, ...] = ()


class RoomClosed(Written, frozen=True, kw_only=True):
    """Nothing can be placed in the room any more. Content: reason."""

    room_id: str


class RoomReopened(Event, frozen=True, kw_only=True):
    """A closed room can be used again."""

    room_id: str


class RoomRemoved(Event, frozen=True, kw_only=True):
    """A room that never held anything is gone."""

    room_id: str


class SlotAdded(Written, frozen=True, kw_only=True):
    """A stretch of time on the board. Content: label (may be empty)."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind = "session"


class SlotEdited(Written, frozen=True, kw_only=True):
    """A time was moved, named or made a break; all is given anew."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind = "session"


class SlotRemoved(Event, frozen=True, kw_only=True):
    """An empty stretch of time was taken off the board."""

    slot_id: str


class InviteMade(Written, frozen=True, kw_only=True):
    """A link that gives a duty exists (staff). Content: label."""

    invite_id: str
    duty: str


class InviteRevoked(Event, frozen=True, kw_only=True):
    """The link and every duty that it gave are void (staff)."""

    invite_id: str


class DutyGranted(Event, frozen=True, kw_only=True):
    """A member may do more than take part (staff)."""

    member_id: str
    duty: str
    invite_id: str | None = None


class DutyRevoked(Event, frozen=True, kw_only=True):
    """A member lost a duty (staff)."""

    member_id: str
    duty: str


class MemberRemoved(Event, frozen=True, kw_only=True):
    """A member may no longer take part nor read what is not public (staff)."""

    member_id: str


class MemberReadmitted(Event, frozen=True, kw_only=True):
    """A member who was removed may take part again (staff)."""

    member_id: str


class AttendanceCounted(Event, frozen=True, kw_only=True):
    """How many were present, by way (video, text, room), without identities."""

    counts: dict[str, int]


MeetingEvent = (
    MeetingCreated
    | MeetingEdited
    | MeetingOpened
    | MeetingEnded
    | MeetingReopened
    | RoomAdded
    | RoomEdited
    | RoomClosed
    | RoomReopened
    | RoomRemoved
    | SlotAdded
    | SlotEdited
    | SlotRemoved
    | InviteMade
    | InviteRevoked
    | DutyGranted
    | DutyRevoked
    | MemberRemoved
    | MemberReadmitted
    | AttendanceCounted
)
