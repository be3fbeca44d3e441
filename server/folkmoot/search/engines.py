"""The engines by the name that settings give them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from folkmoot.search.engine import Engine, OpenEngine
from folkmoot.search.text import Analyzer

EngineName = Literal["tantivy", "whoosh"]


def opener(name: EngineName) -> OpenEngine:
    """How to open an index of an engine; imports it only when it is used."""
    return _open_tantivy if name == "tantivy" else _open_whoosh


# Imported when opened: a machine without a Tantivy wheel must start with Whoosh.


def _open_tantivy(path: Path, analyzer: Analyzer) -> Engine:
    from folkmoot.search.tantivy_engine import TantivyEngine  # noqa: PLC0415

    return TantivyEngine(path, analyzer)


def _open_whoosh(path: Path, analyzer: Analyzer) -> Engine:
    from folkmoot.search.whoosh_engine import WhooshEngine  # noqa: PLC0415

    return WhooshEngine(path, analyzer)
