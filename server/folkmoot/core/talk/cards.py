"""Decisions on paper: cards with numbers, taken down at a table and counted once.

A card's owner is a participant like any other, made when the card is taken down.
What is on the card happens as if its owner had done it, with its true origin; who
took it down stands where staff read it. The secret on the owner's stub is not known
here: who shows it acts as the owner, with the owner's rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board import proposing
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import STAFF
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator, need_helper, need_team
from folkmoot.core.talk import threads
from folkmoot.core.wire import moment

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState, PaperCard

MAX_CARDS = 5_000
# Letters that are not digits or taken for one. A prime number of them: so the letter
# changes with every single wrong digit and every two neighbours that change places.
LETTERS = "ABCDEFGHJKMNPQRSTVW"
_SPREAD = 7


def card_code(number: int) -> str:
    """Return a card's number as it is printed: three digits or more and a letter."""
    return f"{number:03d}{check_letter(number)}"


def check_letter(number: int) -> str:
    """Return the letter behind a number, which tells most slips of the pen."""
    return LETTERS[number * _SPREAD % len(LETTERS)]


def read_card_code(code: str) -> int:
    """Return the number of a code, however it was typed; raise `Refusal`."""
    plain = "".join(letter for letter in code if letter.isalnum()).upper()
    digits, letter = plain[:-1], plain[-1:]
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 7:
        raise bad_card_code()
    number = int(digits)
    if check_letter(number) != letter:
        raise bad_card_code()
    return number


def issue_cards(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.IssueCards
) -> None:
    """Give out numbers for cards or ballot sheets, to be printed."""
    need_facilitator(actor, "print cards")
    first = state.next_card
    if first + command.count - 1 > MAX_CARDS:
        raise Refusal(
            "too_many_cards", f"A meeting has at most {MAX_CARDS} cards and sheets."
        )
    series_id = draft.ids.new("k")
    draft.say(
        STAFF,
        ev.CardsIssued(
            series_id=series_id,
            kind=command.kind,
            first=first,
            count=command.count,
            content_id=draft.write(series_id, label=command.label),
        ),
    )
    draft.data |= {"series_id": series_id, "first": first, "count": command.count}


def redeem_card(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.RedeemCard,
    shelf: Shelf,
) -> None:
    """Take down what is on a card, once; all of it or, if refused, nothing."""
    need_helper(actor)
    number = read_card_code(command.card)
    if number >= state.next_card or number < 1:
        raise Refusal("no_such_card", "No card with this number was given out.")
    if (card := state.cards.get(str(number))) is not None:
        raise Refusal(
            "card_used",
            "This card was taken down already. Its owner can change it with the stub.",
            data={"counted": counted(card)},
        )
    if not (command.proposals or command.interests or command.contributions):
        raise Refusal("empty_card", "There is nothing on this card.")
    owner = Actor(
        member_id=draft.ids.new("m"),
        name=command.name.strip() or f"Card {card_code(number)}",
        table=command.table,
    )
    sessions, skipped = _propose(state, draft, owner, command), []
    interests = 0
    for session_id in dict.fromkeys(command.interests):
        wanted = cmd.SetInterest(session_id=session_id, level=1)
        try:
            proposing.set_interest(state, draft, owner, wanted)
        except Refusal as refusal:
            # Taken off while the sheet was filled in: the rest of it still counts.
            skipped.append({"session_id": session_id, "code": refusal.code})
        else:
            interests += 1
    contributions = _contribute(state, draft, owner, command, shelf)
    draft.say(
        STAFF,
        ev.CardRedeemed(
            number=number,
            member_id=owner.member_id or "",
            helper_id=actor.member_id,
            table=command.table,
            session_ids=tuple(sessions),
            contribution_ids=tuple(contributions),
            interests=interests,
            reply=command.reply,
            content_id=draft.write(
                f"card:{number}", name=owner.name, reply_to=command.reply_to
            ),
        ),
    )
    draft.data = {
        "card": card_code(number),
        "session_ids": sessions,
        "contribution_ids": contributions,
        "interests": interests,
        "skipped": skipped,
    }


def serve_card(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.ServeCard
) -> None:
    """Note for staff that somebody acts for a card's owner, who gave the secret."""
    need_helper(actor)
    card = _need_card(state, command.card)
    draft.say(
        STAFF,
        ev.CardServed(number=card.number, helper_id=actor.member_id, way=command.way),
    )


def reply_to_card(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.ReplyToCard,
    shelf: Shelf,
) -> None:
    """Tick off an answer by post or phone; the address has done its work and goes."""
    need_team(actor, "of this meeting answers cards")
    card = _need_card(state, command.card)
    if card.reply is None:
        raise Refusal("no_reply_owed", "The owner of this card asked for no answer.")
    if card.replied:
        return
    item_id = f"card:{card.number}"
    name = shelf.text(card.content_id).get("name", "")
    draft.erased.extend(shelf.written(item_id))
    draft.say(
        STAFF,
        ev.CardReplied(number=card.number, content_id=draft.write(item_id, name=name)),
    )


def counted(card: PaperCard) -> dict[str, Any]:
    """Return what was counted from a card: how much, where and when."""
    return {
        "sessions": len(card.session_ids),
        "interests": card.interests,
        "contributions": len(card.contribution_ids),
        "table": card.table,
        "at": moment(card.redeemed_at),
    }


def bad_card_code() -> Refusal:
    """Return the refusal of a number that can't be one of ours."""
    return Refusal(
        "bad_card_code",
        "This is not a card’s number. It is digits and one letter, such as "
        f"{card_code(17)}; please look again.",
    )


def _propose(
    state: MeetingState, draft: Decision, owner: Actor, command: cmd.RedeemCard
) -> list[str]:
    sessions = []
    for proposal in command.proposals:
        wanted = cmd.ProposeSession(
            title=proposal.title, pitch=proposal.pitch, hosting=proposal.hosting
        )
        proposing.propose_session(state, draft, owner, wanted)
        sessions.append(draft.data["session_id"])
    return sessions


def _contribute(
    state: MeetingState,
    draft: Decision,
    owner: Actor,
    command: cmd.RedeemCard,
    shelf: Shelf,
) -> list[str]:
    contributions = []
    for contribution in command.contributions:
        wanted = cmd.PostContribution(
            text=contribution.text,
            thread=contribution.thread,
            kind=contribution.kind,
            label=contribution.label,
        )
        threads.post_contribution(state, draft, owner, wanted, shelf)
        contributions.append(draft.data["contribution_id"])
    return contributions


def _need_card(state: MeetingState, code: str) -> PaperCard:
    if (card := state.cards.get(str(read_card_code(code)))) is None:
        raise Refusal("no_such_card", "Nothing was taken down from this card yet.")
    return card
