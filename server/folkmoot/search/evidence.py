"""What a found document holds of a query: counts that ranking turns into a score."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from folkmoot.search.analysis import Stored
from folkmoot.search.occurrences import exact_places
from folkmoot.search.plan import Plan
from folkmoot.search.text import words

# "minister of finance" still says "minister finance" side by side.
_PAIR_REACH = 2

Numbers = frozenset[int]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The words asked for are meant by their number in the plan.

    `counts`: how often each is said; `pairs`: how often it is followed by the
    next; `named`, `titled`, `agenda`: which stand in a speaker's name, the title,
    the agenda item. `cues` and `cue_names`: which are said in each cue, which
    name its speaker; `exact`: words of phrases and wildcards in each cue.
    """

    length: int
    counts: tuple[int, ...]
    pairs: tuple[int, ...]
    named: Numbers
    titled: Numbers
    agenda: Numbers
    cues: tuple[Numbers, ...]
    cue_names: tuple[Numbers, ...]
    exact: tuple[int, ...]


def gather(stored: Stored, plan: Plan) -> Evidence:
    """The evidence of one document."""
    document = stored.document
    number_of = {
        stem: number for number, item in enumerate(plan.asked) for stem in item.stems
    }
    stems = stored.stems.split()
    said = [
        (place, number_of[stem])
        for place, stem in enumerate(stems)
        if stem in number_of
    ]
    counts = [0] * len(plan.asked)
    pairs = [0] * len(plan.asked)
    for _, number in said:
        counts[number] += 1
    for (place, number), (following, after) in pairwise(said):
        if after == number + 1 and following - place <= _PAIR_REACH:
            pairs[number] += 1
    names = tuple(_asked_in(name, plan) for name in document.speakers)
    return Evidence(
        length=len(stems),
        counts=tuple(counts),
        pairs=tuple(pairs),
        named=frozenset().union(*names),
        titled=_asked_in(document.title, plan),
        agenda=_asked_in(" ".join(document.agenda_items), plan),
        cues=_by_cue(said, stored.counts),
        cue_names=tuple(
            names[mark.speaker] if mark.speaker >= 0 else frozenset()
            for mark in document.marks
        ),
        exact=_exact(stored, plan),
    )


def _asked_in(name: str, plan: Plan) -> Numbers:
    inside = name_words(name)
    return frozenset(n for n, item in enumerate(plan.asked) if item.word in inside)


@lru_cache(maxsize=4096)
def name_words(name: str) -> frozenset[str]:
    """The folded words of a name."""
    return frozenset(words(name))


def _by_cue(
    said: Sequence[tuple[int, int]], counts: Sequence[int]
) -> tuple[Numbers, ...]:
    """Which words asked for are said in each cue."""
    cues: list[set[int]] = [set() for _ in counts]
    cue = 0
    end = counts[0] if counts else 0
    for place, number in said if counts else ():
        while place >= end:
            cue += 1
            end += counts[cue]
        cues[cue].add(number)
    return tuple(map(frozenset, cues))


def _exact(stored: Stored, plan: Plan) -> tuple[int, ...]:
    """How many words of each cue a phrase or wildcard covers."""
    found = [0] * len(stored.counts)
    if not found or not (plan.phrases or plan.globs):
        return tuple(found)
    places = sorted(exact_places(words(stored.document.text), plan))
    cue = 0
    end = stored.counts[0]
    for place in places:
        while place >= end:
            cue += 1
            end += stored.counts[cue]
        found[cue] += 1
    return tuple(found)
