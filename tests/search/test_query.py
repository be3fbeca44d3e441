"""The query language as a tree, and its refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.search.plan import Filters, make_plan
from folkmoot.search.query import (
    And,
    Dates,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    QueryError,
    Together,
    Wildcard,
    Word,
    parse_query,
)
from folkmoot.search.text import Analyzer


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", ()),
        ("a b", (Word("a"), Word("b"))),
        ('a "b c"', (Word("a"), Phrase("b c"))),
        ("\u201cb c\u201d", (Phrase("b c"),)),
        ("a b OR c d", (Word("a"), Or((Word("b"), Word("c"))), Word("d"))),
        ("a OR b OR c", (Or((Word("a"), Word("b"), Word("c"))),)),
        ("a AND b OR c", (Or((And((Word("a"), Word("b"))), Word("c"))),)),
        ("a NOT b", (Word("a"), Not(Word("b")))),
        ("NOT NOT a", (Word("a"),)),
        ("NOT (a b)", (Not(Together((Word("a"), Word("b")))),)),
        ("or not and", (Word("or"), Word("not"), Word("and"))),
        ("() a", (Word("a"),)),
        ("speaker:Ann", (Field("speaker", Word("Ann")),)),
        ('Agenda:"b c"', (Field("agenda", Phrase("b c")),)),
        ("room:(a OR b)", (Field("room", Together((Or((Word("a"), Word("b"))),))),)),
        ("unknown:a", (Word("unknown:a"),)),
        ("hous* h?me", (Wildcard("hous*"), Wildcard("h?me"))),
        ("What happened? Why?", (Word("What"), Word("happened?"), Word("Why?"))),
        ("covid-1*", (Together((Word("covid"), Wildcard("1*"))),)),
        ("date:2026", (Dates(day(2026), day(2027)),)),
        ("date:2026-12", (Dates(day(2026, 12), day(2027)),)),
        ("date:20260228", (Dates(day(2026, 2, 28), day(2026, 3)),)),
        ("date:[2026 to]", (Dates(day(2026), None),)),
        ("date:[to 2026-03-04] x", (Dates(None, day(2026, 3, 5)), Word("x"))),
        ("date:{2026 TO 2027}", (Dates(day(2027), day(2027)),)),
        ("date:>=2026-03", (Dates(day(2026, 3), None),)),
        ("date:<2026", (Dates(None, day(2026)),)),
        ("date:'2026", None),
        ('date:"2026"', (Dates(day(2026), day(2027)),)),
    ],
)
def test_query_reads(text: str, nodes: tuple[Node, ...] | None) -> None:
    if nodes is None:
        with pytest.raises(QueryError):
            parse_query(text)
    else:
        assert parse_query(text) == Together(nodes)


@pytest.mark.parametrize(
    ("text", "says", "position"),
    [
        ('a "b', "quotation mark is not closed", 2),
        ("a (b", "parenthesis is not closed", 2),
        ("a) b", "no opening one", 1),
        ("a OR", "OR needs a word on both sides", 4),
        ("AND a", "AND needs a word on both sides", 5),
        ("a OR OR b", "OR needs a word on both sides", 9),
        ("a NOT", "NOT needs a word after it", 5),
        ("NOT OR", "NOT needs a word after it", 6),
        ("x speaker:", "Nothing stands after speaker:", 2),
        ("date:soon", "'soon' is not a date", 5),
        ("date:2026-13", "not in the calendar", 5),
        ("date:9999", "not in the calendar", 5),
        ("date:[2026", "ends with ]", 5),
        ("(" * 20 + "a" + ")" * 20, "Too many parentheses", 17),
        ("a" * 1001, "at most 1000", 0),
    ],
)
def test_query_is_refused_in_plain_words(text: str, says: str, position: int) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(text)
    assert says in refused.value.message
    assert refused.value.position == position


def test_short_wildcard_is_refused() -> None:
    with pytest.raises(QueryError, match="at least two letters"):
        make_plan("a*", Filters(), Analyzer())


PIECES = st.sampled_from(
    ['"', "(", ")", "OR", "AND", "NOT", "a", "bus*", "?", "*", "date:", "[2026", "to]",
     "speaker:", "kind:", " ", ":", "\u201c", "É'", "-"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_query_is_planned_or_refused(text: str) -> None:
    try:
        make_plan(text, Filters(), Analyzer())
    except QueryError as error:
        said = error.message
    else:
        said = "."
    assert said.endswith(".")


def test_filler_words_are_only_asked_alone() -> None:
    def asked(text: str) -> list[str]:
        return [item.word for item in make_plan(text, Filters(), Analyzer()).asked]

    assert asked("What did they say about the buses?") == ["buses"]
    assert asked("what about") == ["what", "about"]
    assert asked("bus NOT tram speaker:ann") == ["bus"]
