"""Order candidates anew and find the cue to open: what an engine's BM25 can't see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from folkmoot.search.analysis import Stored
from folkmoot.search.engine import Candidate, Frequencies
from folkmoot.search.plan import Plan
from folkmoot.search.text import words

# Cues beside a cue count half: an answer rarely stands in one caption line.
_NEIGHBOUR = 0.5


class Ranked(msgspec.Struct, frozen=True):
    """A candidate with its score and the mark to open (None: the whole)."""

    stored: Stored
    score: float
    mark: int | None


def weigh(plan: Plan, frequencies: Frequencies) -> dict[str, float]:
    """The weight (idf) of every stem asked for."""
    return {
        stem: idf(frequencies.documents, frequencies.with_stem.get(stem, 0))
        for item in plan.asked
        for stem in item.stems
    }


def idf(documents: int, having: int) -> float:
    """Robertson's inverse document frequency, never negative."""
    return math.log(1 + (documents - having + 0.5) / (having + 0.5))


def rank(
    plan: Plan, candidates: Sequence[Candidate], weights: Mapping[str, float]
) -> list[Ranked]:
    """Candidates in the order a person should read them."""
    ranked = [
        Ranked(item.stored, item.score, best_mark(item.stored, plan, weights))
        for item in candidates
    ]
    return diverse(ranked)


def best_mark(stored: Stored, plan: Plan, weights: Mapping[str, float]) -> int | None:
    """The cue that holds most of what was asked, counting its neighbours half."""
    if not stored.counts:
        return None
    worth = _worth(stored, weights)
    allowed = _allowed(stored, plan)
    return max(
        allowed,
        key=lambda i: (
            worth[i] + _NEIGHBOUR * (sum(worth[max(0, i - 1) : i + 2]) - worth[i]),
            -i,
        ),
    )


def _worth(stored: Stored, weights: Mapping[str, float]) -> list[float]:
    stems = stored.stems.split()
    worth = []
    start = 0
    for count in stored.counts:
        found = {stem for stem in stems[start : start + count] if stem in weights}
        worth.append(sum(weights[stem] for stem in found))
        start += count
    return worth


def _allowed(stored: Stored, plan: Plan) -> Sequence[int]:
    """The marks of the speaker asked for, else all."""
    marks = stored.document.marks
    if plan.speakers:
        names = [set(words(name)) for name in stored.document.speakers]
        fits = {i for i, name in enumerate(names) if name.issuperset(plan.speakers)}
        if found := [i for i, mark in enumerate(marks) if mark.speaker in fits]:
            return found
    return range(len(marks))


def diverse(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Without passages that open a moment an earlier one already opens.

    Passages overlap, so the best cue of two neighbours is often the same.
    """
    seen: set[tuple[str, str | None, object]] = set()
    kept = []
    for item in ranked:
        document = item.stored.document
        key = (document.meeting_id, document.room_id, document.moment(item.mark))
        if item.mark is not None and key in seen:
            continue
        seen.add(key)
        kept.append(item)
    return kept
