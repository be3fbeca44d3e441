"""Decisions on the board as a whole: its rules, pitches, many moves at once."""

from __future__ import annotations

from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.notices import tell_of_move
from folkmoot.core.board.proposing import check_free, slot_taken
from folkmoot.core.board.sessions import (
    check_version,
    hosts,
    need_own,
    need_session,
)
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.meeting.lifecycle import need_room, need_slot
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import MeetingState, Session


def change_rules(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.BoardRules
) -> None:
    """Say who places sessions, whether counts show, and what is open."""
    need_facilitator(actor, "set how the timetable is made")
    event = ev.BoardRulesChanged(
        mode=command.mode or state.board_mode,
        counts=command.counts or state.counts,
        proposals=command.proposals or state.proposals,
        voting=command.voting or state.voting,
    )
    standing = ev.BoardRulesChanged(
        mode=state.board_mode,
        counts=state.counts,
        proposals=state.proposals,
        voting=state.voting,
    )
    if event != standing:
        draft.say(PUBLIC, event)


def arrange_board(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.ArrangeBoard
) -> None:
    """Move several sessions in one step, all or none; they may change places."""
    need_facilitator(actor, "move several sessions at once")
    moving = {move.session_id for move in command.moves}
    if len(moving) != len(command.moves):
        raise Refusal("moved_twice", "A session can move to one place only.")
    taken = {
        (session.room_id, session.slot_id): session_id
        for session_id, session in state.sessions.items()
        if session.slot_id is not None and session_id not in moving
    }
    moves: list[ev.Move] = []
    for wanted in command.moves:
        session = need_session(state, wanted.session_id)
        check_version(session, wanted.expect)
        room_id, slot_id = _read_place(state, session, wanted)
        if slot_id is not None:
            if (other := taken.get((room_id, slot_id))) is not None:
                raise slot_taken(other)
            taken[(room_id, slot_id)] = session.session_id
        if (room_id, slot_id) != (session.room_id, session.slot_id):
            move = ev.Move(
                session_id=session.session_id,
                version=session.version + 1,
                room_id=room_id,
                slot_id=slot_id,
            )
            moves.append(move)
    if not moves:
        return
    draft.say(PUBLIC, ev.BoardArranged(moves=tuple(moves)))
    for move in moves:
        session = state.sessions[move.session_id]
        tell_of_move(
            state, draft, actor, session, room_id=move.room_id, slot_id=move.slot_id
        )
    back = [_back(state.sessions[move.session_id]) for move in moves]
    draft.data["undo"] = {"type": "board.arrange", "data": {"moves": back}}


def queue_pitch(
    state: MeetingState, draft: Decision, actor: Actor, session_id: str
) -> None:
    """Wait for one's turn to present a session."""
    session = need_own(state, actor, session_id)
    if state.board_mode != "queue":
        raise Refusal("no_queue", "Sessions are not presented one by one here.")
    if not (hosts(actor, session) or actor.facilitates):
        raise Refusal("nobody_hosts", "Who presents a session hosts it.")
    if session_id not in (*state.pitch_queue, state.pitching):
        draft.say(PUBLIC, ev.PitchQueued(session_id=session_id))


def leave_pitch(
    state: MeetingState, draft: Decision, actor: Actor, session_id: str
) -> None:
    """No longer wait for one's turn."""
    need_own(state, actor, session_id)
    if session_id in state.pitch_queue:
        draft.say(PUBLIC, ev.PitchUnqueued(session_id=session_id))


def call_pitch(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.CallPitch
) -> None:
    """Call the next session to be presented, or a certain one, or none any more."""
    need_facilitator(actor, "call who presents")
    if state.board_mode != "queue":
        raise Refusal("no_queue", "Sessions are not presented one by one here.")
    session_id = command.session_id
    if session_id is not None:
        need_session(state, session_id)
    elif not command.end:
        if not state.pitch_queue:
            raise Refusal("queue_empty", "Nobody waits to present a session.")
        session_id = state.pitch_queue[0]
    if session_id != state.pitching:
        draft.say(PUBLIC, ev.PitchCalled(session_id=session_id))
    draft.data["session_id"] = session_id


def _read_place(
    state: MeetingState, session: Session, wanted: cmd.ArrangeMove
) -> tuple[str | None, str | None]:
    if wanted.room_id is None and wanted.slot_id is None:
        return None, None
    if wanted.room_id is None or wanted.slot_id is None:
        raise Refusal("bad_place", "A place is a room and a time, or neither.")
    room = need_room(state, wanted.room_id)
    slot = need_slot(state, wanted.slot_id)
    if (room.room_id, slot.slot_id) != (session.room_id, session.slot_id):
        check_free(room, slot)
    return room.room_id, slot.slot_id


def _back(session: Session) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "room_id": session.room_id,
        "slot_id": session.slot_id,
        "expect": session.version + 1,
    }
