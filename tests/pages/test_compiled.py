"""Compiled templates: kept beside the code, never used for another text."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from folkmoot.pages.frame.compiled import CompiledTemplates


@pytest.fixture(autouse=True)
def may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is compiled be kept, whatever this machine was told."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def render(folder: Path, text: str, **options: bool) -> tuple[str, int]:
    """Render a text as a start of its own; return it and how often it compiled."""
    kept = CompiledTemplates(folder)
    environment = Environment(  # noqa: S701 - compared with and without
        loader=DictLoader({"page": text}), bytecode_cache=kept, **options
    )
    kept.follow(environment)
    compiled = 0
    really = environment.compile

    def compile_and_count(*arguments: object, **given: object) -> object:
        nonlocal compiled
        compiled += 1
        return really(*arguments, **given)

    environment.compile = compile_and_count  # type: ignore[method-assign,assignment]
    return environment.get_template("page").render(name="<Ann>"), compiled


def test_the_second_start_compiles_nothing(tmp_path: Path) -> None:
    assert render(tmp_path / "new", "Hello {{ name }}") == ("Hello <Ann>", 1)
    assert render(tmp_path / "new", "Hello {{ name }}") == ("Hello <Ann>", 0)


def test_another_text_or_way_of_compiling_is_compiled_anew(tmp_path: Path) -> None:
    render(tmp_path, "Hello {{ name }}")
    assert render(tmp_path, "Bye {{ name }}") == ("Bye <Ann>", 1)
    escaped = render(tmp_path, "Bye {{ name }}", autoescape=True)
    assert escaped == ("Bye &lt;Ann&gt;", 1)


@pytest.mark.parametrize("keep", [0, 20, 60])
def test_half_a_file_is_no_code(tmp_path: Path, keep: int) -> None:
    render(tmp_path, "Hello {{ name }}")
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:keep])
    assert render(tmp_path, "Hello {{ name }}") == ("Hello <Ann>", 1)


def test_where_nothing_may_be_written_it_is_compiled_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a file, no folder"
    place.write_text("")
    assert render(place, "Hello {{ name }}") == ("Hello <Ann>", 1)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert render(tmp_path / "told", "Hello {{ name }}") == ("Hello <Ann>", 1)
    assert not (tmp_path / "told").exists()
