"""What people ask for: contributions, consent and paper cards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from folkmoot.core.command import Command, Id, Level, Long, Short, Text, Title
from folkmoot.core.talk.events import (
    AuthorLabel,
    BehalfWay,
    CardKind,
    ConsentAudience,
    ConsentPurpose,
    ConsentWay,
    ContributionKind,
    HelpWay,
    ReplyWay,
)


class AttachmentRef(Command, frozen=True, kw_only=True):
    """Something sent ahead that belongs to a text; `alt` says what it shows.

    `text` is what a voice note says, where somebody has written it down.
    """

    attachment_id: Id
    alt: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    text: Long = ""


Attachments = Annotated[list[AttachmentRef], msgspec.Meta(max_length=8)]


def _for_the_meeting() -> list[ConsentPurpose]:
    return ["meeting"]


class ConsentTerms(Command, frozen=True, kw_only=True):
    """What may be done with something, who may read it and until when.

    `way` says how it was agreed where a helper notes it, `by` who does.
    """

    purposes: Annotated[list[ConsentPurpose], msgspec.Meta(max_length=4)] = (
        msgspec.field(default_factory=_for_the_meeting)
    )
    audience: ConsentAudience = "team"
    until: datetime | None = None
    way: ConsentWay = "self"
    by: Short = ""


class PostContribution(Command, frozen=True, kw_only=True):
    """Add to the thread of the meeting (`meeting`), a session or an agenda item.

    `thread` is `meeting`, `session:<id>` or `agenda:<id>`, of a marker or of an item on
    the published agenda; a reply stands in its parent's. The text may be empty where something is attached. `room_id` and
    `at` are the moment that it speaks to; without them it is what the public sees
    now. `pseudonym` goes with that label; `speaks_for` and `stake` are whom one
    speaks for and one's interest in the matter.
    """

    text: Long = ""
    attachments: Attachments = []
    thread: Id = "meeting"
    kind: ContributionKind = "note"
    reply_to: Id | None = None
    on_behalf_of: Short | None = None
    behalf_way: BehalfWay | None = None
    label: AuthorLabel = "name"
    pseudonym: Annotated[str, msgspec.Meta(max_length=120)] = ""
    speaks_for: Annotated[str, msgspec.Meta(max_length=200)] = ""
    stake: Short = ""
    room_id: Id | None = None
    at: datetime | None = None
    consent: ConsentTerms | None = None
    # the version of the ground rules that is accepted along with it
    rules: int | None = None
    # the author's own name for it: its device knows it again in the author's feed
    key: Id | None = None


class EditContribution(Command, frozen=True, kw_only=True):
    """Give one's own text anew; what is attached where given, the rest is deleted."""

    contribution_id: Id
    text: Long = ""
    attachments: Attachments | None = None


class CaptionVoice(Command, frozen=True, kw_only=True):
    """Write down what a voice note says: its author, a moderator or the service.

    `heard` is the model that heard it; only the service may say so.
    """

    contribution_id: Id
    attachment_id: Id
    text: Long = ""
    heard: Annotated[str, msgspec.Meta(max_length=120)] = ""


class _Agreement(Command, frozen=True, kw_only=True):
    """Terms given anew; what is not given stays, `no_end` takes the end off."""

    contribution_id: Id
    purposes: Annotated[list[ConsentPurpose], msgspec.Meta(max_length=4)] = []
    audience: ConsentAudience | None = None
    until: datetime | None = None
    no_end: bool = False


class ReleaseConsent(_Agreement, frozen=True, kw_only=True):
    """Let one's own story be shown, once the team has read it."""


class RenewConsent(_Agreement, frozen=True, kw_only=True):
    """Change for what, or until when, one's own contribution may be used."""


class ExpireConsents(Command, frozen=True, kw_only=True):
    """Delete everything whose consent is over (the service itself)."""


class RemindOfConsents(Command, frozen=True, kw_only=True):
    """Ask authors whose consent ends soon (the service itself)."""


class SetSupport(Command, frozen=True, kw_only=True):
    """Support a contribution (1) or no longer (0)."""

    contribution_id: Id
    level: Level


class ReadAloud(Command, frozen=True, kw_only=True):
    """Say that a contribution is read to the room now; its author sees when."""

    contribution_id: Id


class WithdrawContribution(Command, frozen=True, kw_only=True):
    """Take one's own contribution back for good."""

    contribution_id: Id


class IssueCards(Command, frozen=True, kw_only=True):
    """Give out numbers for cards or ballot sheets."""

    kind: CardKind = "card"
    count: Annotated[int, msgspec.Meta(ge=1, le=500)]
    label: Short = ""


class CardProposal(Command, frozen=True, kw_only=True):
    """A session as it is proposed on a card."""

    title: Title
    pitch: Long = ""
    hosting: bool = True


class CardContribution(Command, frozen=True, kw_only=True):
    """A contribution as it stands on a card."""

    text: Text
    thread: Id = "meeting"
    kind: ContributionKind = "note"
    label: Literal["name", "anonymous"] = "name"


CardCode = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]

FewProposals = Annotated[list[CardProposal], msgspec.Meta(max_length=5)]

FewContributions = Annotated[list[CardContribution], msgspec.Meta(max_length=5)]


class RedeemCard(Command, frozen=True, kw_only=True):
    """Take down what is on a card: once, in its owner's name."""

    card: CardCode
    table: Annotated[str, msgspec.Meta(max_length=40)] = ""
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    proposals: FewProposals = []
    interests: Annotated[list[Id], msgspec.Meta(max_length=500)] = []
    contributions: FewContributions = []
    reply: ReplyWay | None = None
    reply_to: Short = ""


class ServeCard(Command, frozen=True, kw_only=True):
    """Note that one acts for a card's owner, at a table or on the phone."""

    card: CardCode
    way: HelpWay


class ReplyToCard(Command, frozen=True, kw_only=True):
    """Tick off the answer owed by post or phone; the address is deleted."""

    card: CardCode


BY_NAME: dict[str, type[Command]] = {
    "contribution.post": PostContribution,
    "contribution.edit": EditContribution,
    "contribution.caption": CaptionVoice,
    "contribution.support": SetSupport,
    "contribution.withdraw": WithdrawContribution,
    "consent.release": ReleaseConsent,
    "consent.renew": RenewConsent,
    "contribution.read_aloud": ReadAloud,
    "card.issue": IssueCards,
    "card.redeem": RedeemCard,
    "card.serve": ServeCard,
    "card.reply": ReplyToCard,
}

BY_SERVICE: dict[str, type[Command]] = {
    "consent.expire": ExpireConsents,
    "consent.remind": RemindOfConsents,
}
