"""The board as it stands: times, sessions, notes, and who asks whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from folkmoot.core.board.events import CohostWay, NoteKind, NoticeKind
from folkmoot.core.follow_up.events import ActionStatus
from folkmoot.core.item import Item
from folkmoot.core.meeting.events import ScopeLabel, SlotKind


class Slot(Item, kw_only=True):
    """A stretch of time on the board."""

    slot_id: str
    content_id: str
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind = "session"


class Span(Item, kw_only=True):
    """Where and when a session really was; `to_at` is null while it is."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    room_id: str
    from_at: datetime
    to_at: datetime | None = None


class Session(Item, kw_only=True):
    """What is proposed and, once placed, stands at room x slot.

    `sequence` counts what calendars must hear of, and `stood_from`, `stood_to`
    are the time at which it stands or last stood.
    """

    session_id: str
    content_id: str
    host_id: str | None
    proposed_at: datetime
    cohost_ids: tuple[str, ...] = ()
    ask: bool = False
    asked_by: str | None = None
    needs: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    scope: ScopeLabel | None = None
    pinned: bool = False
    split_from: str | None = None
    merged_ids: tuple[str, ...] = ()
    room_id: str | None = None
    slot_id: str | None = None
    version: int = 1
    interest: int = 0
    sequence: int = 0
    changed_at: datetime | None = None
    stood_from: datetime | None = None
    stood_to: datetime | None = None
    # as people call it aloud and on ballot sheets: the nth of this meeting
    number: int = 0
    spans: tuple[Span, ...] = ()
    until_at: datetime | None = None

    @property
    def running(self) -> bool:
        """Whether somebody said that it began and nobody that it ended."""
        return bool(self.spans) and self.spans[-1].to_at is None

    @property
    def host_ids(self) -> tuple[str, ...]:
        """All who host it, the first one first."""
        first = () if self.host_id is None else (self.host_id,)
        return (*first, *self.cohost_ids)


class Hand(Item, kw_only=True):
    """Somebody who waits for the word in a session."""

    hand_id: str
    session_id: str
    content_id: str
    raised_at: datetime
    member_id: str | None = None


class Note(Item, kw_only=True):
    """A line in a session's notes, or an action of the meeting, as it stands."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "progress_id": "progress",
    }
    note_id: str
    session_id: str | None
    kind: NoteKind
    content_id: str
    added_at: datetime
    edited_at: datetime | None = None
    version: int = 1
    author_id: str | None = None
    due: date | None = None
    removed: bool = False
    image_id: str | None = None
    width: int | None = None
    height: int | None = None
    # of an action: what it comes of, who does it, how it stands
    contribution_id: str | None = None
    room_id: str | None = None
    spoken_at: datetime | None = None
    owner_id: str | None = None
    status: ActionStatus = "open"
    progress_id: str | None = None
    moved_at: datetime | None = None


class Cancelled(Item, kw_only=True):
    """A session that stood on the board and is gone, as calendars must know it."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    session_id: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    at: datetime


class MergeAsk(Item, kw_only=True):
    """A host's wish to merge two sessions, until a host of the other answers."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    session_id: str
    other_id: str
    by_id: str


class CohostAsk(Item, kw_only=True):
    """Somebody invited to host along, or offering it."""

    session_id: str
    member_id: str
    way: CohostWay
    content_id: str


class Notice(Item, kw_only=True):
    """What became of a session or contribution that a member cares for."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    kind: NoticeKind
    session_id: str
    at: datetime
    other_id: str | None = None
    room_id: str | None = None
    slot_id: str | None = None
    contribution_id: str | None = None
