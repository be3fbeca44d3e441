"""A document as an engine takes it: every field reduced to tokens in one place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from zlib import crc32

import msgspec

from folkmoot.search.documents import Document
from folkmoot.search.text import PLAIN, SNOWBALL, Analyzer, Reduced, keyword

# A document is in a group of its language, so that an index can tell which it has.
LANGUAGE_GROUPS = {
    name: keyword(f"language:{name}") for name in sorted({*SNOWBALL, PLAIN})
}
# One document in so many is in a group from which counts of many are told. Which one,
# its id decides: the same after every reindex.
SAMPLE = keyword("sample")
SAMPLE_OF = 8
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
        return _PACKED.decode(self.packed)

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


_PACKED = msgspec.msgpack.Decoder(_Packed)


class Analysed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    language = analyzer.language(document.language)
    pieces = analyzer.reduce_all(_pieces(document), language)
    stems = " ".join([piece.stems for piece in pieces if piece.stems])
    speakers = analyzer.reduce_all(document.speakers, language)
    names = " ".join([speaker.words for speaker in speakers])
    named = [speaker.stems for speaker in speakers]
    title = analyzer.reduce(document.title, language)
    agenda = analyzer.reduce(" ".join(document.agenda_items), language)
    return Analysed(
        id=keyword(document.id),
        kind=_keywords(document.kind, *document.also),
        group=_keywords(
            *document.groups,
            *map(session_group, document.sessions),
            LANGUAGE_GROUPS[language],
            SAMPLE if crc32(document.id.encode()) % SAMPLE_OF == 0 else None,
        ),
        meeting=_keywords(
            document.meeting_id, document.meeting_slug, document.meeting_title
        ),
        room=_keywords(document.room_id, document.room_slug, document.room_name),
        names=names,
        title=title.stems,
        agenda=agenda.stems,
        stems=" ".join(filter(None, (stems, *named, title.stems, agenda.stems))),
        words=" ".join([piece.words for piece in pieces if piece.words]),
        at=milliseconds(document.at),
        payload=msgspec.msgpack.encode(
            Stored(
                packed=msgspec.Raw(
                    msgspec.msgpack.encode(
                        _Packed(document, _ends(document, pieces)),
                    )
                ),
                lane=_lane(document),
                at=document.at.timestamp(),
                length=stems.count(" ") + 1 if stems else 0,
                stems=f" {stems} ",
                names=f" {names} ",
                title=f" {title.words} ",
                agenda=f" {agenda.words} ",
            )
        ),
        facets=tuple(_facets(document)),
    )


def _pieces(document: Document) -> list[str]:
    """The text cut at its marks, which tile it with one blank between."""
    if not document.marks:
        return [document.text]
    return [document.text[mark.start : mark.end] for mark in document.marks]


def _lane(document: Document) -> str:
    # What has no room has no minutes around it: a lane of its own.
    room = document.room_id if document.kind == "speech" else None
    return f"{document.meeting_id} {room or document.id}"


def _ends(document: Document, pieces: list[Reduced]) -> tuple[int, ...]:
    """For each mark, where its last stem ends among all stems parted by blanks."""
    if not document.marks:
        return ()
    sizes = [len(piece.stems) + 1 if piece.stems else 0 for piece in pieces]
    return tuple(accumulate(sizes))


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
    for session_id in document.sessions:
        yield "session", session_id


def session_group(session_id: str) -> str:
    """The group of all that was said in a session or written to it."""
    return f"session:{session_id}"


def _keywords(*values: str | None) -> str:
    return " ".join(dict.fromkeys(keyword(value) for value in values if value))


def cursor_document(meeting_id: str, seq: int) -> Analysed:
    """How far a meeting was read, in the shape of a document no word finds."""
    return Analysed(
        id=keyword(f"{CURSOR_KIND}:{meeting_id}"),
        kind=CURSOR_KIND,
        group=CURSOR_KIND,
        payload=msgspec.msgpack.encode((meeting_id, seq)),
    )
