"""What commands lead to: answers, actions, outcomes, the spotlight."""

from __future__ import annotations

from folkmoot.core.command import Command
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.follow_up import actions, answers, outcomes, spotlight
from folkmoot.core.follow_up import commands as cmd
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
        case cmd.PromiseResponse():
            text = shelf.text(state.response_id) if state.response_id else {}
            answers.promise_response(state, draft, actor, command, text)
        case cmd.AnswerContribution():
            answer = state.answers.get(command.contribution_id)
            text = shelf.text(answer.content_id) if answer else {}
            answers.answer_contribution(state, draft, actor, command, expect, text)
        case cmd.WithdrawAnswer():
            written = shelf.written(f"answer:{command.contribution_id}")
            answers.withdraw_answer(state, draft, actor, command, written)
        case cmd.SpotlightContribution():
            spotlight.spotlight_contribution(state, draft, actor, command)
        case cmd.AddAction():
            actions.add_action(state, draft, actor, command)
        case cmd.TakeAction():
            note = state.notes.get(command.note_id)
            text = shelf.text(note.content_id) if note else {}
            actions.take_action(state, draft, actor, command.note_id, text)
        case cmd.MoveAction():
            note = state.notes.get(command.note_id)
            text = shelf.text(note.progress_id) if note and note.progress_id else {}
            actions.move_action(state, draft, actor, command, expect, text)
        case cmd.WriteOutcome():
            outcome = state.outcomes.get(command.outcome_id or "")
            text = shelf.text(outcome.content_id) if outcome else {}
            outcomes.write_outcome(state, draft, actor, command, expect, text)
        case cmd.RemoveOutcome():
            item_id = command.outcome_id
            written = shelf.written(item_id) if item_id in state.outcomes else []
            outcomes.remove_outcome(state, draft, actor, item_id, written)
        case _:
            raise Refusal("unknown_command", "There is no such command.")
