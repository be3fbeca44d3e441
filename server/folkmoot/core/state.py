"""A meeting as it stands: the fold of a journal's entries, whole or of one feed.

The same `apply` folds the whole journal (what decisions look at) and a single
feed (what its readers get), so nothing of one feed can leak into another's
state. Structs here change in place: the journal owns them. What a state holds
stands in the subjects' own `state`, and here under one name.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from folkmoot.core.board.events import BoardMode, Counts
from folkmoot.core.board.state import *
from folkmoot.core.broadcast.events import OnAir
from folkmoot.core.broadcast.state import *
from folkmoot.core.follow_up.state import *
from folkmoot.core.item import Item
from folkmoot.core.live.state import *
from folkmoot.core.meeting.events import Openness, Visibility
from folkmoot.core.meeting.state import *
from folkmoot.core.moderation.events import Moderation
from folkmoot.core.moderation.state import *
from folkmoot.core.talk.state import *


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
