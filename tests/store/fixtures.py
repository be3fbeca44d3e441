"""One empty database of each kind; imported by the folders that need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from folkmoot.store import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'folkmoot.db'}"
    return str(request.getfixturevalue("fresh_postgres_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Return an open, empty database."""
    database = await Database.open(database_url)
    yield database
    await database.aclose()
