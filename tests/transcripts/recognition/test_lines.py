"""Settled words become lines that can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.transcripts.recognition.lines import (
    MAX_CHARACTERS,
    MAX_MS,
    LineMaker,
    doubtful_places,
)
from folkmoot.transcripts.recognition.words import Word


def spoken(text: str, *, pace_ms: int = 350, confidence: float = 0.9) -> list[Word]:
    return [
        Word(each, place * pace_ms, (place + 1) * pace_ms - 50, confidence)
        for place, each in enumerate(text.split())
    ]


def lines_of(words: list[Word]) -> list[str]:
    maker = LineMaker()
    return [line.text for line in [*maker.add(words), *maker.close()]]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("Good morning.", ["Good morning."]),
        (
            "Shall we begin now? Yes, we shall begin with item two.",
            ["Shall we begin now?", "Yes, we shall begin with item two."],
        ),
        # Too short to stand alone: it goes with what follows.
        ("Yes. We shall begin soon.", ["Yes. We shall begin soon."]),
    ],
)
def test_lines_end_with_sentences(text: str, lines: list[str]) -> None:
    assert lines_of(spoken(text)) == lines


def test_a_pause_ends_a_line() -> None:
    words = [Word("Order", 0, 400, 0.9), Word("please", 1200, 1600, 0.9)]
    assert lines_of(words) == ["Order", "please"]


def test_a_pause_between_batches_ends_a_line_too() -> None:
    maker = LineMaker()
    assert maker.add([Word("Order", 0, 400, 0.9)]) == []
    assert maker.open is not None
    assert not maker.open.closed
    (line,) = maker.close()
    assert line.closed
    assert maker.open is None


def test_doubtful_words_are_named_by_their_place() -> None:
    words = [
        Word("The", 0, 1, 0.9),
        Word("Hoenikker", 1, 2, 0.31),
        Word("-road", 2, 3, 0.2, joined=True),
        Word("is", 3, 4, 0.9),
        Word("closed", 4, 5, 0.49),
    ]
    # "The Hoenikker-road is closed"
    assert doubtful_places(words) == (1, 3)


word_texts = st.text("abcdefgh.,?", min_size=1, max_size=14)


@given(
    st.lists(
        st.tuples(word_texts, st.integers(0, 900), st.integers(1, 900)), max_size=60
    ),
    st.integers(1, 7),
)
def test_no_word_is_lost_and_no_line_is_long(
    pieces: list[tuple[str, int, int]], batch: int
) -> None:
    words, clock = [], 0
    for text, gap, length in pieces:
        words.append(Word(text, clock + gap, clock + gap + length, 0.9))
        clock += gap + length
    maker = LineMaker()
    lines = []
    for start in range(0, len(words), batch):
        lines += maker.add(words[start : start + batch])
    lines += maker.close()
    assert [word for line in lines for word in line.words] == words
    for line in lines:
        assert len(line.text) <= MAX_CHARACTERS
        assert line.end_ms - line.start_ms <= MAX_MS
        assert 0 <= line.confidence <= 1
