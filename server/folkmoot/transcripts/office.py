"""Minutes written in a word processor: DOCX (ECMA-376) and ODT (ISO/IEC 26300).

Both are a zip with one XML part that holds the paragraphs; they are read as plain
text would be, so a minute with times in it is timed.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from folkmoot.transcripts import plain
from folkmoot.transcripts.cues import Cue, CueError
from folkmoot.transcripts.lines import MAX_BYTES, check_size
from folkmoot.transcripts.xml_text import Element, read_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT_TYPE = "application/vnd.oasis.opendocument.text"
_PARTS = ("word/document.xml", "content.xml")
# Text that was taken out, and notes to the writers: not what the minute says.
_ASIDE = {"del", "tracked-changes", "annotation", "instrText", "delText"}

# What `zipfile` and the ways of packing raise at bytes that are not theirs.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def parse(data: bytes) -> list[Cue]:
    """Return the cues of a document's paragraphs; `CueError` says what is wrong."""
    return plain.parse(read_paragraphs(data).encode())


def read_paragraphs(data: bytes) -> str:
    """Return a document's text, a line for each paragraph."""
    root = read_xml(_part(data))
    # In DOCX words stand in `t` alone; what else is text there is layout.
    words_in = "t" if root.name == "document" else None
    return "\n".join(
        " ".join("".join(_runs(each, words_in)).split())
        for each in root.walk()
        if _is_paragraph(each)
    )


def _part(data: bytes) -> bytes:
    try:
        found = _unpack(data)
    except _DAMAGED as error:
        raise CueError(0, "This document is damaged or locked.") from error
    if found is None:
        raise CueError(0, "This is neither a DOCX nor an ODT document.")
    check_size(found)
    return found


def _unpack(data: bytes) -> bytes | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        name = next((each for each in _PARTS if each in names), None)
        if name is None:
            return None
        # What the directory says of the size may be a lie: read no further.
        with archive.open(name) as part:
            return part.read(MAX_BYTES + 1)


def _is_paragraph(element: Element) -> bool:
    return element.name == "p" or (element.name == "h" and "text:" in element.space)


def _runs(element: Element, words_in: str | None) -> Iterator[str]:
    for each in element.inside:
        if isinstance(each, str):
            if words_in in {None, element.name}:
                yield each
        elif each.name in {"br", "tab", "line-break", "s", "cr"}:
            yield " "
        elif each.name not in _ASIDE and not _is_paragraph(each):
            yield from _runs(each, words_in)
