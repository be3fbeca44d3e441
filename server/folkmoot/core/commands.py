"""What people ask for: typed commands, strict in their fields and sizes.

`TYPES` is the outside name of each (`session.propose`); unknown fields and
wrong types are refused when a command is read. Commands that only the service
itself gives stand in `SYSTEM_TYPES`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from folkmoot.core.events import (
    ContributionKind,
    MarkerKind,
    Moderation,
    OnAir,
    Visibility,
)
from folkmoot.core.refusals import Refusal

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=300)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
Long = Annotated[str, msgspec.Meta(max_length=10_000)]
Level = Literal[0, 1]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody asks for."""


class RoomSpec(Command, frozen=True, kw_only=True):
    """A room to make: name, capacity in people, features such as `step-free`."""

    name: Name
    slug: Short | None = None
    capacity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    features: list[Short] = []


class SlotSpec(Command, frozen=True, kw_only=True):
    """A stretch of time to make."""

    starts_at: datetime
    ends_at: datetime
    label: Short = ""


class CreateMeeting(Command, frozen=True, kw_only=True):
    """Make a meeting with its rooms and times."""

    title: Title
    slug: str
    purpose: Long = ""
    scope: Long = ""
    starts_at: datetime | None = None
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    series_id: str | None = None
    rooms: list[RoomSpec] = []
    slots: list[SlotSpec] = []
    demonstration: bool = False


class EditMeeting(Command, frozen=True, kw_only=True):
    """Change what is given; the rest stays."""

    title: Title | None = None
    purpose: Long | None = None
    scope: Long | None = None
    starts_at: datetime | None = None
    moderation: Moderation | None = None


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


class AddSlot(SlotSpec, frozen=True, kw_only=True):
    """Add a time."""


class RemoveSlot(Command, frozen=True, kw_only=True):
    """Remove an empty time."""

    slot_id: Id


class StartChannel(Command, frozen=True, kw_only=True):
    """Go on air."""

    room_id: Id


class HoldChannel(Command, frozen=True, kw_only=True):
    """Pause the broadcast with a reason that everyone reads."""

    room_id: Id
    reason: Short = ""
    dump_seconds: Annotated[float, msgspec.Meta(ge=0, le=120)] = 0.0


class ReleaseChannel(Command, frozen=True, kw_only=True):
    """End the pause."""

    room_id: Id


class StopChannel(Command, frozen=True, kw_only=True):
    """Go off air."""

    room_id: Id


class AddMarker(Command, frozen=True, kw_only=True):
    """Mark an agenda item, speaker or slide; at this moment if none is given."""

    room_id: Id
    kind: MarkerKind
    label: Short
    at: datetime | None = None


class EditMarker(Command, frozen=True, kw_only=True):
    """Correct a marker."""

    marker_id: Id
    label: Short | None = None
    at: datetime | None = None


class RemoveMarker(Command, frozen=True, kw_only=True):
    """Take a marker off."""

    marker_id: Id


class ProposeSession(Command, frozen=True, kw_only=True):
    """Propose a session; only the title is required."""

    title: Title
    pitch: Long = ""
    wants: Long = ""


class EditSession(Command, frozen=True, kw_only=True):
    """Give a session's text anew; what is not given stays."""

    session_id: Id
    title: Title | None = None
    pitch: Long | None = None
    wants: Long | None = None


class PlaceSession(Command, frozen=True, kw_only=True):
    """Put a session at room x time, from the proposals or from elsewhere."""

    session_id: Id
    room_id: Id
    slot_id: Id


class UnplaceSession(Command, frozen=True, kw_only=True):
    """Put a session back to the proposals."""

    session_id: Id


class WithdrawSession(Command, frozen=True, kw_only=True):
    """Take a session back for good."""

    session_id: Id


class SetInterest(Command, frozen=True, kw_only=True):
    """Say "I would come" (1) or no longer (0)."""

    session_id: Id
    level: Level


class PostContribution(Command, frozen=True, kw_only=True):
    """Add to the thread of the meeting (`meeting`) or of a session."""

    text: Text
    thread: Id = "meeting"
    kind: ContributionKind = "note"
    reply_to: Id | None = None
    on_behalf_of: Short | None = None
    label: Literal["name", "anonymous"] = "name"
    consent: dict[str, Any] | None = None


class EditContribution(Command, frozen=True, kw_only=True):
    """Give one's own text anew."""

    contribution_id: Id
    text: Text


class SetSupport(Command, frozen=True, kw_only=True):
    """Support a contribution (1) or no longer (0)."""

    contribution_id: Id
    level: Level


class PublishContribution(Command, frozen=True, kw_only=True):
    """Publish what waits or is hidden."""

    contribution_id: Id


class HideContribution(Command, frozen=True, kw_only=True):
    """Hide a contribution; its author reads the reason."""

    contribution_id: Id
    reason: Short


class WithdrawContribution(Command, frozen=True, kw_only=True):
    """Take one's own contribution back for good."""

    contribution_id: Id


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


class GrantDuty(Command, frozen=True, kw_only=True):
    """Give a member a duty (the service, when an invitation is taken up)."""

    member_id: Id
    duty: Id
    invite_id: Id | None = None


class ChangeSource(Command, frozen=True, kw_only=True):
    """A publisher came or went (the service)."""

    room_id: Id
    connected: bool


class ChangeRecording(Command, frozen=True, kw_only=True):
    """A room's recording changed (the service)."""

    room_id: Id


class ChangeTranscript(Command, frozen=True, kw_only=True):
    """A room's cues changed (the service)."""

    room_id: Id
    from_at: datetime
    to_at: datetime


class PublishTallies(Command, frozen=True, kw_only=True):
    """Publish the counts that changed (the service, at most 4 a second)."""


class CountAttendance(Command, frozen=True, kw_only=True):
    """Record how many are present (the service, each minute)."""

    counts: dict[str, int]


TYPES: dict[str, type[Command]] = {
    "meeting.edit": EditMeeting,
    "meeting.open": OpenMeeting,
    "meeting.end": EndMeeting,
    "meeting.reopen": ReopenMeeting,
    "room.add": AddRoom,
    "room.edit": EditRoom,
    "slot.add": AddSlot,
    "slot.remove": RemoveSlot,
    "channel.start": StartChannel,
    "channel.hold": HoldChannel,
    "channel.release": ReleaseChannel,
    "channel.stop": StopChannel,
    "marker.add": AddMarker,
    "marker.edit": EditMarker,
    "marker.remove": RemoveMarker,
    "session.propose": ProposeSession,
    "session.edit": EditSession,
    "session.place": PlaceSession,
    "session.unplace": UnplaceSession,
    "session.withdraw": WithdrawSession,
    "session.interest": SetInterest,
    "contribution.post": PostContribution,
    "contribution.edit": EditContribution,
    "contribution.support": SetSupport,
    "contribution.publish": PublishContribution,
    "contribution.hide": HideContribution,
    "contribution.withdraw": WithdrawContribution,
    "invite.make": MakeInvite,
    "invite.revoke": RevokeInvite,
    "duty.revoke": RevokeDuty,
}

SYSTEM_TYPES: dict[str, type[Command]] = {
    "meeting.create": CreateMeeting,
    "duty.grant": GrantDuty,
    "source.change": ChangeSource,
    "recording.change": ChangeRecording,
    "transcript.change": ChangeTranscript,
    "tallies.publish": PublishTallies,
    "attendance.count": CountAttendance,
}


class BadCommand(ValueError):
    """A command that can't be read: unknown type, field or wrong value (422)."""


def read_command(kind: str, data: Any) -> Command:
    """Read a command by its outside name.

    Raises `Refusal` for a type that doesn't exist and `BadCommand`, with the
    field's path, for data that doesn't fit it.
    """
    if (wanted := TYPES.get(kind)) is None:
        raise Refusal("unknown_command", f"There is no command {kind!r}.")
    try:
        return msgspec.convert(data, type=wanted)
    except msgspec.ValidationError as error:
        raise BadCommand(f"{kind}: {error}") from error
