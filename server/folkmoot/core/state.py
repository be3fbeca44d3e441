"""A meeting as it stands: the fold of a journal's entries, whole or of one feed.

The same `apply` folds the whole journal (what decisions look at) and a single
feed (what its readers get), so nothing of one feed can leak into another's
state. Structs here change in place: the journal owns them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

import msgspec

from folkmoot.core.events import (
    ActionStatus,
    AnswerWay,
    BoardMode,
    CardKind,
    Circle,
    CohostWay,
    ConsentAudience,
    ConsentPurpose,
    ConsentWay,
    ContributionKind,
    Counts,
    CutCategory,
    EmbargoWhen,
    EmbedKind,
    HeldWhy,
    HideCategory,
    MarkerKind,
    Moderation,
    NoteKind,
    NoticeKind,
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

Phase = Literal["none", "upcoming", "live", "ended"]
ChannelState = Literal["off", "on", "hold"]
LONGEST_DELAY = timedelta(seconds=120)
# A line that comes and goes all the time must not make a room's state long.
AIRINGS_KEPT = 16
# So many signals are kept to be shown; the journal keeps all.
SIGNALS_KEPT = 30


class Item(msgspec.Struct, kw_only=True):
    """A thing with text: `CONTENTS` says how a reader gets it."""

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}


class CutSpan(Item, kw_only=True):
    """Seconds that are not in a room's recording; `made_at` is when they went."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    from_at: datetime
    to_at: datetime
    made_at: datetime
    category: CutCategory = "other"


class CutRequest(Item, kw_only=True):
    """Somebody's wish to be taken out; `declined_id` is why staff said no."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "declined_id": "declined",
    }
    cut_id: str
    room_id: str
    from_at: datetime
    to_at: datetime
    content_id: str
    asked_at: datetime
    member_id: str | None = None
    declined_id: str | None = None


class Airing(Item, kw_only=True):
    """What a room's broadcast was from a moment on; `connected`: something sent."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    at: datetime
    channel: ChannelState
    connected: bool


class Pause(Item, kw_only=True):
    """Seconds of which nothing is public; `to_at` is null while it lasts."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    from_at: datetime
    to_at: datetime | None = None


class Room(Item, kw_only=True):
    """A place in the meeting and its broadcast."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "reason_id": "reason",
        "closed_reason_id": "closed_reason",
    }
    room_id: str
    slug: str
    content_id: str
    capacity: int | None = None
    features: tuple[str, ...] = ()
    closed: bool = False
    closed_at: datetime | None = None
    closed_reason_id: str | None = None
    channel: ChannelState = "off"
    connected: bool = False
    reason_id: str | None = None
    channel_changed_at: datetime | None = None
    ever_on_air: bool = False
    held_from: datetime | None = None
    delay_seconds: float = 0.0
    airings: tuple[Airing, ...] = ()
    """The last of them, oldest first: as many as a delay may ask for."""
    pauses: tuple[Pause, ...] = ()
    cuts: dict[str, CutSpan] = {}
    recording_revision: int = 0
    transcript_revision: int = 0


class Slot(Item, kw_only=True):
    """A stretch of time on the board."""

    slot_id: str
    content_id: str
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind = "session"


class Marker(Item, kw_only=True):
    """A point on the clock: agenda item, speaker or slide."""

    marker_id: str
    room_id: str
    kind: MarkerKind
    marked_at: datetime
    content_id: str
    waiting: bool = False


class Span(Item, kw_only=True):
    """Where and when a session really was; `to_at` is null while it is."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    room_id: str
    from_at: datetime
    to_at: datetime | None = None


class Preparation(Item, kw_only=True):
    """What a room's markers will be, in order, for staff alone."""

    room_id: str
    content_id: str


class Agenda(Item, kw_only=True):
    """The agenda items of a room that everyone may read before they are marked."""

    room_id: str
    content_id: str
    item_ids: tuple[str, ...]


class Session(Item, kw_only=True):
    """What is proposed and, once placed, stands at room x slot.

    `sequence` counts what calendars must hear of, and `stood_from`, `stood_to`
    are the time at which it stands or last stood.
    """

    session_id: str
    content_id: str
    host_id: str | None
    proposed_at: datetime
    cohost_ids: tuple[str, ...] = ()
    ask: bool = False
    asked_by: str | None = None
    needs: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    scope: ScopeLabel | None = None
    pinned: bool = False
    split_from: str | None = None
    merged_ids: tuple[str, ...] = ()
    room_id: str | None = None
    slot_id: str | None = None
    version: int = 1
    interest: int = 0
    sequence: int = 0
    changed_at: datetime | None = None
    stood_from: datetime | None = None
    stood_to: datetime | None = None
    # as people call it aloud and on ballot sheets: the nth of this meeting
    number: int = 0
    spans: tuple[Span, ...] = ()
    until_at: datetime | None = None

    @property
    def running(self) -> bool:
        """Whether somebody said that it began and nobody that it ended."""
        return bool(self.spans) and self.spans[-1].to_at is None

    @property
    def host_ids(self) -> tuple[str, ...]:
        """All who host it, the first one first."""
        first = () if self.host_id is None else (self.host_id,)
        return (*first, *self.cohost_ids)


class Hand(Item, kw_only=True):
    """Somebody who waits for the word in a session."""

    hand_id: str
    session_id: str
    content_id: str
    raised_at: datetime
    member_id: str | None = None


class Note(Item, kw_only=True):
    """A line in a session's notes, or an action of the meeting, as it stands."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "progress_id": "progress",
    }
    note_id: str
    session_id: str | None
    kind: NoteKind
    content_id: str
    added_at: datetime
    edited_at: datetime | None = None
    version: int = 1
    author_id: str | None = None
    due: date | None = None
    removed: bool = False
    image_id: str | None = None
    width: int | None = None
    height: int | None = None
    # of an action: what it comes of, who does it, how it stands
    contribution_id: str | None = None
    room_id: str | None = None
    spoken_at: datetime | None = None
    owner_id: str | None = None
    status: ActionStatus = "open"
    progress_id: str | None = None
    moved_at: datetime | None = None


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


class Cancelled(Item, kw_only=True):
    """A session that stood on the board and is gone, as calendars must know it."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    session_id: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    at: datetime


class MergeAsk(Item, kw_only=True):
    """A host's wish to merge two sessions, until a host of the other answers."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    session_id: str
    other_id: str
    by_id: str


class CohostAsk(Item, kw_only=True):
    """Somebody invited to host along, or offering it."""

    session_id: str
    member_id: str
    way: CohostWay
    content_id: str


class Signal(Item, kw_only=True):
    """A word within the team, and who took it up."""

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content", "seen_id": "seen"}
    signal_id: str
    signal: SignalKind
    room_id: str | None
    by_id: str | None
    at: datetime
    content_id: str
    seen_id: str | None = None


class Notice(Item, kw_only=True):
    """What became of a session or contribution that a member cares for."""

    CONTENTS: ClassVar[dict[str, str]] = {}
    kind: NoticeKind
    session_id: str
    at: datetime
    other_id: str | None = None
    room_id: str | None = None
    slot_id: str | None = None
    contribution_id: str | None = None


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


class HiddenNote(Item, kw_only=True):
    """Why a contribution is hidden and, for staff, what it said."""

    CONTENTS: ClassVar[dict[str, str]] = {"reason_id": "reason", "text_id": "text"}
    contribution_id: str
    reason_id: str | None = None
    text_id: str | None = None
    category: HideCategory | None = None
    by_id: str | None = None


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


class Invite(Item, kw_only=True):
    """A link that gives a duty."""

    invite_id: str
    content_id: str
    duty: str
    revoked: bool = False


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


class MeetingState(Item, kw_only=True):
    """Everything that a feed, or the whole journal, says of a meeting."""

    CONTENTS: ClassVar[dict[str, str]] = {
        "content_id": "content",
        "response_id": "response",
    }
    slug: str = ""
    content_id: str | None = None
    timezone: str = "UTC"
    visibility: Visibility = "public"
    moderation: Moderation = "after"
    on_air: OnAir = "by_hand"
    demonstration: bool = False
    series_id: str | None = None
    phase: Phase = "none"
    starts_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    rooms: dict[str, Room] = {}
    slots: dict[str, Slot] = {}
    markers: dict[str, Marker] = {}
    # by room
    agenda: dict[str, Agenda] = {}
    sessions: dict[str, Session] = {}
    contributions: dict[str, Contribution] = {}
    attendance: dict[str, int] = {}
    hands: dict[str, Hand] = {}
    notes: dict[str, Note] = {}
    # until when the team promises to have answered every question
    response_until: datetime | None = None
    response_id: str | None = None
    # by contribution: the answer that stands
    answers: dict[str, Answer] = {}
    # by contribution/version: what was said before
    former_answers: dict[str, Answer] = {}
    # by room; "" is the whole meeting
    spotlights: dict[str, Spotlight] = {}
    outcomes: dict[str, Outcome] = {}
    updates: dict[str, Update] = {}
    questions: dict[str, Question] = {}
    # how many said that they are in a room
    here: dict[str, int] = {}
    board_mode: BoardMode = "open"
    counts: Counts = "shown"
    proposals: Openness = "open"
    voting: Openness = "open"
    pitch_queue: list[str] = []
    pitching: str | None = None
    # where a session went that is part of another now
    merged: dict[str, str] = {}
    sessions_ever: int = 0
    cancelled: dict[str, Cancelled] = {}
    # by version, as text; the last one stands
    ground_rules: dict[str, GroundRules] = {}
    thread_modes: dict[str, Moderation] = {}
    slow: dict[str, int] = {}
    calm: bool = False
    # staff, and a member's own
    mutes: dict[str, Mute] = {}
    flags: dict[str, Flag] = {}
    # by contribution
    appeals: dict[str, Appeal] = {}
    cut_requests: dict[str, CutRequest] = {}
    # staff
    screening: dict[str, Screening] = {}
    seals: dict[str, Seal] = {}
    embargoes: dict[str, Embargo] = {}
    hidden_interest: dict[str, int] = {}
    spotlight_queue: list[str] = []
    invites: dict[str, Invite] = {}
    prepared: dict[str, Preparation] = {}
    duties: dict[str, dict[str, str | None]] = {}
    card_series: dict[str, CardSeries] = {}
    # by number, as text
    cards: dict[str, PaperCard] = {}
    next_card: int = 1
    removed: dict[str, datetime] = {}
    hidden_notes: dict[str, HiddenNote] = {}
    # the team: staff, and in their own feeds who look after a room
    signals: dict[str, Signal] = {}
    # staff
    prepared_questions: dict[str, Question] = {}
    # reporters
    drafts: dict[str, Update] = {}
    # a member's own feed (in the whole journal: everyone's)
    consents: dict[str, Consent] = {}
    authored: dict[str, OwnContribution] = {}
    # the accepted version of the ground rules, by member
    rules_accepted: dict[str, int] = {}
    interest_votes: dict[str, dict[str, int]] = {}
    support_votes: dict[str, dict[str, int]] = {}
    question_ballots: dict[str, dict[str, Ballot]] = {}
    stars: dict[str, dict[str, int]] = {}
    # in which room a member is
    places: dict[str, str] = {}
    # by member and session: the newest only
    notices: dict[str, dict[str, Notice]] = {}
    merge_asks: dict[str, MergeAsk] = {}
    cohost_asks: dict[str, CohostAsk] = {}

    def standing(self, session_id: str) -> str:
        """Return the id under which a session stands now: what it was merged into."""
        while session_id in self.merged:
            session_id = self.merged[session_id]
        return session_id

    def taken_by(self, room_id: str, slot_id: str) -> str | None:
        """Return the id of the session at room x slot, if any."""
        for session in self.sessions.values():
            if session.room_id == room_id and session.slot_id == slot_id:
                return session.session_id
        return None


def encode_state(state: MeetingState) -> bytes:
    """Return a state as JSON, for a stored snapshot."""
    return msgspec.json.encode(state)


def decode_state(body: bytes | str) -> MeetingState:
    """Read a stored snapshot."""
    return msgspec.json.decode(body, type=MeetingState)
