"""What commands lead to: live updates and quick questions."""

from __future__ import annotations

from folkmoot.core.command import Command
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.live import commands as cmd
from folkmoot.core.live import questions, report
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
        case cmd.PrepareQuestion():
            questions.prepare_question(state, draft, actor, command)
        case cmd.OpenQuestion():
            questions.open_question(state, draft, actor, command.question_id)
        case cmd.CloseQuestion():
            questions.close_question(state, draft, actor, command.question_id)
        case cmd.RemoveQuestion():
            question_id = command.question_id
            written = shelf.written(question_id)
            questions.remove_question(state, draft, actor, question_id, written)
        case cmd.AnswerQuestion():
            questions.answer_question(state, draft, actor, command)
        case cmd.PostUpdate():
            report.post_update(state, draft, actor, command)
        case cmd.DraftUpdate():
            report.draft_update(state, draft, actor, command)
        case cmd.EditUpdate() | cmd.CorrectUpdate():
            report.edit_update(state, draft, actor, command, expect, shelf)
        case cmd.PublishUpdate():
            report.publish_update(state, draft, actor, command.update_id, expect, shelf)
        case cmd.PinUpdate():
            report.pin_update(state, draft, actor, command)
        case cmd.WithdrawUpdate():
            report.withdraw_update(state, draft, actor, command.update_id, shelf)
        case cmd.AddUpdatePicture():
            report.add_picture(state, draft, actor, command, shelf)
        case _:
            raise Refusal("unknown_command", "There is no such command.")
