"""Every place of a meeting where something was said, in the order of time.

Ranking answers a question with the best moments; this is for who looks through one
meeting: all of them, so that they can be gone through and shown on its timeline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from folkmoot.search.documents import Document, Mark
from folkmoot.search.engine import Engine
from folkmoot.search.evidence import (
    exact_words,
    heard,
    name_words,
    needles,
)
from folkmoot.search.plan import Plan
from folkmoot.search.snippets import mark_html
from folkmoot.search.text import Analyzer

# A passage has about 150 words: this is a day of several rooms, and more.
_MOST_PASSAGES = 1500
MOST_PLACES = 500


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What was said at a moment. `text_html` is safe to put into a page."""

    room: str
    at: datetime
    speaker: str | None
    agenda_item: str | None
    text_html: str


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """All places in order of time, at most `MOST_PLACES`; `total` counts them all."""

    total: int
    places: tuple[Place, ...]


class _Found(msgspec.Struct, frozen=True):
    document: Document
    number: int
    words: int


def find_places(plan: Plan, engines: Sequence[Engine], analyzer: Analyzer) -> Places:
    """Find where all words of a plan are said together, else most of them."""
    found: dict[tuple[str, datetime], _Found] = {}
    sought = needles(plan)
    for engine in engines:
        for candidate in engine.search(plan, _MOST_PASSAGES).candidates:
            document = candidate.stored.document
            if document.kind != "speech" or document.room_slug is None:
                continue
            said: list[set[int]] = [set() for _ in document.marks]
            for word, cues in heard(candidate.stored, sought).items():
                for cue in cues:
                    said[cue].add(word)
            exact = exact_words(candidate.stored, plan)
            for number, words in _worth(document, said, exact, plan):
                key = (document.room_slug, document.moment(number))
                known = found.get(key)
                if known is None or known.words < words:
                    found[key] = _Found(document, number, words)
    most = max((one.words for one in found.values()), default=0)
    kept = sorted(
        ((at, room, one) for (room, at), one in found.items() if one.words == most),
        key=lambda row: row[:2],
    )
    places = tuple(
        Place(
            room=room,
            at=at,
            speaker=one.document.speaker(one.number),
            agenda_item=one.document.agenda_item(one.number),
            text_html=mark_html(one.document, one.number, plan, analyzer),
        )
        for at, room, one in kept[:MOST_PLACES]
    )
    return Places(total=len(kept), places=places)


def _worth(
    document: Document,
    said: Sequence[set[int]],
    exact: Mapping[int, int],
    plan: Plan,
) -> Iterator[tuple[int, int]]:
    """The cues that hold something, and how many of the words; a pair may share."""
    for number, words in enumerate(said):
        if plan.speakers and not _speaks(document, document.marks[number], plan):
            continue
        if plan.phrases or plan.globs:
            if number in exact:
                yield number, 1
        elif not plan.asked:
            yield number, 1
        elif words:
            after = said[number + 1] if number + 1 < len(said) else set()
            both = len(words | after)
            # Words that run over into the next cue belong to where they begin.
            over = both > max(len(words), len(after))
            yield number, both if over else len(words)


def _speaks(document: Document, mark: Mark, plan: Plan) -> bool:
    if mark.speaker < 0:
        return False
    return name_words(document.speakers[mark.speaker]).issuperset(plan.speakers)
