"""What people ask for: answers, promises, actions and outcomes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from folkmoot.core.command import Command, Id, Level, Long, NoteText, Short
from folkmoot.core.follow_up.events import ActionStatus
from folkmoot.core.meeting.events import ScopeLabel


class PromiseResponse(Command, frozen=True, kw_only=True):
    """Promise until when every question is answered; `text`: when the team answers."""

    until: datetime | None = None
    text: Short = ""


class AnswerContribution(Command, frozen=True, kw_only=True):
    """Answer a contribution: in the room, in writing, or with a promise.

    `by` is who answers, `until` the day of a promise, `room_id` and `at` the
    moment in the room; `partly` leaves the question open.
    """

    contribution_id: Id
    way: Literal["room", "writing", "promise"] | None = None
    text: Long = ""
    by: Short = ""
    partly: bool = False
    room_id: Id | None = None
    at: datetime | None = None
    until: datetime | None = None


class WithdrawAnswer(Command, frozen=True, kw_only=True):
    """Take an answer back; `erase` deletes what was said before for good."""

    contribution_id: Id
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    erase: bool = False


class SpotlightContribution(Command, frozen=True, kw_only=True):
    """Show a contribution (1) or no longer (0), in a room or to the whole meeting.

    `queue`: later; `next`: the first of the queue; none given: nothing any more.
    """

    contribution_id: Id | None = None
    room_id: Id | None = None
    level: Level = 1
    queue: bool = False
    next: bool = False


class AddAction(Command, frozen=True, kw_only=True):
    """Write down who does what until when, and what it comes of."""

    text: NoteText
    who: Short = ""
    due: date | None = None
    session_id: Id | None = None
    contribution_id: Id | None = None
    room_id: Id | None = None
    at: datetime | None = None


class TakeAction(Command, frozen=True, kw_only=True):
    """Take on an action that nobody does."""

    note_id: Id


class MoveAction(Command, frozen=True, kw_only=True):
    """Say how an action stands, in a few words; dropped: why."""

    note_id: Id
    status: ActionStatus
    text: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


class WriteOutcome(Command, frozen=True, kw_only=True):
    """Write what came of a theme, or give it anew.

    Words and contributions that aren't given stay; the label is given anew.
    """

    outcome_id: Id | None = None
    theme: Short | None = None
    said: Long | None = None
    did: Long | None = None
    cannot: Long | None = None
    scope: ScopeLabel | None = None
    contribution_ids: Annotated[list[Id], msgspec.Meta(max_length=50)] | None = None


class RemoveOutcome(Command, frozen=True, kw_only=True):
    """Remove a theme that was written by mistake."""

    outcome_id: Id


BY_NAME: dict[str, type[Command]] = {
    "contribution.answer": AnswerContribution,
    "contribution.spotlight": SpotlightContribution,
    "answer.withdraw": WithdrawAnswer,
    "response.promise": PromiseResponse,
    "action.add": AddAction,
    "action.take": TakeAction,
    "action.move": MoveAction,
    "outcome.write": WriteOutcome,
    "outcome.remove": RemoveOutcome,
}
