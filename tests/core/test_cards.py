"""Paper: numbers that forgive no slip, cards counted once, origins that are true."""

from __future__ import annotations

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.feeds import BALLOTS, PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.cards import card_code, read_card_code
from tests.core.square import ANN, BEN, FACILITATOR, MODERATOR, ORGANISER, Square

HELPER = Actor("b_hel", "Hel Pery", frozenset({"table"}))


class Table(Square):
    """A square where cards were printed and a helper takes them down."""

    def __init__(self, **more: object) -> None:
        super().__init__(**more)
        self.do(cmd.IssueCards(count=20, label="Evening"), FACILITATOR)
        self.trees = self.propose("Trees", ANN)
        self.trams = self.propose("Trams", BEN)

    def take(self, number: int, **on_it: object) -> dict[str, object]:
        """Take a card down at table 4."""
        command = cmd.RedeemCard(card=card_code(number), table="4", **on_it)
        return self.do(command, HELPER).data


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_code_tells_every_wrong_digit_and_swapped_neighbours() -> None:
    for number in range(1, 2_000, 7):
        code = card_code(number)
        assert read_card_code(code.lower()) == number
        assert read_card_code(f" {code[:-1]}-{code[-1]} ") == number
        digits, letter = code[:-1], code[-1]
        slips = [
            digits[:i] + digit + digits[i + 1 :]
            for i in range(len(digits))
            for digit in "0123456789"
            if digit != digits[i]
        ]
        slips += [
            digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
            for i in range(len(digits) - 1)
            if digits[i] != digits[i + 1]
        ]
        for slip in slips:
            with pytest.raises(Refusal):
                read_card_code(slip + letter)


def test_a_card_acts_for_its_owner_with_its_true_origin(table: Table) -> None:
    made = table.take(
        7,
        name="Rosa Lind",
        proposals=[cmd.CardProposal(title="Benches", pitch="With backs.")],
        interests=[table.trees],
        contributions=[cmd.CardContribution(text="Keep the limes.", kind="concern")],
    )
    (session_id,) = made["session_ids"]
    (contribution_id,) = made["contribution_ids"]
    session = table.snapshot(PUBLIC)["sessions"][session_id]
    assert session["content"]["host"] == "Rosa Lind"
    assert session["content"]["origin"] == {"way": "paper", "table": "4"}
    post = table.snapshot(PUBLIC)["contributions"][contribution_id]
    assert (post["content"]["author"], post["kind"]) == ("Rosa Lind", "concern")
    assert post["content"]["origin"] == {"way": "paper", "table": "4"}
    owner = session["host_id"]
    assert owner not in {"b_ann", "b_ben", "b_hel"}
    assert table.full.interest_votes[table.trees] == {owner: 1}
    assert {PUBLIC, STAFF, BALLOTS, member_feed(owner)} <= set(table.feeds)


def test_the_helper_is_told_to_staff_only(table: Table) -> None:
    table.take(
        7, name="Rosa", reply="post", reply_to="Mill Lane 3", interests=[table.trees]
    )
    card = table.snapshot(STAFF)["cards"]["7"]
    assert (card["helper_id"], card["table"]) == ("b_hel", "4")
    assert card["content"] == {"name": "Rosa", "reply_to": "Mill Lane 3"}
    for feed in table.feeds:
        if feed != STAFF:
            told = str(table.snapshot(feed)) + str(table.entries(feed, 0))
            assert "b_hel" not in told
            assert "Hel Pery" not in told
            assert "Mill Lane" not in told


def test_a_card_counts_once_and_says_what_was_counted(table: Table) -> None:
    table.take(7, interests=[table.trees, table.trams, table.trees])
    with pytest.raises(Refusal) as refused:
        table.take(7, interests=[table.trees])
    assert refused.value.code == "card_used"
    counted = refused.value.data["counted"]
    assert {k: counted[k] for k in ("sessions", "interests", "table")} == {
        "sessions": 0,
        "interests": 2,
        "table": "4",
    }
    assert len(table.full.interest_votes[table.trees]) == 1


def test_a_card_without_a_name_is_called_by_its_number(table: Table) -> None:
    table.take(8, contributions=[cmd.CardContribution(text="More shade.")])
    (post,) = table.snapshot(PUBLIC)["contributions"].values()
    assert post["content"]["author"] == f"Card {card_code(8)}"


def test_what_was_withdrawn_meanwhile_is_passed_over(table: Table) -> None:
    table.do(cmd.WithdrawSession(session_id=table.trams), BEN)
    made = table.take(9, interests=[table.trees, table.trams])
    assert (made["interests"], made["skipped"]) == (
        1,
        [{"session_id": table.trams, "code": "no_such_session"}],
    )


def test_a_card_that_is_refused_counts_nothing(table: Table) -> None:
    table.do(cmd.BoardRules(proposals="closed"), FACILITATOR)
    with pytest.raises(Refusal) as refused:
        table.take(
            10, interests=[table.trees], proposals=[cmd.CardProposal(title="Late")]
        )
    assert refused.value.code == "proposals_closed"
    assert "10" not in table.full.cards
    assert table.trees not in table.full.interest_votes
    table.take(10, interests=[table.trees])


def test_what_is_read_first_waits_also_from_paper() -> None:
    table = Table(moderation="before")
    made = table.take(11, contributions=[cmd.CardContribution(text="Hm.")])
    assert table.snapshot(PUBLIC)["contributions"] == {}
    (waiting,) = made["contribution_ids"]
    table.do(cmd.PublishContribution(contribution_id=waiting), MODERATOR)
    post = table.snapshot(PUBLIC)["contributions"][waiting]
    assert post["content"]["origin"] == {"way": "paper", "table": "4"}


def test_the_owner_changes_and_withdraws_like_anybody(table: Table) -> None:
    made = table.take(12, name="Rosa", proposals=[cmd.CardProposal(title="Benches")])
    (session_id,) = made["session_ids"]
    owner = Actor(table.full.cards["12"].member_id, "Rosa")
    table.do(cmd.EditSession(session_id=session_id, title="Benches, please"), owner)
    session = table.snapshot(PUBLIC)["sessions"][session_id]
    assert session["content"]["origin"] == {"way": "paper", "table": "4"}
    table.do(cmd.WithdrawSession(session_id=session_id), owner)
    assert session_id not in table.snapshot(PUBLIC)["sessions"]


def test_an_answer_is_ticked_off_and_its_address_goes(table: Table) -> None:
    table.take(
        13, name="Rosa", reply="phone", reply_to="0170 55", interests=[table.trees]
    )
    for _ in range(2):
        table.do(cmd.ReplyToCard(card=card_code(13)), MODERATOR)
    card = table.snapshot(STAFF)["cards"]["13"]
    assert (card["replied"], card["content"]) == (True, {"name": "Rosa"})
    assert "0170 55" not in str(table.entries(STAFF, 0))


def test_help_by_phone_is_noted_for_staff(table: Table) -> None:
    table.take(14, interests=[table.trees])
    table.do(cmd.ServeCard(card=card_code(14), way="phone"), HELPER)
    assert table.snapshot(STAFF)["cards"]["14"]["served"] == 1
    assert table.snapshot(PUBLIC)["cards"] == {}


def test_numbers_go_on_from_series_to_series(table: Table) -> None:
    made = table.do(cmd.IssueCards(count=5, kind="ballot"), ORGANISER).data
    assert (made["first"], made["count"]) == (21, 5)
    table.take(25, interests=[table.trees])
    with pytest.raises(Refusal):
        table.take(26, interests=[table.trees])


def test_sessions_keep_the_number_by_which_people_call_them(table: Table) -> None:
    table.do(cmd.WithdrawSession(session_id=table.trees), ANN)
    benches = table.propose("Benches", ANN)
    sessions = table.snapshot(PUBLIC)["sessions"]
    assert [sessions[s]["number"] for s in (table.trams, benches)] == [2, 3]
