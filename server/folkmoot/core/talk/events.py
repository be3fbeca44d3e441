"""What happened: contributions, consent and paper cards."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from folkmoot.core.event import Event, Written
from folkmoot.core.meeting.events import ScopeLabel
from folkmoot.core.moderation.events import HeldWhy, HideCategory

ContributionKind = Literal[
    "idea", "question", "concern", "offer", "need", "action", "story", "note"
]
# How the public gets to know the author: by name, by another one, not at all.
AuthorLabel = Literal["name", "pseudonym", "anonymous"]
BehalfWay = Literal["paper", "phone", "table"]
CardKind = Literal["card", "ballot"]
ReplyWay = Literal["post", "phone"]
HelpWay = Literal["table", "phone"]
# What something may be used for, and by whom it may be read: the team; everyone while
# the meeting runs; everyone from then on.
ConsentPurpose = Literal["meeting", "report", "learning", "publicity"]
ConsentAudience = Literal["team", "participants", "meeting", "public"]
# Who reads what is shown: everyone, or those alone who have joined.
Circle = Literal["public", "participants"]
ConsentWay = Literal["self", "spoken", "phone", "paper"]


class CardsIssued(Written, frozen=True, kw_only=True):
    """Numbers for cards or ballot sheets were given out (staff). Content: label."""

    series_id: str
    kind: CardKind
    first: int
    count: int


class CardRedeemed(Written, frozen=True, kw_only=True):
    """What a card says was taken down and counted (staff). Content: name, reply_to.

    `member_id` is its owner, made by this; `helper_id` took it down at `table`.
    """

    number: int
    member_id: str
    helper_id: str | None = None
    table: str = ""
    session_ids: tuple[str, ...] = ()
    contribution_ids: tuple[str, ...] = ()
    interests: int = 0
    reply: ReplyWay | None = None


class CardServed(Event, frozen=True, kw_only=True):
    """Somebody acted for a card's owner, who gave the secret (staff)."""

    number: int
    way: HelpWay
    helper_id: str | None = None


class CardReplied(Written, frozen=True, kw_only=True):
    """The answer that was owed by post or phone is given (staff). Content: name."""

    number: int


class ContributionPosted(Written, frozen=True, kw_only=True):
    """Something was added to a thread.

    Content: text, author, on_behalf_of, speaks_for, stake, attachments. In `staff`
    with `waiting` before moderation; in `public`, or in `participants` where it is for
    that `circle` alone, once it is shown. `author_id` is absent where the author is
    unknown to its readers. It speaks to the moment
    `about_at` of a room, or of all rooms. `confirmed`: the name is on the
    organisers' list and its owner wrote this.
    """

    contribution_id: str
    thread: str
    kind: ContributionKind
    posted_at: datetime
    author_id: str | None = None
    reply_to: str | None = None
    waiting: bool = False
    room_id: str | None = None
    about_at: datetime | None = None
    confirmed: bool = False
    held: HeldWhy | None = None
    circle: Circle = "public"


class ContributionAuthored(Written, frozen=True, kw_only=True):
    """Whose a contribution is (the author's own feed). Content: as posted.

    Where and when it was posted has defaults: entries of the first days lack it.
    `key` is the author's own name for it, so that its device knows it again.
    """

    contribution_id: str
    member_id: str
    thread: str = "meeting"
    kind: ContributionKind = "note"
    posted_at: datetime | None = None
    reply_to: str | None = None
    waiting: bool = False
    room_id: str | None = None
    about_at: datetime | None = None
    held: HeldWhy | None = None
    key: str | None = None


class ContributionEdited(Written, frozen=True, kw_only=True):
    """A contribution's text was given anew, or what is attached."""

    contribution_id: str


class ContributionCaptioned(Written, frozen=True, kw_only=True):
    """What a voice note says was written down or corrected; all else stands as it was.

    In its attachment, `heard` names the model where a machine did.
    """

    contribution_id: str


class ContributionReleased(Event, frozen=True, kw_only=True):
    """A waiting contribution was published (staff and the author's feed).

    In `staff` with who did it.
    """

    contribution_id: str
    by_id: str | None = None


class ContributionHidden(Event, frozen=True, kw_only=True):
    """A contribution can no longer be read.

    In `public` bare; in `staff` and the author's feed with the reason
    (content: reason) and its category, in `staff` also with the hidden text and
    who hid it.
    """

    CONTENTS: ClassVar[dict[str, str]] = {"reason_id": "reason", "text_id": "text"}
    contribution_id: str
    reason_id: str | None = None
    text_id: str | None = None
    category: HideCategory | None = None
    by_id: str | None = None


class ContributionReturned(Event, frozen=True, kw_only=True):
    """A contribution waits to be read again (staff and the author's feed)."""

    contribution_id: str
    by_id: str | None = None


class ContributionWithdrawn(Event, frozen=True, kw_only=True):
    """The author took a contribution back; its text is deleted."""

    contribution_id: str


class ContributionLabelled(Event, frozen=True, kw_only=True):
    """It was said what people can do about a contribution's subject."""

    contribution_id: str
    scope: ScopeLabel | None = None


class ContributionReadAloud(Event, frozen=True, kw_only=True):
    """A contribution was read to the room; the entry's `at` is when."""

    contribution_id: str


class ConsentGiven(Event, frozen=True, kw_only=True):
    """What an author agrees to (staff and own feed); all is given anew. Content: by.

    With `two_stages` it is shown only once staff have read it and its author has
    released it. `by` noted it where that was not the author.
    """

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}
    contribution_id: str
    purposes: tuple[ConsentPurpose, ...] = ("meeting",)
    audience: ConsentAudience = "team"
    until: datetime | None = None
    way: ConsentWay = "self"
    two_stages: bool = False
    content_id: str | None = None


class ContributionCleared(Event, frozen=True, kw_only=True):
    """Staff have read what its author may now release (staff and own feed)."""

    contribution_id: str


class ConsentReleased(Event, frozen=True, kw_only=True):
    """The author releases it (staff and own feed)."""

    contribution_id: str


class ConsentEnding(Event, frozen=True, kw_only=True):
    """The author is asked whether it may go on (staff and own feed)."""

    contribution_id: str


class ConsentEnded(Event, frozen=True, kw_only=True):
    """It is over: taken back, or its time is up (staff and own feed)."""

    contribution_id: str
    expired: bool = False


class SupportSet(Event, frozen=True, kw_only=True):
    """A member supports (1) or no longer (0) (ballots and own feed)."""

    contribution_id: str
    member_id: str
    level: int


TalkEvent = (
    CardsIssued
    | CardRedeemed
    | CardServed
    | CardReplied
    | ContributionPosted
    | ContributionAuthored
    | ContributionEdited
    | ContributionCaptioned
    | ContributionReleased
    | ContributionHidden
    | ContributionReturned
    | ContributionWithdrawn
    | ContributionLabelled
    | ContributionReadAloud
    | ConsentGiven
    | ContributionCleared
    | ConsentReleased
    | ConsentEnding
    | ConsentEnded
    | SupportSet
)
