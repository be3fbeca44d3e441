"""What happened: sessions, their places, people and notes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from folkmoot.core.event import Event, Written
from folkmoot.core.meeting.events import Openness, ScopeLabel

BoardMode = Literal["open", "queue", "vote", "facilitators"]
Counts = Literal["shown", "hidden"]
NoticeKind = Literal[
    "placed",
    "moved",
    "unplaced",
    "cancelled",
    "merged",
    "split",
    "split_ask",
    "time_changed",
    "room_closed",
    "hosts_changed",
    "answered",
    "promised",
    "answer_changed",
    "answer_withdrawn",
]
CohostWay = Literal["invited", "offered"]
NoteKind = Literal["discussed", "decision", "offer", "action", "photo"]


class BoardRulesChanged(Event, frozen=True, kw_only=True):
    """Who places, whether counts are shown, and what is open; all given anew."""

    mode: BoardMode = "open"
    counts: Counts = "shown"
    proposals: Openness = "open"
    voting: Openness = "open"


class SessionProposed(Written, frozen=True, kw_only=True):
    """A session is proposed. Content: title, pitch, wants, host (a name), tags.

    With `ask` somebody (`asked_by`; content: asker) wants it who can't host it.
    """

    session_id: str
    host_id: str | None = None
    ask: bool = False
    asked_by: str | None = None
    needs: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    scope: ScopeLabel | None = None


class SessionEdited(Written, frozen=True, kw_only=True):
    """A session's text was given anew; needs and wished times where not null."""

    session_id: str
    version: int
    needs: tuple[str, ...] | None = None
    wished: tuple[str, ...] | None = None


class SessionHostsChanged(Written, frozen=True, kw_only=True):
    """A session's hosts are others now; they and the text with their names anew."""

    session_id: str
    host_id: str | None
    version: int
    cohost_ids: tuple[str, ...] = ()
    ask: bool = False


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


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session stands from now on; no room and no slot: a proposal."""

    session_id: str
    version: int
    room_id: str | None = None
    slot_id: str | None = None


class BoardArranged(Event, frozen=True, kw_only=True):
    """Several sessions moved at once, in one step on every screen."""

    moves: tuple[Move, ...]


class SessionsMerged(Written, frozen=True, kw_only=True):
    """`merged_id` became part of `session_id`, with its hosts, interest and thread.

    Public, and for staff because of what waits in the thread. Content: as of
    `SessionProposed`, and `origins`: what was merged in, with its hosts.
    """

    session_id: str
    merged_id: str
    version: int
    host_id: str | None = None
    cohost_ids: tuple[str, ...] = ()
    ask: bool = False
    room_id: str | None = None
    slot_id: str | None = None


class SessionSplit(Written, frozen=True, kw_only=True):
    """A session came out of another. With `copied` all its interest counts here too."""

    session_id: str
    from_id: str
    host_id: str | None = None
    ask: bool = False
    copied: bool = False


class SessionLabelled(Event, frozen=True, kw_only=True):
    """It was said what people can do about a session's subject."""

    session_id: str
    scope: ScopeLabel | None = None


class SessionPinned(Event, frozen=True, kw_only=True):
    """A session is (no longer) to stay where it stands in suggested timetables."""

    session_id: str
    pinned: bool


class SessionStarted(Event, frozen=True, kw_only=True):
    """A session has really begun, in this room; the entry's `at` is when."""

    session_id: str
    room_id: str


class SessionFinished(Event, frozen=True, kw_only=True):
    """A session has really ended; the entry's `at` is when."""

    session_id: str


class SessionExtended(Event, frozen=True, kw_only=True):
    """A session lasts until another moment than its time; null: as its time says."""

    session_id: str
    until_at: datetime | None = None


class HandRaised(Written, frozen=True, kw_only=True):
    """Somebody wants to speak in a session, from the room or afar. Content: name."""

    hand_id: str
    session_id: str
    member_id: str | None = None


class HandLowered(Event, frozen=True, kw_only=True):
    """A hand is down again; `called`: the host gave that person the word."""

    hand_id: str
    called: bool = False


class NoteAdded(Written, frozen=True, kw_only=True):
    """A line in a session's notes. Content: text, who, author.

    `due` is until when an action is to be done. A photo has an image and its size
    in pixels; the text beside it says what it shows. An action may come of a
    contribution or a moment (`spoken_at` in a room) and belong to no session.
    """

    note_id: str
    session_id: str | None = None
    kind: NoteKind
    author_id: str | None = None
    due: date | None = None
    image_id: str | None = None
    width: int | None = None
    height: int | None = None
    contribution_id: str | None = None
    room_id: str | None = None
    spoken_at: datetime | None = None


class NoteEdited(Written, frozen=True, kw_only=True):
    """A line in the notes was given anew; a removed one is back."""

    note_id: str
    version: int
    kind: NoteKind
    due: date | None = None


class NoteRemoved(Event, frozen=True, kw_only=True):
    """A line was taken out of the notes; `erased`: its texts are deleted."""

    note_id: str
    version: int
    erased: bool = False


class HereSet(Event, frozen=True, kw_only=True):
    """A member says in which room it is, or in none (ballots and own feed)."""

    member_id: str
    room_id: str | None = None


class SessionWithdrawn(Event, frozen=True, kw_only=True):
    """A session is gone from the board, its text deleted."""

    session_id: str


class PitchQueued(Event, frozen=True, kw_only=True):
    """A session's host waits to present it."""

    session_id: str


class PitchUnqueued(Event, frozen=True, kw_only=True):
    """A session's host no longer waits to present it."""

    session_id: str


class PitchCalled(Event, frozen=True, kw_only=True):
    """This session is presented now and may be placed by its host; null: none."""

    session_id: str | None = None


class MergeAsked(Event, frozen=True, kw_only=True):
    """A host asks to merge `other_id` into `session_id` (hosts' own feeds, staff)."""

    session_id: str
    other_id: str
    by_id: str


class MergeDeclined(Event, frozen=True, kw_only=True):
    """The asking to merge is over (hosts' own feeds, staff)."""

    session_id: str
    other_id: str


class CohostAsked(Written, frozen=True, kw_only=True):
    """Somebody is invited to host along, or offers it (own feeds). Content: name."""

    session_id: str
    member_id: str
    way: CohostWay


class CohostAskEnded(Event, frozen=True, kw_only=True):
    """An invitation or offer to host along is answered (own feeds)."""

    session_id: str
    member_id: str


class Noticed(Event, frozen=True, kw_only=True):
    """A member learns what became of a session that it cares for (own feed).

    With `merged` its interest went from `other_id` to `session_id`, with
    `split` it counts for both; `split_ask` asks whether it does.
    """

    kind: NoticeKind
    session_id: str = ""
    member_id: str
    other_id: str | None = None
    room_id: str | None = None
    slot_id: str | None = None
    # what was answered, in a notice about a contribution and no session
    contribution_id: str | None = None


class NoticeDismissed(Event, frozen=True, kw_only=True):
    """A member has read a notice, or all (own feed)."""

    member_id: str
    session_id: str | None = None
    contribution_id: str | None = None


class InterestSet(Event, frozen=True, kw_only=True):
    """A member would (1) or would not (0) come (ballots and own feed)."""

    session_id: str
    member_id: str
    level: int


class StarSet(Event, frozen=True, kw_only=True):
    """A member keeps a session on its own agenda (own feed); counted nowhere."""

    session_id: str
    member_id: str
    level: int


class HiddenTalliesCounted(Event, frozen=True, kw_only=True):
    """Counts of interest while they are hidden from everyone else (staff)."""

    interest: dict[str, int] = {}


class TalliesChanged(Event, frozen=True, kw_only=True):
    """Counts that changed since the last such entry, by session/contribution/room id."""

    interest: dict[str, int] = {}
    support: dict[str, int] = {}
    here: dict[str, int] = {}


BoardEvent = (
    BoardRulesChanged
    | SessionProposed
    | SessionEdited
    | SessionHostsChanged
    | SessionPlaced
    | SessionUnplaced
    | BoardArranged
    | SessionsMerged
    | SessionSplit
    | SessionLabelled
    | SessionPinned
    | SessionStarted
    | SessionFinished
    | SessionExtended
    | HandRaised
    | HandLowered
    | NoteAdded
    | NoteEdited
    | NoteRemoved
    | HereSet
    | SessionWithdrawn
    | PitchQueued
    | PitchUnqueued
    | PitchCalled
    | MergeAsked
    | MergeDeclined
    | CohostAsked
    | CohostAskEnded
    | Noticed
    | NoticeDismissed
    | InterestSet
    | StarSet
    | HiddenTalliesCounted
    | TalliesChanged
)
