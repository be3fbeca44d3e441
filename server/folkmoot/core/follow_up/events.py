"""What happened: answers, promises, actions and outcomes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from folkmoot.core.event import Event, Written
from folkmoot.core.meeting.events import ScopeLabel

ActionStatus = Literal["open", "doing", "done", "dropped"]
# How a question was answered; `withdrawn`: what was said before is taken back.
AnswerWay = Literal["room", "writing", "promise", "withdrawn"]


class ActionTaken(Written, frozen=True, kw_only=True):
    """A member takes an action on. Content: the line's, with that name as `who`."""

    note_id: str
    version: int
    owner_id: str | None = None


class ActionMoved(Written, frozen=True, kw_only=True):
    """An action stands otherwise. Content: text (how it goes, may be empty), author."""

    note_id: str
    version: int
    status: ActionStatus


class ResponsePromised(Written, frozen=True, kw_only=True):
    """Until when every question is answered, and when the team answers. Content: text."""

    until: datetime | None = None


class AnswerGiven(Written, frozen=True, kw_only=True):
    """What is said to a contribution, given anew in each version. Content: text, by.

    In the room: `room_id` and `spoken_at`. A promise: `until`. `erased`: the texts
    of the versions before are deleted.
    """

    contribution_id: str
    way: AnswerWay
    version: int
    given_at: datetime
    partly: bool = False
    room_id: str | None = None
    spoken_at: datetime | None = None
    until: datetime | None = None
    erased: bool = False


class ContributionSpotlit(Event, frozen=True, kw_only=True):
    """This contribution is shown to everyone in a room, or in all; null: none any more."""

    contribution_id: str | None = None
    room_id: str | None = None


class SpotlightQueued(Event, frozen=True, kw_only=True):
    """A contribution is (no longer) to be shown soon (staff)."""

    contribution_id: str
    queued: bool = True


class OutcomeWritten(Written, frozen=True, kw_only=True):
    """What came of what people said on a theme. Content: theme, said, did, cannot."""

    outcome_id: str
    version: int
    scope: ScopeLabel | None = None
    contribution_ids: tuple[str, ...] = ()


class OutcomeRemoved(Event, frozen=True, kw_only=True):
    """An outcome that was written by mistake is gone, its texts deleted."""

    outcome_id: str


FollowUpEvent = (
    ActionTaken
    | ActionMoved
    | ResponsePromised
    | AnswerGiven
    | ContributionSpotlit
    | SpotlightQueued
    | OutcomeWritten
    | OutcomeRemoved
)
