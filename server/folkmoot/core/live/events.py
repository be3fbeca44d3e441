"""What happened: live updates and quick questions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from folkmoot.core.event import Event, Written

QuestionKind = Literal["choice", "scale"]
QuestionResults = Literal["live", "after"]
QuestionAudience = Literal["room", "remote"]
# What a live update shows besides its own words.
EmbedKind = Literal["contribution", "session", "clip"]


class _Question(Written, frozen=True, kw_only=True):
    """A quick question. Content: text, options (of a choice), low and high (of a scale).

    `options` is how many answers there are. With `by_audience` the room and those
    elsewhere are counted apart.
    """

    question_id: str
    kind: QuestionKind
    options: int
    results: QuestionResults = "live"
    by_audience: bool = True
    room_id: str | None = None


class QuestionPrepared(_Question, frozen=True, kw_only=True):
    """A quick question was written down, to be asked later (staff)."""


class QuestionOpened(_Question, frozen=True, kw_only=True):
    """A quick question is asked; who watches sees it at this moment of the film."""


class QuestionClosed(Event, frozen=True, kw_only=True):
    """A quick question is closed at this moment of the film.

    `answers_until` is when it is for everybody, `settles_at` when numbers are told.
    """

    question_id: str
    answers_until: datetime
    settles_at: datetime


class QuestionRemoved(Event, frozen=True, kw_only=True):
    """A quick question is gone; `asked`: from what was prepared, because it is asked."""

    question_id: str
    asked: bool = False


class QuestionAnswered(Event, frozen=True, kw_only=True):
    """A member's answer, null for none any more (ballots and own feed).

    `late`: it came after all was closed and was given before, by its giver's account.
    """

    question_id: str
    member_id: str
    choice: int | None = None
    audience: QuestionAudience = "remote"
    late: bool = False


class QuestionCounted(Event, frozen=True, kw_only=True):
    """Answers so far, in tens of a hundred, by audience and option; -1 is too few.

    `over`: nobody can answer any more.
    """

    question_id: str
    shares: dict[str, tuple[int, ...]] = {}
    over: bool = False


class QuestionSettled(Event, frozen=True, kw_only=True):
    """How often each option was chosen, by audience; -1 stands for fewer than five."""

    question_id: str
    counts: dict[str, tuple[int, ...]] = {}
    totals: dict[str, int] = {}
    late: int = -1


class _Update(Written, frozen=True, kw_only=True):
    """A live update as it stands after this, all of it given anew.

    Content: text, author, quote, speaker, alt, corrections (at, note). `about_at`
    is the moment that it speaks to, `room_id` where that was. An `embed` shows the
    contribution or session `embed_id`, or the room's film from `from_at` to `to_at`.
    """

    update_id: str
    version: int
    room_id: str | None = None
    about_at: datetime | None = None
    embed: EmbedKind | None = None
    embed_id: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    image_id: str | None = None
    width: int | None = None
    height: int | None = None


class UpdateDrafted(_Update, frozen=True, kw_only=True):
    """A live update is being written (reporters).

    With `waiting` it is done and comes out once the public sees its moment.
    """

    waiting: bool = False


class UpdateDiscarded(Event, frozen=True, kw_only=True):
    """A draft is gone (reporters); `posted`: it came out."""

    update_id: str
    posted: bool = False


class UpdatePosted(_Update, frozen=True, kw_only=True):
    """A live update came out; the entry's `at` is when."""


class UpdateEdited(_Update, frozen=True, kw_only=True):
    """A live update was given anew; `corrected`: with a note that stays below it."""

    corrected: bool = False


class UpdatePinned(Event, frozen=True, kw_only=True):
    """A live update is (no longer) kept on top, as a summary."""

    update_id: str
    pinned: bool


class UpdateWithdrawn(Event, frozen=True, kw_only=True):
    """A live update was taken back; its texts and picture are deleted."""

    update_id: str


LiveEvent = (
    QuestionPrepared
    | QuestionOpened
    | QuestionClosed
    | QuestionRemoved
    | QuestionAnswered
    | QuestionCounted
    | QuestionSettled
    | UpdateDrafted
    | UpdateDiscarded
    | UpdatePosted
    | UpdateEdited
    | UpdatePinned
    | UpdateWithdrawn
)
