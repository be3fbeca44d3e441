"""What people ask for: sessions, their places, people and notes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from folkmoot.core.board.events import BoardMode, Counts
from folkmoot.core.command import (
    Command,
    Id,
    Level,
    Long,
    Needs,
    NoteText,
    Short,
    Tags,
    Title,
    Wished,
)
from folkmoot.core.meeting.events import Openness, ScopeLabel


class BoardRules(Command, frozen=True, kw_only=True):
    """Say who places sessions, whether counts show, what is open; the rest stays."""

    mode: BoardMode | None = None
    counts: Counts | None = None
    proposals: Openness | None = None
    voting: Openness | None = None


class ProposeSession(Command, frozen=True, kw_only=True):
    """Propose a session; only the title is required.

    `hosting` false asks for somebody who hosts it. `needs` are features of
    rooms, `wished` times that would suit.
    """

    title: Title
    pitch: Long = ""
    wants: Long = ""
    hosting: bool = True
    needs: Needs = []
    wished: Wished = []
    tags: Tags = []
    scope: ScopeLabel | None = None


class EditSession(Command, frozen=True, kw_only=True):
    """Give a session's text anew; what is not given stays."""

    session_id: Id
    title: Title | None = None
    pitch: Long | None = None
    wants: Long | None = None
    needs: Needs | None = None
    wished: Wished | None = None
    tags: Tags | None = None


class TakeUpSession(Command, frozen=True, kw_only=True):
    """Host a session that somebody asked for."""

    session_id: Id


class CohostSession(Command, frozen=True, kw_only=True):
    """Host along: invite someone, offer it, accept, or leave.

    `member_id` is who is meant: needed to invite; without it the actor.
    Leaving also declines, takes an offer back and, by hosts, removes.
    """

    session_id: Id
    step: Literal["invite", "offer", "accept", "leave"]
    member_id: Id | None = None


class MergeSessions(Command, frozen=True, kw_only=True):
    """Make `other_id` part of `session_id`, once a host of each wants it."""

    session_id: Id
    other_id: Id
    title: Title | None = None
    pitch: Long | None = None


class DeclineMerge(Command, frozen=True, kw_only=True):
    """Decline a wish to merge, or take one's own back."""

    session_id: Id
    other_id: Id


class SplitSession(Command, frozen=True, kw_only=True):
    """Take a session out of another one.

    `host_id` is one of its hosts and goes along. `interest`: count those
    interested for both (`copy`), or ask each (`ask`).
    """

    session_id: Id
    title: Title
    pitch: Long = ""
    host_id: Id | None = None
    interest: Literal["copy", "ask"] = "ask"


class LabelSession(Command, frozen=True, kw_only=True):
    """Say what people can do about a session's subject; null takes it off."""

    session_id: Id
    scope: ScopeLabel | None


class PinSession(Command, frozen=True, kw_only=True):
    """Keep a session where it stands in suggested timetables, or no longer."""

    session_id: Id
    pinned: bool


class PlaceSession(Command, frozen=True, kw_only=True):
    """Put a session at room x time, from the proposals or from elsewhere."""

    session_id: Id
    room_id: Id
    slot_id: Id


class UnplaceSession(Command, frozen=True, kw_only=True):
    """Put a session back to the proposals."""

    session_id: Id


class ArrangeMove(Command, frozen=True, kw_only=True):
    """A session's new place; no room and no time: back to the proposals."""

    session_id: Id
    room_id: Id | None = None
    slot_id: Id | None = None
    expect: int | None = None


class ArrangeBoard(Command, frozen=True, kw_only=True):
    """Move several sessions in one step, all or none; they may change places."""

    moves: Annotated[list[ArrangeMove], msgspec.Meta(min_length=1, max_length=2_000)]


class QueuePitch(Command, frozen=True, kw_only=True):
    """Wait for one's turn to present a session."""

    session_id: Id


class LeavePitch(Command, frozen=True, kw_only=True):
    """No longer wait for one's turn."""

    session_id: Id


class CallPitch(Command, frozen=True, kw_only=True):
    """Call the next session to be presented, or this one; `end`: none any more."""

    session_id: Id | None = None
    end: bool = False


class StartSession(Command, frozen=True, kw_only=True):
    """Say that a session begins now, where it stands."""

    session_id: Id


class FinishSession(Command, frozen=True, kw_only=True):
    """Say that a session ends now."""

    session_id: Id


class ExtendSession(Command, frozen=True, kw_only=True):
    """Let a session last until another moment; null: as its time says."""

    session_id: Id
    until_at: datetime | None


class ShiftTimes(Command, frozen=True, kw_only=True):
    """Move a time and all that follow it within half a day, by some minutes."""

    slot_id: Id
    minutes: Annotated[int, msgspec.Meta(ge=-180, le=180)]


class RaiseHand(Command, frozen=True, kw_only=True):
    """Ask for the word in a session."""

    session_id: Id


class LowerHand(Command, frozen=True, kw_only=True):
    """Take a hand down: one's own or, as a host, anyone's; `called`: with the word."""

    hand_id: Id
    called: bool = False


class AddNote(Command, frozen=True, kw_only=True):
    """Add a line to a session's notes; who does an action, and until when."""

    session_id: Id
    kind: Literal["discussed", "decision", "offer", "action"]
    text: NoteText
    who: Short = ""
    due: date | None = None


class EditNote(Command, frozen=True, kw_only=True):
    """Give a line of the notes anew, also a removed one; what isn't given stays.

    `due_clear` takes the day off.
    """

    note_id: Id
    text: NoteText | None = None
    who: Short | None = None
    due: date | None = None
    due_clear: bool = False
    kind: Literal["discussed", "decision", "offer", "action"] | None = None


class RemoveNote(Command, frozen=True, kw_only=True):
    """Take a line out of the notes; `erase` deletes its texts for good."""

    note_id: Id
    erase: bool = False


class SetHere(Command, frozen=True, kw_only=True):
    """Say in which room one is; null: in none."""

    room_id: Id | None = None


class WithdrawSession(Command, frozen=True, kw_only=True):
    """Take a session back for good."""

    session_id: Id


class SetInterest(Command, frozen=True, kw_only=True):
    """Say "I would come" (1) or no longer (0)."""

    session_id: Id
    level: Level


class StarSession(Command, frozen=True, kw_only=True):
    """Keep a session on one's own agenda (1) or no longer (0)."""

    session_id: Id
    level: Level


class DismissNotice(Command, frozen=True, kw_only=True):
    """Put the notice about a session or contribution away, or all."""

    session_id: Id | None = None
    contribution_id: Id | None = None


class AddPhoto(Command, frozen=True, kw_only=True):
    """Add a photograph to a session's notes (the service, once it has looked at it).

    `image` and `small` are JPEG, read, turned upright and written anew by us.
    """

    session_id: Id
    image: bytes
    small: bytes
    width: int
    height: int
    text: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


class PublishTallies(Command, frozen=True, kw_only=True):
    """Publish the counts that changed (the service, at most 4 a second)."""


BY_NAME: dict[str, type[Command]] = {
    "board.rules": BoardRules,
    "board.arrange": ArrangeBoard,
    "session.propose": ProposeSession,
    "session.edit": EditSession,
    "session.take_up": TakeUpSession,
    "session.cohost": CohostSession,
    "session.merge": MergeSessions,
    "session.decline_merge": DeclineMerge,
    "session.split": SplitSession,
    "session.label": LabelSession,
    "session.pin": PinSession,
    "session.place": PlaceSession,
    "session.unplace": UnplaceSession,
    "session.withdraw": WithdrawSession,
    "session.start": StartSession,
    "session.finish": FinishSession,
    "session.extend": ExtendSession,
    "slot.shift": ShiftTimes,
    "hand.raise": RaiseHand,
    "hand.lower": LowerHand,
    "note.add": AddNote,
    "note.edit": EditNote,
    "note.remove": RemoveNote,
    "here.set": SetHere,
    "session.interest": SetInterest,
    "session.star": StarSession,
    "pitch.queue": QueuePitch,
    "pitch.leave": LeavePitch,
    "pitch.call": CallPitch,
    "notice.dismiss": DismissNotice,
}

BY_SERVICE: dict[str, type[Command]] = {
    "photo.add": AddPhoto,
    "tallies.publish": PublishTallies,
}
