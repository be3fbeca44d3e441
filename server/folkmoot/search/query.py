"""The query language, read once into a small tree.

It is Whoosh's: words, "phrases", `speaker:`, `agenda:`, `kind:`, `meeting:`,
`room:`, `date:[2026 to]`, `*` and `?`, AND, OR, NOT and parentheses. As there,
an operator binds the terms beside it: `a b OR c d` is a, (b or c), d. A question
mark at the end of a word is punctuation, because people ask questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from folkmoot.search.daterange import DateRange, read_range

FieldName = Literal["speaker", "agenda", "kind", "meeting", "room"]
FIELDS: tuple[FieldName, ...] = ("speaker", "agenda", "kind", "meeting", "room")
MAX_CHARACTERS = 1000
MAX_DEPTH = 16


class QueryError(ValueError):
    """A query that can't be read; `position` counts characters from 0."""

    code = "bad_query"

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class Word(msgspec.Struct, frozen=True, tag=True):
    """Typed letters between blanks; may hold several words (`covid-19`)."""

    text: str


class Phrase(msgspec.Struct, frozen=True, tag=True):
    """Words that must stand side by side as typed."""

    text: str


class Wildcard(msgspec.Struct, frozen=True, tag=True):
    """A word with `*` (any letters) or `?` (one letter)."""

    pattern: str


class Field(msgspec.Struct, frozen=True, tag=True):
    """A node looked for in one field only."""

    name: FieldName
    node: Node


class Dates(msgspec.Struct, frozen=True, tag=True):
    """From a moment on (None: any) and before another."""

    from_at: datetime | None
    before_at: datetime | None


class Together(msgspec.Struct, frozen=True, tag=True):
    """What is typed side by side: plain words rank, the rest must match."""

    nodes: tuple[Node, ...]


class And(msgspec.Struct, frozen=True, tag=True):
    """All must match."""

    nodes: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """One at least must match."""

    nodes: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """Must not match."""

    node: Node


Node = Word | Phrase | Wildcard | Field | Dates | Together | And | Or | Not

_QUOTES = '"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\u201e'
_FIELD = re.compile(rf"({'|'.join((*FIELDS, 'date'))}):", re.IGNORECASE)
_BARE = re.compile(rf"[^\s(){_QUOTES}]+")
_CLOSING_QUOTE = re.compile(f"[{_QUOTES}]")
_RANGE_END = re.compile(r"[\]}]")
# "?" counts only inside a word or after "*": "What happened?" is a question.
_WILD = re.compile(r"\*|\?(?=\w)")
_WILD_WORD = re.compile(r"[\w*?]+")
_OPERATORS = ("AND", "OR", "NOT")


def parse_query(text: str) -> Together:
    """The tree of a typed query; `QueryError` says in plain words what is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"A search may hold at most {MAX_CHARACTERS} letters.", 0)
    reader = _Reader(text)
    node = reader.sequence(depth=0)
    if reader.position < len(text):
        raise QueryError("A closing parenthesis has no opening one.", reader.position)
    return node


class _Reader:
    """Reads a query from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def sequence(self, depth: int) -> Together:
        """Terms up to a closing parenthesis or the end, operators applied."""
        if depth > MAX_DEPTH:
            raise QueryError("Too many parentheses inside each other.", self.position)
        items: list[Node | str] = []
        while (item := self._item(depth)) is not None:
            if isinstance(item, Together) and not item.nodes:
                continue
            items.append(item)
        return Together(tuple(_operate(items, self.position)))

    def _item(self, depth: int) -> Node | str | None:
        self._skip_blanks()
        if self.position >= len(self.text) or self.text[self.position] == ")":
            return None
        if match := _FIELD.match(self.text, self.position):
            return self._field(match, depth)
        return self._operand(depth)

    def _skip_blanks(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def _operand(self, depth: int) -> Node | str:
        first = self.text[self.position]
        if first == "(":
            return self._group(depth)
        if first in _QUOTES:
            return self._phrase()
        match = _BARE.match(self.text, self.position)
        assert match is not None  # the first character is none of those excluded
        self.position = match.end()
        return match[0] if match[0] in _OPERATORS else _bare(match[0])

    def _group(self, depth: int) -> Node:
        opened = self.position
        self.position += 1
        node = self.sequence(depth + 1)
        if self.position >= len(self.text):
            raise QueryError("A parenthesis is not closed.", opened)
        self.position += 1
        return node

    def _phrase(self) -> Node:
        opened = self.position
        closing = _CLOSING_QUOTE.search(self.text, opened + 1)
        if closing is None:
            raise QueryError("A quotation mark is not closed.", opened)
        self.position = closing.end()
        return Phrase(self.text[opened + 1 : closing.start()])

    def _field(self, match: re.Match[str], depth: int) -> Node:
        name = match[1].lower()
        self.position = match.end()
        following = self.text[self.position : self.position + 1]
        if not following or following.isspace() or following == ")":
            raise QueryError(f"Nothing stands after {name}:.", match.start())
        if name == "date":
            return self._dates()
        node = self._operand(depth)
        if isinstance(node, str):  # speaker:OR is the word
            node = Word(node)
        return Field(next(known for known in FIELDS if known == name), node)

    def _dates(self) -> Dates:
        start = self.position
        if self.text[start] in "[{":
            end = _RANGE_END.search(self.text, start)
            if end is None:
                raise QueryError("A date range ends with ].", start)
            self.position = end.end()
        elif self.text[start] in _QUOTES:
            self._phrase()
        elif match := _BARE.match(self.text, start):
            self.position = match.end()
        try:
            found: DateRange = read_range(
                self.text[start : self.position].strip(_QUOTES)
            )
        except ValueError as error:
            raise QueryError(str(error), start) from error
        return Dates(*found)


def _bare(text: str) -> Node:
    if not _WILD.search(text) or not any(char.isalnum() for char in text):
        return Word(text)
    nodes = tuple(
        Wildcard(piece.rstrip("?")) if _WILD.search(piece) else Word(piece)
        for piece in _WILD_WORD.findall(text)
        if piece.strip("*?")
    )
    return nodes[0] if len(nodes) == 1 else Together(nodes)


def _operate(items: Sequence[Node | str], position: int) -> list[Node]:
    """Apply NOT, then AND, then OR to the terms beside them."""
    negated = _negate(items, position)
    anded = _join(negated, "AND", And, position)
    joined = _join(anded, "OR", Or, position)
    return [item for item in joined if not isinstance(item, str)]


def _negate(items: Sequence[Node | str], position: int) -> list[Node | str]:
    found: list[Node | str] = []
    negative = False
    for item in items:
        if item == "NOT":
            negative = not negative
        elif negative:
            if isinstance(item, str):
                raise QueryError("NOT needs a word after it.", position)
            found.append(Not(item))
            negative = False
        else:
            found.append(item)
    if negative:
        raise QueryError("NOT needs a word after it.", position)
    return found


def _join(
    items: Sequence[Node | str],
    operator: str,
    kind: Callable[[tuple[Node, ...]], Node],
    position: int,
) -> list[Node | str]:
    """Bind runs `a OP b OP c` into one node."""
    found: list[Node | str] = []
    run: list[Node] = []
    expecting = False
    for item in items:
        if item == operator:
            if expecting or not found or isinstance(found[-1], str):
                raise QueryError(f"{operator} needs a word on both sides.", position)
            if not run:
                last = found[-1]
                assert not isinstance(last, str)
                run = [last]
            expecting = True
        elif expecting and not isinstance(item, str):
            run.append(item)
            found[-1] = kind(tuple(run))
            expecting = False
        elif expecting:
            raise QueryError(f"{operator} needs a word on both sides.", position)
        else:
            run = []
            found.append(item)
    if expecting:
        raise QueryError(f"{operator} needs a word on both sides.", position)
    return found
