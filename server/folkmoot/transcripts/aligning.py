"""Gives a text without times those of the words that were recognised.

A minute-taker's text is right and untimed, a recogniser's words are timed and
partly wrong. Runs of words that occur once in both are anchors (the idea of
patience diff, Bram Cohen); between two anchors the same is done with shorter runs,
and small rests are compared whole. Words without a partner share the time between
their neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import NamedTuple

import msgspec

from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.plain import WORDS_PER_SECOND

_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*")
_RUNS = (4, 3, 2, 1)
# Up to so many words on the longer side, the rest is compared word by word.
_SMALL = 150
# Below this share of words with a partner, it is not the same meeting.
LEAST_AGREEMENT = 0.3


class Aligned(NamedTuple):
    """The cues with times, and the share of their words that were recognised."""

    cues: list[Cue]
    agreement: float


class _Range(NamedTuple):
    """Words `a` to `b` of the text, `c` to `d` of what was heard."""

    a: int
    b: int
    c: int
    d: int


def align(text: Sequence[Cue], heard: Sequence[Cue]) -> Aligned:
    """Return `text` with the times of `heard`, both in the order they were said.

    The agreement tells how far to trust it; without a common word nothing changes.
    """
    written = [words_of(cue.text) for cue in text]
    flat = [word for words in written for word in words]
    said, times = _timed_words(heard)
    pairs = match(flat, said)
    if not pairs:
        return Aligned(list(text), 0.0)
    begins = list(accumulate(map(len, written), initial=0))
    known = [(at, times[there]) for at, there in pairs]
    moments = _spread(len(flat), known, begins)
    cues, at = [], 0
    for cue, words in zip(text, written, strict=True):
        if words:
            start, end = moments[at][0], moments[at + len(words) - 1][1]
            at += len(words)
        else:
            # Only signs, such as "…": a moment beside the words before it.
            start = end = moments[at - 1][1] if at else moments[0][0]
        cues.append(
            msgspec.structs.replace(
                cue,
                start_seconds=round(start, 3),
                end_seconds=round(max(start, end), 3),
                estimated=False,
            )
        )
    return Aligned(cues, len(pairs) / len(flat))


def words_of(text: str) -> list[str]:
    """Return the words as they are compared: folded, without signs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [
        word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        for word in _WORD.findall(folded)
    ]


def match(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of places of equal words, both rising."""
    found: list[tuple[int, int]] = []
    # A stack instead of recursion: three hours have thousands of anchors.
    waiting = [(_Range(0, len(left), 0, len(right)), 0)]
    while waiting:
        span, level = waiting.pop()
        if span.a == span.b or span.c == span.d:
            continue
        if max(span.b - span.a, span.d - span.c) <= _SMALL:
            found += _compare(left, right, span)
            continue
        if level == len(_RUNS):
            continue  # nothing in common that occurs once
        anchors = _anchors(left, right, span, _RUNS[level])
        if not anchors:
            waiting.append((span, level + 1))
            continue
        found += anchors
        edges = [(span.a - 1, span.c - 1), *anchors, (span.b, span.d)]
        waiting += [
            (_Range(a + 1, b, c + 1, d), level) for (a, c), (b, d) in pairwise(edges)
        ]
    return sorted(found)


def _anchors(
    left: Sequence[str], right: Sequence[str], span: _Range, length: int
) -> list[tuple[int, int]]:
    ours = _once(left, span.a, span.b, length)
    theirs = _once(right, span.c, span.d, length)
    common = sorted((at, theirs[run]) for run, at in ours.items() if run in theirs)
    words: dict[int, int] = {}
    last = span.c - 1
    for here, there in _rising(common):
        for step in range(length):
            if here + step not in words and there + step > last:
                words[here + step] = last = there + step
    return sorted(words.items())


def _once(
    words: Sequence[str], start: int, end: int, length: int
) -> dict[tuple[str, ...], int]:
    """Return where each run of words stands that occurs once."""
    runs = [tuple(words[at : at + length]) for at in range(start, end - length + 1)]
    counts = Counter(runs)
    return {run: start + at for at, run in enumerate(runs) if counts[run] == 1}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of `pairs` whose second numbers rise (patience)."""
    tops: list[int] = []
    last_of: list[int] = []
    before: list[int] = []
    for index, (_, there) in enumerate(pairs):
        pile = bisect_left(tops, there)
        before.append(last_of[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(there)
            last_of.append(index)
        else:
            tops[pile], last_of[pile] = there, index
    chain = []
    at = last_of[-1] if last_of else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _compare(
    left: Sequence[str], right: Sequence[str], span: _Range
) -> list[tuple[int, int]]:
    matcher = SequenceMatcher(
        None, left[span.a : span.b], right[span.c : span.d], autojunk=False
    )
    return [
        (span.a + block.a + step, span.c + block.b + step)
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    ]


def _timed_words(heard: Sequence[Cue]) -> tuple[list[str], list[tuple[float, float]]]:
    """Return the words of cues, each cue's time shared by their lengths."""
    words: list[str] = []
    times: list[tuple[float, float]] = []
    for cue in heard:
        said = words_of(cue.text)
        letters = sum(map(len, said))
        at, lasts = cue.start_seconds, cue.end_seconds - cue.start_seconds
        for word in said:
            ends = at + lasts * len(word) / letters
            times.append((at, ends))
            at = ends
        words += said
    return words, times


def _spread(
    count: int,
    known: Sequence[tuple[int, tuple[float, float]]],
    begins: Sequence[int],
) -> list[tuple[float, float]]:
    """Return the times of all words from those of some, never going back.

    Words that nobody recognised stay with their own cue, of which `begins` has the
    first words: the end of one stays near the words before, the start of the next
    near those after.
    """
    times: list[tuple[float, float]] = []
    first, (start, _) = known[0]
    lead = min(1 / WORDS_PER_SECOND, start / first) if first else 0.0
    times += [
        (start - (first - at) * lead, start - (first - at - 1) * lead)
        for at in range(first)
    ]
    done = start
    after = (count, (float("inf"), float("inf")))
    for (at, (begin, end)), (following, (then, _)) in pairwise([*known, after]):
        start = max(begin, done)
        done = max(start, min(end, then))
        times.append((start, done))
        missing = following - at - 1
        each = min(max(0.0, then - done) / max(missing, 1), 1 / WORDS_PER_SECOND)
        begun = begins[bisect_right(begins, min(following, count - 1)) - 1]
        late = following - begun if at < begun and following < count else 0
        early = missing - late
        times += [(done + n * each, done + (n + 1) * each) for n in range(early)]
        times += [(then - n * each, then - (n - 1) * each) for n in range(late, 0, -1)]
        done = times[-1][1]
    return times
