"""What people ask for: live updates and quick questions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from folkmoot.core.command import Command, Id, Short
from folkmoot.core.live.events import (
    EmbedKind,
    QuestionAudience,
    QuestionKind,
    QuestionResults,
)

Option = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class PrepareQuestion(Command, frozen=True, kw_only=True):
    """Write a quick question down; with `ask` it is asked at once.

    A choice has two to six `options`; a scale goes from 1 (`low`) to 5 (`high`).
    """

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    kind: QuestionKind = "choice"
    options: Annotated[list[Option], msgspec.Meta(max_length=6)] = []
    low: Annotated[str, msgspec.Meta(max_length=60)] = ""
    high: Annotated[str, msgspec.Meta(max_length=60)] = ""
    results: QuestionResults = "live"
    by_audience: bool = True
    room_id: Id | None = None
    ask: bool = False


class OpenQuestion(Command, frozen=True, kw_only=True):
    """Ask a prepared question."""

    question_id: Id


class CloseQuestion(Command, frozen=True, kw_only=True):
    """Close a question; who watches later has as much time as the room had."""

    question_id: Id


class RemoveQuestion(Command, frozen=True, kw_only=True):
    """Take a question away, with its answers."""

    question_id: Id


class AnswerQuestion(Command, frozen=True, kw_only=True):
    """Answer a question, once each and changeable until it closes; null: no more.

    `at` is the moment of the film at which it was answered, so that who watches
    later, or sends it later, answers in time.
    """

    question_id: Id
    choice: Annotated[int, msgspec.Meta(ge=0, le=5)] | None
    audience: QuestionAudience | None = None
    at: datetime | None = None


class UpdateFields(Command, frozen=True, kw_only=True):
    """What a live update says. `about_at`: now, where a room is named without it.

    `quote` stands in quotation marks, `speaker` below it. `embed` shows a
    contribution or session (`embed_id`), or a room's film between two moments.
    """

    text: Annotated[str, msgspec.Meta(max_length=4_000)] = ""
    quote: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    speaker: Short = ""
    alt: Annotated[str, msgspec.Meta(max_length=500)] = ""
    room_id: Id | None = None
    about_at: datetime | None = None
    embed: EmbedKind | None = None
    embed_id: Id | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


class PostUpdate(UpdateFields, frozen=True, kw_only=True):
    """Publish a live update at once."""

    pinned: bool = False


class DraftUpdate(UpdateFields, frozen=True, kw_only=True):
    """Keep a live update that isn't done; those who report see it being written."""


class EditUpdate(UpdateFields, frozen=True, kw_only=True):
    """Give a draft or a live update anew, whole; its picture stays."""

    update_id: Id
    picture_clear: bool = False


class CorrectUpdate(UpdateFields, frozen=True, kw_only=True):
    """Put a live update right; the note says what was wrong and stays below it."""

    update_id: Id
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    picture_clear: bool = False


class PublishUpdate(Command, frozen=True, kw_only=True):
    """Publish a draft; before the public sees its moment it waits for that."""

    update_id: Id


class PinUpdate(Command, frozen=True, kw_only=True):
    """Keep a live update on top, or no longer."""

    update_id: Id
    pinned: bool


class WithdrawUpdate(Command, frozen=True, kw_only=True):
    """Take a live update back for good, or throw a draft away."""

    update_id: Id


class AddUpdatePicture(Command, frozen=True, kw_only=True):
    """Put a picture into a live update or its draft (the service, which looked at it).

    `image` and `small` are JPEG, read, turned upright and written anew by us.
    """

    update_id: Id
    image: bytes
    small: bytes
    width: int
    height: int


BY_NAME: dict[str, type[Command]] = {
    "question.prepare": PrepareQuestion,
    "question.open": OpenQuestion,
    "question.close": CloseQuestion,
    "question.remove": RemoveQuestion,
    "question.answer": AnswerQuestion,
    "report.post": PostUpdate,
    "report.draft": DraftUpdate,
    "report.edit": EditUpdate,
    "report.correct": CorrectUpdate,
    "report.publish": PublishUpdate,
    "report.pin": PinUpdate,
    "report.withdraw": WithdrawUpdate,
}

BY_SERVICE: dict[str, type[Command]] = {
    "report.picture": AddUpdatePicture,
}
