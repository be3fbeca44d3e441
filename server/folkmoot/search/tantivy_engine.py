"""The default engine: Tantivy, a Rust library. All of it that we use is here."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, assert_never

import msgspec
import tantivy

from folkmoot.search.analysis import (
    CURSOR_KIND,
    LANGUAGE_GROUPS,
    SAMPLE,
    SAMPLE_OF,
    Analysed,
    Stored,
)
from folkmoot.search.documents import Document
from folkmoot.search.engine import (
    FACETS,
    Batch,
    Candidate,
    Counts,
    Frequencies,
    Result,
)
from folkmoot.search.plan import (
    Adjacent,
    Between,
    Bool,
    Everything,
    Glob,
    Plan,
    PlanNode,
    Term,
)
from folkmoot.search.slips import distance
from folkmoot.search.text import Analyzer, keyword, words

_WRITER_BYTES = 64_000_000
# So many documents wait here before the writer has them: it works beside us, and
# a first run over many meetings would else hold them all in memory.
_BATCH_DOCUMENTS = 2000
_MAX_FACET_VALUES = 50
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# So many texts are looked through for a word that was typed wrongly.
_MOST_NEAR = 30
# Counts of more than so many documents are told by a sample.
_SAMPLED_FROM = 25_000
_WORD_FIELDS = frozenset({"names", "title", "agenda", "stems", "words"})
_TOKENIZER = "blanks"
# Positions are only kept where something asks for words side by side.
_FIELDS = {
    "id": "basic",
    "kind": "basic",
    "group": "basic",
    "meeting": "basic",
    "room": "basic",
    "names": "position",
    "title": "freq",
    "agenda": "freq",
    "stems": "freq",
    "words": "position",
}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name, option in _FIELDS.items():
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option=option)
    for name in FACETS:
        builder.add_text_field(
            f"count_{name}", fast=True, tokenizer_name="raw", index_option="basic"
        )
    builder.add_integer_field("at", indexed=True, fast=True)
    builder.add_bytes_field("payload", stored=True)
    return builder.build()


class TantivyEngine:
    """An index in a directory of its own."""

    def __init__(self, path: Path, analyzer: Analyzer) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._meta = path / "meta.json"
        self._analyzer = analyzer
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(path))
        blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer(_TOKENIZER, blanks)
        # "manual": the other policy keeps a watching thread per index.
        self._index.config_reader("manual")
        self._writer: tantivy.IndexWriter | None = None
        self._batch = Batch()
        # Whether the writer has more than was committed.
        self._handed_over = False
        self._languages: tuple[str, ...] | None = None
        self._seen = self._version()

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in at the next commit."""
        self._batch.add(documents, self._analyzer)
        self._hand_over_many()

    def put(self, found: Iterable[Analysed]) -> None:
        """Put new documents in at the next commit."""
        self._batch.put(found)
        self._hand_over_many()

    def _hand_over_many(self) -> None:
        if len(self._batch.added) > _BATCH_DOCUMENTS:
            self._hand_over(self._open_writer())

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
        """Write all since the last commit as one."""
        if not self._batch and not self._handed_over:
            return
        writer = self._open_writer()
        try:
            self._hand_over(writer)
            writer.commit()
        except BaseException:
            with contextlib.suppress(Exception):
                writer.rollback()
            self._handed_over = False
            raise
        self._handed_over = False
        self._reload()

    def _hand_over(self, writer: tantivy.IndexWriter) -> None:
        """Give the batch to the writer, which keeps it until a commit."""
        self._handed_over = True
        for group in self._batch.groups:
            writer.delete_documents_by_term("group", group)
        for document_id in self._batch.deleted:
            writer.delete_documents_by_term("id", document_id)
        for found in self._batch.added.values():
            writer.add_document(_document(found))
        self._batch = Batch()

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_BYTES, num_threads=1)
        return self._writer

    def rollback(self) -> None:
        """Forget all since the last commit."""
        self._batch = Batch()
        if self._handed_over and self._writer is not None:
            self._writer.rollback()
        self._handed_over = False

    def refresh(self) -> None:
        """See what another process committed; costs a stat when nothing changed."""
        if self._version() != self._seen:
            self._reload()

    def _reload(self) -> None:
        self._seen = self._version()
        self._index.reload()
        self._languages = None

    def _version(self) -> tuple[int, int]:
        status = self._meta.stat()
        return status.st_mtime_ns, status.st_ino

    def search(self, plan: Plan, limit: int) -> Result:
        """Run a plan by BM25, or newest first where no word ranks."""
        searcher = self._index.searcher()
        query = self._found_by(plan.root)
        order = None if plan.ranks else "at"
        found: Any = searcher.search(query, limit=limit, order_by_field=order)
        read, decode = searcher.doc, _STORED.decode
        candidates = [
            Candidate(
                decode(_payload(read(address))), float(score if plan.ranks else 0)
            )
            for score, address in found.hits
        ]
        return Result(tuple(candidates), found.count)

    def _found_by(self, root: PlanNode) -> tantivy.Query:
        """The query of a plan. Where words decide, no cursor is found anyway.

        A query of nothing but words takes half the time of one with more around it.
        """
        if _needs_words(root):
            return self._query(root, scored=True)
        return self._query(
            Bool(must=(root,), must_not=(Term("kind", CURSOR_KIND),)), scored=True
        )

    def facets(self, plan: Plan, *, days: bool = False) -> Counts:
        """Counts by field over all that a plan finds, or over one in eight of it."""
        searcher = self._index.searcher()
        query = self._found_by(plan.root)
        if self._most(plan.root, searcher) >= _SAMPLED_FROM:
            sampled = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, self._term("group", SAMPLE, 1, scored=False)),
                ]
            )
            found = _counted(searcher, sampled, days=days)
            if SAMPLE_OF * sum(found["kind"].values()) >= _SAMPLED_FROM:
                return Counts(
                    {
                        name: {value: _about(count) for value, count in values.items()}
                        for name, values in found.items()
                    },
                    exact=False,
                )
        return Counts(_counted(searcher, query, days=days))

    def _most(self, node: PlanNode, searcher: tantivy.Searcher) -> int:
        """No more documents than so many match; costs a look at the lists' heads."""
        match node:
            case Term(field, token):
                return searcher.doc_freq(field, token)
            case Adjacent(field, tokens):
                return min(searcher.doc_freq(field, token) for token in tokens)
            case Bool(must, _, _) if must:
                return min(self._most(each, searcher) for each in must)
            case Bool(_, should, _) if should:
                return sum(self._most(each, searcher) for each in should)
            case _:
                return searcher.num_docs

    def frequencies(self, stems: Iterable[str]) -> Frequencies:
        """Document counts of stems in the text."""
        searcher = self._index.searcher()
        counts = {stem: searcher.doc_freq("stems", stem) for stem in stems}
        return Frequencies(searcher.num_docs, counts)

    def languages(self) -> tuple[str, ...]:
        """The stemming languages of the texts; looked up once after each commit."""
        if self._languages is None:
            searcher = self._index.searcher()
            self._languages = tuple(
                name
                for name, token in LANGUAGE_GROUPS.items()
                if searcher.doc_freq("group", token)
            )
        return self._languages

    def near(self, word: str, slips: int) -> dict[str, int]:
        """Words like this one, read from the texts that a fuzzy query finds."""
        searcher = self._index.searcher()
        query = tantivy.Query.fuzzy_term_query(
            self._schema, "words", word, slips, transposition_cost_one=True
        )
        found = searcher.search(query, limit=_MOST_NEAR, count=False)
        seen: set[str] = set()
        for _, address in found.hits:
            seen.update(words(_stored(searcher.doc(address)).document.text))
        return {
            each: searcher.doc_freq("words", each)
            for each in seen
            if each[:1] == word[:1]
            and abs(len(each) - len(word)) <= slips
            and distance(word, each) <= slips
        }

    def group(self, group: str) -> dict[str, Document]:
        """All committed documents of a group by id."""
        stored = (_stored(document) for document in self._all("group", keyword(group)))
        return {item.document.id: item.document for item in stored}

    def known(self, ids: Iterable[str]) -> dict[str, Document]:
        """The committed documents among some ids."""
        return {
            document_id: _stored(document).document
            for document_id in ids
            for document in self._all("id", keyword(document_id))
        }

    def cursors(self) -> dict[str, int]:
        """How far each meeting was read."""
        return dict(
            msgspec.msgpack.decode(_payload(document), type=tuple[str, int])
            for document in self._all("kind", CURSOR_KIND)
        )

    def _all(self, field: str, token: str) -> list[tantivy.Document]:
        searcher = self._index.searcher()
        query = tantivy.Query.term_query(self._schema, field, token, "basic")
        most = max(1, searcher.num_docs)
        found = searcher.search(query, limit=most, count=False)
        return [searcher.doc(address) for _, address in found.hits]

    def close(self) -> None:
        """Let the writer's lock go."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.wait_merging_threads()

    def _query(self, node: PlanNode, *, scored: bool) -> tantivy.Query:
        match node:
            case Term(field, token, boost):
                return self._term(field, token, boost, scored=scored)
            case Adjacent(field, tokens) if len(tokens) > 1:
                return tantivy.Query.phrase_query(self._schema, field, list(tokens))
            case Adjacent(field, tokens):
                return self._term(field, tokens[0], 1.0, scored=scored)
            case Glob(field, pattern):
                return tantivy.Query.regex_query(self._schema, field, _regex(pattern))
            case Between(from_ms, before_ms):
                return self._between(from_ms, before_ms)
            case Everything():
                return _unscored(tantivy.Query.all_query())
            case Bool(must, should, must_not):
                return self._bool(must, should, must_not, scored=scored)
        assert_never(node)

    def _term(
        self, field: str, token: str, boost: float, *, scored: bool
    ) -> tantivy.Query:
        option = _FIELDS[field]
        query = tantivy.Query.term_query(self._schema, field, token, option)
        if option == "basic" or not scored:
            return _unscored(query)
        return query if boost == 1.0 else tantivy.Query.boost_query(query, boost)

    def _between(self, from_ms: int | None, before_ms: int | None) -> tantivy.Query:
        query = tantivy.Query.range_query(
            self._schema,
            "at",
            tantivy.FieldType.Integer,
            from_ms,
            before_ms,
            # An open side must be called inclusive.
            include_upper=before_ms is None,
        )
        return _unscored(query)

    def _bool(
        self,
        must: tuple[PlanNode, ...],
        should: tuple[PlanNode, ...],
        must_not: tuple[PlanNode, ...],
        *,
        scored: bool,
    ) -> tantivy.Query:
        should = tuple(_alternatives(should))
        if len(must) + len(should) == 1 and not must_not:
            return self._query((*must, *should)[0], scored=scored)
        parts = [
            (occur, self._query(node, scored=scored))
            for occur, nodes in (
                (tantivy.Occur.Must, must),
                (tantivy.Occur.Should, should),
            )
            for node in nodes
        ]
        if not parts:
            parts.append((tantivy.Occur.Must, _unscored(tantivy.Query.all_query())))
        parts.extend(
            (tantivy.Occur.MustNot, self._query(node, scored=False))
            for node in must_not
        )
        return tantivy.Query.boolean_query(parts)


def _alternatives(nodes: Iterable[PlanNode]) -> Iterator[PlanNode]:
    """Alternatives within alternatives side by side: their scores add up anyway."""
    for node in nodes:
        if isinstance(node, Bool) and node.should and not (node.must or node.must_not):
            yield from _alternatives(node.should)
        else:
            yield node


def _needs_words(node: PlanNode) -> bool:
    """Whether only what holds certain words can match."""
    match node:
        case Bool(must, should, _):
            return any(map(_needs_words, must)) or (
                not must and bool(should) and all(map(_needs_words, should))
            )
        case Term(field, _) | Adjacent(field, _) | Glob(field, _):
            return field in _WORD_FIELDS
        case _:
            return False


def _counted(
    searcher: tantivy.Searcher, query: tantivy.Query, *, days: bool
) -> dict[str, dict[str, int]]:
    asked: dict[str, Any] = {
        name: {"terms": {"field": f"count_{name}", "size": _MAX_FACET_VALUES}}
        for name in FACETS
    }
    if days:
        by_day = {"field": "at", "interval": float(_DAY_MS), "min_doc_count": 1}
        asked["day"] = {"histogram": by_day}
    found = searcher.aggregate(query, asked)
    counts = {
        name: {b["key"]: int(b["doc_count"]) for b in found[name]["buckets"]}
        for name in FACETS
    }
    if days:
        counts["day"] = {
            (_EPOCH + timedelta(milliseconds=bucket["key"])).date().isoformat(): int(
                bucket["doc_count"]
            )
            for bucket in found["day"]["buckets"]
        }
    return counts


def _about(count: int) -> int:
    """What a count of the sample tells of all: no more than two digits of it."""
    return int(float(f"{count * SAMPLE_OF:.2g}"))


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _regex(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _document(found: Analysed) -> tantivy.Document:
    document = tantivy.Document()
    for name in _FIELDS:
        if value := getattr(found, name):
            document.add_text(name, value)
    for name, value in found.facets:
        document.add_text(f"count_{name}", value)
    document.add_integer("at", found.at)
    document.add_bytes("payload", found.payload)
    return document


def _payload(document: tantivy.Document) -> bytes:
    value: Any = document.get_first("payload")
    return bytes(value)


_STORED = msgspec.msgpack.Decoder(Stored)


def _stored(document: tantivy.Document) -> Stored:
    return _STORED.decode(_payload(document))
