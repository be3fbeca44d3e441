"""What commands lead to: what waits, what is hidden, and how people write."""

from __future__ import annotations

from folkmoot.core.command import Command
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.moderation import commands as cmd
from folkmoot.core.moderation import house_rules, reviewing, seals
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.contributions import all_texts


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
        case cmd.LabelContribution():
            reviewing.label_contribution(state, draft, actor, command)
        case cmd.PublishContribution():
            reviewing.publish_contribution(state, draft, actor, command.contribution_id)
        case cmd.HideContribution():
            written = all_texts(shelf, command.contribution_id)
            reviewing.hide_contribution(state, draft, actor, command, written)
        case cmd.ReturnContribution():
            item_id = command.contribution_id
            written = all_texts(shelf, item_id)
            reviewing.return_contribution(state, draft, actor, item_id, written)
        case cmd.FlagContribution():
            reviewing.flag_contribution(state, draft, actor, command)
        case cmd.SettleFlags():
            reviewing.settle_flags(state, draft, actor, command.contribution_id)
        case cmd.Appeal():
            reviewing.appeal(state, draft, actor, command)
        case cmd.AnswerAppeal():
            reviewing.answer_appeal(state, draft, actor, command)
        case cmd.SealContribution():
            seals.seal_contribution(state, draft, actor, command, shelf)
        case cmd.PassOnSeal():
            seals.pass_on_seal(state, draft, actor, command)
        case cmd.ReleaseSeal():
            seals.release_seal(state, draft, actor, command.seal_id, shelf)
        case cmd.SetRules():
            house_rules.set_rules(state, draft, actor, command.text)
        case cmd.AcceptRules():
            house_rules.accept_rules(state, draft, actor, command.version)
        case cmd.SetModeration():
            house_rules.set_moderation(state, draft, actor, command)
        case cmd.SetCalm():
            house_rules.set_calm(state, draft, actor, on=command.on)
        case cmd.SetWords():
            house_rules.set_words(draft, actor, command)
        case cmd.MuteMember():
            house_rules.mute_member(state, draft, actor, command)
        case cmd.EndMute():
            house_rules.end_mute(state, draft, actor, command.mute_id)
        case _:
            raise Refusal("unknown_command", "There is no such command.")
