"""What people wrote as it stands: contributions, consents, cards."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from folkmoot.core.item import Item
from folkmoot.core.meeting.events import ScopeLabel
from folkmoot.core.moderation.events import HeldWhy
from folkmoot.core.talk.events import (
    CardKind,
    Circle,
    ConsentAudience,
    ConsentPurpose,
    ConsentWay,
    ContributionKind,
    ReplyWay,
)


class Former(Item, kw_only=True):
    """A text that was given anew since, and when it was written."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    content_id: str
    written_at: datetime


class Contribution(Item, kw_only=True):
    """What someone added to a thread."""

    contribution_id: str
    thread: str
    kind: ContributionKind
    content_id: str
    posted_at: datetime
    author_id: str | None = None
    reply_to: str | None = None
    waiting: bool = False
    never_public: bool = False
    hidden: bool = False
    withdrawn: bool = False
    edited: bool = False
    support: int = 0
    scope: ScopeLabel | None = None
    read_aloud_at: datetime | None = None
    room_id: str | None = None
    about_at: datetime | None = None
    confirmed: bool = False
    edited_at: datetime | None = None
    formers: tuple[Former, ...] = ()
    held: HeldWhy | None = None
    circle: Circle = "public"


class OwnContribution(Item, kw_only=True):
    """The author's own view of a contribution."""

    contribution_id: str
    content_id: str
    member_id: str
    thread: str = "meeting"
    kind: ContributionKind = "note"
    posted_at: datetime | None = None
    reply_to: str | None = None
    waiting: bool = False
    hidden: bool = False
    withdrawn: bool = False
    room_id: str | None = None
    about_at: datetime | None = None
    held: HeldWhy | None = None
    key: str | None = None


class Consent(Item, kw_only=True):
    """What an author agreed to for one contribution, and how far it has come."""

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}
    contribution_id: str
    purposes: tuple[ConsentPurpose, ...]
    audience: ConsentAudience
    given_at: datetime
    until: datetime | None = None
    way: ConsentWay = "self"
    two_stages: bool = False
    content_id: str | None = None
    cleared_at: datetime | None = None
    released_at: datetime | None = None
    reminded: bool = False
    ended_at: datetime | None = None
    expired: bool = False


class CardSeries(Item, kw_only=True):
    """Numbers that were given out together, to be printed."""

    series_id: str
    content_id: str
    kind: CardKind
    first: int
    count: int
    issued_at: datetime


class PaperCard(Item, kw_only=True):
    """A card that was taken down: whose, by whom, what was counted."""

    number: int
    content_id: str
    member_id: str
    redeemed_at: datetime
    helper_id: str | None = None
    table: str = ""
    session_ids: tuple[str, ...] = ()
    contribution_ids: tuple[str, ...] = ()
    interests: int = 0
    reply: ReplyWay | None = None
    replied: bool = False
    # how often somebody acted for its owner
    served: int = 0
