"""Counting in a document's stems without taking them apart."""

from __future__ import annotations

from itertools import groupby

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.search.analysis import Stored, analyse
from folkmoot.search.documents import Document
from folkmoot.search.evidence import count_pairs, exact_words, gather, heard, needles
from folkmoot.search.passages import passages
from folkmoot.search.plan import Filters, make_plan
from folkmoot.search.text import Analyzer
from tests.search.corpora import ROOM, cue, document

ANALYZER = Analyzer()
ASKED = ("bus", "night", "road")
CUES = st.lists(
    st.lists(st.sampled_from([*ASKED, "so", "busy", "..."]), max_size=6),
    min_size=1,
    max_size=6,
)


def stored(made: Document) -> Stored:
    return msgspec.msgpack.decode(analyse(made, ANALYZER).payload, type=Stored)


@given(CUES)
@settings(max_examples=200, deadline=None)
def test_words_are_counted_in_their_cues(said: list[list[str]]) -> None:
    plan = make_plan(" ".join(ASKED), Filters(), ANALYZER)
    (made,) = passages(ROOM, [cue(n, " ".join(w)) for n, w in enumerate(said)])
    found = stored(made)
    sought = needles(plan)
    evidence = gather([found], sought)
    spoken = [word for words in said for word in words if word != "..."]
    assert found.length == len(spoken)
    assert evidence.counts == [[_told(spoken, word)] for word in ASKED]
    inside = heard(found, sought)
    assert inside == {
        number: cues
        for number, word in enumerate(ASKED)
        if (cues := {n for n, words in enumerate(said) if word in words})
    }


def _told(spoken: list[str], word: str) -> int:
    """How often a word is said; of a stutter every second counts."""
    runs = (len(list(run)) for each, run in groupby(spoken) if each == word)
    return sum((size + 1) // 2 for size in runs)


@given(CUES)
@settings(max_examples=100, deadline=None)
def test_exact_words_are_counted_in_their_cues(said: list[list[str]]) -> None:
    plan = make_plan("bus*", Filters(), ANALYZER)
    (made,) = passages(ROOM, [cue(n, " ".join(w)) for n, w in enumerate(said)])
    found = stored(made)
    exact = exact_words(found, plan)
    counted = [words.count("bus") + words.count("busy") for words in said]
    assert exact == {cue: count for cue, count in enumerate(counted) if count}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("night bus", {0: 1}),
        ("night of bus", {0: 1}),
        ("night in a bus", {}),
        ("bus night", {}),
        ("night bus bus night bus", {0: 2}),
        ("bus night night night of bus", {0: 1}),
        ("night night night bus", {0: 2}),
    ],
)
def test_pairs_stand_side_by_side_in_order(text: str, pairs: dict[int, int]) -> None:
    sought = needles(make_plan("night bus", Filters(), ANALYZER))
    made = stored(document("d", text))
    counts = [column[0] for column in gather([made], sought).counts]
    assert count_pairs(made.stems, counts, sought) == pairs


@given(st.lists(st.sampled_from(["night", "bus", "of", "busy"]), max_size=12))
@settings(max_examples=300, deadline=None)
def test_pairs_are_the_same_from_whichever_word_is_rarer(said: list[str]) -> None:
    sought = needles(make_plan("night bus", Filters(), ANALYZER))
    stems = stored(document("d", " ".join(said))).stems
    # A count decides only from which of the two words the text is looked at.
    counted = [count_pairs(stems, counts, sought) for counts in ((1, 9), (9, 1))]
    told = sum(
        "bus" in said[place + 1 : place + 3]
        for place, word in enumerate(said)
        if word == "night"
    )
    assert counted == [{0: told} if told else {}] * 2


def test_names_are_found_whole() -> None:
    sought = needles(make_plan("ann lee green", Filters(), ANALYZER))
    made = document(
        "d", "so", speakers=("Joann Lee",), title="Ann", agenda_items=("Green ways",)
    )
    evidence = gather([stored(made), stored(document("e", "so"))], sought)
    assert evidence.named == [{1}, set()]
    assert evidence.titled == [{0}, set()]
    assert evidence.agenda == [{2}, set()]
