"""Words that mean the same: the file, and what is found by it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from folkmoot.search.engine import Engine
from folkmoot.search.plan import Filters, make_plan
from folkmoot.search.synonyms import SynonymError, SynonymFile, Synonyms, read_synonyms
from folkmoot.search.text import Analyzer
from tests.search.corpora import document

FILE = """
# transport
bike, bicycle, cycle
NHS, National Health Service
tram => streetcar

[fi]
pyörä, polkupyörä
"""


def find(engine: Engine, text: str, synonyms: Synonyms, *languages: str) -> list[str]:
    analyzer = Analyzer(languages or ("en",))
    found = engine.search(make_plan(text, Filters(), analyzer, synonyms), 10)
    return sorted(each.stored.document.id for each in found.candidates)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    engine.add(
        [
            document("bicycles", "Bicycles on the path"),
            document("nhs", "The NHS is late"),
            document("service", "A national health service for all"),
            document("health", "Health of trees"),
            document("tram", "The tram stops"),
            document("car", "A streetcar stops"),
            document("finnish", "Polkupyörällä töihin", language="fi"),
        ]
    )
    engine.commit()
    return engine


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("biking", ["bicycles"]),
        ("nhs", ["nhs", "service"]),
        ("National Health Services", ["health", "nhs", "service"]),
        ("trams", ["car", "tram"]),
        ("streetcar", ["car"]),
        ("bike AND path", ["bicycles"]),
    ],
)
def test_what_means_the_same_is_found(
    filled: Engine, text: str, found: list[str]
) -> None:
    assert find(filled, text, read_synonyms(FILE)) == found


def test_words_of_a_language_are_its_own(filled: Engine) -> None:
    synonyms = read_synonyms(FILE)
    assert find(filled, "pyörällä", synonyms, "en", "fi") == ["finnish"]
    assert find(filled, "pyörällä", synonyms, "en") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [("bike", 1), ("a, b\na,,b", 2), ("=> b", 1), ("[nowhere]", 1), ("a, b\n\n...", 3)],
)
def test_a_wrong_line_is_named(text: str, line: int) -> None:
    with pytest.raises(SynonymError, match=f"^Line {line}: ") as caught:
        read_synonyms(text)
    assert caught.value.line == line


def test_a_changed_file_is_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_text("bike, bicycle", "utf-8")
    file = SynonymFile(path)
    first = file.current()
    assert first.beside(["bike"], Analyzer()) == {"bike": ("bicycl",)}
    path.write_text("bike, velocipede", "utf-8")
    os.utime(path, ns=(1, 1))
    assert file.current().beside(["bike"], Analyzer()) == {"bike": ("velociped",)}
    path.write_text("bike", "utf-8")
    assert file.current().beside(["bike"], Analyzer()) == {"bike": ("velociped",)}
    assert "Line 1" in caplog.text
    path.unlink()
    assert file.current().beside(["bike"], Analyzer()) == {"bike": ("velociped",)}


def test_a_file_that_was_never_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SynonymFile(tmp_path / "none.txt")
