"""What became of contributions: answers, spotlights, outcomes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from folkmoot.core.follow_up.events import AnswerWay
from folkmoot.core.item import Item
from folkmoot.core.meeting.events import ScopeLabel


class Answer(Item, kw_only=True):
    """What was said to a contribution, in one version."""

    contribution_id: str
    content_id: str
    way: AnswerWay
    version: int
    given_at: datetime
    partly: bool = False
    room_id: str | None = None
    spoken_at: datetime | None = None
    until: datetime | None = None


class Spotlight(Item, kw_only=True):
    """What is shown to everyone now, and since when."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    contribution_id: str
    at: datetime


class Outcome(Item, kw_only=True):
    """What people said on a theme, what was done and what can't be."""

    outcome_id: str
    content_id: str
    version: int
    written_at: datetime
    scope: ScopeLabel | None = None
    contribution_ids: tuple[str, ...] = ()
