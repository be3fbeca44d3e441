"""Passages: their size, their marks, and how little an edit changes."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.search.corpus import TranscriptCue
from folkmoot.search.documents import Document
from folkmoot.search.passages import passages
from tests.search.corpora import ROOM, at, cue

WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def talk(count: int, words_each: int = 12) -> list[TranscriptCue]:
    return [
        cue(n, " ".join(WORDS[:words_each]), speaker="Ann" if n % 7 else "Bob")
        for n in range(count)
    ]


def by_id(found: list[Document]) -> dict[str, Document]:
    documents = {document.id: document for document in found}
    assert len(documents) == len(found)
    return documents


def test_passages_hold_100_to_220_words_and_overlap() -> None:
    found = passages(ROOM, talk(600))
    sizes = [len(document.text.split()) for document in found]
    assert all(100 <= size <= 220 for size in sizes[1:-1])
    assert 120 <= sum(sizes) / len(sizes) <= 200
    for left, right in pairwise(found):
        assert left.moment(len(left.marks) - 1) >= right.at


def test_marks_point_to_their_cue() -> None:
    cues = [
        cue(0, "Hello all.", speaker="Ann"),
        cue(1, "Élan!"),
        cue(2, "Bye", speaker="Bob"),
    ]
    (found,) = passages(ROOM, cues)
    assert found.text == "Hello all. Élan! Bye"
    assert found.speakers == ("Ann", "Bob")
    pieces = [found.text[mark.start : mark.end] for mark in found.marks]
    assert pieces == ["Hello all.", "Élan!", "Bye"]
    assert [found.moment(n) for n in range(3)] == [at(0), at(6), at(12)]
    assert [found.speaker(n) for n in range(3)] == ["Ann", None, "Bob"]


def test_no_cues_no_passages() -> None:
    assert passages(ROOM, []) == []


def test_cues_at_one_moment_and_monsters_end() -> None:
    same = [cue(0, " ".join(WORDS)) for _ in range(50)]
    assert len(passages(ROOM, same)) == 1
    assert len(passages(ROOM, [cue(0, " ".join(WORDS * 500))])) == 1


EDITS = st.sampled_from(["text", "delete", "insert", "speaker"])


@given(st.integers(0, 199), EDITS, st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_edit_writes_at_most_three_passages(place: int, edit: str, size: int) -> None:
    before = talk(200)
    after = list(before)
    if edit == "delete":
        del after[place]
    elif edit == "insert":
        new = msgspec.structs.replace(
            before[place], cue_id="new", text="new words " * size
        )
        after.insert(place, new)
    elif edit == "text":
        after[place] = msgspec.structs.replace(before[place], text="other " * size)
    else:
        after[place] = msgspec.structs.replace(before[place], speaker="Cleo")
    old, new_ones = by_id(passages(ROOM, before)), by_id(passages(ROOM, after))
    written = [key for key, document in new_ones.items() if old.get(key) != document]
    assert len(written) <= 3
    assert len(old.keys() - new_ones.keys()) <= 3
