"""What found documents hold of a query: counts that ranking turns into scores.

Every candidate of a query passes here, so its stems are searched as one text
instead of being taken apart, and what only a hit needs is left for later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import add

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

    `counts`: for each word, how often each document says it, a stutter once.
    `named`, `titled`, `agenda`: for each document, which words stand in a
    speaker's name, the title, the agenda item.
    """

    counts: Sequence[Sequence[int]]
    named: Sequence[Numbers]
    titled: Sequence[Numbers]
    agenda: Sequence[Numbers]


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


def gather(found: Sequence[Stored], sought: Needles) -> Evidence:
    """The evidence of documents, word by word: the inner loops are the library's."""
    texts = [stored.stems for stored in found]
    counts: list[list[int]] = [[] for _ in sought.words]
    for number, needle in sought.stems:
        column = list(map(str.count, texts, repeat(needle)))
        before = counts[number]
        counts[number] = list(map(add, before, column)) if before else column
    return Evidence(
        # A word whose stems are all another's is counted there.
        [column or [0] * len(texts) for column in counts],
        _standing([stored.names for stored in found], sought),
        _standing([stored.title for stored in found], sought),
        _standing([stored.agenda for stored in found], sought),
    )


def _standing(texts: Iterable[str], sought: Needles) -> list[Numbers]:
    """Which words stand in names or titles, of which many documents share one."""
    known: dict[str, Numbers] = {"": _NONE, " ": _NONE, "  ": _NONE}
    standing: list[Numbers] = []
    for text in texts:
        numbers = known.get(text)
        if numbers is None:
            inside = [number for number, needle in sought.words if needle in text]
            numbers = known[text] = frozenset(inside)
        standing.append(numbers)
    return standing


def count_pairs(stems: str, counts: Sequence[int], sought: Needles) -> dict[int, int]:
    """How often words are soon followed by the next one asked for, where they are.

    "minister of finance" still says "minister finance" side by side.
    """
    pairs: dict[int, int] = {}
    for number, needle, following in sought.couples:
        first, second = counts[number], counts[number + 1]
        if not (first and second):
            continue
        # The rarer of the two has fewer places to look at.
        look = _followed if first <= second else _preceding
        if count := look(stems, needle, following):
            pairs[number] = pairs.get(number, 0) + count
    return pairs


def _followed(stems: str, needle: str, following: tuple[str, ...]) -> int:
    """How often a word is followed by one of others, at most one word between."""
    count = 0
    step = len(needle) - 1
    find, startswith = stems.find, stems.startswith
    place = find(needle)
    while place >= 0:
        place += step
        if startswith(following, place):
            count += 1
        else:
            # Where no word follows, find says -1: the last blank begins none.
            count += startswith(following, find(" ", place + 1))
        place = find(needle, place)
    return count


def _preceding(stems: str, needle: str, following: tuple[str, ...]) -> int:
    """The same as `_followed`, told from the places of the words that follow."""
    begun: set[int] = set()
    find, rfind, endswith = stems.find, stems.rfind, stems.endswith
    for other in following:
        step = len(other) - 1
        place = find(other)
        while place >= 0:
            # The blank before a word is the blank after the one before it.
            if endswith(needle, 0, place + 1):
                begun.add(place)
            before = rfind(" ", 0, place)
            if before > 0 and endswith(needle, 0, before + 1):
                begun.add(before)
            place = find(other, place + step)
    return len(begun)


def heard(stored: Stored, sought: Needles) -> dict[int, set[int]]:
    """In which cues of a document each word is said; only of words that are."""
    stems, ends = stored.stems, stored.ends
    found: dict[int, set[int]] = {}
    if not ends:
        return found
    for number, needle in sought.stems:
        place = stems.find(needle)
        if place < 0:
            continue
        cues = found.setdefault(number, set())
        # The blank after a word is the blank before the next.
        step = len(needle) - 1
        while place >= 0:
            cues.add(bisect_right(ends, place))
            place = stems.find(needle, place + step)
    return found


def asked_in(name: str, sought: Needles) -> Numbers:
    """The words that stand in a speaker's name."""
    inside = name_words(name) & sought.numbers.keys()
    return frozenset(map(sought.numbers.__getitem__, inside)) if inside else _NONE


@lru_cache(maxsize=4096)
def name_words(name: str) -> frozenset[str]:
    """The folded words of a name."""
    return frozenset(words(name))


def exact_words(stored: Stored, plan: Plan) -> Mapping[int, int]:
    """How many words a phrase or wildcard covers, by cue; only of cues with one."""
    found: dict[int, int] = {}
    if plan.phrases or plan.globs:
        said = tokens(stored.document.text)
        ends = [mark.end for mark in stored.document.marks[:-1]]
        for number in exact_places([token.word for token in said], plan):
            cue = bisect_right(ends, said[number].start)
            found[cue] = found.get(cue, 0) + 1
    return found
