"""A few lines around the best cue, the words asked for marked, safe as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterator

import msgspec

from folkmoot.search.documents import Document
from folkmoot.search.occurrences import exact_places
from folkmoot.search.plan import Plan
from folkmoot.search.text import Analyzer, Token, tokens

SNIPPET_CHARACTERS = 260
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
# A phrase may begin or end so far outside of what is shown.
_BESIDE_CHARACTERS = 120


def snippet_html(
    document: Document, mark: int | None, plan: Plan, analyzer: Analyzer
) -> str:
    """About `SNIPPET_CHARACTERS` of the text with `<mark>` around found words.

    Everything else is escaped: whatever people typed or said is shown as text.
    """
    found = _tokens(document, mark, _BESIDE_CHARACTERS if plan.phrases else 0)
    hits = _hits(found, document, plan, analyzer)
    start, end = _window(document, mark, found, hits)
    parts = [_ELLIPSIS if start else ""]
    place = start
    for first, last in _runs(found, hits):
        if last <= start or first >= end:
            continue
        parts.append(html.escape(document.text[place:first]))
        parts.append(f"<mark>{html.escape(document.text[first:last])}</mark>")
        place = last
    parts.append(html.escape(document.text[place:end]))
    parts.append(_ELLIPSIS if end < len(document.text) else "")
    return "".join(parts)


def _tokens(document: Document, mark: int | None, beside: int) -> list[Token]:
    """The words that can be shown: all, or those around the mark.

    Reading a passage's words costs more than all the rest of a snippet.
    """
    text = document.text
    if mark is None or len(text) <= SNIPPET_CHARACTERS:
        return tokens(text)
    start, end = _rough_window(document, mark)
    after = text.find(" ", end + beside)
    return tokens(
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
    found = tokens(alone.text)
    parts, place = [], 0
    for first, last in _runs(found, _hits(found, alone, plan, analyzer)):
        parts.append(html.escape(alone.text[place:first]))
        parts.append(f"<mark>{html.escape(alone.text[first:last])}</mark>")
        place = last
    return "".join((*parts, html.escape(alone.text[place:])))


def _hits(
    found: list[Token], document: Document, plan: Plan, analyzer: Analyzer
) -> set[int]:
    """Which tokens answer the query."""
    stems = {stem for item in plan.asked for stem in item.stems}
    stem = analyzer.stemmer(document.language)
    said = [token.word for token in found]
    # Each word once: people say the same ones over and over.
    asked = {word for word in set(said) if stem(word) in stems}
    hits = {number for number, word in enumerate(said) if word in asked}
    if plan.phrases or plan.globs:
        hits |= exact_places(said, plan)
    return hits


def _runs(found: list[Token], hits: set[int]) -> Iterator[tuple[int, int]]:
    """Character ranges of neighbouring hits joined into one."""
    run: tuple[int, int] | None = None
    last = -2
    for number in sorted(hits):
        token = found[number]
        if run is not None and number == last + 1:
            run = (run[0], token.end)
        else:
            if run is not None:
                yield run
            run = (token.start, token.end)
        last = number
    if run is not None:
        yield run


def _window(
    document: Document, mark: int | None, found: list[Token], hits: set[int]
) -> tuple[int, int]:
    """The characters to show: from the best cue, else around the first hit."""
    size = len(document.text)
    if size <= SNIPPET_CHARACTERS:
        return 0, size
    if mark is not None:
        start, end = _rough_window(document, mark)
    else:
        first = found[min(hits)] if hits else Token(0, 0, "")
        start, end = _grown(first.start, first.end, size)
    if start:
        inside = (t.start for t in found if start <= t.start)
        first_start = next(inside, end)
        start = first_start if first_start < end else start
    if end < size:
        last_end = next((t.end for t in reversed(found) if t.end <= end), 0)
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
