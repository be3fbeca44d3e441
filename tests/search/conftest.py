"""Both engines behind one fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folkmoot.search.engine import Engine
from folkmoot.search.engines import EngineName, opener
from folkmoot.search.text import Analyzer
from tests.search.corpora import MakeEngine


@pytest.fixture
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture(params=["tantivy", "whoosh"])
def engine_name(request: pytest.FixtureRequest) -> EngineName:
    name: EngineName = request.param
    return name


@pytest.fixture
def make_engine(
    engine_name: EngineName, tmp_path: Path, analyzer: Analyzer
) -> Iterator[MakeEngine]:
    """Opens the same index again and again, as several processes would."""
    opened: list[Engine] = []

    def make() -> Engine:
        opened.append(opener(engine_name)(tmp_path / "index", analyzer))
        return opened[-1]

    yield make
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    return make_engine()
