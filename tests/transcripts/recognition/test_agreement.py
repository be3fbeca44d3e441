"""Local agreement: settled words never change, and nothing is said twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.transcripts.recognition.agreement import Agreement
from folkmoot.transcripts.recognition.words import Word, join_words

WORD_MS = 400


def heard(text: str, *, start_ms: int = 0) -> list[Word]:
    return [
        Word(
            each,
            start_ms + place * WORD_MS,
            start_ms + place * WORD_MS + WORD_MS - 50,
            0.9,
        )
        for place, each in enumerate(text.split())
    ]


def texts(words: list[Word]) -> str:
    return join_words(words)


@pytest.mark.parametrize(
    ("hearings", "settled", "tentative"),
    [
        (["we met"], "", "we met"),
        (["we met", "we met again"], "we met", "again"),
        (["We met", "we met, again"], "we met,", "again"),
        (["we mat", "we met"], "we", "met"),
        (["we met", "they met"], "", "they met"),
        (
            ["the budget", "the budget is", "the budget is large"],
            "the budget is",
            "large",
        ),
        (["no no no", "no no no"], "no no no", ""),
    ],
)
def test_what_two_hearings_agree_on_is_settled(
    hearings: list[str], settled: str, tentative: str
) -> None:
    agreement = Agreement()
    found: list[Word] = []
    for each in hearings:
        found += agreement.add(heard(each))
    assert texts(found) == settled
    assert texts(list(agreement.tentative)) == tentative


def test_a_hearing_that_begins_late_repeats_no_word() -> None:
    agreement = Agreement()
    agreement.add(heard("the chair opens the meeting"))
    agreement.add(heard("the chair opens the meeting"))
    # The window begins behind "the chair", and times are a little off.
    again = heard("opens the meeting at nine", start_ms=2 * WORD_MS + 80)
    agreement.add(again)
    settled = agreement.add(again)
    assert texts(settled) == "at nine"


def test_words_that_are_said_twice_stay_twice() -> None:
    agreement = Agreement()
    agreement.add(heard("very"))
    assert texts(agreement.add(heard("very"))) == "very"
    both = [*heard("very"), *heard("very good", start_ms=WORD_MS)]
    agreement.add(both)
    assert texts(agreement.add(both)) == "very good"


def test_the_end_settles_what_was_heard_once() -> None:
    agreement = Agreement()
    agreement.add(heard("the motion is carried"))
    assert texts(agreement.conclude(2 * WORD_MS)) == "the motion"
    assert texts(agreement.conclude()) == "is carried"
    assert agreement.tentative == ()
    assert agreement.conclude() == []


spoken = st.lists(
    st.sampled_from(["we", "they", "a", "motion", "is", "no"]), max_size=25
)


@given(spoken, st.data())
def test_a_voice_that_is_heard_well_is_written_whole(
    words: list[str], data: st.DataObject
) -> None:
    """Hearings that grow settle each word once, in order, with times that go on."""
    agreement = Agreement()
    found: list[Word] = []
    all_heard = heard(" ".join(words))
    length = turn = 0
    while length < len(words):
        length = data.draw(st.integers(length, len(words)), label="length")
        # A last word that is cut off is heard as another.
        cut = data.draw(st.booleans(), label="cut")
        hearing = all_heard[:length]
        if cut and hearing:
            last = hearing[-1]
            hearing[-1] = Word(
                f"mumble{len(found)}x{length}{turn}", last.start_ms, last.end_ms, 0.2
            )
        before = list(found)
        found += agreement.add(hearing)
        assert found[: len(before)] == before
        length += 1
        turn += 1
    found += agreement.add(all_heard)
    found += agreement.conclude()
    assert [word.text for word in found] == words
    starts = [word.start_ms for word in found]
    assert starts == sorted(starts)
