"""Order candidates anew and find the cue to open: what an engine's BM25 can't see.

An engine ranks passages one by one. An answer is often told over minutes, and a
question often names who spoke. So three things are added: a name counts where
the word itself was not said, the minutes around a passage count with it, and
the cue to open is the one where most of the question comes together.
The numbers were chosen by cross-validation on transcripts of real meetings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from folkmoot.search.analysis import Stored
from folkmoot.search.documents import Document
from folkmoot.search.engine import Candidate, Frequencies
from folkmoot.search.evidence import (
    CueEvidence,
    Evidence,
    Needles,
    by_cue,
    gather,
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
    evidence = [gather(candidate.stored, sought) for candidate in candidates]
    scores = [candidate.score for candidate in candidates]
    if plan.asked:
        around = _around(candidates, evidence, weights)
        scores = [
            _own(candidate.stored.length, found, weights) + more
            for candidate, found, more in zip(candidates, evidence, around, strict=True)
        ]
    kept: list[Ranked] = []
    opened: dict[tuple[str, str | None], list[float]] = {}
    for number in sorted(range(len(scores)), key=lambda n: -scores[n]):
        if most is not None and len(kept) == most:
            break
        stored = candidates[number].stored
        mark = best_mark(stored, evidence[number], plan, weights, sought)
        if mark is None or _is_new(stored.document, mark, opened):
            kept.append(Ranked(stored, scores[number], mark))
    return kept


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


def _own(length: int, evidence: Evidence, weights: Sequence[float]) -> float:
    """BM25 of the words said; a word in a speaker's name counts at least once.

    The better of said and named, not their sum: else a passage in which a
    minister is called by name at every turn beats the one where she answers.
    """
    score = 0.0
    fullness = _K1 * (1 - _B + _B * length / _USUAL_WORDS)
    named = evidence.named
    for number, count in enumerate(evidence.counts):
        if count or number in named:
            said = count * (_K1 + 1) / (count + fullness)
            if number in named and said < _NAMED:
                said = _NAMED
            score += weights[number] * said
    for number in evidence.titled:
        score += TITLE_BOOST * weights[number]
    for number in evidence.agenda:
        score += AGENDA_BOOST * weights[number]
    for number, pairs in enumerate(evidence.pairs):
        if pairs:
            weight = min(weights[number], weights[number + 1])
            score += _PAIR * weight * pairs / (pairs + 1)
    return score


def _around(
    candidates: Sequence[Candidate],
    evidence: Sequence[Evidence],
    weights: Sequence[float],
) -> list[float]:
    """What the minutes around each candidate hold, the nearer the more."""
    lanes: dict[str, list[int]] = {}
    for number, candidate in enumerate(candidates):
        lanes.setdefault(candidate.stored.lane, []).append(number)
    scores = [0.0] * len(candidates)
    for numbers in lanes.values():
        if len(numbers) == 1:
            told = _told(evidence[numbers[0]])
            scores[numbers[0]] = _saturated(told, weights)
            continue
        numbers.sort(key=lambda n: candidates[n].stored.at)
        times = [candidates[number].stored.at for number in numbers]
        heard = [_told(evidence[number]) for number in numbers]
        for number, sums in zip(
            numbers, _faded(times, heard, len(weights)), strict=True
        ):
            scores[number] = _saturated(enumerate(sums), weights)
    return scores


def _saturated(told: Iterable[tuple[int, float]], weights: Sequence[float]) -> float:
    """What words told so often are worth: half at `_AROUND_HALF`."""
    return _AROUND * sum(
        [
            weights[number] * total / (total + _AROUND_HALF)
            for number, total in told
            if total
        ]
    )


def _told(evidence: Evidence) -> list[tuple[int, int]]:
    """Which words a candidate says or names, and how often."""
    return [
        (number, max(count, _NAMED_AROUND) if number in evidence.named else count)
        for number, count in enumerate(evidence.counts)
        if count or number in evidence.named
    ]


def _faded(
    times: Sequence[float], told: Sequence[Sequence[tuple[int, int]]], size: int
) -> list[list[float]]:
    """How often each word is told around each time (ascending), faded by time."""
    sums = [[0.0] * size for _ in times]
    for first, time in enumerate(times):
        for second in range(first, len(times)):
            distance = times[second] - time
            if distance > _AROUND_REACH_SECONDS:
                break
            fade = math.exp(-distance / _AROUND_SECONDS)
            for number, count in told[second]:
                sums[first][number] += fade * count
            if second != first:
                for number, count in told[first]:
                    sums[second][number] += fade * count
    return sums


def best_mark(
    stored: Stored,
    evidence: Evidence,
    plan: Plan,
    weights: Sequence[float],
    sought: Needles,
) -> int | None:
    """The cue in which most of the question comes together; the earliest of equals.

    Where a speaker is asked for, one of that speaker's cues.
    """
    worth = [_worth(cue, weights) for cue in by_cue(stored, evidence, plan, sought)]
    if not worth:
        return None
    beside = [
        round(at + _BESIDE * (before + after), 6)
        for before, at, after in zip(
            [0.0, *worth[:-1]], worth, [*worth[1:], 0.0], strict=True
        )
    ]
    # The earliest of equals: `max` keeps the first that it meets.
    return max(_allowed(stored, plan), key=beside.__getitem__)


def _worth(cue: CueEvidence, weights: Sequence[float]) -> float:
    worth = _EXACT * cue.exact
    for number in cue.said:
        worth += weights[number]
    for number in cue.named:
        worth += _CUE_NAME * weights[number]
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
