"""A few lines around the best cue, the words asked for marked, safe as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from folkmoot.search.documents import Document
from folkmoot.search.occurrences import exact_places
from folkmoot.search.plan import Plan
from folkmoot.search.text import Analyzer, count_words, cut, runs, words

SNIPPET_CHARACTERS = 260
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
Run = tuple[int, str]
# A phrase may begin or end so far outside of what is shown.
_BESIDE_CHARACTERS = 120


class _Hit(NamedTuple):
    """A word to mark: which of the words that are shown, and its characters."""

    number: int
    start: int
    end: int


def snippet_html(
    document: Document, mark: int | None, plan: Plan, analyzer: Analyzer
) -> str:
    """About `SNIPPET_CHARACTERS` of the text with `<mark>` around found words.

    Everything else is escaped: whatever people typed or said is shown as text.
    """
    found = _runs_around(document, mark, _BESIDE_CHARACTERS if plan.phrases else 0)
    hits = _hits(found, document, plan, analyzer)
    start, end = _window(document, mark, found, hits)
    parts = [_ELLIPSIS if start else ""]
    place = start
    for first, last in _joined(hits):
        if last <= start or first >= end:
            continue
        parts.append(html.escape(document.text[place:first]))
        parts.append(f"<mark>{html.escape(document.text[first:last])}</mark>")
        place = last
    parts.append(html.escape(document.text[place:end]))
    parts.append(_ELLIPSIS if end < len(document.text) else "")
    return "".join(parts)


def _runs_around(document: Document, mark: int | None, beside: int) -> list[Run]:
    """What can be shown, between blanks: all, or what stands around the mark.

    Reading a passage's words costs more than all the rest of a snippet.
    """
    text = document.text
    if mark is None or len(text) <= SNIPPET_CHARACTERS:
        return runs(text)
    start, end = _rough_window(document, mark)
    after = text.find(" ", end + beside)
    return runs(
        text,
        text.rfind(" ", 0, max(0, start - beside)) + 1,
        after if after >= 0 else None,
    )


def mark_html(document: Document, mark: int, plan: Plan, analyzer: Analyzer) -> str:
    """One cue's own words with `<mark>` around found ones, everything else escaped."""
    cue = document.marks[mark]
    alone = msgspec.structs.replace(
        document, text=document.text[cue.start : cue.end], marks=()
    )
    parts, place = [], 0
    for first, last in _joined(_hits(runs(alone.text), alone, plan, analyzer)):
        parts.append(html.escape(alone.text[place:first]))
        parts.append(f"<mark>{html.escape(alone.text[first:last])}</mark>")
        place = last
    return "".join((*parts, html.escape(alone.text[place:])))


def _hits(
    found: Sequence[Run], document: Document, plan: Plan, analyzer: Analyzer
) -> list[_Hit]:
    """The words that answer the query, in order."""
    stems = {stem for item in plan.asked for stem in item.stems}
    texts = [run for _, run in found]
    stem = analyzer.stemmer(document.language)
    stemmed = analyzer.stem_runs(texts, document.language)
    exact: set[int] = set()
    if plan.phrases or plan.globs:
        said = [word for text in texts for word in words(text)]
        exact = exact_places(said, plan)
    # Few runs have a hit, and nearly all are one word: no others are looked into.
    looked = [
        place for place, told in enumerate(stemmed) if told in stems or " " in told
    ]
    numbers = count_words(texts)
    return [
        _Hit(number, token.start, token.end)
        for place in (range(len(texts)) if exact else looked)
        for number, token in enumerate(cut(*found[place]), numbers[place])
        if number in exact or stem(token.word) in stems
    ]


def _joined(hits: Sequence[_Hit]) -> Iterator[tuple[int, int]]:
    """Character ranges of neighbouring hits joined into one."""
    span: tuple[int, int] | None = None
    last = -2
    for number, start, end in hits:
        if span is not None and number == last + 1:
            span = (span[0], end)
        else:
            if span is not None:
                yield span
            span = (start, end)
        last = number
    if span is not None:
        yield span


def _window(
    document: Document, mark: int | None, found: Sequence[Run], hits: Sequence[_Hit]
) -> tuple[int, int]:
    """The characters to show: from the best cue, else around the first hit."""
    size = len(document.text)
    if size <= SNIPPET_CHARACTERS:
        return 0, size
    if mark is not None:
        start, end = _rough_window(document, mark)
    else:
        first = hits[0] if hits else _Hit(0, 0, 0)
        start, end = _grown(first.start, first.end, size)
    if start:
        inside = (t.start for run in found for t in cut(*run) if start <= t.start)
        first_start = next(inside, end)
        start = first_start if first_start < end else start
    if end < size:
        ends = (t.end for run in reversed(found) for t in reversed(cut(*run)))
        last_end = next((place for place in ends if place <= end), 0)
        end = last_end if last_end > start else end
    return start, end


def _rough_window(document: Document, mark: int) -> tuple[int, int]:
    """The characters around a cue, words not minded."""
    cue = document.marks[mark]
    return _grown(cue.start, cue.end, len(document.text))


def _grown(start: int, end: int, size: int) -> tuple[int, int]:
    spare = max(0, SNIPPET_CHARACTERS - (end - start))
    start = max(0, min(start - spare // 3, size - SNIPPET_CHARACTERS))
    return start, min(size, max(start + SNIPPET_CHARACTERS, min(end, start + 2000)))
