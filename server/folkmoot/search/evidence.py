"""What a found document holds of a query: counts that ranking turns into a score.

Every candidate of a query passes here, so its stems are searched as one text
instead of being taken apart, and what only a hit needs is left for later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

import msgspec

from folkmoot.search.analysis import Stored
from folkmoot.search.occurrences import exact_places
from folkmoot.search.plan import Plan
from folkmoot.search.text import tokens, words

Numbers = frozenset[int]
_NONE: Numbers = frozenset()


class Needles(msgspec.Struct, frozen=True):
    """The words asked for as they stand between blanks, each with its number.

    `couples` has each word's number with one of its stems and all of the next word's;
    `numbers` each word's number.
    """

    stems: tuple[tuple[int, str], ...]
    words: tuple[tuple[int, str], ...]
    couples: tuple[tuple[int, str, tuple[str, ...]], ...]
    numbers: Mapping[str, int]


class Evidence(msgspec.Struct, frozen=True):
    """The words asked for are meant by their number in the plan.

    `counts`: how often each is said, a stutter once; `pairs`: how often it is
    followed by the next; `named`, `titled`, `agenda`: which stand in a speaker's
    name, the title, the agenda item.
    """

    counts: Sequence[int]
    pairs: Sequence[int]
    named: Numbers
    titled: Numbers
    agenda: Numbers


class CueEvidence(msgspec.Struct, frozen=True):
    """What one cue holds: words said, words that name its speaker, exact words."""

    said: AbstractSet[int]
    named: Numbers
    exact: int


def needles(plan: Plan) -> Needles:
    """What `gather` looks for; made once for all candidates of a plan."""
    number_of = {
        stem: number for number, item in enumerate(plan.asked) for stem in item.stems
    }
    stems = tuple((number, f" {stem} ") for stem, number in number_of.items())
    of_word: dict[int, tuple[str, ...]] = {}
    for number, needle in stems:
        of_word[number] = (*of_word.get(number, ()), needle)
    return Needles(
        stems,
        tuple((number, f" {item.word} ") for number, item in enumerate(plan.asked)),
        tuple(
            (number, needle, of_word[number + 1])
            for number, needle in stems
            if number + 1 in of_word
        ),
        {item.word: number for number, item in enumerate(plan.asked)},
    )


def gather(stored: Stored, sought: Needles) -> Evidence:
    """The evidence of one document."""
    stems = stored.stems
    counts = [0] * len(sought.words)
    for number, needle in sought.stems:
        counts[number] += stems.count(needle)
    return Evidence(
        counts,
        _pairs(stems, counts, sought),
        _standing(stored.names, sought),
        _standing(stored.title, sought),
        _standing(stored.agenda, sought),
    )


def _pairs(stems: str, counts: Sequence[int], sought: Needles) -> list[int]:
    """How often each word is soon followed by the next one asked for.

    "minister of finance" still says "minister finance" side by side.
    """
    pairs = [0] * len(counts)
    for number, needle, following in sought.couples:
        if counts[number] and counts[number + 1]:
            pairs[number] += _followed(stems, needle, following)
    return pairs


def _followed(stems: str, needle: str, following: tuple[str, ...]) -> int:
    """How often a word is followed by one of others, at most one word between."""
    count = 0
    step = len(needle) - 1
    place = stems.find(needle)
    while place >= 0:
        place += step
        if stems.startswith(following, place):
            count += 1
        else:
            beyond = stems.find(" ", place + 1)
            count += beyond >= 0 and stems.startswith(following, beyond)
        place = stems.find(needle, place)
    return count


def _places(stems: str, needle: str) -> Iterator[int]:
    """Where in the stems one of them stands."""
    place = stems.find(needle)
    while place >= 0:
        yield place
        # The blank after a word is the blank before the next.
        place = stems.find(needle, place + len(needle) - 1)


def _standing(tokens: str, sought: Needles) -> Numbers:
    if len(tokens) <= len("  "):
        return _NONE
    found = [number for number, needle in sought.words if needle in tokens]
    return frozenset(found) if found else _NONE


def by_cue(
    stored: Stored, evidence: Evidence, plan: Plan, sought: Needles
) -> Iterator[CueEvidence]:
    """The evidence of each cue of a document, in order; none without cues."""
    document, ends = stored.document, stored.ends
    if not ends:
        return
    said: list[set[int]] = [set() for _ in ends]
    for number, needle in sought.stems:
        if evidence.counts[number]:
            for place in _places(stored.stems, needle):
                said[bisect_right(ends, place)].add(number)
    names = [_asked_in(name, sought) for name in document.speakers]
    exact = _exact(stored, plan)
    for number, mark in enumerate(document.marks):
        named = names[mark.speaker] if mark.speaker >= 0 else _NONE
        yield CueEvidence(said[number], named, exact[number])


def _asked_in(name: str, sought: Needles) -> Numbers:
    inside = name_words(name) & sought.numbers.keys()
    return frozenset(map(sought.numbers.__getitem__, inside)) if inside else _NONE


@lru_cache(maxsize=4096)
def name_words(name: str) -> frozenset[str]:
    """The folded words of a name."""
    return frozenset(words(name))


def _exact(stored: Stored, plan: Plan) -> list[int]:
    """How many words of each cue a phrase or wildcard covers."""
    marks = stored.document.marks
    found = [0] * len(marks)
    if plan.phrases or plan.globs:
        said = tokens(stored.document.text)
        ends = [mark.end for mark in marks[:-1]]
        for number in exact_places([token.word for token in said], plan):
            found[bisect_right(ends, said[number].start)] += 1
    return found
