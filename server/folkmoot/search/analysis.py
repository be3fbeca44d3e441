"""A document as an engine takes it: every field reduced to tokens in one place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property

import msgspec

from folkmoot.search.documents import Document
from folkmoot.search.text import Analyzer, Token, keyword, tokens, words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR_KIND = "_cursor"


class Stored(msgspec.Struct, frozen=True, dict=True, array_like=True):
    """What an index gives back for a hit, so that ranking need not read its text.

    `stems`, `names`, `title` and `agenda` are tokens with a blank before and
    after each; `length` counts the stems. `lane` names what tells of one thing
    in order of time: a room. `at` is in seconds since 1970. The document itself
    stays packed until somebody asks for it: few candidates become hits.
    """

    packed: msgspec.Raw
    lane: str
    at: float
    length: int
    stems: str
    names: str
    title: str
    agenda: str

    @cached_property
    def _opened(self) -> _Packed:
        return msgspec.msgpack.decode(self.packed, type=_Packed)

    @property
    def document(self) -> Document:
        """The document as it was added."""
        return self._opened.document

    @property
    def ends(self) -> tuple[int, ...]:
        """Where the stems of each mark end in `stems`, in characters."""
        return self._opened.ends


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    document: Document
    ends: tuple[int, ...]


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
    names = " ".join(word for name in document.speakers for word in words(name))
    return Analysed(
        id=keyword(document.id),
        kind=document.kind,
        group=_keywords(*document.groups),
        meeting=_keywords(
            document.meeting_id, document.meeting_slug, document.meeting_title
        ),
        room=_keywords(document.room_id, document.room_slug, document.room_name),
        names=names,
        title=_stems(document.title, analyzer, language),
        agenda=_stems(" ".join(document.agenda_items), analyzer, language),
        stems=" ".join(stems),
        words=" ".join(token.word for token in found),
        at=milliseconds(document.at),
        payload=_payload(document, stems, tuple(_ends(document, found, stems)), names),
        facets=tuple(_facets(document)),
    )


def _payload(
    document: Document, stems: list[str], ends: tuple[int, ...], names: str
) -> bytes:
    # What has no room has no minutes around it: a lane of its own.
    room = document.room_id if document.kind == "speech" else None
    return msgspec.msgpack.encode(
        Stored(
            packed=msgspec.Raw(msgspec.msgpack.encode(_Packed(document, ends))),
            lane=f"{document.meeting_id} {room or document.id}",
            at=document.at.timestamp(),
            length=len(stems),
            stems=_padded(stems),
            names=f" {names} ",
            title=_padded(words(document.title)),
            agenda=_padded(words(" ".join(document.agenda_items))),
        )
    )


def _padded(found: list[str]) -> str:
    return f" {' '.join(found)} "


def _ends(document: Document, found: list[Token], stems: list[str]) -> Iterator[int]:
    """For each mark, where its last stem ends among all stems parted by blanks."""
    number = 0
    place = 0
    for mark in document.marks[:-1]:
        while number < len(found) and found[number].start < mark.end:
            place += len(stems[number]) + 1
            number += 1
        yield place
    if document.marks:
        yield sum(len(stem) + 1 for stem in stems)


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
