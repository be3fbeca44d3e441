"""What a search engine must do, so that two of them can be held to one contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from folkmoot.search.analysis import (
    CURSOR_KIND,
    Analysed,
    Stored,
    analyse,
    cursor_document,
)
from folkmoot.search.documents import Document
from folkmoot.search.plan import Plan
from folkmoot.search.text import Analyzer, keyword

FACETS = ("kind", "meeting", "room", "speaker", "agenda", "session")
Facets = Mapping[str, Mapping[str, int]]


class Candidate(msgspec.Struct, frozen=True):
    """A document the engine found, with the engine's own score."""

    stored: Stored
    score: float


class Result(msgspec.Struct, frozen=True):
    """The best candidates, and how many documents match."""

    candidates: tuple[Candidate, ...]
    total: int


class Counts(msgspec.Struct, frozen=True):
    """Counts by field; of very many documents about right, from a sample of them."""

    fields: Facets
    exact: bool = True


class Frequencies(msgspec.Struct, frozen=True):
    """How many documents there are, and in how many each stem stands."""

    documents: int
    with_stem: Mapping[str, int]


class Engine(Protocol):
    """One index on disk. Not thread-safe for writing; blocking throughout.

    What is added or deleted is seen by `search` after `commit`, in other
    processes after their `refresh`.
    """

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in; one with the same id is replaced."""
        ...

    def put(self, found: Iterable[Analysed]) -> None:
        """Put in what was analysed elsewhere and stands under no id of the index."""
        ...

    def delete(self, ids: Iterable[str]) -> None:
        """Take documents out; unknown ids are no error."""
        ...

    def delete_group(self, group: str) -> None:
        """Take out every document of a group."""
        ...

    def set_cursor(self, meeting_id: str, seq: int) -> None:
        """Note how far a meeting was read; kept by the same commit."""
        ...

    def commit(self) -> None:
        """Make all changes lasting at once, or none."""
        ...

    def rollback(self) -> None:
        """Forget changes that were not committed."""
        ...

    def refresh(self) -> None:
        """See what another process committed."""
        ...

    def search(self, plan: Plan, limit: int) -> Result:
        """The `limit` best documents of a plan; the newest where no word ranks."""
        ...

    def facets(self, plan: Plan, *, days: bool = False) -> Counts | None:
        """Counts by field over all that a plan finds; None where it can't count.

        With `days` also the field `day` (ISO 8601, UTC). Apart from `search`, because
        both take their time and need not wait for each other.
        """
        ...

    def frequencies(self, stems: Iterable[str]) -> Frequencies:
        """Document counts of stems in the text."""
        ...

    def languages(self) -> tuple[str, ...]:
        """The stemming languages of the texts that it holds."""
        ...

    def near(self, word: str, slips: int) -> dict[str, int]:
        """Folded words of the texts that differ from `word` by a few letters.

        With the number of documents in which they stand; the first letter is right.
        """
        ...

    def group(self, group: str) -> dict[str, Document]:
        """All committed documents of a group by id."""
        ...

    def known(self, ids: Iterable[str]) -> dict[str, Document]:
        """The committed documents among some ids."""
        ...

    def cursors(self) -> dict[str, int]:
        """How far each meeting was read, as committed."""
        ...

    def close(self) -> None:
        """Let go of files and locks. Idempotent."""
        ...


class OpenEngine(Protocol):
    """Opens an index in a directory, making it when there is none."""

    def __call__(self, path: Path, analyzer: Analyzer) -> Engine: ...


class Batch:
    """Changes since the last commit; the last word on an id counts."""

    def __init__(self) -> None:
        self.added: dict[str, Analysed] = {}
        self.deleted: dict[str, None] = {}
        self.groups: dict[str, None] = {}

    def add(self, documents: Iterable[Document], analyzer: Analyzer) -> None:
        """Note documents to add."""
        for document in documents:
            found = analyse(document, analyzer)
            self.deleted[found.id] = None
            self.added[found.id] = found

    def put(self, found: Iterable[Analysed]) -> None:
        """Note documents to add whose ids the index does not know."""
        self.added.update((one.id, one) for one in found)

    def delete(self, ids: Iterable[str]) -> None:
        """Note ids to remove."""
        for document_id in map(keyword, ids):
            self.deleted[document_id] = None
            self.added.pop(document_id, None)

    def delete_group(self, group: str) -> None:
        """Note a group to remove, with what was added to it in this batch."""
        token = keyword(group)
        self.groups[token] = None
        for document_id, found in list(self.added.items()):
            if token in found.group.split():
                del self.added[document_id]

    def set_cursor(self, meeting_id: str, seq: int) -> None:
        """Note a cursor, which is a document that no search finds."""
        found = cursor_document(meeting_id, seq)
        self.deleted[found.id] = None
        self.added[found.id] = found

    def __bool__(self) -> bool:
        return bool(self.added or self.deleted or self.groups)


__all__ = [
    "CURSOR_KIND",
    "FACETS",
    "Analysed",
    "Batch",
    "Candidate",
    "Counts",
    "Engine",
    "Facets",
    "Frequencies",
    "OpenEngine",
    "Result",
]
