"""XML from strangers, read without entities, document types or depth to fear."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from folkmoot.transcripts.cues import CueError, TranscriptTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

XML = "http://www.w3.org/XML/1998/namespace"
MAX_DEPTH = 100
# Each is some hundred bytes of memory, and may be four of a file.
MAX_ELEMENTS = 1_000_000


@dataclass(slots=True)
class Element:
    """An element: its namespace, name, attributes, line, and what is inside in order.

    Attributes are by `(namespace, name)`, the namespace empty for those without.
    """

    space: str
    name: str
    line: int
    attributes: dict[tuple[str, str], str]
    inside: list[Element | str] = field(default_factory=list)

    def get(self, name: str, space: str = "") -> str | None:
        """Return an attribute's value."""
        return self.attributes.get((space, name))

    def elements(self) -> Iterator[Element]:
        """Yield the elements right inside."""
        return (each for each in self.inside if isinstance(each, Element))

    def walk(self) -> Iterator[Element]:
        """Yield this and all elements inside, in the order of the document."""
        yield self
        for each in self.elements():
            yield from each.walk()


def read_xml(data: bytes) -> Element:
    """Return the root element.

    `CueError` names the line where the document isn't XML, is nested deeper than
    `MAX_DEPTH`, has more than `MAX_ELEMENTS`, or has a document type (which no caption file needs, and by which
    entities grow without bounds: CWE-776).
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    stack = [Element("", "", 1, {})]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        line = parser.CurrentLineNumber
        count += 1
        if count > MAX_ELEMENTS:
            raise TranscriptTooLarge(
                line, f"This document has more than {MAX_ELEMENTS} elements."
            )
        if len(stack) > MAX_DEPTH:
            raise CueError(line, "This document is nested too deeply.")
        space, _, local = name.rpartition(" ")
        named = {_split(key): value for key, value in attributes.items()}
        element = Element(space, local, line, named)
        stack[-1].inside.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def text(words: str) -> None:
        stack[-1].inside.append(words)

    def refuse(*_: object) -> None:
        raise CueError(
            parser.CurrentLineNumber, "This document has a DOCTYPE; take it out."
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        raise CueError(error.lineno, f"This is not XML: {why}.") from error
    except CueError:
        raise
    except (LookupError, ValueError) as error:  # of Python's codecs
        raise CueError(1, f"This XML can't be decoded: {error}.") from error
    return next(stack[0].elements())


def _split(key: str) -> tuple[str, str]:
    space, _, name = key.rpartition(" ")
    return space, name
