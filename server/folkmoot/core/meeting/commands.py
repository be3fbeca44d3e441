"""What people ask for: the meeting, its rooms, times and duties."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from folkmoot.core.board.commands import BoardRules
from folkmoot.core.broadcast.events import OnAir
from folkmoot.core.command import Command, Id, Long, Name, Short, Title
from folkmoot.core.meeting.events import ScopeLabel, SlotKind, Visibility
from folkmoot.core.moderation.events import Moderation


class RoomSpec(Command, frozen=True, kw_only=True):
    """A room to make: name, capacity in people, features such as `step-free`."""

    name: Name
    slug: Short | None = None
    capacity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    features: list[Short] = []
    camera_free: Short = ""


class SlotSpec(Command, frozen=True, kw_only=True):
    """A stretch of time to make."""

    starts_at: datetime
    ends_at: datetime
    label: Short = ""
    kind: SlotKind = "session"


class ScopeItem(Command, frozen=True, kw_only=True):
    """One thing and what people can do about it; `holder`: who has it in hand."""

    label: ScopeLabel
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    holder: Short = ""


ScopeItems = Annotated[list[ScopeItem], msgspec.Meta(max_length=100)]


class CreateMeeting(Command, frozen=True, kw_only=True):
    """Make a meeting with its rooms and times."""

    title: Title
    slug: str
    purpose: Long = ""
    scope: Long = ""
    scope_items: ScopeItems = []
    starts_at: datetime | None = None
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    series_id: str | None = None
    rooms: list[RoomSpec] = []
    slots: list[SlotSpec] = []
    board: BoardRules | None = None
    demonstration: bool = False


class EditMeeting(Command, frozen=True, kw_only=True):
    """Change what is given; the rest stays."""

    title: Title | None = None
    purpose: Long | None = None
    scope: Long | None = None
    scope_items: ScopeItems | None = None
    starts_at: datetime | None = None
    moderation: Moderation | None = None
    visibility: Visibility | None = None


class OpenMeeting(Command, frozen=True, kw_only=True):
    """Open the meeting now."""


class EndMeeting(Command, frozen=True, kw_only=True):
    """End the meeting; its archive stands at once."""


class ReopenMeeting(Command, frozen=True, kw_only=True):
    """Open an ended meeting again."""


class AddRoom(RoomSpec, frozen=True, kw_only=True):
    """Add a room."""


class EditRoom(Command, frozen=True, kw_only=True):
    """Change a room; what is not given stays."""

    room_id: Id
    name: Name | None = None
    capacity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    features: list[Short] | None = None
    camera_free: Short | None = None


class CloseRoom(Command, frozen=True, kw_only=True):
    """Say that a room can't be used any more; what stands in it waits for another."""

    room_id: Id
    reason: Short = ""


class ReopenRoom(Command, frozen=True, kw_only=True):
    """Use a closed room again."""

    room_id: Id


class RemoveRoom(Command, frozen=True, kw_only=True):
    """Remove a room in which nothing stands or was ever broadcast."""

    room_id: Id


class AddSlot(SlotSpec, frozen=True, kw_only=True):
    """Add a time."""


class EditSlot(Command, frozen=True, kw_only=True):
    """Move or name a time, or make it a break; what is not given stays."""

    slot_id: Id
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    label: Short | None = None
    kind: SlotKind | None = None


class RemoveSlot(Command, frozen=True, kw_only=True):
    """Remove an empty time."""

    slot_id: Id


class MakeInvite(Command, frozen=True, kw_only=True):
    """Make a link that gives a duty."""

    duty: Id
    label: Short = ""


class RevokeInvite(Command, frozen=True, kw_only=True):
    """Void a link and the duties that it gave."""

    invite_id: Id


class RevokeDuty(Command, frozen=True, kw_only=True):
    """Take a duty from a member."""

    member_id: Id
    duty: Id


class RemoveMember(Command, frozen=True, kw_only=True):
    """Let a member take part no longer, nor read what is not public."""

    member_id: Id


class ReadmitMember(Command, frozen=True, kw_only=True):
    """Let a member who was removed take part again."""

    member_id: Id


class GrantDuty(Command, frozen=True, kw_only=True):
    """Give a member a duty (the service, when an invitation is taken up)."""

    member_id: Id
    duty: Id
    invite_id: Id | None = None


class CountAttendance(Command, frozen=True, kw_only=True):
    """Record how many are present (the service, each minute)."""

    counts: dict[str, int]


BY_NAME: dict[str, type[Command]] = {
    "meeting.edit": EditMeeting,
    "meeting.open": OpenMeeting,
    "meeting.end": EndMeeting,
    "meeting.reopen": ReopenMeeting,
    "room.add": AddRoom,
    "room.edit": EditRoom,
    "room.close": CloseRoom,
    "room.reopen": ReopenRoom,
    "room.remove": RemoveRoom,
    "slot.add": AddSlot,
    "slot.edit": EditSlot,
    "slot.remove": RemoveSlot,
    "invite.make": MakeInvite,
    "invite.revoke": RevokeInvite,
    "duty.revoke": RevokeDuty,
    "member.remove": RemoveMember,
    "member.readmit": ReadmitMember,
}

BY_SERVICE: dict[str, type[Command]] = {
    "meeting.create": CreateMeeting,
    "duty.grant": GrantDuty,
    "attendance.count": CountAttendance,
}
