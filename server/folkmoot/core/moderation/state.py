"""Moderation as it stands: rules, what is hidden, held, sealed or flagged."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from folkmoot.core.item import Item
from folkmoot.core.moderation.events import EmbargoWhen, HideCategory


class HiddenNote(Item, kw_only=True):
    """Why a contribution is hidden and, for staff, what it said."""

    CONTENTS: ClassVar[dict[str, str]] = {"reason_id": "reason", "text_id": "text"}
    contribution_id: str
    reason_id: str | None = None
    text_id: str | None = None
    category: HideCategory | None = None
    by_id: str | None = None


class GroundRules(Item, kw_only=True):
    """A version of the ground rules."""

    version: int
    content_id: str
    set_at: datetime


class Screening(Item, kw_only=True):
    """Words that hold or refuse, and after how long waiting is alarming."""

    content_id: str
    alarm_minutes: int


class Mute(Item, kw_only=True):
    """Somebody who can't write until then; null: until it ends."""

    mute_id: str
    content_id: str
    muted_at: datetime
    member_id: str | None = None
    contribution_id: str | None = None
    until_at: datetime | None = None
    by_id: str | None = None


class Flag(Item, kw_only=True):
    """A reader's wish that the team look at a contribution."""

    flag_id: str
    contribution_id: str
    category: HideCategory
    content_id: str
    flagged_at: datetime
    member_id: str | None = None
    settled: bool = False


class Appeal(Item, kw_only=True):
    """An author's wish to look again; `granted` is null until it is answered."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "answer_id": "answer",
    }
    contribution_id: str
    content_id: str
    appealed_at: datetime
    answer_id: str | None = None
    granted: bool | None = None
    by_id: str | None = None


class Seal(Item, kw_only=True):
    """Evidence that is kept; `passed_on` says how often it was handed out."""

    seal_id: str
    contribution_id: str
    content_id: str
    sealed_at: datetime
    by_id: str | None = None
    passed_on: int = 0


class Embargo(Item, kw_only=True):
    """A command that waits for its moment; `failed_id` says why it could not be given."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "failed_id": "failed",
    }
    embargo_id: str
    content_id: str
    type: str
    held_at: datetime
    when: EmbargoWhen
    release_at: datetime | None = None
    session_id: str | None = None
    room_id: str | None = None
    by_id: str | None = None
    duties: tuple[str, ...] = ()
    failed_id: str | None = None
