"""What happened in a meeting: past-tense facts, the only thing a journal holds.

Typed text is never in an event. An event names contents by id, and
`CONTENTS` says under which name a reader gets the text: `content_id` is read
as `content`. Which feed an event stands in is said by its `Fact`.

Stored events tolerate unknown fields and must be readable one version before
they are written: give every new field a default.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

Visibility = Literal["public", "unlisted", "private"]
Moderation = Literal["after", "before"]
OnAir = Literal["at_once", "by_hand"]
ContributionKind = Literal[
    "idea", "question", "concern", "offer", "need", "action", "story", "note"
]
# How the public gets to know the author: by name, by another one, not at all.
AuthorLabel = Literal["name", "pseudonym", "anonymous"]
BehalfWay = Literal["paper", "phone", "table"]
CardKind = Literal["card", "ballot"]
ReplyWay = Literal["post", "phone"]
HelpWay = Literal["table", "phone"]
MarkerKind = Literal["agenda", "speaker", "slide"]
SlotKind = Literal["session", "break"]
# What people can do about something: nothing any more, help to decide, begin, or
# only say it to whoever has it.
ScopeLabel = Literal["decided", "influence", "open", "outside"]
BoardMode = Literal["open", "queue", "vote", "facilitators"]
Counts = Literal["shown", "hidden"]
Openness = Literal["open", "closed"]
NoticeKind = Literal[
    "placed",
    "moved",
    "unplaced",
    "cancelled",
    "merged",
    "split",
    "split_ask",
    "time_changed",
    "room_closed",
    "hosts_changed",
    "answered",
    "promised",
    "answer_changed",
    "answer_withdrawn",
]
CohostWay = Literal["invited", "offered"]
# What the team tells each other in one tap while a room is on air.
SignalKind = Literal[
    "no_sound",
    "picture_frozen",
    "picture_dark",
    "help",
    "two_minutes",
    "wrap_up",
    "stand_by",
    "all_well",
]
QuestionKind = Literal["choice", "scale"]
QuestionResults = Literal["live", "after"]
QuestionAudience = Literal["room", "remote"]
# What a live update shows besides its own words.
EmbedKind = Literal["contribution", "session", "clip"]
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
NoteKind = Literal["discussed", "decision", "offer", "action", "photo"]
ActionStatus = Literal["open", "doing", "done", "dropped"]
# How a question was answered; `withdrawn`: what was said before is taken back.
AnswerWay = Literal["room", "writing", "promise", "withdrawn"]
CutCategory = Literal["hold", "privacy", "legal", "safety", "mistake", "other"]


# What something may be used for, and by whom it may be read: the team; everyone while
# the meeting runs; everyone from then on.
ConsentPurpose = Literal["meeting", "report", "learning", "publicity"]
ConsentAudience = Literal["team", "meeting", "public"]
ConsentWay = Literal["self", "spoken", "phone", "paper"]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A fact. Subclasses are closed in `KINDS`."""

    # field -> the name under which a reader gets the text
    CONTENTS: ClassVar[dict[str, str]] = {}


class _Written(Event, frozen=True, kw_only=True):
    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}
    content_id: str


# --- the meeting -----------------------------------------------------------


class MeetingCreated(_Written, frozen=True, kw_only=True):
    """A meeting exists. Content: title, purpose, scope."""

    slug: str
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    starts_at: datetime | None = None
    series_id: str | None = None
    demonstration: bool = False


class MeetingEdited(_Written, frozen=True, kw_only=True):
    """Title, purpose, scope, start or moderation changed; all are given anew.

    `visibility` is given where it changed: the media move to other addresses then.
    """

    moderation: Moderation = "after"
    starts_at: datetime | None = None
    visibility: Visibility | None = None


class MeetingOpened(Event, frozen=True, kw_only=True):
    """The meeting is live; the entry's `at` is when it opened."""


class MeetingEnded(Event, frozen=True, kw_only=True):
    """The meeting is over; the archive stands."""


class MeetingReopened(Event, frozen=True, kw_only=True):
    """An ended meeting is live again."""


class RoomAdded(_Written, frozen=True, kw_only=True):
    """A room exists. Content: name, camera_free (where no camera looks). Capacity in people."""

    room_id: str
    slug: str
    capacity: int | None = None
    features: tuple[str, ...] = ()


class RoomEdited(_Written, frozen=True, kw_only=True):
    """A room's name, capacity or features; all are given anew."""

    room_id: str
    capacity: int | None = None
    features: tuple[str, ...] = ()


class RoomClosed(_Written, frozen=True, kw_only=True):
    """Nothing can be placed in the room any more. Content: reason."""

    room_id: str


class RoomReopened(Event, frozen=True, kw_only=True):
    """A closed room can be used again."""

    room_id: str


class RoomRemoved(Event, frozen=True, kw_only=True):
    """A room that never held anything is gone."""

    room_id: str


class SlotAdded(_Written, frozen=True, kw_only=True):
    """A stretch of time on the board. Content: label (may be empty)."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind = "session"


class SlotEdited(_Written, frozen=True, kw_only=True):
    """A time was moved, named or made a break; all is given anew."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind = "session"


class SlotRemoved(Event, frozen=True, kw_only=True):
    """An empty stretch of time was taken off the board."""

    slot_id: str


# --- the channel -----------------------------------------------------------


class ChannelStarted(Event, frozen=True, kw_only=True):
    """The room is on air from here on."""

    room_id: str
    connected: bool = False


class ChannelHeld(_Written, frozen=True, kw_only=True):
    """The broadcast is paused. Content: reason, read by everyone.

    With `from_at`, seconds were taken back: what was seen after that moment is
    not public, and what of it was, is cut under `cut_id`.
    """

    room_id: str
    from_at: datetime | None = None
    cut_id: str | None = None


class ChannelReleased(Event, frozen=True, kw_only=True):
    """The pause is over."""

    room_id: str
    connected: bool = False


class ChannelStopped(Event, frozen=True, kw_only=True):
    """The room is off air."""

    room_id: str


class ChannelDelayed(Event, frozen=True, kw_only=True):
    """The public sees the room so many seconds later from here on."""

    room_id: str
    seconds: float


class CutRequested(_Written, frozen=True, kw_only=True):
    """Someone asks for seconds to be taken out (staff and own feed).

    Content: reason, who asks (a name). `member_id` asked.
    """

    cut_id: str
    room_id: str
    from_at: datetime
    to_at: datetime
    member_id: str | None = None


class CutDeclined(_Written, frozen=True, kw_only=True):
    """Staff leave the recording as it is (staff and own feed). Content: note."""

    cut_id: str


class RecordingCut(Event, frozen=True, kw_only=True):
    """Seconds are no longer in a room's recording; why, as a kind of reason."""

    cut_id: str
    room_id: str
    from_at: datetime
    to_at: datetime
    category: CutCategory = "other"


class RecordingRestored(Event, frozen=True, kw_only=True):
    """Seconds that were cut are in the recording again."""

    cut_id: str
    room_id: str


class SourceChanged(Event, frozen=True, kw_only=True):
    """A publisher came or went. Public only while the room is on air."""

    room_id: str
    connected: bool


class RecordingChanged(Event, frozen=True, kw_only=True):
    """A room's recording gained or lost spans (import, cut, repair)."""

    room_id: str


class TranscriptChanged(Event, frozen=True, kw_only=True):
    """Cues between two moments of a room's transcript are new."""

    room_id: str
    from_at: datetime
    to_at: datetime
    revision: int


class MarkerAdded(_Written, frozen=True, kw_only=True):
    """A point on the clock. Content: label.

    In `staff` with `waiting` until the public sees that moment.
    """

    marker_id: str
    room_id: str
    kind: MarkerKind
    marked_at: datetime
    waiting: bool = False


class MarkerReleased(Event, frozen=True, kw_only=True):
    """The public sees the moment of a waiting marker (staff)."""

    marker_id: str


class MarkerEdited(_Written, frozen=True, kw_only=True):
    """A marker's label or moment was corrected; both are given anew."""

    marker_id: str
    marked_at: datetime


class MarkersPrepared(_Written, frozen=True, kw_only=True):
    """What a room's markers will be was written down (staff). Content: items."""

    room_id: str


class MarkerRemoved(Event, frozen=True, kw_only=True):
    """A marker was taken off."""

    marker_id: str


# --- members ---------------------------------------------------------------


class InviteMade(_Written, frozen=True, kw_only=True):
    """A link that gives a duty exists (staff). Content: label."""

    invite_id: str
    duty: str


class InviteRevoked(Event, frozen=True, kw_only=True):
    """The link and every duty that it gave are void (staff)."""

    invite_id: str


class DutyGranted(Event, frozen=True, kw_only=True):
    """A member may do more than take part (staff)."""

    member_id: str
    duty: str
    invite_id: str | None = None


class DutyRevoked(Event, frozen=True, kw_only=True):
    """A member lost a duty (staff)."""

    member_id: str
    duty: str


class MemberRemoved(Event, frozen=True, kw_only=True):
    """A member may no longer take part nor read what is not public (staff)."""

    member_id: str


class MemberReadmitted(Event, frozen=True, kw_only=True):
    """A member who was removed may take part again (staff)."""

    member_id: str


class AttendanceCounted(Event, frozen=True, kw_only=True):
    """How many were present, by way (video, text, room), without identities."""

    counts: dict[str, int]


# --- paper -----------------------------------------------------------------


class CardsIssued(_Written, frozen=True, kw_only=True):
    """Numbers for cards or ballot sheets were given out (staff). Content: label."""

    series_id: str
    kind: CardKind
    first: int
    count: int


class CardRedeemed(_Written, frozen=True, kw_only=True):
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


class CardReplied(_Written, frozen=True, kw_only=True):
    """The answer that was owed by post or phone is given (staff). Content: name."""

    number: int


# --- the board -------------------------------------------------------------


class BoardRulesChanged(Event, frozen=True, kw_only=True):
    """Who places, whether counts are shown, and what is open; all given anew."""

    mode: BoardMode = "open"
    counts: Counts = "shown"
    proposals: Openness = "open"
    voting: Openness = "open"


class SessionProposed(_Written, frozen=True, kw_only=True):
    """A session is proposed. Content: title, pitch, wants, host (a name), tags.

    With `ask` somebody (`asked_by`; content: asker) wants it who can't host it.
    """

    session_id: str
    host_id: str | None = None
    ask: bool = False
    asked_by: str | None = None
    needs: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    scope: ScopeLabel | None = None


class SessionEdited(_Written, frozen=True, kw_only=True):
    """A session's text was given anew; needs and wished times where not null."""

    session_id: str
    version: int
    needs: tuple[str, ...] | None = None
    wished: tuple[str, ...] | None = None


class SessionHostsChanged(_Written, frozen=True, kw_only=True):
    """A session's hosts are others now; they and the text with their names anew."""

    session_id: str
    host_id: str | None
    version: int
    cohost_ids: tuple[str, ...] = ()
    ask: bool = False


class SessionPlaced(Event, frozen=True, kw_only=True):
    """A session stands at room x slot; also said when it moves."""

    session_id: str
    room_id: str
    slot_id: str
    version: int


class SessionUnplaced(Event, frozen=True, kw_only=True):
    """A session went back to the proposals."""

    session_id: str
    version: int


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session stands from now on; no room and no slot: a proposal."""

    session_id: str
    version: int
    room_id: str | None = None
    slot_id: str | None = None


class BoardArranged(Event, frozen=True, kw_only=True):
    """Several sessions moved at once, in one step on every screen."""

    moves: tuple[Move, ...]


class SessionsMerged(_Written, frozen=True, kw_only=True):
    """`merged_id` became part of `session_id`, with its hosts, interest and thread.

    Public, and for staff because of what waits in the thread. Content: as of
    `SessionProposed`, and `origins`: what was merged in, with its hosts.
    """

    session_id: str
    merged_id: str
    version: int
    host_id: str | None = None
    cohost_ids: tuple[str, ...] = ()
    ask: bool = False
    room_id: str | None = None
    slot_id: str | None = None


class SessionSplit(_Written, frozen=True, kw_only=True):
    """A session came out of another. With `copied` all its interest counts here too."""

    session_id: str
    from_id: str
    host_id: str | None = None
    ask: bool = False
    copied: bool = False


class SessionLabelled(Event, frozen=True, kw_only=True):
    """It was said what people can do about a session's subject."""

    session_id: str
    scope: ScopeLabel | None = None


class SessionPinned(Event, frozen=True, kw_only=True):
    """A session is (no longer) to stay where it stands in suggested timetables."""

    session_id: str
    pinned: bool


class SessionStarted(Event, frozen=True, kw_only=True):
    """A session has really begun, in this room; the entry's `at` is when."""

    session_id: str
    room_id: str


class SessionFinished(Event, frozen=True, kw_only=True):
    """A session has really ended; the entry's `at` is when."""

    session_id: str


class SessionExtended(Event, frozen=True, kw_only=True):
    """A session lasts until another moment than its time; null: as its time says."""

    session_id: str
    until_at: datetime | None = None


class HandRaised(_Written, frozen=True, kw_only=True):
    """Somebody wants to speak in a session, from the room or afar. Content: name."""

    hand_id: str
    session_id: str
    member_id: str | None = None


class HandLowered(Event, frozen=True, kw_only=True):
    """A hand is down again; `called`: the host gave that person the word."""

    hand_id: str
    called: bool = False


class NoteAdded(_Written, frozen=True, kw_only=True):
    """A line in a session's notes. Content: text, who, author.

    `due` is until when an action is to be done. A photo has an image and its size
    in pixels; the text beside it says what it shows. An action may come of a
    contribution or a moment (`spoken_at` in a room) and belong to no session.
    """

    note_id: str
    session_id: str | None = None
    kind: NoteKind
    author_id: str | None = None
    due: date | None = None
    image_id: str | None = None
    width: int | None = None
    height: int | None = None
    contribution_id: str | None = None
    room_id: str | None = None
    spoken_at: datetime | None = None


class NoteEdited(_Written, frozen=True, kw_only=True):
    """A line in the notes was given anew; a removed one is back."""

    note_id: str
    version: int
    kind: NoteKind
    due: date | None = None


class NoteRemoved(Event, frozen=True, kw_only=True):
    """A line was taken out of the notes; `erased`: its texts are deleted."""

    note_id: str
    version: int
    erased: bool = False


class ActionTaken(_Written, frozen=True, kw_only=True):
    """A member takes an action on. Content: the line's, with that name as `who`."""

    note_id: str
    version: int
    owner_id: str | None = None


class ActionMoved(_Written, frozen=True, kw_only=True):
    """An action stands otherwise. Content: text (how it goes, may be empty), author."""

    note_id: str
    version: int
    status: ActionStatus


class HereSet(Event, frozen=True, kw_only=True):
    """A member says in which room it is, or in none (ballots and own feed)."""

    member_id: str
    room_id: str | None = None


class SessionWithdrawn(Event, frozen=True, kw_only=True):
    """A session is gone from the board, its text deleted."""

    session_id: str


class PitchQueued(Event, frozen=True, kw_only=True):
    """A session's host waits to present it."""

    session_id: str


class PitchUnqueued(Event, frozen=True, kw_only=True):
    """A session's host no longer waits to present it."""

    session_id: str


class PitchCalled(Event, frozen=True, kw_only=True):
    """This session is presented now and may be placed by its host; null: none."""

    session_id: str | None = None


class SignalSent(_Written, frozen=True, kw_only=True):
    """A word within the team (staff, and the own feeds of those concerned).

    Content: name of who sent it, text (may be empty). `room_id` null: all rooms.
    """

    signal_id: str
    signal: SignalKind
    room_id: str | None = None
    by_id: str | None = None


class SignalSeen(_Written, frozen=True, kw_only=True):
    """Somebody took a signal up (the feeds that had it). Content: name."""

    signal_id: str


class _Question(_Written, frozen=True, kw_only=True):
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


class _Update(_Written, frozen=True, kw_only=True):
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


class MergeAsked(Event, frozen=True, kw_only=True):
    """A host asks to merge `other_id` into `session_id` (hosts' own feeds, staff)."""

    session_id: str
    other_id: str
    by_id: str


class MergeDeclined(Event, frozen=True, kw_only=True):
    """The asking to merge is over (hosts' own feeds, staff)."""

    session_id: str
    other_id: str


class CohostAsked(_Written, frozen=True, kw_only=True):
    """Somebody is invited to host along, or offers it (own feeds). Content: name."""

    session_id: str
    member_id: str
    way: CohostWay


class CohostAskEnded(Event, frozen=True, kw_only=True):
    """An invitation or offer to host along is answered (own feeds)."""

    session_id: str
    member_id: str


class Noticed(Event, frozen=True, kw_only=True):
    """A member learns what became of a session that it cares for (own feed).

    With `merged` its interest went from `other_id` to `session_id`, with
    `split` it counts for both; `split_ask` asks whether it does.
    """

    kind: NoticeKind
    session_id: str = ""
    member_id: str
    other_id: str | None = None
    room_id: str | None = None
    slot_id: str | None = None
    # what was answered, in a notice about a contribution and no session
    contribution_id: str | None = None


class NoticeDismissed(Event, frozen=True, kw_only=True):
    """A member has read a notice, or all (own feed)."""

    member_id: str
    session_id: str | None = None
    contribution_id: str | None = None


class InterestSet(Event, frozen=True, kw_only=True):
    """A member would (1) or would not (0) come (ballots and own feed)."""

    session_id: str
    member_id: str
    level: int


class StarSet(Event, frozen=True, kw_only=True):
    """A member keeps a session on its own agenda (own feed); counted nowhere."""

    session_id: str
    member_id: str
    level: int


class HiddenTalliesCounted(Event, frozen=True, kw_only=True):
    """Counts of interest while they are hidden from everyone else (staff)."""

    interest: dict[str, int] = {}


class TalliesChanged(Event, frozen=True, kw_only=True):
    """Counts that changed since the last such entry, by session/contribution/room id."""

    interest: dict[str, int] = {}
    support: dict[str, int] = {}
    here: dict[str, int] = {}


# --- the threads -----------------------------------------------------------


class ContributionPosted(_Written, frozen=True, kw_only=True):
    """Something was added to a thread.

    Content: text, author, on_behalf_of, speaks_for, stake, attachments. In `staff`
    with `waiting` before moderation; in `public` once anyone may read it. `author_id`
    is absent where the author is unknown to the public. It speaks to the moment
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


class ContributionAuthored(_Written, frozen=True, kw_only=True):
    """Whose a contribution is (the author's own feed). Content: as posted.

    Where and when it was posted has defaults: entries of the first days lack it.
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


class ContributionEdited(_Written, frozen=True, kw_only=True):
    """A contribution's text was given anew, or what is attached."""

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


# --- answers and what came of it -------------------------------------------


class ResponsePromised(_Written, frozen=True, kw_only=True):
    """Until when every question is answered, and when the team answers. Content: text."""

    until: datetime | None = None


class AnswerGiven(_Written, frozen=True, kw_only=True):
    """What is said to a contribution, given anew in each version. Content: text, by.

    In the room: `room_id` and `spoken_at`. A promise: `until`. `erased`: the texts
    of the versions before are deleted.
    """

    contribution_id: str
    way: AnswerWay
    version: int
    given_at: datetime
    partly: bool = False
    room_id: str | None = None
    spoken_at: datetime | None = None
    until: datetime | None = None
    erased: bool = False


class ContributionSpotlit(Event, frozen=True, kw_only=True):
    """This contribution is shown to everyone in a room, or in all; null: none any more."""

    contribution_id: str | None = None
    room_id: str | None = None


class SpotlightQueued(Event, frozen=True, kw_only=True):
    """A contribution is (no longer) to be shown soon (staff)."""

    contribution_id: str
    queued: bool = True


class OutcomeWritten(_Written, frozen=True, kw_only=True):
    """What came of what people said on a theme. Content: theme, said, did, cannot."""

    outcome_id: str
    version: int
    scope: ScopeLabel | None = None
    contribution_ids: tuple[str, ...] = ()


class OutcomeRemoved(Event, frozen=True, kw_only=True):
    """An outcome that was written by mistake is gone, its texts deleted."""

    outcome_id: str


# --- moderation ------------------------------------------------------------


class GroundRulesSet(_Written, frozen=True, kw_only=True):
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


class ScreeningSet(_Written, frozen=True, kw_only=True):
    """Words that hold or refuse, and after how long waiting is alarming (staff).

    Content: hold, refuse (lists of words).
    """

    alarm_minutes: int


class MemberMuted(_Written, frozen=True, kw_only=True):
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


class ContributionFlagged(_Written, frozen=True, kw_only=True):
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


class AppealMade(_Written, frozen=True, kw_only=True):
    """The author asks to look again at what was hidden (staff, own). Content: text."""

    contribution_id: str
    appealed_at: datetime


class AppealAnswered(_Written, frozen=True, kw_only=True):
    """An appeal is answered (staff and own feed, `by_id` in staff). Content: text."""

    contribution_id: str
    granted: bool
    by_id: str | None = None


class ContributionSealed(_Written, frozen=True, kw_only=True):
    """A copy is kept as evidence of a threat, also after a withdrawal (staff).

    Content: reason, texts (a list of all versions), kind, thread, posted_at.
    """

    seal_id: str
    contribution_id: str
    sealed_at: datetime
    by_id: str | None = None


class SealPassedOn(_Written, frozen=True, kw_only=True):
    """A sealed copy was handed to somebody (staff). Content: to."""

    seal_id: str
    by_id: str | None = None


class SealReleased(Event, frozen=True, kw_only=True):
    """A sealed copy is kept no longer; its texts are deleted (staff)."""

    seal_id: str
    by_id: str | None = None


# --- embargo ---------------------------------------------------------------


class Embargoed(_Written, frozen=True, kw_only=True):
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


class EmbargoFailed(_Written, frozen=True, kw_only=True):
    """What was held back could not be given when its time came (staff). Content: reason."""

    embargo_id: str


class EmbargoEnded(Event, frozen=True, kw_only=True):
    """A command is no longer held back: it was given, or dropped (staff)."""

    embargo_id: str
    released: bool
    by_id: str | None = None


AnyEvent = (
    MeetingCreated
    | MeetingEdited
    | MeetingOpened
    | MeetingEnded
    | MeetingReopened
    | RoomAdded
    | RoomEdited
    | RoomClosed
    | RoomReopened
    | RoomRemoved
    | SlotAdded
    | SlotEdited
    | SlotRemoved
    | ChannelStarted
    | ChannelHeld
    | ChannelReleased
    | ChannelStopped
    | ChannelDelayed
    | CutRequested
    | CutDeclined
    | RecordingCut
    | RecordingRestored
    | SourceChanged
    | RecordingChanged
    | TranscriptChanged
    | MarkerAdded
    | MarkerEdited
    | MarkerRemoved
    | MarkersPrepared
    | MarkerReleased
    | MemberRemoved
    | MemberReadmitted
    | InviteMade
    | InviteRevoked
    | DutyGranted
    | DutyRevoked
    | AttendanceCounted
    | CardsIssued
    | CardRedeemed
    | CardServed
    | CardReplied
    | BoardRulesChanged
    | SessionProposed
    | SessionEdited
    | SessionHostsChanged
    | SessionPlaced
    | SessionUnplaced
    | BoardArranged
    | SessionsMerged
    | SessionSplit
    | SessionLabelled
    | SessionPinned
    | SessionStarted
    | SessionFinished
    | SessionExtended
    | HandRaised
    | HandLowered
    | NoteAdded
    | NoteEdited
    | NoteRemoved
    | ActionTaken
    | ActionMoved
    | HereSet
    | SessionWithdrawn
    | PitchQueued
    | PitchUnqueued
    | PitchCalled
    | MergeAsked
    | MergeDeclined
    | SignalSent
    | SignalSeen
    | QuestionPrepared
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
    | CohostAsked
    | CohostAskEnded
    | Noticed
    | NoticeDismissed
    | InterestSet
    | StarSet
    | HiddenTalliesCounted
    | TalliesChanged
    | ContributionPosted
    | ContributionAuthored
    | ContributionEdited
    | ContributionReleased
    | ContributionHidden
    | ContributionReturned
    | GroundRulesSet
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
    | ContributionWithdrawn
    | ContributionLabelled
    | ContributionReadAloud
    | ConsentGiven
    | ContributionCleared
    | ConsentReleased
    | ConsentEnding
    | ConsentEnded
    | ResponsePromised
    | AnswerGiven
    | ContributionSpotlit
    | SpotlightQueued
    | OutcomeWritten
    | OutcomeRemoved
    | SupportSet
)

KINDS: dict[str, type[AnyEvent]] = {cls.__name__: cls for cls in AnyEvent.__args__}


class Fact(msgspec.Struct, frozen=True):
    """An event and the feed that it stands in."""

    feed: str
    event: AnyEvent


def kind_of(event: AnyEvent) -> str:
    """Return the kind under which an event is stored and sent."""
    return type(event).__name__


def encode_event(event: AnyEvent) -> bytes:
    """Return an event's JSON body; its kind is kept beside it."""
    return msgspec.json.encode(event)


def decode_event(kind: str, body: bytes | str) -> AnyEvent:
    """Read a stored event; fields that this version doesn't know are passed over."""
    return msgspec.json.decode(body, type=KINDS[kind])


def content_ids(event: Event) -> dict[str, str]:
    """Return the contents that an event names: reader's name -> content id."""
    found = {}
    for field, name in event.CONTENTS.items():
        if (content_id := getattr(event, field)) is not None:
            found[name] = content_id
    return found
