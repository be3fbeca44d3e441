"""What commands lead to: contributions, consents, paper cards."""

from __future__ import annotations

from folkmoot.core.board import hands
from folkmoot.core.command import Command
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.moderation import reviewing
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState
from folkmoot.core.talk import cards, consent, threads, voices
from folkmoot.core.talk import commands as cmd
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
        case cmd.SetSupport():
            threads.set_support(state, draft, actor, command)
        case cmd.PostContribution():
            threads.post_contribution(state, draft, actor, command, shelf)
        case cmd.ReadAloud():
            hands.read_aloud(state, draft, actor, command.contribution_id)
        case cmd.EditContribution():
            threads.edit_contribution(state, draft, actor, command, shelf)
        case cmd.CaptionVoice():
            voices.caption_voice(state, draft, actor, command, shelf)
        case cmd.ReleaseConsent():
            consent.release_contribution(state, draft, actor, command)
        case cmd.RenewConsent():
            consent.renew_consent(state, draft, actor, command, shelf)
        case cmd.ExpireConsents():
            consent.expire_consents(state, draft, shelf)
        case cmd.RemindOfConsents():
            consent.remind_authors(state, draft)
        case cmd.WithdrawContribution():
            item_id = command.contribution_id
            written = all_texts(shelf, item_id)
            written += reviewing.appeal_texts(item_id, shelf)
            threads.withdraw_contribution(state, draft, actor, item_id, written)
        case cmd.IssueCards():
            cards.issue_cards(state, draft, actor, command)
        case cmd.RedeemCard():
            cards.redeem_card(state, draft, actor, command, shelf)
        case cmd.ServeCard():
            cards.serve_card(state, draft, actor, command)
        case cmd.ReplyToCard():
            cards.reply_to_card(state, draft, actor, command, shelf)
        case _:
            raise Refusal("unknown_command", "There is no such command.")
