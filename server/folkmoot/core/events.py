"""What happened in a meeting: past-tense facts, the only thing a journal holds.

Typed text is never in an event. An event names contents by id, and
`CONTENTS` says under which name a reader gets the text: `content_id` is read
as `content`. Which feed an event stands in is said by its `Fact`.

Stored events tolerate unknown fields and must be readable one version before
they are written: give every new field a default.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

Visibility = Literal["public", "unlisted", "private"]
Moderation = Literal["after", "before"]
OnAir = Literal["at_once", "by_hand"]
ContributionKind = Literal[
    "idea", "question", "concern", "offer", "need", "action", "story", "note"
]
AuthorLabel = Literal["name", "anonymous"]
MarkerKind = Literal["agenda", "speaker", "slide"]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A fact. Subclasses are closed in `KINDS`."""

    # field -> the name under which a reader gets the text
    CONTENTS: ClassVar[dict[str, str]] = {}


class _Written(Event, frozen=True, kw_only=True):
    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}
    content_id: str


# --- the meeting -----------------------------------------------------------


class MeetingCreated(_Written, frozen=True, kw_only=True):
    """A meeting exists. Content: title, purpose, scope."""

    slug: str
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    starts_at: datetime | None = None
    series_id: str | None = None
    demonstration: bool = False


class MeetingEdited(_Written, frozen=True, kw_only=True):
    """Title, purpose, scope, start or moderation changed; all are given anew."""

    moderation: Moderation = "after"
    starts_at: datetime | None = None


class MeetingOpened(Event, frozen=True, kw_only=True):
    """The meeting is live; the entry's `at` is when it opened."""


class MeetingEnded(Event, frozen=True, kw_only=True):
    """The meeting is over; the archive stands."""


class MeetingReopened(Event, frozen=True, kw_only=True):
    """An ended meeting is live again."""


class RoomAdded(_Written, frozen=True, kw_only=True):
    """A room exists. Content: name. Capacity in people."""

    room_id: str
    slug: str
    capacity: int | None = None
    features: tuple[str, ...] = ()


class RoomEdited(_Written, frozen=True, kw_only=True):
    """A room's name, capacity or features; all are given anew."""

    room_id: str
    capacity: int | None = None
    features: tuple[str, ...] = ()


class SlotAdded(_Written, frozen=True, kw_only=True):
    """A stretch of time on the board. Content: label (may be empty)."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime


class SlotRemoved(Event, frozen=True, kw_only=True):
    """An empty stretch of time was taken off the board."""

    slot_id: str


# --- the channel -----------------------------------------------------------


class ChannelStarted(Event, frozen=True, kw_only=True):
    """The room is on air from here on."""

    room_id: str
    connected: bool = False


class ChannelHeld(_Written, frozen=True, kw_only=True):
    """The broadcast is paused. Content: reason, read by everyone."""

    room_id: str


class ChannelReleased(Event, frozen=True, kw_only=True):
    """The pause is over."""

    room_id: str
    connected: bool = False


class ChannelStopped(Event, frozen=True, kw_only=True):
    """The room is off air."""

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


class MarkerAdded(_Written, frozen=True, kw_only=True):
    """A point on the clock. Content: label."""

    marker_id: str
    room_id: str
    kind: MarkerKind
    marked_at: datetime


class MarkerEdited(_Written, frozen=True, kw_only=True):
    """A marker's label or moment was corrected; both are given anew."""

    marker_id: str
    marked_at: datetime


class MarkerRemoved(Event, frozen=True, kw_only=True):
    """A marker was taken off."""

    marker_id: str


# --- members ---------------------------------------------------------------


class InviteMade(_Written, frozen=True, kw_only=True):
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


class AttendanceCounted(Event, frozen=True, kw_only=True):
    """How many were present, by way (video, text, room), without identities."""

    counts: dict[str, int]


# --- the board -------------------------------------------------------------


class SessionProposed(_Written, frozen=True, kw_only=True):
    """A session is proposed. Content: title, pitch, wants, host (a name)."""

    session_id: str
    host_id: str | None = None


class SessionEdited(_Written, frozen=True, kw_only=True):
    """A session's text was given anew."""

    session_id: str
    version: int


class SessionPlaced(Event, frozen=True, kw_only=True):
    """A session stands at room x slot; also said when it moves."""

    session_id: str
    room_id: str
    slot_id: str
    version: int


class SessionUnplaced(Event, frozen=True, kw_only=True):
    """A session went back to the proposals."""

    session_id: str
    version: int


class SessionWithdrawn(Event, frozen=True, kw_only=True):
    """A session is gone from the board, its text deleted."""

    session_id: str


class InterestSet(Event, frozen=True, kw_only=True):
    """A member would (1) or would not (0) come (ballots and own feed)."""

    session_id: str
    member_id: str
    level: int


class TalliesChanged(Event, frozen=True, kw_only=True):
    """Counts that changed since the last such entry, by session/contribution id."""

    interest: dict[str, int] = {}
    support: dict[str, int] = {}


# --- the threads -----------------------------------------------------------


class ContributionPosted(_Written, frozen=True, kw_only=True):
    """Something was added to a thread. Content: text, author, on_behalf_of.

    In `staff` with `waiting` before moderation; in `public` once anyone may
    read it. `author_id` is absent where the author is anonymous to the public.
    """

    contribution_id: str
    thread: str
    kind: ContributionKind
    posted_at: datetime
    author_id: str | None = None
    reply_to: str | None = None
    waiting: bool = False


class ContributionAuthored(_Written, frozen=True, kw_only=True):
    """Whose a contribution is (the author's own feed). Content: as posted.

    Where and when it was posted has defaults: entries of the first days lack it.
    """

    contribution_id: str
    member_id: str
    thread: str = "meeting"
    kind: ContributionKind = "note"
    posted_at: datetime | None = None
    reply_to: str | None = None
    waiting: bool = False


class ContributionEdited(_Written, frozen=True, kw_only=True):
    """A contribution's text was given anew."""

    contribution_id: str


class ContributionReleased(Event, frozen=True, kw_only=True):
    """A waiting contribution was published (staff and the author's feed)."""

    contribution_id: str


class ContributionHidden(Event, frozen=True, kw_only=True):
    """A contribution can no longer be read.

    In `public` bare; in `staff` and the author's feed with the reason
    (content: reason), in `staff` also with the hidden text.
    """

    CONTENTS: ClassVar[dict[str, str]] = {"reason_id": "reason", "text_id": "text"}
    contribution_id: str
    reason_id: str | None = None
    text_id: str | None = None


class ContributionWithdrawn(Event, frozen=True, kw_only=True):
    """The author took a contribution back; its text is deleted."""

    contribution_id: str


class SupportSet(Event, frozen=True, kw_only=True):
    """A member supports (1) or no longer (0) (ballots and own feed)."""

    contribution_id: str
    member_id: str
    level: int


AnyEvent = (
    MeetingCreated
    | MeetingEdited
    | MeetingOpened
    | MeetingEnded
    | MeetingReopened
    | RoomAdded
    | RoomEdited
    | SlotAdded
    | SlotRemoved
    | ChannelStarted
    | ChannelHeld
    | ChannelReleased
    | ChannelStopped
    | SourceChanged
    | RecordingChanged
    | TranscriptChanged
    | MarkerAdded
    | MarkerEdited
    | MarkerRemoved
    | InviteMade
    | InviteRevoked
    | DutyGranted
    | DutyRevoked
    | AttendanceCounted
    | SessionProposed
    | SessionEdited
    | SessionPlaced
    | SessionUnplaced
    | SessionWithdrawn
    | InterestSet
    | TalliesChanged
    | ContributionPosted
    | ContributionAuthored
    | ContributionEdited
    | ContributionReleased
    | ContributionHidden
    | ContributionWithdrawn
    | SupportSet
)

KINDS: dict[str, type[AnyEvent]] = {cls.__name__: cls for cls in AnyEvent.__args__}


class Fact(msgspec.Struct, frozen=True):
    """An event and the feed that it stands in."""

    feed: str
    event: AnyEvent


def kind_of(event: AnyEvent) -> str:
    """Return the kind under which an event is stored and sent."""
    return type(event).__name__


def encode_event(event: AnyEvent) -> bytes:
    """Return an event's JSON body; its kind is kept beside it."""
    return msgspec.json.encode(event)


def decode_event(kind: str, body: bytes | str) -> AnyEvent:
    """Read a stored event; fields that this version doesn't know are passed over."""
    return msgspec.json.decode(body, type=KINDS[kind])


def content_ids(event: Event) -> dict[str, str]:
    """Return the contents that an event names: reader's name -> content id."""
    found = {}
    for field, name in event.CONTENTS.items():
        if (content_id := getattr(event, field)) is not None:
            found[name] = content_id
    return found
