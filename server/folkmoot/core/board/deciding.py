"""What commands lead to: sessions, their places, people and notes."""

from __future__ import annotations

from folkmoot.core.board import commands as cmd
from folkmoot.core.board import (
    hands,
    hosting,
    market,
    merging,
    notes,
    notices,
    proposing,
    running,
)
from folkmoot.core.board.sessions import need_session
from folkmoot.core.command import Command
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState


def decide(
    state: MeetingState,
    draft: Decision,
    command: Command,
    actor: Actor,
    expect: int | None,
    shelf: Shelf,
) -> None:
    """Fill `draft` with what a command leads to."""
    match command:
        case cmd.SetInterest():
            proposing.set_interest(state, draft, actor, command)
        case cmd.ProposeSession():
            proposing.propose_session(state, draft, actor, command)
        case cmd.EditSession():
            text = _session_text(state, shelf, command.session_id)
            proposing.edit_session(state, draft, actor, command, expect, text)
        case cmd.PlaceSession():
            proposing.place_session(state, draft, actor, command, expect)
        case cmd.UnplaceSession():
            proposing.unplace_session(state, draft, actor, command.session_id, expect)
        case cmd.WithdrawSession():
            written = _session_texts(state, shelf, command.session_id)
            proposing.withdraw_session(state, draft, actor, command.session_id, written)
        case cmd.StartSession():
            running.start_session(state, draft, actor, command.session_id)
        case cmd.FinishSession():
            running.finish_session(state, draft, actor, command.session_id)
        case cmd.ExtendSession():
            running.extend_session(state, draft, actor, command)
        case cmd.ShiftTimes():
            running.shift_times(state, draft, actor, command)
        case cmd.SetHere():
            running.set_here(state, draft, actor, command.room_id)
        case cmd.RaiseHand():
            hands.raise_hand(state, draft, actor, command.session_id)
        case cmd.LowerHand():
            hands.lower_hand(state, draft, actor, command)
        case cmd.AddNote():
            notes.add_note(state, draft, actor, command)
        case cmd.AddPhoto():
            notes.add_photo(state, draft, actor, command)
        case cmd.EditNote():
            note = state.notes.get(command.note_id)
            text = shelf.text(note.content_id) if note else {}
            notes.edit_note(state, draft, actor, command, expect, text)
        case cmd.RemoveNote():
            written = shelf.written(command.note_id)
            notes.remove_note(state, draft, actor, command, expect, written)
        case cmd.TakeUpSession():
            text = _session_text(state, shelf, command.session_id)
            hosting.take_up_session(state, draft, actor, command.session_id, text)
        case cmd.CohostSession():
            hosting.cohost_session(state, draft, actor, command, shelf)
        case cmd.MergeSessions():
            merging.merge_sessions(state, draft, actor, command, expect, shelf)
        case cmd.DeclineMerge():
            merging.decline_merge(state, draft, actor, command)
        case cmd.SplitSession():
            text = _session_text(state, shelf, command.session_id)
            merging.split_session(state, draft, actor, command, expect, text)
        case cmd.LabelSession():
            proposing.label_session(state, draft, actor, command)
        case cmd.PinSession():
            proposing.pin_session(state, draft, actor, command)
        case cmd.StarSession():
            proposing.star_session(state, draft, actor, command)
        case cmd.DismissNotice():
            notices.dismiss_notice(state, draft, actor, command)
        case cmd.BoardRules():
            market.change_rules(state, draft, actor, command)
        case cmd.ArrangeBoard():
            market.arrange_board(state, draft, actor, command)
        case cmd.QueuePitch():
            market.queue_pitch(state, draft, actor, command.session_id)
        case cmd.LeavePitch():
            market.leave_pitch(state, draft, actor, command.session_id)
        case cmd.CallPitch():
            market.call_pitch(state, draft, actor, command)
        case _:
            raise Refusal("unknown_command", "There is no such command.")


def _session_text(
    state: MeetingState, shelf: Shelf, session_id: str
) -> dict[str, object]:
    return shelf.text(need_session(state, session_id).content_id)


def _session_texts(state: MeetingState, shelf: Shelf, session_id: str) -> list[str]:
    """Return all texts of a session and of what was merged into it."""
    session = state.sessions.get(session_id)
    ids = (session_id, *session.merged_ids) if session else (session_id,)
    ids += tuple(n.note_id for n in state.notes.values() if n.session_id == session_id)
    return [content_id for item_id in ids for content_id in shelf.written(item_id)]
