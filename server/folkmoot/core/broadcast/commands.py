"""What people ask for: rooms on air, recordings, markers and the team's signals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from folkmoot.core.broadcast.events import CutCategory, MarkerKind, SignalKind
from folkmoot.core.command import Command, Id, Short


class StartChannel(Command, frozen=True, kw_only=True):
    """Go on air."""

    room_id: Id


class HoldChannel(Command, frozen=True, kw_only=True):
    """Pause the broadcast with a reason that everyone reads."""

    room_id: Id
    reason: Short = ""
    dump_seconds: Annotated[float, msgspec.Meta(ge=0, le=120)] = 0.0


class DelayChannel(Command, frozen=True, kw_only=True):
    """Let the public see a room so many seconds later."""

    room_id: Id
    seconds: Annotated[float, msgspec.Meta(ge=0, le=120)]


class RequestCut(Command, frozen=True, kw_only=True):
    """Ask to be taken out of a recording between two moments."""

    room_id: Id
    from_at: datetime
    to_at: datetime
    reason: Short = ""


class MakeCut(Command, frozen=True, kw_only=True):
    """Take seconds out of a room's recording.

    `cut_id` names the request that is followed; what is not given is as asked.
    """

    cut_id: Id | None = None
    room_id: Id | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    category: CutCategory = "privacy"


class DeclineCut(Command, frozen=True, kw_only=True):
    """Leave the recording as it is; who asked reads the note."""

    cut_id: Id
    note: Short = ""


class UndoCut(Command, frozen=True, kw_only=True):
    """Bring back what was cut, as long as it is kept."""

    cut_id: Id


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


class PreparedMarker(Command, frozen=True, kw_only=True):
    """A marker that will be made."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    kind: MarkerKind = "agenda"


class PrepareMarkers(Command, frozen=True, kw_only=True):
    """Write down a room's markers to come, anew and in order.

    `published`: everyone reads the agenda items among them, and writes to them, before
    they are marked.
    """

    room_id: Id
    items: Annotated[list[PreparedMarker], msgspec.Meta(max_length=300)]
    published: bool = False


class RemoveMarker(Command, frozen=True, kw_only=True):
    """Take a marker off."""

    marker_id: Id


class SendSignal(Command, frozen=True, kw_only=True):
    """Tell the team something in one tap; about a room, or all of them."""

    signal: SignalKind
    room_id: Id | None = None
    text: Short = ""


class SeeSignal(Command, frozen=True, kw_only=True):
    """Say that one takes a signal up."""

    signal_id: Id


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


class PublishMarkers(Command, frozen=True, kw_only=True):
    """Publish what waited for this moment: marks, updates, results (the service)."""


BY_NAME: dict[str, type[Command]] = {
    "channel.start": StartChannel,
    "channel.hold": HoldChannel,
    "channel.release": ReleaseChannel,
    "channel.stop": StopChannel,
    "channel.delay": DelayChannel,
    "cut.request": RequestCut,
    "cut.make": MakeCut,
    "cut.decline": DeclineCut,
    "cut.undo": UndoCut,
    "marker.add": AddMarker,
    "marker.edit": EditMarker,
    "marker.remove": RemoveMarker,
    "marker.prepare": PrepareMarkers,
    "signal.send": SendSignal,
    "signal.see": SeeSignal,
}

BY_SERVICE: dict[str, type[Command]] = {
    "source.change": ChangeSource,
    "recording.change": ChangeRecording,
    "transcript.change": ChangeTranscript,
    "markers.publish": PublishMarkers,
}
