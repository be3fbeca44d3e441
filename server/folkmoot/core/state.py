"""A meeting as it stands: the fold of a journal's entries, whole or of one feed.

The same `apply` folds the whole journal (what decisions look at) and a single
feed (what its readers get), so nothing of one feed can leak into another's
state. Structs here change in place: the journal owns them.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from folkmoot.core.events import (
    ContributionKind,
    MarkerKind,
    Moderation,
    OnAir,
    Visibility,
)

Phase = Literal["none", "upcoming", "live", "ended"]
ChannelState = Literal["off", "on", "hold"]


class Item(msgspec.Struct, kw_only=True):
    """A thing with text: `CONTENTS` says how a reader gets it."""

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}


class Room(Item, kw_only=True):
    """A place in the meeting and its broadcast."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "reason_id": "reason",
    }
    room_id: str
    slug: str
    content_id: str
    capacity: int | None = None
    features: tuple[str, ...] = ()
    channel: ChannelState = "off"
    connected: bool = False
    reason_id: str | None = None
    channel_changed_at: datetime | None = None
    ever_on_air: bool = False
    recording_revision: int = 0
    transcript_revision: int = 0


class Slot(Item, kw_only=True):
    """A stretch of time on the board."""

    slot_id: str
    content_id: str
    starts_at: datetime
    ends_at: datetime


class Marker(Item, kw_only=True):
    """A point on the clock: agenda item, speaker or slide."""

    marker_id: str
    room_id: str
    kind: MarkerKind
    marked_at: datetime
    content_id: str


class Session(Item, kw_only=True):
    """What is proposed and, once placed, stands at room x slot."""

    session_id: str
    content_id: str
    host_id: str | None
    proposed_at: datetime
    room_id: str | None = None
    slot_id: str | None = None
    version: int = 1
    interest: int = 0


class Contribution(Item, kw_only=True):
    """What someone added to a thread."""

    contribution_id: str
    thread: str
    kind: ContributionKind
    content_id: str
    posted_at: datetime
    author_id: str | None = None
    reply_to: str | None = None
    waiting: bool = False
    never_public: bool = False
    hidden: bool = False
    withdrawn: bool = False
    edited: bool = False
    support: int = 0


class HiddenNote(Item, kw_only=True):
    """Why a contribution is hidden and, for staff, what it said."""

    CONTENTS: ClassVar[dict[str, str]] = {"reason_id": "reason", "text_id": "text"}
    contribution_id: str
    reason_id: str | None = None
    text_id: str | None = None


class OwnContribution(Item, kw_only=True):
    """The author's own view of a contribution."""

    contribution_id: str
    content_id: str
    member_id: str
    thread: str = "meeting"
    kind: ContributionKind = "note"
    posted_at: datetime | None = None
    reply_to: str | None = None
    waiting: bool = False
    hidden: bool = False
    withdrawn: bool = False


class Invite(Item, kw_only=True):
    """A link that gives a duty."""

    invite_id: str
    content_id: str
    duty: str
    revoked: bool = False


class MeetingState(Item, kw_only=True):
    """Everything that a feed, or the whole journal, says of a meeting."""

    slug: str = ""
    content_id: str | None = None
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    demonstration: bool = False
    series_id: str | None = None
    phase: Phase = "none"
    starts_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    rooms: dict[str, Room] = {}
    slots: dict[str, Slot] = {}
    markers: dict[str, Marker] = {}
    sessions: dict[str, Session] = {}
    contributions: dict[str, Contribution] = {}
    attendance: dict[str, int] = {}
    # staff
    invites: dict[str, Invite] = {}
    duties: dict[str, dict[str, str | None]] = {}
    hidden_notes: dict[str, HiddenNote] = {}
    # a member's own feed (in the whole journal: everyone's)
    authored: dict[str, OwnContribution] = {}
    interest_votes: dict[str, dict[str, int]] = {}
    support_votes: dict[str, dict[str, int]] = {}

    def taken_by(self, room_id: str, slot_id: str) -> str | None:
        """Return the id of the session at room x slot, if any."""
        for session in self.sessions.values():
            if session.room_id == room_id and session.slot_id == slot_id:
                return session.session_id
        return None


def encode_state(state: MeetingState) -> bytes:
    """Return a state as JSON, for a stored snapshot."""
    return msgspec.json.encode(state)


def decode_state(body: bytes | str) -> MeetingState:
    """Read a stored snapshot."""
    return msgspec.json.decode(body, type=MeetingState)
