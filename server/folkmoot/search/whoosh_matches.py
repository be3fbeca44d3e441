"""Which documents of a Whoosh index match a plan, and how well.

Whoosh only reads the postings of single words, phrases, patterns and ranges;
AND, OR and NOT are set arithmetic here. Its own matchers for them are wrong in
2.7.5: a NOT inside an OR finds too few or too many, and the ten best of many
are not always the best, because blocks of postings are skipped that would count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from whoosh import query
from whoosh.searching import Searcher

from folkmoot.search.plan import (
    Adjacent,
    Between,
    Bool,
    Everything,
    Glob,
    PlanNode,
    Term,
)

_SCORED = frozenset({"names", "title", "agenda", "stems", "words"})

# Document numbers of the whole index with their BM25 score.
Scores = dict[int, float]


def matches(searcher: Searcher, node: PlanNode) -> Scores:
    """All documents a plan node matches."""
    match node:
        case Term(field, token, boost):
            found = _postings(searcher, query.Term(field, token, boost=boost))
            return dict(found) if field in _SCORED else _unscored(found)
        case Adjacent(field, tokens):
            return dict(_postings(searcher, query.Phrase(field, list(tokens))))
        case Glob(field, pattern):
            return dict(_postings(searcher, query.Wildcard(field, pattern)))
        case Between(from_ms, before_ms):
            bounds = query.NumericRange("at", from_ms, before_ms, endexcl=True)
            return _unscored(_postings(searcher, bounds))
        case Everything():
            return dict.fromkeys(searcher.reader().all_doc_ids(), 0.0)
        case Bool(must, should, must_not):
            return _bool(searcher, must, should, must_not)
    assert_never(node)


def _bool(
    searcher: Searcher,
    must: Iterable[PlanNode],
    should: Iterable[PlanNode],
    must_not: Iterable[PlanNode],
) -> Scores:
    needed = [matches(searcher, node) for node in must]
    wanted = [matches(searcher, node) for node in should]
    if needed:
        found = _all(needed)
    elif wanted:
        found = dict.fromkeys((n for scores in wanted for n in scores), 0.0)
    else:
        found = matches(searcher, Everything())
    for node in must_not:
        for number in matches(searcher, node):
            found.pop(number, None)
    for scores in wanted:
        for number, score in scores.items():
            if number in found:
                found[number] += score
    return found


def _all(needed: list[Scores]) -> Scores:
    """What is in each, with the sum of its scores."""
    first, *others = sorted(needed, key=len)
    return {
        number: score + sum(scores[number] for scores in others)
        for number, score in first.items()
        if all(number in scores for scores in others)
    }


def _unscored(found: Iterable[tuple[int, float]]) -> Scores:
    return {number: 0.0 for number, _ in found}


def _postings(searcher: Searcher, leaf: query.Query) -> Iterator[tuple[int, float]]:
    """Number and score of each document of a query without parts."""
    # Stepping through asks for a matcher that does not load its best into arrays.
    context = searcher.context(needs_current=True, weighting=searcher.weighting)
    for segment, offset in searcher.leaf_searchers():
        matcher: Any = leaf.matcher(segment, context)
        while matcher.is_active():
            yield offset + matcher.id(), float(matcher.score())
            matcher.next()
