"""Snippets: short, marked, and harmless."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.search.documents import Mark
from folkmoot.search.plan import Filters, make_plan
from folkmoot.search.snippets import SNIPPET_CHARACTERS, snippet_html
from folkmoot.search.text import Analyzer
from tests.search.corpora import document

ANALYZER = Analyzer()


def snippet(
    text: str, query: str, mark: int | None = None, marks: tuple[Mark, ...] = ()
) -> str:
    plan = make_plan(query, Filters(), ANALYZER)
    return snippet_html(document("d", text, marks=marks), mark, plan, ANALYZER)


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("The buses, late.", "bused", "The <mark>buses</mark>, late."),
        ("a late bus stop", "bus late", "a <mark>late bus</mark> stop"),
        ("no bus here", '"bus stop"', "no bus here"),
        ("a bus stop", '"bus stop"', "a <mark>bus stop</mark>"),
        ("hospitals", "hosp*", "<mark>hospitals</mark>"),
        ("[a] x", "zz[a]*", "[a] x"),
        ('<b>bus</b> & "x"', "bus", "&lt;b&gt;<mark>bus</mark>&lt;/b&gt; &amp; &quot;x&quot;"),
        ("late – bus stop", "late bus", "<mark>late – bus</mark> stop"),
        ("bus-stop, o\u2019clock", "stop clock", "bus-<mark>stop</mark>, o\u2019<mark>clock</mark>"),
        # One character that folds to four words.
        ("bus \ufdfa", "bus", "<mark>bus</mark> \ufdfa"),
        ("nothing", "bus", "nothing"),
        ("", "bus", ""),
    ],
)  # fmt: skip
def test_snippet_marks_found_words(text: str, query: str, found: str) -> None:
    assert snippet(text, query) == found


def test_long_text_is_cut_at_words_around_the_mark() -> None:
    text = "filler " * 100 + "the bus is late " + "filler " * 100
    start = text.index("the bus")
    found = snippet(text, "bus", 0, (Mark(start, start + 15, 0, -1),))
    assert found.startswith("\u2026filler")
    assert found.endswith("filler\u2026")
    assert "the <mark>bus</mark> is late" in found
    assert len(html.unescape(re.sub("</?mark>", "", found))) <= SNIPPET_CHARACTERS + 2
    assert "<mark>bus</mark>" in snippet(text, "bus")


@given(
    st.lists(st.sampled_from(["bus ", "<", ">", "&", '"', "<script>", "é", "x" * 50]), max_size=30).map("".join)
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_snippet_is_text_and_marks_only(text: str) -> None:
    found = snippet(text, "bus script xx*")
    bare = re.sub(r"</?mark>", "", found)
    assert "<" not in bare
    assert ">" not in bare
    assert found.count("<mark>") == found.count("</mark>")
    assert html.unescape(bare).strip("\u2026") in text
