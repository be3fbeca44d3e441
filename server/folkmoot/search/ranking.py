"""Order candidates anew and find the cue to open: what an engine's BM25 can't see.

An engine ranks passages one by one. An answer is often told over minutes, and a
question often names who spoke. So three things are added: a name counts where
the word itself was not said, the minutes around a passage count with it, and
the cue to open is the one where most of the question comes together.
The numbers were chosen by cross-validation on transcripts of real meetings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

import msgspec

from folkmoot.search.analysis import Stored
from folkmoot.search.documents import Document
from folkmoot.search.engine import Candidate, Frequencies
from folkmoot.search.evidence import (
    Evidence,
    Needles,
    asked_in,
    count_pairs,
    exact_words,
    gather,
    heard,
    name_words,
    needles,
)
from folkmoot.search.plan import AGENDA_BOOST, TITLE_BOOST, Plan

# A word that names the speaker counts as if said rather often in the passage.
_NAMED = 1.4
# BM25 (Robertson and Zaragoza 2009) with a usual passage length.
_K1 = 1.2
_B = 0.75
_USUAL_WORDS = 160
# The words of the minutes around: weight, how fast time fades them, saturation.
_AROUND = 3.0
_AROUND_SECONDS = 140.0
_AROUND_REACH_SECONDS = 400.0
_AROUND_HALF = 3.0
# A speaker's name is worth this many mentions of it.
_NAMED_AROUND = 2
# Two words asked for side by side, said side by side.
_PAIR = 1.2
# Within a passage: what the cues beside a cue are worth, and its speaker's name.
_BESIDE = 0.7
_CUE_NAME = 0.5
# A phrase or wildcard that was typed decides before single words do.
_EXACT = 10.0
# Two hits closer than this open the same moment.
_SAME_MOMENT_SECONDS = 45.0
# Sums in another order differ by less.
_ROUNDING = 1e-9


class Ranked(msgspec.Struct, frozen=True):
    """A candidate with its score and the mark to open (None: the whole)."""

    stored: Stored
    score: float
    mark: int | None


def weigh(plan: Plan, frequencies: Frequencies) -> tuple[float, ...]:
    """The weight (idf) of every word asked for; its most frequent stem counts."""
    return tuple(
        idf(
            frequencies.documents,
            max(frequencies.with_stem.get(stem, 0) for stem in item.stems),
        )
        for item in plan.asked
    )


def idf(documents: int, having: int) -> float:
    """Robertson's inverse document frequency, never negative."""
    return math.log(1 + (documents - having + 0.5) / (having + 0.5))


def rank(
    plan: Plan,
    candidates: Sequence[Candidate],
    weights: Sequence[float],
    most: int | None = None,
) -> list[Ranked]:
    """The `most` best (None: all) in the order a person should read them.

    Where no word ranks, the engine's order stands. Of hits that open the same
    moment, as overlapping passages do, only the best is kept.
    """
    sought = needles(plan)
    order = (
        _best_first(candidates, weights, sought)
        if plan.asked
        else _as_found(candidates)
    )
    kept: list[Ranked] = []
    opened: dict[tuple[str, str | None], list[float]] = {}
    for number, score in order:
        if most is not None and len(kept) == most:
            break
        stored = candidates[number].stored
        mark = best_mark(stored, plan, weights, sought)
        if mark is None or _is_new(stored.document, mark, opened):
            kept.append(Ranked(stored, score, mark))
    return kept


def _as_found(candidates: Sequence[Candidate]) -> list[tuple[int, float]]:
    """The candidates' numbers and scores by the engine's own order."""
    scores = [(number, one.score) for number, one in enumerate(candidates)]
    return sorted(scores, key=lambda item: -item[1])


def _best_first(
    candidates: Sequence[Candidate], weights: Sequence[float], sought: Needles
) -> Iterator[tuple[int, float]]:
    """Yield the candidates' numbers and scores, the best first.

    Each waits with the most that it may be worth; its pairs, which take longest, are
    only counted when it comes to the top of those that wait.
    """
    found = [candidate.stored for candidate in candidates]
    evidence = gather(found, sought)
    own = _own([stored.length for stored in found], evidence, weights)
    around = _around(found, evidence, weights)
    bounds = _most_of_pairs(evidence.counts, weights)
    waiting = [
        # Among equals those that are not worked out yet, then as they were found.
        (-(score + bound + more + _ROUNDING), 0, number)
        for number, (score, bound, more) in enumerate(
            zip(own, bounds, around, strict=True)
        )
    ]
    heapify(waiting)
    while waiting:
        below, known, number = heappop(waiting)
        if known:
            yield number, -below
            continue
        counts = [column[number] for column in evidence.counts]
        pairs = count_pairs(found[number].stems, counts, sought)
        score = own[number] + _of_pairs(pairs, weights) + around[number]
        heappush(waiting, (-score, 1, number))


def _is_new(
    document: Document, mark: int, opened: dict[tuple[str, str | None], list[float]]
) -> bool:
    """Whether no better hit opens the same moment; notes it."""
    moment = document.moment(mark).timestamp()
    times = opened.setdefault((document.meeting_id, document.room_id), [])
    if any(abs(moment - time) <= _SAME_MOMENT_SECONDS for time in times):
        return False
    times.append(moment)
    return True


def _own(
    lengths: Sequence[int], evidence: Evidence, weights: Sequence[float]
) -> list[float]:
    """BM25 of the words said; a word in a speaker's name counts at least once.

    The better of said and named, not their sum: else a passage in which a
    minister is called by name at every turn beats the one where she answers.
    """
    scores = [0.0] * len(lengths)
    fullness = [_K1 * (1 - _B + _B * length / _USUAL_WORDS) for length in lengths]
    for counts, weight in zip(evidence.counts, weights, strict=True):
        most = weight * (_K1 + 1)
        scores = [
            score + most * count / (count + full) if count else score
            for score, count, full in zip(scores, counts, fullness, strict=True)
        ]
    for number, named in enumerate(evidence.named):
        for word in named:
            count = evidence.counts[word][number]
            said = count * (_K1 + 1) / (count + fullness[number])
            if said < _NAMED:
                scores[number] += weights[word] * (_NAMED - said)
    for boost, standing in (
        (TITLE_BOOST, evidence.titled),
        (AGENDA_BOOST, evidence.agenda),
    ):
        for number, words in enumerate(standing):
            for word in words:
                scores[number] += boost * weights[word]
    return scores


def _of_pairs(pairs: Mapping[int, int], weights: Sequence[float]) -> float:
    """What words soon followed by the next one are worth."""
    return sum(
        _PAIR * min(weights[number], weights[number + 1]) * count / (count + 1)
        for number, count in pairs.items()
    )


def _most_of_pairs(
    counts: Sequence[Sequence[int]], weights: Sequence[float]
) -> list[float]:
    """What pairs are worth at most: where every word is followed by the next."""
    bounds = [0.0] * len(counts[0])
    for number, (first, second) in enumerate(pairwise(counts)):
        most = _PAIR * min(weights[number], weights[number + 1])
        # Of a stutter every word is followed, and half of them are counted.
        bounds = [
            bound + most * count / (count + 0.5) if count and after else bound
            for bound, count, after in zip(bounds, first, second, strict=True)
        ]
    return bounds


def _around(
    found: Sequence[Stored], evidence: Evidence, weights: Sequence[float]
) -> list[float]:
    """What the minutes around each candidate hold, the nearer the more."""
    beside = _beside(found)
    naming: dict[int, list[int]] = {}
    for number, named in enumerate(evidence.named):
        for word in named:
            naming.setdefault(word, []).append(number)
    scores = [0.0] * len(found)
    for word, (counts, weight) in enumerate(zip(evidence.counts, weights, strict=True)):
        told: Sequence[int] = counts
        if word in naming:
            told = list(counts)
            for number in naming[word]:
                told[number] = max(told[number], _NAMED_AROUND)
        sums: list[float] = list(told)
        for one, other, fade in beside:
            sums[one] += fade * told[other]
            sums[other] += fade * told[one]
        # Half of what a word can be worth at `_AROUND_HALF`.
        most = _AROUND * weight
        scores = [
            score + most * total / (total + _AROUND_HALF) if total else score
            for score, total in zip(scores, sums, strict=True)
        ]
    return scores


def _beside(found: Sequence[Stored]) -> list[tuple[int, int, float]]:
    """Candidates near to each other in time, and how much of one the other hears."""
    lanes: dict[str, list[int]] = {}
    for number, stored in enumerate(found):
        lanes.setdefault(stored.lane, []).append(number)
    beside: list[tuple[int, int, float]] = []
    for numbers in lanes.values():
        in_order = sorted([(found[number].at, number) for number in numbers])
        for place, (at, one) in enumerate(in_order):
            for later, other in in_order[place + 1 :]:
                if later - at > _AROUND_REACH_SECONDS:
                    break
                fade = math.exp((at - later) / _AROUND_SECONDS)
                beside.append((one, other, fade))
    return beside


def best_mark(
    stored: Stored, plan: Plan, weights: Sequence[float], sought: Needles
) -> int | None:
    """The cue in which most of the question comes together; the earliest of equals.

    Where a speaker is asked for, one of that speaker's cues.
    """
    worth = _worth(stored, plan, weights, sought)
    if not worth:
        return None
    beside = [
        round(at + _BESIDE * (before + after), 6)
        for before, at, after in zip(
            [0.0, *worth[:-1]], worth, [*worth[1:], 0.0], strict=True
        )
    ]
    allowed = _allowed(stored, plan)
    if len(plan.asked) == 1:
        # Who looks for one word wants to hear it. Several are answered between them,
        # too: to leave those cues out costs a hundredth of the answers.
        allowed = [cue for cue in allowed if worth[cue] > 0] or allowed
    # The earliest of equals: `max` keeps the first that it meets.
    return max(allowed, key=beside.__getitem__)


def _worth(
    stored: Stored, plan: Plan, weights: Sequence[float], sought: Needles
) -> list[float]:
    """What each cue alone is worth: its words, its speaker's name, exact words."""
    document = stored.document
    naming = [
        _CUE_NAME * sum(weights[word] for word in asked_in(name, sought))
        for name in document.speakers
    ]
    naming.append(0.0)  # of nobody, who is number -1
    worth = [naming[mark.speaker] for mark in document.marks]
    for word, cues in heard(stored, sought).items():
        for cue in cues:
            worth[cue] += weights[word]
    for cue, count in exact_words(stored, plan).items():
        worth[cue] += _EXACT * count
    return worth


def _allowed(stored: Stored, plan: Plan) -> Sequence[int]:
    """The marks of the speaker asked for, else all."""
    document = stored.document
    if plan.speakers:
        fits = {
            number
            for number, name in enumerate(document.speakers)
            if name_words(name).issuperset(plan.speakers)
        }
        if found := [
            i for i, mark in enumerate(document.marks) if mark.speaker in fits
        ]:
            return found
    return range(len(document.marks))
