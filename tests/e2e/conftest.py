"""Fixtures of whole-service tests: a real process, encoder and browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PATIENCE_MS
from tests.e2e.service import Service, make_film

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _patience() -> None:
    """Let a page take its time on a loaded machine; what is there is seen at once.

    No promise of the product is measured by it: those stand in tests/bench.
    """
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def film(ffmpeg_path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an H.264/AAC film of 20 s."""
    return make_film(ffmpeg_path, tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run one server for the tests of a module; each makes meetings of its own."""
    running = Service(tmp_path_factory.mktemp("house") / "data").start()
    yield running
    running.stop()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Run a server on an empty data directory."""
    running = Service(tmp_path / "data").start()
    yield running
    running.stop()
