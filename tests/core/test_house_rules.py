"""Rules, pace, words, copies, calm, mutes, appeals and threats, as they are decided."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.moderation.screening import find_word, is_near, words_of
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.cards import card_code
from tests.core.refused_moderation import hidden_post
from tests.core.square import ANN, BEN, CAT, FACILITATOR, MODERATOR, ORGANISER, Square


def _refusal(square: Square, command: cmd.Command, actor: object = ANN) -> Refusal:
    with pytest.raises(Refusal) as caught:
        square.do(command, actor)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    "said",
    [
        "Darn!",
        "DARN it",
        "d4rn",
        "dàrn",
        "d\u200barn",
        "d a r n",
        "d\u0430rn",
        "\uff24\uff41\uff52\uff4e",
        "d@rn",
    ],
)
def test_word_is_found_however_it_is_written(said: str) -> None:
    assert find_word(["darn"], f"So {said} there") == "darn"


@pytest.mark.parametrize("said", ["darning socks", "Scunthorpe", "the dar n", "2015"])
def test_part_of_a_word_is_no_word(said: str) -> None:
    assert find_word(["darn", "cunt", "zols"], said) is None


def test_phrase_is_found_over_signs_between() -> None:
    assert find_word(["go home"], "Go -- HOME, all of you") == "go home"
    assert find_word(["go home"], "I go to my home") is None


def test_long_text_with_a_word_changed_is_a_copy_and_other_figures_are_not() -> None:
    text = "We ask the council to plant 40 lime trees along the river before summer"
    assert is_near(words_of(text), words_of(text.upper() + "!"))
    longer = text + " so that everyone has shade when it is hot in the afternoon"
    assert is_near(words_of(longer), words_of(longer.replace("shade", "shadow")))
    assert not is_near(words_of(text), words_of(text.replace("40", "60")))


def test_held_word_lets_a_contribution_wait_and_says_why() -> None:
    square = Square()
    square.do(cmd.SetWords(hold_words=["darn"]), MODERATOR)
    post = square.post("Darn that", ANN)
    assert square.full.contributions[post].held == "words"
    assert post not in square.states[PUBLIC].contributions


def test_copy_waits_and_who_wrote_it_is_told() -> None:
    square = Square()
    text = "Please plant more lime trees here"
    square.post(text, ANN)
    made = square.do(cmd.PostContribution(text=text.upper()), BEN)
    assert made.data["held"] == "copy"
    for _ in range(2):
        said = square.do(cmd.PostContribution(text="Yes please"), BEN)
        assert not said.data["waiting"]


def test_copy_of_what_others_may_not_read_is_not_betrayed() -> None:
    square = Square()
    text = "Nobody shall ever read these words"
    hide = cmd.HideContribution(contribution_id=square.post(text), reason="x")
    square.do(hide, MODERATOR)
    assert not square.do(cmd.PostContribution(text=text), BEN).data["waiting"]


def test_calm_lets_newcomers_wait_until_one_of_theirs_was_published() -> None:
    square = Square()
    square.post("I was here before", ANN)
    square.do(cmd.SetCalm(on=True), MODERATOR)
    assert not square.do(cmd.PostContribution(text="And still am"), ANN).data["waiting"]
    made = square.do(cmd.PostContribution(text="I am new"), BEN)
    assert made.data["held"] == "newcomer"
    publish = cmd.PublishContribution(contribution_id=made.data["contribution_id"])
    square.do(publish, MODERATOR)
    assert not square.do(cmd.PostContribution(text="Known now"), BEN).data["waiting"]
    square.do(cmd.SetCalm(on=False), MODERATOR)
    assert not square.do(cmd.PostContribution(text="Hello"), CAT).data["waiting"]


def test_thread_differs_from_the_meeting() -> None:
    square = Square()
    thread = f"session:{square.propose('Trees')}"
    square.do(cmd.SetModeration(thread=thread, mode="before"), MODERATOR)
    assert square.do(cmd.PostContribution(text="x", thread=thread), BEN).data["waiting"]
    assert not square.do(cmd.PostContribution(text="x"), BEN).data["waiting"]
    square.do(cmd.SetModeration(thread=thread, mode="as_meeting"), MODERATOR)
    assert not square.do(cmd.PostContribution(text="x", thread=thread), BEN).data[
        "waiting"
    ]


def test_new_version_of_the_rules_asks_again() -> None:
    square = Square()
    square.do(cmd.SetRules(text="Be kind."), ORGANISER)
    assert _refusal(square, cmd.PostContribution(text="x")).data == {"version": 1}
    square.do(cmd.AcceptRules(version=1), ANN)
    square.post("x")
    square.do(cmd.SetRules(text="Be kind and brief."), ORGANISER)
    assert _refusal(square, cmd.PostContribution(text="y")).code == "rules_first"
    square.post("y", rules=2)
    square.post("z")
    own = square.states[member_feed("b_ann")]
    assert own.rules_accepted == {"b_ann": 2}
    assert list(square.states[PUBLIC].ground_rules) == ["1", "2"]


def test_slow_mode_says_how_long_and_takes_the_next_after_that() -> None:
    square = Square()
    square.do(cmd.SetModeration(slow_seconds=30), MODERATOR)
    square.post("x")
    refusal = _refusal(square, cmd.PostContribution(text="y"))
    assert refusal.retry_after == pytest.approx(29)
    square.post("y", BEN)
    square.now += timedelta(seconds=30)
    square.post("y")


def test_mute_ends_by_itself_and_of_an_anonymous_author_staff_learn_nothing() -> None:
    square = Square()
    post = square.post("x", ANN, label="anonymous")
    square.do(
        cmd.MuteMember(contribution_id=post, minutes=10, reason="Calm"), MODERATOR
    )
    refusal = _refusal(square, cmd.PostContribution(text="y"))
    assert "until 09:1" in refusal.message
    assert "b_ann" not in str(square.entries(STAFF)) + str(square.snapshot(STAFF))
    mine = square.snapshot(member_feed("b_ann"))["mutes"]
    assert next(iter(mine.values()))["content"] == {"reason": "Calm"}
    square.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    square.now += timedelta(minutes=10)
    square.post("y")


def test_returned_contribution_waits_again_and_nothing_of_it_stays_public() -> None:
    square = Square()
    post = square.post("quince", ANN)
    square.do(cmd.ReturnContribution(contribution_id=post), MODERATOR)
    public = str(square.entries(PUBLIC)) + str(square.snapshot(PUBLIC))
    assert "quince" not in public
    assert square.snapshot(STAFF)["contributions"][post]["waiting"]
    assert square.snapshot(member_feed("b_ann"))["authored"][post]["waiting"]
    square.do(cmd.EditContribution(contribution_id=post, text="medlar"), ANN)
    assert "medlar" not in str(square.entries(PUBLIC))
    square.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    assert square.states[PUBLIC].contributions[post].withdrawn


def test_flag_raises_an_item_once_and_hides_nothing() -> None:
    square = Square()
    post = square.post("x", ANN)
    flag = cmd.FlagContribution(contribution_id=post, category="abuse", note="Look")
    for _ in range(2):
        square.do(flag, BEN)
    assert not square.full.contributions[post].hidden
    assert len(square.snapshot(STAFF)["flags"]) == 1
    assert "b_ben" not in str(square.entries(STAFF))
    square.do(cmd.SettleFlags(contribution_id=post), MODERATOR)
    assert all(flag["settled"] for flag in square.snapshot(STAFF)["flags"].values())


def test_appeal_is_answered_by_another_and_granted_ones_are_published() -> None:
    square = Square()
    for member_id in ("b_mod", "b_two"):
        square.do(cmd.GrantDuty(member_id=member_id, duty="moderate"), ORGANISER)
    post = hidden_post(square)
    square.do(cmd.Appeal(contribution_id=post, text="It was meant kindly"), ANN)
    answer = cmd.AnswerAppeal(contribution_id=post, granted=True, text="So it was")
    assert _refusal(square, answer, MODERATOR).code == "another_moderator"
    square.do(answer, ORGANISER)
    assert not square.full.contributions[post].hidden
    mine = square.snapshot(member_feed("b_ann"))["appeals"][post]
    assert (mine["granted"], mine["by_id"]) == (True, None)
    assert mine["answer"] == {"text": "So it was"}


def test_only_moderator_answers_an_appeal_against_itself() -> None:
    square = Square()
    square.do(cmd.GrantDuty(member_id="b_mod", duty="moderate"), ORGANISER)
    post = hidden_post(square)
    square.do(cmd.Appeal(contribution_id=post, text="x"), ANN)
    answer = cmd.AnswerAppeal(contribution_id=post, granted=False, text="No")
    square.do(answer, MODERATOR)
    assert square.full.contributions[post].hidden


def test_sealed_threat_outlives_its_withdrawal_until_an_organiser_ends_it() -> None:
    square = Square()
    post = square.post("I know where you live", ANN)
    square.do(cmd.EditContribution(contribution_id=post, text="I will come"), ANN)
    seal_id = square.do(cmd.SealContribution(contribution_id=post), MODERATOR).data[
        "seal_id"
    ]
    square.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    kept = square.snapshot(STAFF)["seals"][seal_id]["content"]
    assert [text["text"] for text in kept["texts"]] == [
        "I know where you live",
        "I will come",
    ]
    assert "I will come" not in str(square.entries(PUBLIC))
    assert "I will come" not in str(square.snapshot(member_feed("b_ann")))
    square.do(cmd.ReleaseSeal(seal_id=seal_id), ORGANISER)
    assert "I will come" not in str(square.entries(STAFF)) + str(square.texts)


def test_answer_to_a_threat_is_readable_no_longer_than_the_threat() -> None:
    square = Square()
    post = square.post("Words that frighten", ANN, kind="question")
    answer = cmd.AnswerContribution(contribution_id=post, text="Words of the team")
    square.do(answer, FACILITATOR)
    assert "Words of the team" in str(square.snapshot(PUBLIC))
    square.do(cmd.SealContribution(contribution_id=post), MODERATOR)
    assert "Words" not in str((square.entries(PUBLIC), square.snapshot(PUBLIC)))


HOST = Actor("b_hal", "Hal")
RIA = Actor("b_ria", "Ria", frozenset({"report"}))


def _asked(square: Square) -> str:
    """Return a question in the thread of a session that Hal hosts."""
    return square.post("Why?", CAT, thread=f"session:{square.propose('T', HOST)}")


_WITH_WORDS: list[tuple[Actor, Callable[[Square], cmd.Command]]] = [
    (ANN, lambda _: cmd.PostContribution(text="x", stake="A darn one")),
    (
        ANN,
        lambda _: cmd.PostContribution(
            attachments=[cmd.AttachmentRef(attachment_id="a", alt="A darn tree")]
        ),
    ),
    (
        ANN,
        lambda _: cmd.PostContribution(
            attachments=[cmd.AttachmentRef(attachment_id="a", text="Darn, I said")]
        ),
    ),
    (
        HOST,
        lambda s: cmd.AnswerContribution(contribution_id=_asked(s), text="Darn it"),
    ),
    (
        HOST,
        lambda s: cmd.AnswerContribution(
            contribution_id=_asked(s), text="Yes", by="The darn team"
        ),
    ),
    (RIA, lambda _: cmd.PostUpdate(text="Darn")),
    (RIA, lambda _: cmd.PostUpdate(quote="Darn", speaker="x")),
    (RIA, lambda _: cmd.PostUpdate(quote="Yes", speaker="Mr Darn")),
    (RIA, lambda _: cmd.DraftUpdate(text="x", alt="A darn tree")),
    (
        Actor("b_tab", "Table", frozenset({"table"})),
        lambda _: cmd.RedeemCard(
            card=card_code(1), contributions=[cmd.CardContribution(text="Darn")]
        ),
    ),
]


@pytest.mark.parametrize(("actor", "give"), _WITH_WORDS)
def test_refused_word_is_refused_wherever_others_would_read_it(
    actor: Actor, give: Callable[[Square], cmd.Command]
) -> None:
    square = Square()
    command = give(square)
    square.do(cmd.SetWords(refuse_words=["darn"]), MODERATOR)
    assert _refusal(square, command, actor).code == "word_refused"
    # The team writes the list, and may have to name what stands on it.
    square.do(cmd.PrepareQuestion(text="Darn?", options=["a", "b"]), FACILITATOR)


def test_held_word_keeps_an_update_a_draft_until_a_moderator_publishes_it() -> None:
    square = Square()
    square.do(cmd.SetWords(hold_words=["darn"]), MODERATOR)
    assert _refusal(square, cmd.PostUpdate(text="Darn"), RIA).code == "word_held"
    draft = square.do(cmd.DraftUpdate(text="Darn"), RIA).data["update_id"]
    square.do(cmd.EditUpdate(update_id=draft, text="Darn it"), RIA)
    publish = cmd.PublishUpdate(update_id=draft)
    assert _refusal(square, publish, RIA).code == "word_held"
    assert "Darn" not in str(square.entries(PUBLIC))
    square.do(publish, MODERATOR)
    edit = cmd.EditUpdate(update_id=draft, text="Darn it all")
    assert _refusal(square, edit, RIA).code == "word_refused"


def test_name_with_a_held_word_waits_with_what_is_contributed() -> None:
    square = Square()
    square.do(cmd.SetWords(hold_words=["ann"]), MODERATOR)
    assert square.do(cmd.PostContribution(text="x"), ANN).data["held"] == "words"
    said = square.do(cmd.PostContribution(text="y", label="anonymous"), ANN)
    assert not said.data["waiting"]
    square.do(cmd.SetWords(refuse_words=["ann"]), MODERATOR)
    for command in (cmd.PostContribution(text="z"), cmd.ProposeSession(title="z")):
        assert _refusal(square, command, ANN).code == "name_refused"


def test_long_lists_of_words_keep_nobody_who_writes_waiting() -> None:
    """Everybody waits for what is decided before: seconds here are a fault."""
    words = [
        f"word{number} two" if number % 5 else f"w{number}" for number in range(2000)
    ]
    text = " ".join(f"said{number}" for number in range(18_000))
    began = time.process_time()
    assert find_word(words, f"{text} word1 two {text}") == "word1 two"
    assert find_word(words, f"{text} w0 {text}") == "w0"
    assert find_word(words, text) is None
    assert time.process_time() - began < 3
