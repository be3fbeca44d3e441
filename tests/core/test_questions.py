"""Quick questions: who answers when, what is told, and what stays hidden."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.live.questions import (
    FLOOR,
    GRACE,
    HIDDEN,
    LATE,
    count_row,
    next_due_at,
)
from folkmoot.core.refusals import Refusal
from tests.core.square import ANN, FACILITATOR, Square


@pytest.fixture
def square() -> Square:
    return Square()


def ask(square: Square, **more: Any) -> str:
    given = {"text": "Understood?", "options": ["Yes", "Partly", "No"], "ask": True}
    command = cmd.PrepareQuestion(**{**given, **more})
    return str(square.do(command, FACILITATOR).data["question_id"])


def answer(square: Square, question_id: str, choices: list[int], **more: Any) -> None:
    """One person each, the same ones again for a further call."""
    for number, choice in enumerate(choices):
        command = cmd.AnswerQuestion(question_id=question_id, choice=choice, **more)
        square.do(command, Actor(f"b_{number}", f"P{number}"))
        square.do(cmd.PublishTallies())


def shown(square: Square, question_id: str) -> dict[str, Any]:
    question: dict[str, Any] = square.snapshot(PUBLIC)["questions"][question_id]
    return question


def close(square: Square, question_id: str) -> None:
    square.do(cmd.CloseQuestion(question_id=question_id), FACILITATOR)


def let_pass(square: Square, time: timedelta) -> None:
    square.now += time
    square.do(cmd.PublishMarkers())


# --- what is told --------------------------------------------------------------


def test_no_hidden_number_can_be_worked_out_from_what_is_told() -> None:
    """All tables up to eleven a cell: whatever is told, each hidden one may be all."""
    for options in (2, 3, 4):
        most = 11 if options < 4 else 8
        told: dict[Any, list[tuple[int, ...]]] = defaultdict(list)
        for cells in itertools.product(range(most + 1), repeat=options):
            choices = itertools.chain.from_iterable(
                [option] * count for option, count in enumerate(cells)
            )
            told[count_row(choices, options)].append(cells)
        for (counts, total), tables in told.items():
            if total != HIDDEN and max(counts) > most - FLOOR:
                continue  # tables that tell the same lie beyond what is tried
            for option, count in enumerate(counts):
                possible = {cells[option] for cells in tables}
                if count == HIDDEN:
                    assert possible == set(range(FLOOR)), (counts, total)
                else:
                    assert possible == {count}


def test_group_of_hidden_ones_is_no_small_group_either() -> None:
    for cells in itertools.product(range(9), repeat=4):
        choices = [option for option, count in enumerate(cells) for _ in range(count)]
        counts, total = count_row(choices, 4)
        if total != HIDDEN and HIDDEN in counts:
            assert total - sum(c for c in counts if c != HIDDEN) >= FLOOR


def test_shares_are_told_only_after_five_answers_more(square: Square) -> None:
    asked = ask(square, by_audience=False)
    answer(square, asked, [0, 0, 0, 0])
    assert shown(square, asked)["shares"] == {}
    answer(square, asked, [0, 0, 0, 0, 0])
    assert shown(square, asked)["shares"] == {"all": [100, HIDDEN, HIDDEN]}
    # The same five again say nothing new; four of them otherwise say nothing yet.
    answer(square, asked, [1, 1, 1, 1])
    assert shown(square, asked)["shares"] == {"all": [100, HIDDEN, HIDDEN]}
    answer(square, asked, [1, 1, 1, 1, 1])
    assert shown(square, asked)["shares"] == {"all": [HIDDEN, 100, HIDDEN]}


def test_shares_are_tens_and_numbers_come_once_at_the_end(square: Square) -> None:
    asked = ask(square)
    answer(square, asked, [0] * 13 + [1] * 7 + [2] * 2)
    assert shown(square, asked)["shares"]["remote"] == [70, 30, HIDDEN]
    assert shown(square, asked)["shares"]["room"] == [HIDDEN] * 3
    close(square, asked)
    let_pass(square, GRACE)
    assert shown(square, asked)["told"]
    assert shown(square, asked)["counts"] == {}
    let_pass(square, LATE)
    settled = shown(square, asked)
    assert settled["counts"]["remote"] == [13, 7, HIDDEN]
    # Thirteen and seven of 22 would tell the two.
    assert settled["totals"]["remote"] == HIDDEN
    assert next_due_at(square.full) is None


def test_results_after_the_close_are_not_told_before(square: Square) -> None:
    asked = ask(square, results="after", by_audience=False)
    answer(square, asked, [0] * 9)
    close(square, asked)
    assert shown(square, asked)["shares"] == {}
    assert next_due_at(square.full) == shown_at(square, asked, "answers_until")
    let_pass(square, GRACE)
    assert shown(square, asked)["shares"] == {"all": [100, HIDDEN, HIDDEN]}


def shown_at(square: Square, question_id: str, name: str) -> Any:
    return getattr(square.full.questions[question_id], name)


def test_room_and_elsewhere_are_counted_apart(square: Square) -> None:
    asked = ask(square)
    square.do(cmd.SetHere(room_id=square.rooms[0]), Actor("b_0", "P0"))
    answer(square, asked, [0] * 6)
    audiences = Counter(
        ballot.audience for ballot in square.full.question_ballots[asked].values()
    )
    assert audiences == {"remote": 5, "room": 1}


def test_answers_are_in_no_feed_but_ones_own(square: Square) -> None:
    asked = ask(square)
    square.do(cmd.AnswerQuestion(question_id=asked, choice=1), ANN)
    assert ANN.member_id is not None
    mine = square.snapshot(member_feed(ANN.member_id))["question_ballots"]
    assert mine[asked][ANN.member_id]["choice"] == 1
    for feed in (PUBLIC, STAFF):
        assert square.snapshot(feed)["question_ballots"] == {}


# --- when it is answered ---------------------------------------------------------


def test_answer_can_be_changed_and_taken_back_until_the_close(square: Square) -> None:
    asked = ask(square)
    for choice in (0, 2, None):
        square.do(cmd.AnswerQuestion(question_id=asked, choice=choice), ANN)
        assert square.full.question_ballots[asked]["b_ann"].choice == choice
    again = cmd.AnswerQuestion(question_id=asked, choice=None)
    assert square.do(again, ANN).facts == []


def test_who_is_behind_has_as_much_time_as_the_room(square: Square) -> None:
    square.do(cmd.DelayChannel(room_id=square.rooms[0], seconds=60), FACILITATOR)
    asked = ask(square, room_id=square.rooms[0])
    close(square, asked)
    closed_at = square.now
    square.now = closed_at + timedelta(seconds=80)
    behind = cmd.AnswerQuestion(
        question_id=asked, choice=0, at=closed_at - timedelta(seconds=1)
    )
    square.do(behind, ANN)
    assert not square.full.question_ballots[asked]["b_ann"].late
    past = cmd.AnswerQuestion(
        question_id=asked, choice=0, at=closed_at + timedelta(seconds=5)
    )
    with pytest.raises(Refusal, match="closed"):
        square.do(past, Actor("b_x", "X"))


def test_answer_given_without_a_line_counts_and_is_marked(square: Square) -> None:
    asked = ask(square, by_audience=False)
    at = square.now + timedelta(seconds=1)
    close(square, asked)
    let_pass(square, GRACE + timedelta(minutes=1))
    people = [Actor(f"b_{n}", f"P{n}") for n in range(6)]
    for person in people:
        square.do(cmd.AnswerQuestion(question_id=asked, choice=1, at=at), person)
    with pytest.raises(Refusal, match="closed"):
        square.do(cmd.AnswerQuestion(question_id=asked, choice=1), ANN)
    let_pass(square, LATE)
    settled = shown(square, asked)
    assert (settled["counts"]["all"], settled["late"]) == ([HIDDEN, 6, HIDDEN], 6)
    with pytest.raises(Refusal, match="closed"):
        square.do(cmd.AnswerQuestion(question_id=asked, choice=1, at=at), ANN)


def test_removed_question_leaves_no_word_and_no_answer(square: Square) -> None:
    asked = ask(square, text="Zebra?")
    square.do(cmd.AnswerQuestion(question_id=asked, choice=1), ANN)
    square.do(cmd.RemoveQuestion(question_id=asked), FACILITATOR)
    assert square.full.question_ballots == {}
    assert square.written(asked) == []
    assert "Zebra" not in str(square.entries(PUBLIC))
