"""Pages link the style sheets that they need: each class they use is defined in one."""

from __future__ import annotations

import re
from functools import cache

import pytest

from folkmoot.pages.frame.assets import SHEETS, find_web

WEB = find_web()
TEMPLATES = sorted(path.name for path in (WEB / "templates").glob("[!_]*.html"))


@cache
def defined_in(sheet: str) -> frozenset[str]:
    """Return the classes of a sheet and of all that it imports."""
    text = (WEB / sheet).read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = {
        name
        for selector in re.findall(r"[^{};]+(?=\{)", text)
        for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)
    }
    for imported in re.findall(r'@import "\./([\w-]+\.css)"', text):
        found |= defined_in(f"styles/{imported}")
    return frozenset(found)


@cache
def read_template(name: str) -> str:
    return (WEB / "templates" / name).read_text("utf-8")


@cache
def read_macros() -> dict[str, str]:
    """Return what stands in the macros of all partial templates, by name."""
    macros: dict[str, str] = {}
    for partial in (WEB / "templates").glob("_*.html"):
        for part in read_template(partial.name).split("{% macro ")[1:]:
            name, _, body = part.partition("(")
            macros[name] = macros.get(name, "") + body.partition("{% endmacro")[0]
    return macros


def read_used(name: str) -> str:
    """Return a template's text with that of the macros it calls, and those they call."""
    macros, seen = read_macros(), set[str]()
    text = new = read_template(name)
    while (
        called := {word for word in re.findall(r"(\w+)\(", new) if word in macros}
        - seen
    ):
        seen |= called
        new = "".join(macros[macro] for macro in called)
        text += new
    return text


def find_classes(text: str) -> set[str]:
    """Return the classes that a text may give, whichever way its conditions fall."""
    found = set()
    for attribute in re.findall(r'class="((?:[^"{]|\{[{%].*?[}%]\})*)"', text):
        plain = re.sub(r"\{%.*?%\}", " ", attribute)
        # Of what is printed, the words that stand there as texts.
        for printed in re.findall(r"\{\{.*?\}\}", plain):
            plain += " ".join(re.findall(r"[\"']([^\"']*)[\"']", printed))
        found |= set(re.findall(r"[a-zA-Z][\w-]*", re.sub(r"\{\{.*?\}\}", " ", plain)))
    return found


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_page_uses_is_in_a_sheet_it_links(name: str) -> None:
    named = re.search(r"\{% set more_styles = \[(.*?)\] %\}", read_template(name))
    linked = set(re.findall(r"\w+", named[1])) if named else set()
    given = set(defined_in("styles/main.css"))
    for sheet in linked:
        given |= defined_in(SHEETS[sheet])
    apart = set().union(*(defined_in(sheet) for sheet in SHEETS.values())) - given
    assert find_classes(read_used(name)) & apart == set()


def test_sheets_apart_hold_what_others_do_not() -> None:
    everywhere = defined_in("styles/main.css")
    assert "session-card" in everywhere
    assert "desk-room" in defined_in(SHEETS["team"]) - everywhere
    assert "sheet__table" in defined_in(SHEETS["hall"]) - everywhere
