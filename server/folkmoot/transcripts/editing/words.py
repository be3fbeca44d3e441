"""When each word of a cue is said, also after somebody changed the words. Pure.

Times are kept as `[from_ms, to_ms, confidence]` for each word of `text.split()`,
from the cue's start.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import msgspec

Span = list[float]
# A person wrote it.
SURE = 1.0


def read_spans(words: str | None, text: str) -> list[Span] | None:
    """Return what is known of each word; None where it doesn't fit the text."""
    if words is None:
        return None
    spans: list[Span] = msgspec.json.decode(words, type=list[list[float]])
    return spans if len(spans) == len(text.split()) else None


def write_spans(spans: Sequence[Span] | None) -> str | None:
    """Return them as they are kept."""
    return msgspec.json.encode(spans).decode() if spans else None


def guess_spans(text: str, length_ms: float) -> list[Span]:
    """Divide a cue's time among its words by their length."""
    words = text.split()
    # A word takes time of its own, beside that of its letters.
    weights = [len(word) + 1 for word in words]
    whole = sum(weights) or 1
    spans, said = [], 0
    for weight in weights:
        start, said = said, said + weight
        spans.append(
            [round(length_ms * start / whole), round(length_ms * said / whole), SURE]
        )
    return spans


def carry_over(spans: Sequence[Span], old: str, new: str) -> list[Span]:
    """Return the times of a changed text: what stayed keeps its own.

    New words share the time of those that they stand for, else that between their
    neighbours. A capital or a comma makes no other word.
    """
    before, after = old.split(), new.split()
    carried: list[Span] = []
    matcher = SequenceMatcher(
        a=[_bare(word) for word in before],
        b=[_bare(word) for word in after],
        autojunk=False,
    )
    for what, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        if what == "equal":
            for place, word in zip(
                range(from_a, to_a), range(from_b, to_b), strict=True
            ):
                start, end, sure = spans[place]
                same = before[place] == after[word]
                carried.append([start, end, sure if same else SURE])
        elif to_b > from_b:
            begin, end = _time_of(spans, from_a, to_a)
            fresh = guess_spans(" ".join(after[from_b:to_b]), end - begin)
            carried.extend([begin + s, begin + e, SURE] for s, e, _ in fresh)
    return carried


def _bare(word: str) -> str:
    return "".join(char for char in word if char.isalnum()).casefold() or word


def _time_of(spans: Sequence[Span], first: int, last: int) -> tuple[float, float]:
    """The time of some words; of none, that between the neighbours."""
    if last > first:
        return spans[first][0], spans[last - 1][1]
    begin = spans[first - 1][1] if first else 0
    end = spans[first][0] if first < len(spans) else begin
    return begin, max(begin, end)


def moved(spans: Sequence[Span], by_ms: float) -> list[Span]:
    """Return them counted from another start, none before it."""
    return [[max(0, s + by_ms), max(0, e + by_ms), c] for s, e, c in spans]
