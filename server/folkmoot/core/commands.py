"""What people ask for: typed commands, strict in their fields and sizes.

`TYPES` is the outside name of each (`session.propose`); unknown fields and
wrong types are refused when a command is read. Commands that only the service
itself gives stand in `SYSTEM_TYPES`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from folkmoot.core.events import (
    ActionStatus,
    AuthorLabel,
    BehalfWay,
    BoardMode,
    CardKind,
    ConsentAudience,
    ConsentPurpose,
    ConsentWay,
    ContributionKind,
    Counts,
    CutCategory,
    EmbargoWhen,
    EmbedKind,
    HelpWay,
    HideCategory,
    MarkerKind,
    Moderation,
    OnAir,
    Openness,
    QuestionAudience,
    QuestionKind,
    QuestionResults,
    ReplyWay,
    ScopeLabel,
    SignalKind,
    SlotKind,
    Visibility,
)
from folkmoot.core.refusals import Refusal

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=300)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
NoteText = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Long = Annotated[str, msgspec.Meta(max_length=10_000)]
Level = Literal[0, 1]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Tags = Annotated[list[Tag], msgspec.Meta(max_length=12)]
Needs = Annotated[list[Short], msgspec.Meta(max_length=20)]
Wished = Annotated[list[Id], msgspec.Meta(max_length=50)]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody asks for."""


class RoomSpec(Command, frozen=True, kw_only=True):
    """A room to make: name, capacity in people, features such as `step-free`."""

    name: Name
    slug: Short | None = None
    capacity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    features: list[Short] = []
    camera_free: Short = ""


class SlotSpec(Command, frozen=True, kw_only=True):
    """A stretch of time to make."""

    starts_at: datetime
    ends_at: datetime
    label: Short = ""
    kind: SlotKind = "session"


class ScopeItem(Command, frozen=True, kw_only=True):
    """One thing and what people can do about it; `holder`: who has it in hand."""

    label: ScopeLabel
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    holder: Short = ""


ScopeItems = Annotated[list[ScopeItem], msgspec.Meta(max_length=100)]


class BoardRules(Command, frozen=True, kw_only=True):
    """Say who places sessions, whether counts show, what is open; the rest stays."""

    mode: BoardMode | None = None
    counts: Counts | None = None
    proposals: Openness | None = None
    voting: Openness | None = None


class CreateMeeting(Command, frozen=True, kw_only=True):
    """Make a meeting with its rooms and times."""

    title: Title
    slug: str
    purpose: Long = ""
    scope: Long = ""
    scope_items: ScopeItems = []
    starts_at: datetime | None = None
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    series_id: str | None = None
    rooms: list[RoomSpec] = []
    slots: list[SlotSpec] = []
    board: BoardRules | None = None
    demonstration: bool = False


class EditMeeting(Command, frozen=True, kw_only=True):
    """Change what is given; the rest stays."""

    title: Title | None = None
    purpose: Long | None = None
    scope: Long | None = None
    scope_items: ScopeItems | None = None
    starts_at: datetime | None = None
    moderation: Moderation | None = None
    visibility: Visibility | None = None


class OpenMeeting(Command, frozen=True, kw_only=True):
    """Open the meeting now."""


class EndMeeting(Command, frozen=True, kw_only=True):
    """End the meeting; its archive stands at once."""


class ReopenMeeting(Command, frozen=True, kw_only=True):
    """Open an ended meeting again."""


class AddRoom(RoomSpec, frozen=True, kw_only=True):
    """Add a room."""


class EditRoom(Command, frozen=True, kw_only=True):
    """Change a room; what is not given stays."""

    room_id: Id
    name: Name | None = None
    capacity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    features: list[Short] | None = None
    camera_free: Short | None = None


class CloseRoom(Command, frozen=True, kw_only=True):
    """Say that a room can't be used any more; what stands in it waits for another."""

    room_id: Id
    reason: Short = ""


class ReopenRoom(Command, frozen=True, kw_only=True):
    """Use a closed room again."""

    room_id: Id


class RemoveRoom(Command, frozen=True, kw_only=True):
    """Remove a room in which nothing stands or was ever broadcast."""

    room_id: Id


class AddSlot(SlotSpec, frozen=True, kw_only=True):
    """Add a time."""


class EditSlot(Command, frozen=True, kw_only=True):
    """Move or name a time, or make it a break; what is not given stays."""

    slot_id: Id
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    label: Short | None = None
    kind: SlotKind | None = None


class RemoveSlot(Command, frozen=True, kw_only=True):
    """Remove an empty time."""

    slot_id: Id


class StartChannel(Command, frozen=True, kw_only=True):
    """Go on air."""

    room_id: Id


class HoldChannel(Command, frozen=True, kw_only=True):
    """Pause the broadcast with a reason that everyone reads."""

    room_id: Id
    reason: Short = ""
    dump_seconds: Annotated[float, msgspec.Meta(ge=0, le=120)] = 0.0


class DelayChannel(Command, frozen=True, kw_only=True):
    """Let the public see a room so many seconds later."""

    room_id: Id
    seconds: Annotated[float, msgspec.Meta(ge=0, le=120)]


class RequestCut(Command, frozen=True, kw_only=True):
    """Ask to be taken out of a recording between two moments."""

    room_id: Id
    from_at: datetime
    to_at: datetime
    reason: Short = ""


class MakeCut(Command, frozen=True, kw_only=True):
    """Take seconds out of a room's recording.

    `cut_id` names the request that is followed; what is not given is as asked.
    """

    cut_id: Id | None = None
    room_id: Id | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    category: CutCategory = "privacy"


class DeclineCut(Command, frozen=True, kw_only=True):
    """Leave the recording as it is; who asked reads the note."""

    cut_id: Id
    note: Short = ""


class UndoCut(Command, frozen=True, kw_only=True):
    """Bring back what was cut, as long as it is kept."""

    cut_id: Id


class ReleaseChannel(Command, frozen=True, kw_only=True):
    """End the pause."""

    room_id: Id


class StopChannel(Command, frozen=True, kw_only=True):
    """Go off air."""

    room_id: Id


class AddMarker(Command, frozen=True, kw_only=True):
    """Mark an agenda item, speaker or slide; at this moment if none is given."""

    room_id: Id
    kind: MarkerKind
    label: Short
    at: datetime | None = None


class EditMarker(Command, frozen=True, kw_only=True):
    """Correct a marker."""

    marker_id: Id
    label: Short | None = None
    at: datetime | None = None


class PreparedMarker(Command, frozen=True, kw_only=True):
    """A marker that will be made."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    kind: MarkerKind = "agenda"


class PrepareMarkers(Command, frozen=True, kw_only=True):
    """Write down a room's markers to come, anew and in order."""

    room_id: Id
    items: Annotated[list[PreparedMarker], msgspec.Meta(max_length=300)]


class RemoveMarker(Command, frozen=True, kw_only=True):
    """Take a marker off."""

    marker_id: Id


class ProposeSession(Command, frozen=True, kw_only=True):
    """Propose a session; only the title is required.

    `hosting` false asks for somebody who hosts it. `needs` are features of
    rooms, `wished` times that would suit.
    """

    title: Title
    pitch: Long = ""
    wants: Long = ""
    hosting: bool = True
    needs: Needs = []
    wished: Wished = []
    tags: Tags = []
    scope: ScopeLabel | None = None


class EditSession(Command, frozen=True, kw_only=True):
    """Give a session's text anew; what is not given stays."""

    session_id: Id
    title: Title | None = None
    pitch: Long | None = None
    wants: Long | None = None
    needs: Needs | None = None
    wished: Wished | None = None
    tags: Tags | None = None


class TakeUpSession(Command, frozen=True, kw_only=True):
    """Host a session that somebody asked for."""

    session_id: Id


class CohostSession(Command, frozen=True, kw_only=True):
    """Host along: invite someone, offer it, accept, or leave.

    `member_id` is who is meant: needed to invite; without it the actor.
    Leaving also declines, takes an offer back and, by hosts, removes.
    """

    session_id: Id
    step: Literal["invite", "offer", "accept", "leave"]
    member_id: Id | None = None


class MergeSessions(Command, frozen=True, kw_only=True):
    """Make `other_id` part of `session_id`, once a host of each wants it."""

    session_id: Id
    other_id: Id
    title: Title | None = None
    pitch: Long | None = None


class DeclineMerge(Command, frozen=True, kw_only=True):
    """Decline a wish to merge, or take one's own back."""

    session_id: Id
    other_id: Id


class SplitSession(Command, frozen=True, kw_only=True):
    """Take a session out of another one.

    `host_id` is one of its hosts and goes along. `interest`: count those
    interested for both (`copy`), or ask each (`ask`).
    """

    session_id: Id
    title: Title
    pitch: Long = ""
    host_id: Id | None = None
    interest: Literal["copy", "ask"] = "ask"


class LabelSession(Command, frozen=True, kw_only=True):
    """Say what people can do about a session's subject; null takes it off."""

    session_id: Id
    scope: ScopeLabel | None


class PinSession(Command, frozen=True, kw_only=True):
    """Keep a session where it stands in suggested timetables, or no longer."""

    session_id: Id
    pinned: bool


class PlaceSession(Command, frozen=True, kw_only=True):
    """Put a session at room x time, from the proposals or from elsewhere."""

    session_id: Id
    room_id: Id
    slot_id: Id


class UnplaceSession(Command, frozen=True, kw_only=True):
    """Put a session back to the proposals."""

    session_id: Id


class ArrangeMove(Command, frozen=True, kw_only=True):
    """A session's new place; no room and no time: back to the proposals."""

    session_id: Id
    room_id: Id | None = None
    slot_id: Id | None = None
    expect: int | None = None


class ArrangeBoard(Command, frozen=True, kw_only=True):
    """Move several sessions in one step, all or none; they may change places."""

    moves: Annotated[list[ArrangeMove], msgspec.Meta(min_length=1, max_length=2_000)]


class QueuePitch(Command, frozen=True, kw_only=True):
    """Wait for one's turn to present a session."""

    session_id: Id


class LeavePitch(Command, frozen=True, kw_only=True):
    """No longer wait for one's turn."""

    session_id: Id


class CallPitch(Command, frozen=True, kw_only=True):
    """Call the next session to be presented, or this one; `end`: none any more."""

    session_id: Id | None = None
    end: bool = False


class StartSession(Command, frozen=True, kw_only=True):
    """Say that a session begins now, where it stands."""

    session_id: Id


class FinishSession(Command, frozen=True, kw_only=True):
    """Say that a session ends now."""

    session_id: Id


class ExtendSession(Command, frozen=True, kw_only=True):
    """Let a session last until another moment; null: as its time says."""

    session_id: Id
    until_at: datetime | None


class ShiftTimes(Command, frozen=True, kw_only=True):
    """Move a time and all that follow it within half a day, by some minutes."""

    slot_id: Id
    minutes: Annotated[int, msgspec.Meta(ge=-180, le=180)]


class RaiseHand(Command, frozen=True, kw_only=True):
    """Ask for the word in a session."""

    session_id: Id


class LowerHand(Command, frozen=True, kw_only=True):
    """Take a hand down: one's own or, as a host, anyone's; `called`: with the word."""

    hand_id: Id
    called: bool = False


class AddNote(Command, frozen=True, kw_only=True):
    """Add a line to a session's notes; who does an action, and until when."""

    session_id: Id
    kind: Literal["discussed", "decision", "offer", "action"]
    text: NoteText
    who: Short = ""
    due: date | None = None


class EditNote(Command, frozen=True, kw_only=True):
    """Give a line of the notes anew, also a removed one; what isn't given stays.

    `due_clear` takes the day off.
    """

    note_id: Id
    text: NoteText | None = None
    who: Short | None = None
    due: date | None = None
    due_clear: bool = False
    kind: Literal["discussed", "decision", "offer", "action"] | None = None


class RemoveNote(Command, frozen=True, kw_only=True):
    """Take a line out of the notes; `erase` deletes its texts for good."""

    note_id: Id
    erase: bool = False


class SetHere(Command, frozen=True, kw_only=True):
    """Say in which room one is; null: in none."""

    room_id: Id | None = None


class WithdrawSession(Command, frozen=True, kw_only=True):
    """Take a session back for good."""

    session_id: Id


class SetInterest(Command, frozen=True, kw_only=True):
    """Say "I would come" (1) or no longer (0)."""

    session_id: Id
    level: Level


class StarSession(Command, frozen=True, kw_only=True):
    """Keep a session on one's own agenda (1) or no longer (0)."""

    session_id: Id
    level: Level


class DismissNotice(Command, frozen=True, kw_only=True):
    """Put the notice about a session or contribution away, or all."""

    session_id: Id | None = None
    contribution_id: Id | None = None


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

    `thread` is `meeting`, `session:<id>` or `agenda:<marker id>`; a reply stands in
    its parent's. The text may be empty where something is attached. `room_id` and
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


class EditContribution(Command, frozen=True, kw_only=True):
    """Give one's own text anew; what is attached where given, the rest is deleted."""

    contribution_id: Id
    text: Long = ""
    attachments: Attachments | None = None


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


class PromiseResponse(Command, frozen=True, kw_only=True):
    """Promise until when every question is answered; `text`: when the team answers."""

    until: datetime | None = None
    text: Short = ""


class AnswerContribution(Command, frozen=True, kw_only=True):
    """Answer a contribution: in the room, in writing, or with a promise.

    `by` is who answers, `until` the day of a promise, `room_id` and `at` the
    moment in the room; `partly` leaves the question open.
    """

    contribution_id: Id
    way: Literal["room", "writing", "promise"] | None = None
    text: Long = ""
    by: Short = ""
    partly: bool = False
    room_id: Id | None = None
    at: datetime | None = None
    until: datetime | None = None


class WithdrawAnswer(Command, frozen=True, kw_only=True):
    """Take an answer back; `erase` deletes what was said before for good."""

    contribution_id: Id
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    erase: bool = False


class SpotlightContribution(Command, frozen=True, kw_only=True):
    """Show a contribution (1) or no longer (0), in a room or to the whole meeting.

    `queue`: later; `next`: the first of the queue; none given: nothing any more.
    """

    contribution_id: Id | None = None
    room_id: Id | None = None
    level: Level = 1
    queue: bool = False
    next: bool = False


class AddAction(Command, frozen=True, kw_only=True):
    """Write down who does what until when, and what it comes of."""

    text: NoteText
    who: Short = ""
    due: date | None = None
    session_id: Id | None = None
    contribution_id: Id | None = None
    room_id: Id | None = None
    at: datetime | None = None


class TakeAction(Command, frozen=True, kw_only=True):
    """Take on an action that nobody does."""

    note_id: Id


class MoveAction(Command, frozen=True, kw_only=True):
    """Say how an action stands, in a few words; dropped: why."""

    note_id: Id
    status: ActionStatus
    text: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


class WriteOutcome(Command, frozen=True, kw_only=True):
    """Write what came of a theme, or give it anew.

    Words and contributions that aren't given stay; the label is given anew.
    """

    outcome_id: Id | None = None
    theme: Short | None = None
    said: Long | None = None
    did: Long | None = None
    cannot: Long | None = None
    scope: ScopeLabel | None = None
    contribution_ids: Annotated[list[Id], msgspec.Meta(max_length=50)] | None = None


class RemoveOutcome(Command, frozen=True, kw_only=True):
    """Remove a theme that was written by mistake."""

    outcome_id: Id


class ReadAloud(Command, frozen=True, kw_only=True):
    """Say that a contribution is read to the room now; its author sees when."""

    contribution_id: Id


class WithdrawContribution(Command, frozen=True, kw_only=True):
    """Take one's own contribution back for good."""

    contribution_id: Id


class SendSignal(Command, frozen=True, kw_only=True):
    """Tell the team something in one tap; about a room, or all of them."""

    signal: SignalKind
    room_id: Id | None = None
    text: Short = ""


class SeeSignal(Command, frozen=True, kw_only=True):
    """Say that one takes a signal up."""

    signal_id: Id


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


class MakeInvite(Command, frozen=True, kw_only=True):
    """Make a link that gives a duty."""

    duty: Id
    label: Short = ""


class RevokeInvite(Command, frozen=True, kw_only=True):
    """Void a link and the duties that it gave."""

    invite_id: Id


class RevokeDuty(Command, frozen=True, kw_only=True):
    """Take a duty from a member."""

    member_id: Id
    duty: Id


class RemoveMember(Command, frozen=True, kw_only=True):
    """Let a member take part no longer, nor read what is not public."""

    member_id: Id


class ReadmitMember(Command, frozen=True, kw_only=True):
    """Let a member who was removed take part again."""

    member_id: Id


class GrantDuty(Command, frozen=True, kw_only=True):
    """Give a member a duty (the service, when an invitation is taken up)."""

    member_id: Id
    duty: Id
    invite_id: Id | None = None


class ChangeSource(Command, frozen=True, kw_only=True):
    """A publisher came or went (the service)."""

    room_id: Id
    connected: bool


class ChangeRecording(Command, frozen=True, kw_only=True):
    """A room's recording changed (the service)."""

    room_id: Id


class ChangeTranscript(Command, frozen=True, kw_only=True):
    """A room's cues changed (the service)."""

    room_id: Id
    from_at: datetime
    to_at: datetime


class AddPhoto(Command, frozen=True, kw_only=True):
    """Add a photograph to a session's notes (the service, once it has looked at it).

    `image` and `small` are JPEG, read, turned upright and written anew by us.
    """

    session_id: Id
    image: bytes
    small: bytes
    width: int
    height: int
    text: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


class AddUpdatePicture(Command, frozen=True, kw_only=True):
    """Put a picture into a live update or its draft (the service, which looked at it).

    `image` and `small` are JPEG, read, turned upright and written anew by us.
    """

    update_id: Id
    image: bytes
    small: bytes
    width: int
    height: int


class PublishMarkers(Command, frozen=True, kw_only=True):
    """Publish what waited for this moment: marks, updates, results (the service)."""


class PublishTallies(Command, frozen=True, kw_only=True):
    """Publish the counts that changed (the service, at most 4 a second)."""


class CountAttendance(Command, frozen=True, kw_only=True):
    """Record how many are present (the service, each minute)."""

    counts: dict[str, int]


TYPES: dict[str, type[Command]] = {
    "meeting.edit": EditMeeting,
    "meeting.open": OpenMeeting,
    "meeting.end": EndMeeting,
    "meeting.reopen": ReopenMeeting,
    "room.add": AddRoom,
    "room.edit": EditRoom,
    "room.close": CloseRoom,
    "room.reopen": ReopenRoom,
    "room.remove": RemoveRoom,
    "slot.add": AddSlot,
    "slot.edit": EditSlot,
    "slot.remove": RemoveSlot,
    "channel.start": StartChannel,
    "channel.hold": HoldChannel,
    "channel.release": ReleaseChannel,
    "channel.stop": StopChannel,
    "channel.delay": DelayChannel,
    "cut.request": RequestCut,
    "cut.make": MakeCut,
    "cut.decline": DeclineCut,
    "cut.undo": UndoCut,
    "marker.add": AddMarker,
    "marker.edit": EditMarker,
    "marker.remove": RemoveMarker,
    "marker.prepare": PrepareMarkers,
    "board.rules": BoardRules,
    "board.arrange": ArrangeBoard,
    "session.propose": ProposeSession,
    "session.edit": EditSession,
    "session.take_up": TakeUpSession,
    "session.cohost": CohostSession,
    "session.merge": MergeSessions,
    "session.decline_merge": DeclineMerge,
    "session.split": SplitSession,
    "session.label": LabelSession,
    "session.pin": PinSession,
    "session.place": PlaceSession,
    "session.unplace": UnplaceSession,
    "session.withdraw": WithdrawSession,
    "session.start": StartSession,
    "session.finish": FinishSession,
    "session.extend": ExtendSession,
    "slot.shift": ShiftTimes,
    "hand.raise": RaiseHand,
    "hand.lower": LowerHand,
    "note.add": AddNote,
    "note.edit": EditNote,
    "note.remove": RemoveNote,
    "here.set": SetHere,
    "session.interest": SetInterest,
    "session.star": StarSession,
    "pitch.queue": QueuePitch,
    "pitch.leave": LeavePitch,
    "pitch.call": CallPitch,
    "notice.dismiss": DismissNotice,
    "contribution.post": PostContribution,
    "contribution.edit": EditContribution,
    "contribution.support": SetSupport,
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
    "contribution.withdraw": WithdrawContribution,
    "consent.release": ReleaseConsent,
    "consent.renew": RenewConsent,
    "contribution.answer": AnswerContribution,
    "contribution.spotlight": SpotlightContribution,
    "answer.withdraw": WithdrawAnswer,
    "response.promise": PromiseResponse,
    "action.add": AddAction,
    "action.take": TakeAction,
    "action.move": MoveAction,
    "outcome.write": WriteOutcome,
    "outcome.remove": RemoveOutcome,
    "signal.send": SendSignal,
    "signal.see": SeeSignal,
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
    "contribution.read_aloud": ReadAloud,
    "card.issue": IssueCards,
    "card.redeem": RedeemCard,
    "card.serve": ServeCard,
    "card.reply": ReplyToCard,
    "invite.make": MakeInvite,
    "invite.revoke": RevokeInvite,
    "duty.revoke": RevokeDuty,
    "member.remove": RemoveMember,
    "member.readmit": ReadmitMember,
}

SYSTEM_TYPES: dict[str, type[Command]] = {
    "meeting.create": CreateMeeting,
    "duty.grant": GrantDuty,
    "source.change": ChangeSource,
    "recording.change": ChangeRecording,
    "transcript.change": ChangeTranscript,
    "photo.add": AddPhoto,
    "consent.expire": ExpireConsents,
    "consent.remind": RemindOfConsents,
    "report.picture": AddUpdatePicture,
    "markers.publish": PublishMarkers,
    "embargo.due": ReleaseDue,
    "tallies.publish": PublishTallies,
    "attendance.count": CountAttendance,
}


class BadCommand(ValueError):
    """A command that can't be read: unknown type, field or wrong value (422)."""


def read_command(kind: str, data: Any) -> Command:
    """Read a command by its outside name.

    Raises `Refusal` for a type that doesn't exist and `BadCommand`, with the
    field's path, for data that doesn't fit it.
    """
    if (wanted := TYPES.get(kind)) is None:
        raise Refusal("unknown_command", f"There is no command {kind!r}.")
    try:
        return msgspec.convert(data, type=wanted)
    except msgspec.ValidationError as error:
        raise BadCommand(f"{kind}: {error}") from error
