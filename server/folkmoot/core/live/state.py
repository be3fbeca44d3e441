"""Live updates and quick questions as they stand."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from folkmoot.core.item import Item
from folkmoot.core.live.events import (
    EmbedKind,
    QuestionAudience,
    QuestionKind,
    QuestionResults,
)


class Question(Item, kw_only=True):
    """A quick question as it stands. `told`: shares were told after the close."""

    question_id: str
    content_id: str
    kind: QuestionKind
    options: int
    opened_at: datetime
    results: QuestionResults = "live"
    by_audience: bool = True
    room_id: str | None = None
    closed_at: datetime | None = None
    answers_until: datetime | None = None
    settles_at: datetime | None = None
    counted_at: datetime | None = None
    shares: dict[str, tuple[int, ...]] = {}
    counts: dict[str, tuple[int, ...]] = {}
    totals: dict[str, int] = {}
    late: int = -1
    told: bool = False
    settled: bool = False


class Ballot(Item, kw_only=True):
    """A member's answer to a quick question; null: taken back."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    choice: int | None
    audience: QuestionAudience
    at: datetime
    late: bool = False


class Update(Item, kw_only=True):
    """A live update, or the draft of one, as it stands.

    A draft has no `posted_at`; `changed_at` is when it was last written.
    """

    update_id: str
    content_id: str
    changed_at: datetime
    version: int = 1
    posted_at: datetime | None = None
    edited: bool = False
    corrected: bool = False
    pinned: bool = False
    withdrawn: bool = False
    waiting: bool = False
    room_id: str | None = None
    about_at: datetime | None = None
    embed: EmbedKind | None = None
    embed_id: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    image_id: str | None = None
    width: int | None = None
    height: int | None = None
