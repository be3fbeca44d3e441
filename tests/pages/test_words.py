"""The code's words stay off the pages; `web/docs/words.md` says which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
WORDS = re.compile(
    r"\b(members?|slots?|journal|feeds?|harvest|unplaced?|revoked?|revoke|seq|epoch"
    r"|duty|duties|cues?|passages?|invites?|markers?)\b",
    re.IGNORECASE,
)
TEMPLATES = sorted((WEB / "templates").glob("*.html"))


def seen_text(template: str) -> str:
    """Return what a reader sees or hears of a template."""
    text = re.sub(r"\{#.*?#\}", " ", template, flags=re.DOTALL)
    words = re.findall(r"\{% set \w+ = \{(.*?)\} %\}", text, flags=re.DOTALL)
    values = " ".join(re.findall(r':\s*"([^"]*)"', " ".join(words)))
    heard = " ".join(
        re.findall(r'(?:aria-label|title|alt|placeholder)="([^"{]*)', text)
    )
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", " ", text, flags=re.DOTALL)
    return f"{text} {values} {heard}"


def sentences(script: str) -> list[str]:
    """Return the strings of a script that read like something for people."""
    plain = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", " ", script, flags=re.DOTALL)
    found = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'', plain)
    texts = [a or b for a, b in found]
    return [text for text in texts if re.match(r"[A-Z][a-z]+ [a-z]", text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_speaks_the_words_of_its_readers(path: Path) -> None:
    assert WORDS.findall(seen_text(path.read_text("utf-8"))) == []


def test_script_speaks_the_words_of_its_readers() -> None:
    found = {
        (path.name, text)
        for path in (WEB / "src").rglob("*.ts")
        if "test" not in path.name
        for text in sentences(path.read_text("utf-8"))
        if WORDS.search(text)
    }
    assert found == set()


def test_words_are_found_where_they_stand() -> None:
    assert WORDS.findall(seen_text("<p>All members</p>")) == ["members"]
    assert WORDS.findall(seen_text('<a title="A slot">x</a>')) == ["slot"]
    assert sentences('say("No members are here");') == ["No members are here"]
