"""Fold events into a meeting's state: the one place that knows what a fact means.

`apply` works on the whole journal and on a single feed alike, so a fact about
something that this feed never told of changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.board import folding as board_folding
from folkmoot.core.board import running_folding
from folkmoot.core.broadcast import folding as media_folding
from folkmoot.core.folds import FOLDERS, folds
from folkmoot.core.follow_up import folding as answers_folding
from folkmoot.core.live import questions_folding, report_folding
from folkmoot.core.moderation import folding as moderation_folding
from folkmoot.core.talk import folding as threads_folding

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState

# Their folds register themselves.
_ = (
    answers_folding,
    board_folding,
    media_folding,
    moderation_folding,
    questions_folding,
    report_folding,
    running_folding,
    threads_folding,
)


def apply(state: MeetingState, event: ev.AnyEvent, at: datetime) -> None:
    """Change `state` in place by one event that happened at `at`."""
    FOLDERS[type(event)](state, event, at)


# --- the meeting -----------------------------------------------------------


@folds(ev.MeetingCreated)
def _created(state: MeetingState, event: ev.MeetingCreated, _at: datetime) -> None:
    state.slug = event.slug
    state.content_id = event.content_id
    state.timezone = event.timezone
    state.visibility = event.visibility
    state.moderation = event.moderation
    state.on_air = event.on_air
    state.starts_at = event.starts_at
    state.series_id = event.series_id
    state.demonstration = event.demonstration
    state.phase = "upcoming"


@folds(ev.MeetingEdited)
def _edited(state: MeetingState, event: ev.MeetingEdited, _at: datetime) -> None:
    state.content_id = event.content_id
    state.moderation = event.moderation
    state.starts_at = event.starts_at
    state.visibility = event.visibility or state.visibility


@folds(ev.MeetingOpened, ev.MeetingReopened)
def _opened(state: MeetingState, _event: ev.Event, at: datetime) -> None:
    state.phase = "live"
    state.opened_at = state.opened_at or at
    state.ended_at = None


@folds(ev.MeetingEnded)
def _ended(state: MeetingState, _event: ev.MeetingEnded, at: datetime) -> None:
    state.phase = "ended"
    state.ended_at = at
    for room in state.rooms.values():
        was_off = room.channel == "off"
        room.channel = "off"
        room.reason_id = None
        room.held_from = None
        media_folding.end_pause(room, at)
        if not was_off:
            media_folding.note_airing(room, at)
    for session in state.sessions.values():
        running_folding.close_span(session, at)
    state.hands = {}


@folds(ev.RoomAdded)
def _room_added(state: MeetingState, event: ev.RoomAdded, _at: datetime) -> None:
    state.rooms[event.room_id] = st.Room(
        room_id=event.room_id,
        slug=event.slug,
        content_id=event.content_id,
        capacity=event.capacity,
        features=event.features,
    )


@folds(ev.RoomEdited)
def _room_edited(state: MeetingState, event: ev.RoomEdited, at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.content_id = event.content_id
        room.capacity = event.capacity
        room.features = event.features
        board_folding.note_change(state, at, room_id=event.room_id)


@folds(ev.RoomClosed)
def _room_closed(state: MeetingState, event: ev.RoomClosed, at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.closed = True
        room.closed_at = at
        room.closed_reason_id = event.content_id


@folds(ev.RoomReopened)
def _room_reopened(state: MeetingState, event: ev.RoomReopened, _at: datetime) -> None:
    if room := state.rooms.get(event.room_id):
        room.closed = False
        room.closed_at = room.closed_reason_id = None


@folds(ev.RoomRemoved)
def _room_removed(state: MeetingState, event: ev.RoomRemoved, _at: datetime) -> None:
    state.rooms.pop(event.room_id, None)
    state.here.pop(event.room_id, None)
    state.places = {
        member_id: room_id
        for member_id, room_id in state.places.items()
        if room_id != event.room_id
    }


@folds(ev.SlotAdded)
def _slot_added(state: MeetingState, event: ev.SlotAdded, _at: datetime) -> None:
    state.slots[event.slot_id] = st.Slot(
        slot_id=event.slot_id,
        content_id=event.content_id,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        kind=event.kind,
    )


@folds(ev.SlotEdited)
def _slot_edited(state: MeetingState, event: ev.SlotEdited, at: datetime) -> None:
    if slot := state.slots.get(event.slot_id):
        slot.content_id = event.content_id
        slot.kind = event.kind
        slot.starts_at = event.starts_at
        slot.ends_at = event.ends_at
        board_folding.note_change(state, at, slot_id=event.slot_id)
        for session in state.sessions.values():
            if session.slot_id == event.slot_id:
                session.until_at = None


@folds(ev.SlotRemoved)
def _slot_removed(state: MeetingState, event: ev.SlotRemoved, _at: datetime) -> None:
    state.slots.pop(event.slot_id, None)


# --- members ---------------------------------------------------------------


@folds(ev.InviteMade)
def _invite_made(state: MeetingState, event: ev.InviteMade, _at: datetime) -> None:
    state.invites[event.invite_id] = st.Invite(
        invite_id=event.invite_id, content_id=event.content_id, duty=event.duty
    )


@folds(ev.InviteRevoked)
def _invite_revoked(
    state: MeetingState, event: ev.InviteRevoked, _at: datetime
) -> None:
    if invite := state.invites.get(event.invite_id):
        invite.revoked = True
    for member_id in list(state.duties):
        kept = {
            duty: by
            for duty, by in state.duties[member_id].items()
            if by != event.invite_id
        }
        if kept:
            state.duties[member_id] = kept
        else:
            del state.duties[member_id]


@folds(ev.DutyGranted)
def _duty_granted(state: MeetingState, event: ev.DutyGranted, _at: datetime) -> None:
    state.duties.setdefault(event.member_id, {})[event.duty] = event.invite_id


@folds(ev.DutyRevoked)
def _duty_revoked(state: MeetingState, event: ev.DutyRevoked, _at: datetime) -> None:
    duties = state.duties.get(event.member_id, {})
    duties.pop(event.duty, None)
    if not duties:
        state.duties.pop(event.member_id, None)


@folds(ev.SignalSent)
def _signal_sent(state: MeetingState, event: ev.SignalSent, at: datetime) -> None:
    while len(state.signals) >= st.SIGNALS_KEPT:
        del state.signals[next(iter(state.signals))]
    state.signals[event.signal_id] = st.Signal(
        signal_id=event.signal_id,
        signal=event.signal,
        room_id=event.room_id,
        by_id=event.by_id,
        at=at,
        content_id=event.content_id,
    )


@folds(ev.SignalSeen)
def _signal_seen(state: MeetingState, event: ev.SignalSeen, _at: datetime) -> None:
    if signal := state.signals.get(event.signal_id):
        signal.seen_id = event.content_id


@folds(ev.MemberRemoved)
def _member_removed(state: MeetingState, event: ev.MemberRemoved, at: datetime) -> None:
    state.removed[event.member_id] = at
    state.duties.pop(event.member_id, None)


@folds(ev.MemberReadmitted)
def _member_readmitted(
    state: MeetingState, event: ev.MemberReadmitted, _at: datetime
) -> None:
    state.removed.pop(event.member_id, None)


@folds(ev.AttendanceCounted)
def _attendance(
    state: MeetingState, event: ev.AttendanceCounted, _at: datetime
) -> None:
    state.attendance = dict(event.counts)


# --- paper -----------------------------------------------------------------


@folds(ev.CardsIssued)
def _cards_issued(state: MeetingState, event: ev.CardsIssued, at: datetime) -> None:
    state.card_series[event.series_id] = st.CardSeries(
        series_id=event.series_id,
        content_id=event.content_id,
        kind=event.kind,
        first=event.first,
        count=event.count,
        issued_at=at,
    )
    state.next_card = event.first + event.count


@folds(ev.CardRedeemed)
def _card_redeemed(state: MeetingState, event: ev.CardRedeemed, at: datetime) -> None:
    state.cards[str(event.number)] = st.PaperCard(
        number=event.number,
        content_id=event.content_id,
        member_id=event.member_id,
        redeemed_at=at,
        helper_id=event.helper_id,
        table=event.table,
        session_ids=event.session_ids,
        contribution_ids=event.contribution_ids,
        interests=event.interests,
        reply=event.reply,
    )


@folds(ev.CardServed)
def _card_served(state: MeetingState, event: ev.CardServed, _at: datetime) -> None:
    if card := state.cards.get(str(event.number)):
        card.served += 1


@folds(ev.CardReplied)
def _card_replied(state: MeetingState, event: ev.CardReplied, _at: datetime) -> None:
    if card := state.cards.get(str(event.number)):
        card.replied = True
        card.content_id = event.content_id


# --- counts ----------------------------------------------------------------


@folds(ev.TalliesChanged)
def _tallies(state: MeetingState, event: ev.TalliesChanged, _at: datetime) -> None:
    for session_id, count in event.interest.items():
        if session := state.sessions.get(session_id):
            session.interest = count
    for contribution_id, count in event.support.items():
        if contribution := state.contributions.get(contribution_id):
            contribution.support = count
    state.here.update(event.here)


if _missing := set(ev.KINDS.values()) - set(FOLDERS):
    raise TypeError(f"No fold for {sorted(kind.__name__ for kind in _missing)}")
