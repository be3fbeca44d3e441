"""What people ask for: rules, what waits or is hidden, appeals and embargoes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from folkmoot.core.command import Command, Id, Long, Name, NoteText, Short
from folkmoot.core.meeting.events import ScopeLabel
from folkmoot.core.moderation.events import EmbargoWhen, HideCategory, Moderation


class PublishContribution(Command, frozen=True, kw_only=True):
    """Publish what waits or is hidden."""

    contribution_id: Id


class HideContribution(Command, frozen=True, kw_only=True):
    """Hide a contribution; its author reads the reason."""

    contribution_id: Id
    reason: Short
    category: HideCategory = "other"


class ReturnContribution(Command, frozen=True, kw_only=True):
    """Put a published or hidden contribution back among what waits."""

    contribution_id: Id


class FlagContribution(Command, frozen=True, kw_only=True):
    """Ask the team to look at a contribution."""

    contribution_id: Id
    category: HideCategory = "other"
    note: Short = ""


class SettleFlags(Command, frozen=True, kw_only=True):
    """Say that a contribution was looked at and stands."""

    contribution_id: Id


class Appeal(Command, frozen=True, kw_only=True):
    """Ask, once, that somebody looks again at one's hidden contribution."""

    contribution_id: Id
    text: NoteText


class AnswerAppeal(Command, frozen=True, kw_only=True):
    """Answer an appeal: publish again or leave hidden, and say why."""

    contribution_id: Id
    granted: bool
    text: NoteText


class SealContribution(Command, frozen=True, kw_only=True):
    """Hide a threat and keep a copy that a withdrawal doesn't erase."""

    contribution_id: Id
    reason: Short = "Threats are not published here."


class PassOnSeal(Command, frozen=True, kw_only=True):
    """Note to whom a sealed copy is handed."""

    seal_id: Id
    to: Name


class ReleaseSeal(Command, frozen=True, kw_only=True):
    """Keep a sealed copy no longer."""

    seal_id: Id


class SetRules(Command, frozen=True, kw_only=True):
    """Give the ground rules a new version; empty: there are none any more."""

    text: Long


class AcceptRules(Command, frozen=True, kw_only=True):
    """Accept the ground rules in the version that one has read."""

    version: int


class SetModeration(Command, frozen=True, kw_only=True):
    """When a thread's contributions appear, and how often one may write.

    `thread` `all` sets the pace for every thread; 0 seconds: as often as one likes.
    """

    thread: Id = "all"
    mode: Moderation | Literal["as_meeting"] | None = None
    slow_seconds: Annotated[int, msgspec.Meta(ge=0, le=3_600)] | None = None


class SetCalm(Command, frozen=True, kw_only=True):
    """Let newcomers' first contributions wait and change the join code; or end it."""

    on: bool


BlockedWord = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]

BlockedWords = Annotated[list[BlockedWord], msgspec.Meta(max_length=1_000)]


class SetWords(Command, frozen=True, kw_only=True):
    """Give the words that hold or refuse anew, and when waiting is alarming."""

    hold_words: BlockedWords = []
    refuse_words: BlockedWords = []
    alarm_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 5


class MuteMember(Command, frozen=True, kw_only=True):
    """Let somebody pause for some minutes, or until it is ended.

    `contribution_id` means its author, whoever that is.
    """

    member_id: Id | None = None
    contribution_id: Id | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] | None = None
    reason: Short = ""


class HoldEmbargo(Command, frozen=True, kw_only=True):
    """Hold a command back until its moment; only the team reads it before.

    `time` needs `release_at`; `session` a session, which starts; `agenda` the label
    or the number of an agenda item, which is opened (in `room_id`, or in any room);
    `open` waits for the meeting to open, `by_hand` for somebody of the team.
    """

    type: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    data: dict[str, Any] = {}
    when: EmbargoWhen
    release_at: datetime | None = None
    session_id: Id | None = None
    room_id: Id | None = None
    label: Short = ""


class ChangeEmbargo(Command, frozen=True, kw_only=True):
    """Hold back longer or shorter, or something else; all of the moment is given anew."""

    embargo_id: Id
    data: dict[str, Any] | None = None
    when: EmbargoWhen
    release_at: datetime | None = None
    session_id: Id | None = None
    room_id: Id | None = None
    label: Short = ""


class ReleaseEmbargo(Command, frozen=True, kw_only=True):
    """Let out now what is held back."""

    embargo_id: Id


class DropEmbargo(Command, frozen=True, kw_only=True):
    """Never let it out; its text is deleted."""

    embargo_id: Id


class ReleaseDue(Command, frozen=True, kw_only=True):
    """Let out what is held back until now (the service)."""


class EndMute(Command, frozen=True, kw_only=True):
    """Let somebody write again."""

    mute_id: Id


class LabelContribution(Command, frozen=True, kw_only=True):
    """Say what people can do about a contribution's subject; null takes it off."""

    contribution_id: Id
    scope: ScopeLabel | None


BY_NAME: dict[str, type[Command]] = {
    "contribution.publish": PublishContribution,
    "contribution.hide": HideContribution,
    "contribution.return": ReturnContribution,
    "contribution.flag": FlagContribution,
    "contribution.appeal": Appeal,
    "contribution.seal": SealContribution,
    "flags.settle": SettleFlags,
    "appeal.answer": AnswerAppeal,
    "seal.pass_on": PassOnSeal,
    "seal.release": ReleaseSeal,
    "rules.set": SetRules,
    "rules.accept": AcceptRules,
    "moderation.set": SetModeration,
    "calm.set": SetCalm,
    "words.set": SetWords,
    "member.mute": MuteMember,
    "member.unmute": EndMute,
    "embargo.hold": HoldEmbargo,
    "embargo.change": ChangeEmbargo,
    "embargo.release": ReleaseEmbargo,
    "embargo.drop": DropEmbargo,
    "contribution.label": LabelContribution,
}

BY_SERVICE: dict[str, type[Command]] = {
    "embargo.due": ReleaseDue,
}
