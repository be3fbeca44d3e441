"""A query as an engine runs it: tokens in fields, all language work already done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, assert_never

import msgspec

from folkmoot.search import query
from folkmoot.search.analysis import milliseconds, session_group
from folkmoot.search.query import QueryError
from folkmoot.search.stopwords import fillers, is_filler
from folkmoot.search.synonyms import NO_SYNONYMS, Synonyms
from folkmoot.search.text import Analyzer, fold, keyword, words

FieldName = Literal[
    "id",
    "group",
    "kind",
    "meeting",
    "room",
    "names",
    "title",
    "agenda",
    "stems",
    "words",
]
# A word in a title, an agenda item or a speaker's name ranks beside the text.
NAME_BOOST = 1.0
TITLE_BOOST = 2.0
AGENDA_BOOST = 0.4
MAX_WORDS = 64
_FEWEST_LETTERS = 2
# Where words were written as one; three letters, or "McKay" came apart.
_JOINED = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})")


class Term(msgspec.Struct, frozen=True):
    """A token in a field."""

    field: FieldName
    token: str
    boost: float = 1.0


class Adjacent(msgspec.Struct, frozen=True):
    """Tokens side by side in a field."""

    field: FieldName
    tokens: tuple[str, ...]


class Glob(msgspec.Struct, frozen=True):
    """Tokens of a field that fit a pattern of `*` and `?`."""

    field: FieldName
    pattern: str


class Between(msgspec.Struct, frozen=True):
    """Milliseconds since 1970: from the first on, before the second."""

    from_ms: int | None
    before_ms: int | None


class Everything(msgspec.Struct, frozen=True):
    """All documents."""


class Bool(msgspec.Struct, frozen=True):
    """All of `must`, none of `must_not`; `should` ranks, one is needed without `must`."""

    must: tuple[PlanNode, ...] = ()
    should: tuple[PlanNode, ...] = ()
    must_not: tuple[PlanNode, ...] = ()


PlanNode = Term | Adjacent | Glob | Between | Everything | Bool


class Asked(msgspec.Struct, frozen=True):
    """A typed word that ranks: its folded form, its stems and those that mean the same.

    Of a phrase that means the same, the stems stand in one with blanks between.
    """

    word: str
    stems: tuple[str, ...]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a hit must belong to, beside the typed query; None is any."""

    meeting: str | None = None
    room: str | None = None
    speaker: str | None = None
    agenda: str | None = None
    kind: str | None = None
    session: str | None = None
    from_at: datetime | None = None
    before_at: datetime | None = None
    meetings: frozenset[str] | None = None


class Plan(msgspec.Struct, frozen=True):
    """What an engine runs, and what ranking and snippets look for.

    `asked` are the words that rank, in order; `phrases` folded words side by
    side; `globs` patterns; `speakers` words a cue's speaker must have.
    """

    root: PlanNode
    asked: tuple[Asked, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    globs: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()

    @property
    def ranks(self) -> bool:
        """Whether anything in the query makes one hit better than another."""
        return bool(self.asked or self.phrases or self.globs)


def make_plan(
    text: str,
    filters: Filters,
    analyzer: Analyzer,
    synonyms: Synonyms = NO_SYNONYMS,
) -> Plan:
    """Read a typed query and its filters; `QueryError` where it can't be read."""
    tree = query.parse_query(text)
    positive = tuple(_positive(tree))
    typed = [
        word
        for node in positive
        if isinstance(node, query.Word)
        for word in _typed(node.text)
    ]
    framing = fillers(typed, analyzer.languages)
    asked = _asked(typed, framing, analyzer, synonyms)
    stems = {item.word: item.stems for item in asked}
    planner = _Planner(analyzer, stems, framing)
    node = planner.node(tree)
    must = (*_filter_nodes(filters, analyzer), *([node] if node else ()))
    named = [n for n in positive if isinstance(n, query.Field)]
    speakers = [filters.speaker or "", *_speaker_words(named)]
    return Plan(
        root=Bool(must=must) if must else Everything(),
        asked=asked,
        phrases=tuple(
            tuple(words(n.text))
            for n in positive
            if isinstance(n, query.Phrase) and words(n.text)
        ),
        globs=tuple(fold(n.pattern) for n in positive if isinstance(n, query.Wildcard)),
        speakers=tuple(dict.fromkeys(w for name in speakers for w in words(name))),
    )


def _positive(node: query.Node) -> Iterator[query.Node]:
    """The nodes that say what is looked for, without what stands under NOT."""
    match node:
        case query.Together(nodes) | query.And(nodes) | query.Or(nodes):
            for inner in nodes:
                yield from _positive(inner)
        case query.Not():
            return
        case _:
            yield node


def _speaker_words(fields: Iterable[query.Field]) -> Iterator[str]:
    for field in fields:
        if field.name == "speaker":
            for node in _positive(field.node):
                if isinstance(node, query.Word | query.Phrase):
                    yield node.text


def _asked(
    typed: Sequence[str],
    framing: frozenset[str],
    analyzer: Analyzer,
    synonyms: Synonyms,
) -> tuple[Asked, ...]:
    """The words that rank; filler words only count when there is nothing else."""
    kept = [word for word in typed if not is_filler(word, framing)] or typed
    unique = dict.fromkeys(kept[:MAX_WORDS])
    beside = synonyms.beside(typed, analyzer)
    return tuple(
        Asked(
            word, tuple(dict.fromkeys((*analyzer.stems(word), *beside.get(word, ()))))
        )
        for word in unique
    )


def _typed(text: str) -> Iterator[str]:
    """The words of a typed word; also the parts of `ClimateAction`, a hashtag's way."""
    yield from words(text)
    if _JOINED.search(text):
        yield from words(_JOINED.sub(" ", text))


def _filter_nodes(filters: Filters, analyzer: Analyzer) -> Iterator[PlanNode]:
    if filters.meetings is not None:
        allowed = tuple(Term("meeting", keyword(m)) for m in sorted(filters.meetings))
        yield Bool(should=allowed) if allowed else _nothing()
    stated: tuple[tuple[query.FieldName, str | None], ...] = (
        ("meeting", filters.meeting),
        ("room", filters.room),
        ("kind", filters.kind),
        ("speaker", filters.speaker),
        ("agenda", filters.agenda),
    )
    for name, value in stated:
        if value:
            yield from _field_nodes(name, value, analyzer)
    if filters.session:
        yield Term("group", keyword(session_group(filters.session)))
    if filters.from_at or filters.before_at:
        yield _between(filters.from_at, filters.before_at)


def _between(from_at: datetime | None, before_at: datetime | None) -> Between:
    return Between(
        None if from_at is None else milliseconds(from_at),
        None if before_at is None else milliseconds(before_at),
    )


def _nothing() -> PlanNode:
    return Bool(must=(Everything(),), must_not=(Everything(),))


def _field_nodes(
    name: query.FieldName, value: str, analyzer: Analyzer
) -> Iterator[PlanNode]:
    """The nodes of a value that must stand in a field: all its words."""
    if name in {"meeting", "room", "kind"}:
        yield Term(name, keyword(value))
        return
    found = words(value)
    if not found:
        yield _nothing()
    for word in found:
        if name == "speaker":
            yield Term("names", word)
        else:
            yield Bool(should=tuple(Term("agenda", s) for s in analyzer.stems(word)))


class _Planner:
    """Turns a tree into plan nodes; None where nothing is left to look for."""

    def __init__(
        self,
        analyzer: Analyzer,
        asked: Mapping[str, tuple[str, ...]],
        framing: frozenset[str],
    ) -> None:
        self._analyzer = analyzer
        self._asked = asked
        self._framing = framing

    def node(
        self, node: query.Node, field: query.FieldName | None = None
    ) -> PlanNode | None:
        match node:
            case query.Word(text):
                return self._word(text, field)
            case query.Phrase(text):
                return self._phrase(text, field)
            case query.Wildcard(pattern):
                return self._wildcard(pattern, field)
            case query.Field(name, inner):
                return self.node(inner, name)
            case query.Dates(from_at, before_at):
                return _between(from_at, before_at)
            case query.And(nodes):
                return self._all(nodes, field)
            case query.Or(nodes):
                return self._any(nodes, field)
            case query.Together(nodes):
                return self._together(nodes, field)
            case query.Not(inner):
                found = self.node(inner, field)
                return None if found is None else Bool(must_not=(found,))
        assert_never(node)

    def _word(self, text: str, field: query.FieldName | None) -> PlanNode | None:
        if field is not None:
            return Bool(must=tuple(_field_nodes(field, text, self._analyzer)))
        found = list(_typed(text))
        useful = [word for word in found if word in self._asked] or found
        parts = tuple(self._ranked(word) for word in useful)
        if len(parts) > 1:
            return Bool(should=parts)
        return parts[0] if parts else None

    def _ranked(self, word: str) -> PlanNode:
        # What is said, who says it, titles and agenda items stand in one field:
        # one list to read a word, and ranking tells them apart afterwards.
        stems = self._asked.get(word) or self._analyzer.stems(word)
        nodes = tuple(_said(stem) for stem in stems)
        return nodes[0] if len(nodes) == 1 else Bool(should=nodes)

    def _phrase(self, text: str, field: query.FieldName | None) -> PlanNode | None:
        found = tuple(words(text))
        if not found:
            return None
        if field == "speaker":
            return Adjacent("names", found)
        if field is not None:
            return Bool(must=tuple(_field_nodes(field, text, self._analyzer)))
        return Adjacent("words", found) if len(found) > 1 else Term("words", found[0])

    def _wildcard(self, pattern: str, field: query.FieldName | None) -> PlanNode:
        if sum(char.isalnum() for char in pattern) < _FEWEST_LETTERS:
            raise QueryError("A wildcard needs at least two letters beside it.", 0)
        where: dict[query.FieldName | None, FieldName] = {
            None: "words",
            "speaker": "names",
            "agenda": "agenda",
            "meeting": "meeting",
            "room": "room",
            "kind": "kind",
        }
        return Glob(where[field], fold(pattern))

    def _all(
        self, nodes: Iterable[query.Node], field: query.FieldName | None
    ) -> PlanNode | None:
        found = self._nodes(nodes, field)
        return Bool(must=found) if found else None

    def _any(
        self, nodes: Iterable[query.Node], field: query.FieldName | None
    ) -> PlanNode | None:
        found = self._nodes(nodes, field)
        return Bool(should=found) if found else None

    def _nodes(
        self, nodes: Iterable[query.Node], field: query.FieldName | None
    ) -> tuple[PlanNode, ...]:
        found = (self.node(node, field) for node in nodes)
        return tuple(node for node in found if node is not None)

    def _together(
        self, nodes: Iterable[query.Node], field: query.FieldName | None
    ) -> PlanNode | None:
        """Plain words rank; phrases, fields, dates and groups must match."""
        must: list[PlanNode] = []
        should: list[PlanNode] = []
        must_not: list[PlanNode] = []
        for node in nodes:
            if isinstance(node, query.Not):
                if (found := self.node(node.node, field)) is not None:
                    must_not.append(found)
            elif self._is_filler(node, field):
                continue
            elif (found := self.node(node, field)) is not None:
                plain = isinstance(node, query.Word | query.Wildcard) and not field
                (should if plain else must).append(found)
        if not (must or should or must_not):
            return None
        if should and not _any_ranks(must):
            must, should = [*must, Bool(should=tuple(should))], []
        return Bool(tuple(must), tuple(should), tuple(must_not))

    def _is_filler(self, node: query.Node, field: query.FieldName | None) -> bool:
        if field is not None or not isinstance(node, query.Word):
            return False
        found = words(node.text)
        return all(is_filler(w, self._framing) and w not in self._asked for w in found)


def _said(stem: str) -> PlanNode:
    """A stem, or all of a phrase's, which stands for a word that was typed."""
    terms = tuple(Term("stems", each) for each in stem.split())
    return terms[0] if len(terms) == 1 else Bool(must=terms)


def _any_ranks(nodes: Iterable[PlanNode]) -> bool:
    """Whether a node looks into the text, so that plain words beside it may miss."""
    return any(
        _any_ranks((*node.must, *node.should))
        if isinstance(node, Bool)
        else isinstance(node, Term | Adjacent | Glob)
        and node.field in {"stems", "words"}
        for node in nodes
    )
