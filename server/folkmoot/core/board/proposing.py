"""Decisions on sessions: propose, edit, place, move, withdraw, "I would come"."""

from __future__ import annotations

from collections import Counter
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.hosting import end_asks
from folkmoot.core.board.notices import tell, tell_of_move, who_cares
from folkmoot.core.board.sessions import (
    Text,
    check_version,
    hosts,
    need_member,
    need_own,
    need_session,
    need_standing,
    owns,
)
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import BALLOTS, PARTICIPANTS, PUBLIC, STAFF, member_feed
from folkmoot.core.meeting.lifecycle import need_live_or_coming, need_room, need_slot
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import MeetingState, Room, Session, Slot
from folkmoot.core.talk.contributions import feed_of, is_readable

MAX_SESSIONS = 2_000
# What can be asked of a room before any room says that it has it.
FEATURES = (
    "step-free",
    "hearing-loop",
    "stream",
    "projector",
    "quiet",
    "movable-chairs",
)


def propose_session(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.ProposeSession
) -> None:
    """Put a session among the proposals, with a host or asking for one."""
    need_live_or_coming(state)
    if state.proposals == "closed" and not actor.facilitates:
        raise Refusal(
            "proposals_closed", "No more sessions can be proposed in this meeting."
        )
    need_space(state)
    needs = _need_features(state, command.needs)
    wished = _need_times(state, command.wished)
    ask = not command.hosting
    session_id = draft.ids.new("s")
    draft.say(
        PUBLIC,
        ev.SessionProposed(
            session_id=session_id,
            host_id=None if ask else actor.member_id,
            ask=ask,
            asked_by=actor.member_id if ask else None,
            needs=needs,
            wished=wished,
            scope=command.scope,
            content_id=draft.write(
                session_id,
                title=command.title,
                pitch=command.pitch,
                wants=command.wants,
                host="" if ask else actor.name,
                cohosts=[],
                tags=_clean_tags(command.tags),
                asker=actor.name if ask else "",
                **actor.origin,
            ),
        ),
    )
    if ask and actor.member_id is not None:
        # Who asks for a session wants to come to it.
        _say_interest(draft, session_id, actor.member_id, 1)
    draft.data["session_id"] = session_id


def edit_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditSession,
    expect: int | None,
    text: Text,
) -> None:
    """Give a session's text anew; proposal and placed session are one thing."""
    session = need_own(state, actor, command.session_id)
    check_version(session, expect)
    given: dict[str, Any] = {
        name: value
        for name in ("title", "pitch", "wants")
        if (value := getattr(command, name)) is not None
    }
    if command.tags is not None:
        given["tags"] = _clean_tags(command.tags)
    needs, wished = command.needs, command.wished
    draft.say(
        PUBLIC,
        ev.SessionEdited(
            session_id=session.session_id,
            content_id=draft.write(session.session_id, **{**text, **given}),
            version=session.version + 1,
            needs=None if needs is None else _need_features(state, needs),
            wished=None if wished is None else _need_times(state, wished),
        ),
    )
    draft.data["version"] = session.version + 1


def place_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.PlaceSession,
    expect: int | None,
) -> None:
    """Put a session at room x time; also moves it."""
    session = need_own(state, actor, command.session_id)
    room = need_room(state, command.room_id)
    slot = need_slot(state, command.slot_id)
    if (session.room_id, session.slot_id) == (room.room_id, slot.slot_id):
        return
    _need_placer(state, actor, session)
    check_version(session, expect)
    check_free(room, slot)
    if (other := state.taken_by(room.room_id, slot.slot_id)) is not None:
        raise slot_taken(other)
    draft.say(
        PUBLIC,
        ev.SessionPlaced(
            session_id=session.session_id,
            room_id=room.room_id,
            slot_id=slot.slot_id,
            version=session.version + 1,
        ),
    )
    tell_of_move(
        state, draft, actor, session, room_id=room.room_id, slot_id=slot.slot_id
    )
    _say_undo(draft, session)


def unplace_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    session_id: str,
    expect: int | None,
) -> None:
    """Put a session back to the proposals."""
    session = need_own(state, actor, session_id)
    if session.slot_id is None:
        return
    _need_placer(state, actor, session)
    check_version(session, expect)
    draft.say(
        PUBLIC,
        ev.SessionUnplaced(session_id=session_id, version=session.version + 1),
    )
    tell_of_move(state, draft, actor, session, room_id=None, slot_id=None)
    _say_undo(draft, session)


def withdraw_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    session_id: str,
    written: list[str],
) -> None:
    """Take a session back; `written` are all its texts, which are deleted."""
    session = need_own(state, actor, session_id)
    if len(session.host_ids) > 1 and not actor.facilitates:
        raise Refusal(
            "others_host",
            "Others host this session with you. Leave it to them, "
            "or ask a facilitator to take it off.",
        )
    concerned = who_cares(state, session) - {actor.member_id or ""}
    end_asks(state, draft, session)
    draft.say(PUBLIC, ev.SessionWithdrawn(session_id=session.session_id))
    tell(
        draft,
        "cancelled",
        session,
        concerned,
        room_id=session.room_id,
        slot_id=session.slot_id,
    )
    draft.erased.extend(written)


def label_session(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.LabelSession
) -> None:
    """Say what people can do about a session's subject."""
    session = need_own(state, actor, command.session_id)
    if session.scope != command.scope:
        draft.say(
            PUBLIC,
            ev.SessionLabelled(session_id=session.session_id, scope=command.scope),
        )


def pin_session(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PinSession
) -> None:
    """Keep a session where it stands in suggested timetables, or no longer."""
    need_facilitator(actor, "pin sessions")
    session = need_session(state, command.session_id)
    if session.pinned != command.pinned:
        draft.say(
            PUBLIC,
            ev.SessionPinned(session_id=session.session_id, pinned=command.pinned),
        )


def set_interest(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.SetInterest
) -> None:
    """Note "I would come"; a state, not a count, so said twice is said once."""
    session = need_standing(state, command.session_id)
    member_id = need_member(actor)
    standing = state.interest_votes.get(session.session_id, {})
    if standing.get(member_id, 0) == command.level:
        return
    if state.voting == "closed":
        raise Refusal("voting_closed", "It is no longer asked who would come.")
    _say_interest(draft, session.session_id, member_id, command.level)


def star_session(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.StarSession
) -> None:
    """Keep a session on one's own agenda; nobody else learns of it."""
    session = need_standing(state, command.session_id)
    member_id = need_member(actor)
    standing = state.stars.get(session.session_id, {})
    if standing.get(member_id, 0) != command.level:
        draft.say(
            member_feed(member_id),
            ev.StarSet(
                session_id=session.session_id,
                member_id=member_id,
                level=command.level,
            ),
        )


def publish_tallies(state: MeetingState, draft: Decision) -> None:
    """Publish all counts that differ from what their readers have.

    While counts of interest are hidden, only staff read them.
    """
    interest: dict[str, int] = {}
    hidden: dict[str, int] = {}
    for session_id, session in state.sessions.items():
        count = len(state.interest_votes.get(session_id, ()))
        if state.counts == "shown" and count != session.interest:
            interest[session_id] = count
        if state.counts == "hidden" and count != state.hidden_interest.get(
            session_id, 0
        ):
            hidden[session_id] = count
    support = _count_support(state)
    here = _count_here(state)
    public = support.get(PUBLIC, {})
    if interest or public or here:
        draft.say(
            PUBLIC, ev.TalliesChanged(interest=interest, support=public, here=here)
        )
    if among := support.get(PARTICIPANTS):
        draft.say(PARTICIPANTS, ev.TalliesChanged(interest={}, support=among, here={}))
    if hidden:
        draft.say(STAFF, ev.HiddenTalliesCounted(interest=hidden))


def _count_support(state: MeetingState) -> dict[str, dict[str, int]]:
    """Return by feed how many support what its readers read, where that has changed."""
    support: dict[str, dict[str, int]] = {}
    for key, contribution in state.contributions.items():
        count = len(state.support_votes.get(key, ()))
        if is_readable(contribution) and count != contribution.support:
            support.setdefault(feed_of(contribution), {})[key] = count
    return support


def _count_here(state: MeetingState) -> dict[str, int]:
    """Return by room how many are in it, where that has changed."""
    counts = Counter(state.places.values())
    return {
        room_id: counts[room_id]
        for room_id in state.rooms
        if counts[room_id] != state.here.get(room_id, 0)
    }


def need_space(state: MeetingState) -> None:
    """Refuse a session that the board can't hold."""
    if len(state.sessions) >= MAX_SESSIONS:
        raise Refusal("board_full", f"A board holds at most {MAX_SESSIONS} sessions.")


def check_free(room: Room, slot: Slot) -> None:
    """Refuse a place in a closed room or in a break."""
    if room.closed:
        raise Refusal("room_closed", "This room can't be used any more.")
    if slot.kind == "break":
        raise Refusal("time_is_break", "This time is a break.")


def slot_taken(session_id: str) -> Refusal:
    """Return the refusal of a place where this session stands."""
    return Refusal(
        "slot_taken",
        "Another session already stands in this room at this time.",
        data={"session_id": session_id},
    )


def _need_placer(state: MeetingState, actor: Actor, session: Session) -> None:
    """Refuse to who may change a session but not say where it stands."""
    if actor.facilitates:
        return
    if session.ask or (owns(actor, session) and not hosts(actor, session)):
        raise Refusal("nobody_hosts", "A session needs a host before it has a place.")
    if state.board_mode == "open":
        return
    if state.board_mode == "queue":
        if state.pitching == session.session_id:
            return
        raise Refusal(
            "not_your_turn",
            "Here a session is placed when its host has presented it. "
            "Wait until you are called.",
        )
    raise Refusal(
        "facilitators_place", "In this meeting the facilitators place the sessions."
    )


def _say_interest(draft: Decision, session_id: str, member_id: str, level: int) -> None:
    event = ev.InterestSet(session_id=session_id, member_id=member_id, level=level)
    draft.say(BALLOTS, event)
    draft.say(member_feed(member_id), event)


def _say_undo(draft: Decision, session: Session) -> None:
    """Answer with the command that takes a move back, unless somebody moved on."""
    undo: dict[str, Any] = {
        "type": "session.unplace",
        "data": {"session_id": session.session_id},
        "expect": session.version + 1,
    }
    if session.room_id is not None and session.slot_id is not None:
        undo["type"] = "session.place"
        undo["data"] |= {"room_id": session.room_id, "slot_id": session.slot_id}
    draft.data |= {"version": session.version + 1, "undo": undo}


def _need_features(state: MeetingState, needs: list[str]) -> tuple[str, ...]:
    """Return features without repeats; what no room can have is refused."""
    known = {*FEATURES, *(f for room in state.rooms.values() for f in room.features)}
    for feature in needs:
        if feature not in known:
            raise Refusal(
                "no_such_feature", "One of the needs is not something rooms here have."
            )
    return tuple(dict.fromkeys(needs))


def _need_times(state: MeetingState, wished: list[str]) -> tuple[str, ...]:
    for slot_id in wished:
        need_slot(state, slot_id)
    return tuple(dict.fromkeys(wished))


def _clean_tags(tags: list[str]) -> list[str]:
    """Return tags without white space around and without repeats."""
    kept = {tag.strip().casefold(): tag.strip() for tag in tags if tag.strip()}
    return list(kept.values())
