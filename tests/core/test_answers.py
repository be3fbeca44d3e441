"""Questions are answered, promised, shown and followed up; nobody loses track."""

from __future__ import annotations

from datetime import timedelta

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.follow_up.answers import is_open
from folkmoot.core.refusals import Refusal
from tests.core.play import START
from tests.core.square import ANN, BEN, CAT, FACILITATOR, MODERATOR, Square

FRIDAY = START + timedelta(days=4)


@pytest.fixture
def square() -> Square:
    return Square()


def _ask(square: Square, text: str = "Who pays?", **more: str) -> str:
    return square.post(text, ANN, kind="question", **more)


def _answer(square: Square, asked: str, actor: Actor = MODERATOR, **more: object):
    command = cmd.AnswerContribution(contribution_id=asked, **more)  # type: ignore[arg-type]
    return square.do(command, actor)


def _public(square: Square) -> dict:
    return square.snapshot("public")


def test_answer_closes_a_question_and_a_part_or_promise_does_not(
    square: Square,
) -> None:
    asked = _ask(square)
    question = square.full.contributions[asked]
    waits = []
    for more in (
        {"until": FRIDAY},
        {"text": "Half of it", "partly": True},
        {"text": "All of it", "by": "The treasurer"},
    ):
        _answer(square, asked, **more)
        waits.append(is_open(square.full, question))
    assert waits == [True, True, False]
    answer = _public(square)["answers"][asked]
    assert (answer["way"], answer["content"]) == (
        "writing",
        {"text": "All of it", "by": "The treasurer"},
    )
    former = _public(square)["former_answers"]
    assert [(one["way"], one["version"]) for one in former.values()] == [
        ("promise", 1),
        ("writing", 2),
    ]


def test_answer_in_the_room_stands_at_its_moment(square: Square) -> None:
    session_id = square.propose("Trees")
    square.place(session_id, room=1)
    asked = _ask(square, thread=f"session:{session_id}")
    _answer(square, asked)
    answer = square.full.answers[asked]
    assert (answer.way, answer.room_id) == ("room", square.rooms[1])
    assert answer.spoken_at == answer.given_at == square.now
    _answer(square, asked, room_id=square.rooms[0], at=START)
    assert square.full.answers[asked].spoken_at == START


def test_host_answers_in_the_thread_of_the_session_alone(square: Square) -> None:
    asked = _ask(square, thread=f"session:{square.propose('Trees', CAT)}")
    _answer(square, asked, CAT, text="Limes")
    with pytest.raises(Refusal, match="Only the team"):
        _answer(square, _ask(square), CAT, text="x")


def test_said_twice_is_said_once(square: Square) -> None:
    asked = _ask(square)
    _answer(square, asked, text="Limes")
    assert _answer(square, asked, text="Limes").facts == []
    promise = cmd.PromiseResponse(until=FRIDAY, text="9–12")
    square.do(promise, FACILITATOR)
    assert square.do(promise, FACILITATOR).facts == []


def test_author_and_supporters_are_told_and_of_a_correction_the_author(
    square: Square,
) -> None:
    asked = _ask(square, label="anonymous")
    square.do(cmd.SetSupport(contribution_id=asked, level=1), BEN)
    _answer(square, asked, text="Limes")
    _answer(square, asked, text="Lime trees")
    kinds = {
        who.name: [
            (event.kind, event.contribution_id)
            for event in square.events(f"member:{who.member_id}")
            if type(event).__name__ == "Noticed"
        ]
        for who in (ANN, BEN)
    }
    assert kinds == {
        "Ann": [("answered", asked), ("answer_changed", asked)],
        "Ben": [("answered", asked)],
    }


def test_answer_taken_back_leaves_the_question_open_and_can_leave_no_word(
    square: Square,
) -> None:
    asked = _ask(square)
    _answer(square, asked, text="Jo, 01234")
    square.do(cmd.WithdrawAnswer(contribution_id=asked, reason="Wrong"), MODERATOR)
    assert is_open(square.full, square.full.contributions[asked])
    assert "01234" in str(_public(square)["former_answers"])
    erase = cmd.WithdrawAnswer(contribution_id=asked, reason="A number", erase=True)
    square.do(erase, MODERATOR)
    assert "01234" not in str((_public(square), square.entries("public"), square.texts))


def test_answers_hide_and_come_back_with_their_question(square: Square) -> None:
    asked = _ask(square)
    _answer(square, asked, text="The marked words")
    _answer(square, asked, text="The marked words again")
    square.do(cmd.SpotlightContribution(contribution_id=asked), MODERATOR)
    before = _public(square)["answers"], _public(square)["former_answers"]
    square.do(cmd.HideContribution(contribution_id=asked, reason="x"), MODERATOR)
    assert "marked" not in str((_public(square), square.entries("public")))
    assert _public(square)["spotlights"] == {}
    square.do(cmd.PublishContribution(contribution_id=asked), MODERATOR)
    assert (_public(square)["answers"], _public(square)["former_answers"]) == before


def test_answers_go_with_what_is_taken_back(square: Square) -> None:
    asked = _ask(square)
    _answer(square, asked, text="Your marked words")
    square.do(cmd.WithdrawContribution(contribution_id=asked), ANN)
    assert "marked" not in str((square.texts, square.entries("public")))
    assert _public(square)["answers"] == {}


def test_one_is_shown_at_a_time_and_the_next_follows(square: Square) -> None:
    show = cmd.SpotlightContribution
    asked = [_ask(square, str(number)) for number in range(4)]
    square.do(show(contribution_id=asked[0]), MODERATOR)
    for one in asked[1:]:
        square.do(show(contribution_id=one, queue=True), MODERATOR)
    square.do(show(contribution_id=asked[2], queue=True, level=0), MODERATOR)
    square.do(cmd.WithdrawContribution(contribution_id=asked[1]), ANN)
    square.do(show(next=True), MODERATOR)
    shown = _public(square)["spotlights"]
    assert [one["contribution_id"] for one in shown.values()] == [asked[3]]
    assert square.snapshot("staff")["spotlight_queue"] == []
    assert "spotlight_queue" not in str(square.entries("public"))
    square.do(show(next=True), MODERATOR)
    assert _public(square)["spotlights"] == {}


def test_spotlight_of_a_room_leaves_the_others(square: Square) -> None:
    show = cmd.SpotlightContribution
    one, two = _ask(square), _ask(square)
    square.do(show(contribution_id=one, room_id="small"), MODERATOR)
    square.do(show(contribution_id=two), MODERATOR)
    square.do(show(contribution_id=two, level=0), MODERATOR)
    assert list(square.full.spotlights) == [square.rooms[1]]


def test_an_action_is_a_line_of_the_notes_wherever_it_comes_from(
    square: Square,
) -> None:
    session_id = square.propose("Trees")
    asked = _ask(square, thread=f"session:{session_id}")
    made = square.do(
        cmd.AddAction(text="Ask the county", contribution_id=asked), MODERATOR
    )
    note_id = made.data["note_id"]
    square.do(cmd.EditNote(note_id=note_id, text="Ring the county"), ANN)
    square.do(cmd.TakeAction(note_id=note_id), BEN)
    move = cmd.MoveAction(note_id=note_id, status="done", text="They pay")
    square.do(move, BEN, expect=3)
    note = _public(square)["notes"][note_id]
    assert (note["session_id"], note["contribution_id"]) == (session_id, asked)
    assert (note["status"], note["owner_id"]) == ("done", BEN.member_id)
    assert note["content"]["text"] == "Ring the county"
    assert note["content"]["who"] == "Ben"
    assert note["progress"]["text"] == "They pay"


def test_only_its_owner_and_the_team_move_an_action(square: Square) -> None:
    note_id = square.do(cmd.AddAction(text="Dig"), MODERATOR).data["note_id"]
    square.do(cmd.TakeAction(note_id=note_id), BEN)
    with pytest.raises(Refusal):
        square.do(cmd.MoveAction(note_id=note_id, status="done"), ANN)
    square.do(cmd.EditMeeting(moderation="before"), FACILITATOR_ORGANISES)
    with pytest.raises(Refusal):
        square.do(cmd.MoveAction(note_id=note_id, status="done"), BEN)


FACILITATOR_ORGANISES = Actor("b_org", "Ola", frozenset({"organise"}))


def test_outcome_keeps_the_words_that_are_not_given_anew(square: Square) -> None:
    asked = _ask(square)
    made = square.do(
        cmd.WriteOutcome(theme="Money", said="Who pays?", contribution_ids=[asked]),
        MODERATOR,
    )
    outcome_id = made.data["outcome_id"]
    square.do(cmd.WriteOutcome(outcome_id=outcome_id, did="We asked"), MODERATOR)
    outcome = _public(square)["outcomes"][outcome_id]
    assert outcome["contribution_ids"] == [asked]
    assert outcome["content"] == {
        "theme": "Money",
        "said": "Who pays?",
        "did": "We asked",
        "cannot": "",
    }


def test_outcome_names_nothing_that_is_not_public(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), FACILITATOR_ORGANISES)
    waiting = _ask(square)
    with pytest.raises(Refusal) as caught:
        square.do(cmd.WriteOutcome(theme="x", contribution_ids=[waiting]), MODERATOR)
    assert caught.value.code == "no_such_contribution"
