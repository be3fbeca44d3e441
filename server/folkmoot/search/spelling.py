"""Another spelling for words that stand nowhere: "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from folkmoot.search.engine import Engine
from folkmoot.search.plan import Plan
from folkmoot.search.slips import distance
from folkmoot.search.text import tokens

_FEWEST_LETTERS = 4
# One slip in short words, two in longer ones, as most search engines allow.
_LONG_LETTERS = 6
# A query of more unknown words is no misspelling.
_MOST_WORDS = 3


def slips(word: str) -> int:
    """Return how many letters of a word may be wrong, missing, too many or swapped."""
    return 1 if len(word) < _LONG_LETTERS else 2


def suggest(text: str, plan: Plan, engines: Sequence[Engine]) -> str | None:
    """Return the query with unknown words as they are spelt in what may be read.

    Only words of the given indexes are offered, so none betrays a hidden text. None
    where every word is known, or nothing is near.
    """
    unknown = [
        asked.word
        for asked in plan.asked
        if len(asked.word) >= _FEWEST_LETTERS and not _stands(asked.stems, engines)
    ]
    if not 1 <= len(unknown) <= _MOST_WORDS:
        return None
    better = {word: found for word in unknown if (found := _nearest(word, engines))}
    if not better:
        return None
    parts, done = [], 0
    for token in tokens(text):
        if token.word in better:
            parts += [text[done : token.start], better[token.word]]
            done = token.end
    return "".join([*parts, text[done:]])


def _stands(stems: Iterable[str], engines: Sequence[Engine]) -> bool:
    return any(any(engine.frequencies(stems).with_stem.values()) for engine in engines)


def _nearest(word: str, engines: Sequence[Engine]) -> str | None:
    """Return the word with the fewest slips, of those the most frequent."""
    counts: dict[str, int] = {}
    for engine in engines:
        for found, documents in engine.near(word, slips(word)).items():
            counts[found] = counts.get(found, 0) + documents
    counts.pop(word, None)
    ranked = min(
        counts.items(),
        key=lambda item: (distance(word, item[0]), -item[1], item[0]),
        default=None,
    )
    return ranked[0] if ranked else None
