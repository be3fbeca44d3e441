"""The engine for machines without a Tantivy wheel: Whoosh, pure Python, no facets."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from whoosh import fields, index, query
from whoosh.analysis import Token, Tokenizer
from whoosh.searching import Searcher

from folkmoot.search.analysis import (
    CURSOR_KIND,
    LANGUAGE_GROUPS,
    Analysed,
    Stored,
)
from folkmoot.search.documents import Document
from folkmoot.search.engine import Batch, Candidate, Frequencies, Result
from folkmoot.search.plan import Bool, Plan, Term
from folkmoot.search.slips import distance
from folkmoot.search.text import Analyzer, keyword
from folkmoot.search.whoosh_matches import matches

_KEYWORDS = ("kind", "group", "meeting", "room")
_FIELDS = ("id", *_KEYWORDS, "names", "title", "agenda", "stems", "words")


class _Blanks(Tokenizer):  # type: ignore[misc]
    """Splits at blanks; Whoosh's own does it with a regular expression."""

    def __call__(
        self, value: str, *, positions: bool = False, **options: Any
    ) -> Iterable[Token]:
        token = Token(positions, mode=options.get("mode", ""))
        token.boost = 1.0
        token.stopped = False
        for position, text in enumerate(value.split()):
            token.text = text
            token.pos = position
            yield token


def _schema() -> fields.Schema:
    blanks = _Blanks()
    schema = fields.Schema(
        id=fields.ID(unique=True),
        at=fields.NUMERIC(int, bits=64, sortable=True),
        payload=fields.STORED,
    )
    for name in _KEYWORDS:
        schema.add(name, fields.TEXT(analyzer=blanks, phrase=False))
    for name in ("title", "agenda", "stems"):
        schema.add(name, fields.TEXT(analyzer=blanks, phrase=False))
    for name in ("names", "words"):
        schema.add(name, fields.TEXT(analyzer=blanks, phrase=True))
    return schema


class WhooshEngine:
    """An index in a directory of its own."""

    def __init__(self, path: Path, analyzer: Analyzer) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._analyzer = analyzer
        self._batch = Batch()
        self._languages: tuple[str, ...] | None = None
        if index.exists_in(str(path)):
            self._index = index.open_dir(str(path))
        else:
            self._index = index.create_in(str(path), _schema())
        self._searcher: Searcher | None = self._index.searcher()

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in at the next commit."""
        self._batch.add(documents, self._analyzer)

    def put(self, found: Iterable[Analysed]) -> None:
        """Put new documents in at the next commit."""
        self._batch.put(found)

    def delete(self, ids: Iterable[str]) -> None:
        """Take documents out at the next commit."""
        self._batch.delete(ids)

    def delete_group(self, group: str) -> None:
        """Take a group out at the next commit."""
        self._batch.delete_group(group)

    def set_cursor(self, meeting_id: str, seq: int) -> None:
        """Note how far a meeting was read, at the next commit."""
        self._batch.set_cursor(meeting_id, seq)

    def commit(self) -> None:
        """Write the batch as one commit."""
        if not self._batch:
            return
        writer = self._index.writer(limitmb=64)
        try:
            for group in self._batch.groups:
                writer.delete_by_term("group", group)
            for document_id in self._batch.deleted:
                writer.delete_by_term("id", document_id)
            for found in self._batch.added.values():
                writer.add_document(**_values(found))
        except BaseException:
            with contextlib.suppress(Exception):
                writer.cancel()
            raise
        writer.commit()
        self._batch = Batch()
        self.refresh()

    def rollback(self) -> None:
        """Forget the batch."""
        self._batch = Batch()

    def refresh(self) -> None:
        """See what another process committed."""
        if not self._open_searcher().up_to_date():
            # The old one is not closed: a search in another thread may read it.
            self._searcher = self._index.searcher()
            self._languages = None

    def _open_searcher(self) -> Searcher:
        if self._searcher is None:
            raise RuntimeError("This index is closed.")
        return self._searcher

    def facets(self, plan: Plan, *, days: bool = False) -> None:
        """None: counting would mean to open every document found."""
        del plan, days

    def search(self, plan: Plan, limit: int) -> Result:
        """Run a plan by BM25, or newest first where no word ranks."""
        searcher = self._open_searcher()
        root = Bool(must=(plan.root,), must_not=(Term("kind", CURSOR_KIND),))
        scores = matches(searcher, root)
        order = scores if plan.ranks else _times(searcher, scores)
        best = heapq.nsmallest(limit, scores, key=lambda number: -order[number])
        candidates = tuple(
            Candidate(
                _stored(searcher.stored_fields(number)["payload"]),
                scores[number] if plan.ranks else 0.0,
            )
            for number in best
        )
        return Result(candidates, len(scores))

    def frequencies(self, stems: Iterable[str]) -> Frequencies:
        """Document counts of stems in the text."""
        reader = self._open_searcher().reader()
        counts = {stem: int(reader.doc_frequency("stems", stem)) for stem in stems}
        return Frequencies(int(reader.doc_count()), counts)

    def languages(self) -> tuple[str, ...]:
        """The stemming languages of the texts; looked up once after each commit."""
        if self._languages is None:
            reader = self._open_searcher().reader()
            self._languages = tuple(
                name
                for name, token in LANGUAGE_GROUPS.items()
                if reader.doc_frequency("group", token)
            )
        return self._languages

    def near(self, word: str, slips: int) -> dict[str, int]:
        """Words like this one, from the index's list of words."""
        searcher = self._open_searcher()
        # Whoosh counts two letters that were swapped as two slips.
        found = searcher.reader().terms_within("words", word, slips + 1, prefix=1)
        # Its list also has words of documents that were taken out.
        counts = {
            each: sum(1 for _ in searcher.docs_for_query(query.Term("words", each)))
            for each in found
            if distance(word, each) <= slips
        }
        return {each: count for each, count in counts.items() if count}

    def group(self, group: str) -> dict[str, Document]:
        """All committed documents of a group by id."""
        stored = (_stored(payload) for payload in self._all("group", keyword(group)))
        return {item.document.id: item.document for item in stored}

    def known(self, ids: Iterable[str]) -> dict[str, Document]:
        """The committed documents among some ids."""
        return {
            document_id: _stored(payload).document
            for document_id in ids
            for payload in self._all("id", keyword(document_id))
        }

    def cursors(self) -> dict[str, int]:
        """How far each meeting was read."""
        return dict(
            msgspec.msgpack.decode(payload, type=tuple[str, int])
            for payload in self._all("kind", CURSOR_KIND)
        )

    def _all(self, field: str, token: str) -> list[bytes]:
        found = self._open_searcher().documents(**{field: token})
        return [item["payload"] for item in found]

    def close(self) -> None:
        """Let files go."""
        searcher, self._searcher = self._searcher, None
        if searcher is not None:
            searcher.close()
            self._index.close()


def _values(found: Analysed) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: value for name in _FIELDS if (value := getattr(found, name))
    }
    return {**values, "at": found.at, "payload": found.payload}


def _stored(payload: bytes) -> Stored:
    return msgspec.msgpack.decode(payload, type=Stored)


def _times(searcher: Searcher, numbers: Iterable[int]) -> dict[int, int]:
    """The `at` field of documents, in milliseconds."""
    column = searcher.reader().column_reader("at")
    return {number: int(column[number]) for number in numbers}
