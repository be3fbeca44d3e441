"""What happened: rules, what waits or is hidden, appeals and embargoes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from folkmoot.core.event import Event, Written

Moderation = Literal["after", "before"]
# Why a contribution waits: all are read first, its author is new, a word, a copy.
HeldWhy = Literal["mode", "newcomer", "words", "copy"]
# What lets out what is held back: a moment, or something that happens.
EmbargoWhen = Literal["time", "open", "session", "agenda", "by_hand"]
HideCategory = Literal[
    "off_topic",
    "abuse",
    "privacy",
    "spam",
    "repetition",
    "legal",
    "threat",
    "other",
]


class GroundRulesSet(Written, frozen=True, kw_only=True):
    """The ground rules of the threads have a new version. Content: text (may be empty)."""

    version: int
    set_at: datetime


class RulesAccepted(Event, frozen=True, kw_only=True):
    """A member accepted a version of the ground rules (own feed)."""

    member_id: str
    version: int


class ModerationSet(Event, frozen=True, kw_only=True):
    """How threads are moderated; all is given anew.

    `thread_modes` are of threads that differ from the meeting's. `slow` has the
    seconds between two contributions of one person by thread; `all`: in any.
    """

    thread_modes: dict[str, Moderation] = {}
    slow: dict[str, int] = {}


class CalmSet(Event, frozen=True, kw_only=True):
    """First contributions of newcomers wait, and the join code is another; or no longer."""

    calm: bool


class ScreeningSet(Written, frozen=True, kw_only=True):
    """Words that hold or refuse, and after how long waiting is alarming (staff).

    Content: hold, refuse (lists of words).
    """

    alarm_minutes: int


class MemberMuted(Written, frozen=True, kw_only=True):
    """A member can't write until then; null: until it ends (staff and own feed).

    Content: reason. With `contribution_id` its author is meant, and `staff` is
    not told who that is.
    """

    mute_id: str
    muted_at: datetime
    member_id: str | None = None
    contribution_id: str | None = None
    until_at: datetime | None = None
    by_id: str | None = None


class MuteEnded(Event, frozen=True, kw_only=True):
    """A member may write again (staff and own feed)."""

    mute_id: str


class ContributionFlagged(Written, frozen=True, kw_only=True):
    """A reader asks the team to look at a contribution. Content: note (may be empty).

    In `staff` without who asked, in the reader's own feed with it.
    """

    flag_id: str
    contribution_id: str
    category: HideCategory
    flagged_at: datetime
    member_id: str | None = None


class FlagsSettled(Event, frozen=True, kw_only=True):
    """The team has looked at what readers pointed at (staff)."""

    contribution_id: str
    by_id: str | None = None


class AppealMade(Written, frozen=True, kw_only=True):
    """The author asks to look again at what was hidden (staff, own). Content: text."""

    contribution_id: str
    appealed_at: datetime


class AppealAnswered(Written, frozen=True, kw_only=True):
    """An appeal is answered (staff and own feed, `by_id` in staff). Content: text."""

    contribution_id: str
    granted: bool
    by_id: str | None = None


class ContributionSealed(Written, frozen=True, kw_only=True):
    """A copy is kept as evidence of a threat, also after a withdrawal (staff).

    Content: reason, texts (a list of all versions), kind, thread, posted_at.
    """

    seal_id: str
    contribution_id: str
    sealed_at: datetime
    by_id: str | None = None


class SealPassedOn(Written, frozen=True, kw_only=True):
    """A sealed copy was handed to somebody (staff). Content: to."""

    seal_id: str
    by_id: str | None = None


class SealReleased(Event, frozen=True, kw_only=True):
    """A sealed copy is kept no longer; its texts are deleted (staff)."""

    seal_id: str
    by_id: str | None = None


class Embargoed(Written, frozen=True, kw_only=True):
    """A command is held back; how and until when, all given anew (staff).

    Content: data (of the command), name (whose it is), label (of the agenda item).
    It is given with these duties, as `by_id`, when its time comes.
    """

    embargo_id: str
    type: str
    held_at: datetime
    when: EmbargoWhen
    release_at: datetime | None = None
    session_id: str | None = None
    room_id: str | None = None
    by_id: str | None = None
    duties: tuple[str, ...] = ()


class EmbargoFailed(Written, frozen=True, kw_only=True):
    """What was held back could not be given when its time came (staff). Content: reason."""

    embargo_id: str


class EmbargoEnded(Event, frozen=True, kw_only=True):
    """A command is no longer held back: it was given, or dropped (staff)."""

    embargo_id: str
    released: bool
    by_id: str | None = None


ModerationEvent = (
    GroundRulesSet
    | RulesAccepted
    | ModerationSet
    | CalmSet
    | ScreeningSet
    | MemberMuted
    | MuteEnded
    | ContributionFlagged
    | FlagsSettled
    | AppealMade
    | AppealAnswered
    | ContributionSealed
    | SealPassedOn
    | SealReleased
    | Embargoed
    | EmbargoFailed
    | EmbargoEnded
)
