"""A text without times beside what was recognised: whose words are when."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.transcripts.aligning import align, match
from folkmoot.transcripts.cues import Cue


def cue(start: float, end: float, text: str) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text)


def untimed(*texts: str) -> list[Cue]:
    return [
        Cue(start_seconds=0, end_seconds=0, text=text, estimated=True) for text in texts
    ]


def test_words_take_the_times_of_what_was_heard() -> None:
    heard = [cue(10, 12, "good morning to you"), cue(15, 16, "hour budget is small")]
    told = align(untimed("Good morning to you all.", "Our budget is small!"), heard)
    assert [(each.start_seconds, each.end_seconds) for each in told.cues] == [
        (10, pytest.approx(12.4, abs=0.01)),
        # "Our" was heard as something else; it stays with its own cue.
        (pytest.approx(14.835, abs=0.01), 16),
    ]
    assert told.agreement == pytest.approx(7 / 9)
    assert not any(each.estimated for each in told.cues)
    assert [each.text for each in told.cues] == [
        "Good morning to you all.",
        "Our budget is small!",
    ]


def test_another_meeting_agrees_in_nothing() -> None:
    text = untimed("Wholly other words.")
    assert align(text, [cue(0, 1, "about the weather")]) == (text, 0.0)
    assert align(text, []) == (text, 0.0)


def test_signs_alone_stand_beside_the_words_before_them() -> None:
    told = align(untimed("We begin.", "…", "So."), [cue(1, 2, "we begin so")])
    starts = [each.start_seconds for each in told.cues]
    assert starts == sorted(starts)


def test_three_hours_with_every_fifth_word_wrong() -> None:
    chance = random.Random(5)
    common = [f"word{n}" for n in range(800)]
    spoken = [chance.choice(common) for _ in range(27_000)]
    heard = [
        cue(n * 0.4, n * 0.4 + 0.4, "wrong" if chance.random() < 0.2 else word)
        for n, word in enumerate(spoken)
    ]
    text = untimed(
        *(" ".join(spoken[at : at + 12]) for at in range(0, len(spoken), 12))
    )
    told = align(text, heard)
    off = [abs(each.start_seconds - at * 0.4 * 12) for at, each in enumerate(told.cues)]
    assert told.agreement > 0.75
    assert sorted(off)[int(len(off) * 0.99)] < 1.0
    assert max(off) < 3.0


WORDS = st.lists(st.sampled_from("abcdef"), max_size=60)


@given(WORDS, WORDS)
@settings(max_examples=100, deadline=None)
def test_pairs_rise_and_are_equal(left: list[str], right: list[str]) -> None:
    pairs = match(left, right)
    assert all(left[a] == right[b] for a, b in pairs)
    for side in (0, 1):
        places = [pair[side] for pair in pairs]
        assert places == sorted(set(places))


@given(
    st.lists(st.text("abc .", max_size=20), min_size=1, max_size=8),
    st.lists(st.text("abc ", max_size=20), max_size=8),
)
@settings(max_examples=100, deadline=None)
def test_times_never_go_back(texts: list[str], said: list[str]) -> None:
    heard = [cue(n * 2.0, n * 2.0 + 1.5, text) for n, text in enumerate(said)]
    told = align(untimed(*texts), heard)
    if not told.agreement:
        return
    moments = [
        at for each in told.cues for at in (each.start_seconds, each.end_seconds)
    ]
    assert moments == sorted(moments)
    assert moments[0] >= 0
