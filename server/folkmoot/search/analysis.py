"""A document as an engine takes it: every field reduced to tokens in one place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from folkmoot.search.documents import Document
from folkmoot.search.text import Analyzer, keyword, tokens, words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR_KIND = "_cursor"


class Stored(msgspec.Struct, frozen=True):
    """What an index gives back for a hit.

    `stems` are the text's stems parted by blanks; `counts` says how many of
    them belong to each mark, so that ranking never has to stem again.
    """

    document: Document
    stems: str
    counts: tuple[int, ...]


class Analysed(msgspec.Struct, frozen=True, kw_only=True):
    """A document's fields; tokens in a field are parted by one blank."""

    id: str
    kind: str
    group: str
    payload: bytes
    meeting: str = ""
    room: str = ""
    names: str = ""
    title: str = ""
    agenda: str = ""
    stems: str = ""
    words: str = ""
    at: int = 0
    facets: tuple[tuple[str, str], ...] = ()


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, as the `at` field holds them."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def analyse(document: Document, analyzer: Analyzer) -> Analysed:
    """Fields and payload of a document; its words stemmed in its language."""
    language = document.language
    found = tokens(document.text)
    stems = [analyzer.stem(token.word, language) for token in found]
    counts = [0] * len(document.marks)
    place = 0
    for token in found:
        while place < len(counts) - 1 and token.start >= document.marks[place].end:
            place += 1
        if counts:
            counts[place] += 1
    joined = " ".join(stems)
    return Analysed(
        id=keyword(document.id),
        kind=document.kind,
        group=_keywords(*document.groups),
        meeting=_keywords(
            document.meeting_id, document.meeting_slug, document.meeting_title
        ),
        room=_keywords(document.room_id, document.room_slug, document.room_name),
        names=" ".join(word for name in document.speakers for word in words(name)),
        title=_stems(document.title, analyzer, language),
        agenda=_stems(" ".join(document.agenda_items), analyzer, language),
        stems=joined,
        words=" ".join(token.word for token in found),
        at=milliseconds(document.at),
        payload=msgspec.msgpack.encode(Stored(document, joined, tuple(counts))),
        facets=tuple(_facets(document)),
    )


def _facets(document: Document) -> Iterator[tuple[str, str]]:
    """Field and value of each count this document belongs to."""
    yield "kind", document.kind
    yield "meeting", document.meeting_slug
    if document.room_slug:
        yield "room", document.room_slug
    for item in document.agenda_items:
        yield "agenda", item
    for name in document.speakers:
        yield "speaker", name


def _keywords(*values: str | None) -> str:
    return " ".join(dict.fromkeys(keyword(value) for value in values if value))


def _stems(text: str, analyzer: Analyzer, language: str | None) -> str:
    return " ".join(analyzer.stem(word, language) for word in words(text))


def cursor_document(meeting_id: str, seq: int) -> Analysed:
    """How far a meeting was read, in the shape of a document no word finds."""
    return Analysed(
        id=keyword(f"{CURSOR_KIND}:{meeting_id}"),
        kind=CURSOR_KIND,
        group=CURSOR_KIND,
        payload=msgspec.msgpack.encode((meeting_id, seq)),
    )
