"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from folkmoot.journal import Journal
from folkmoot.store import Database
from tests.journal.meeting import Meeting, make_meeting
from tests.store.fixtures import database, database_url

__all__ = ["database", "database_url"]


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    """Return a started journal on an empty database."""
    journal = Journal(database)
    await journal.start()
    yield journal
    await journal.aclose()


@pytest.fixture
async def meeting(journal: Journal) -> Meeting:
    """Return an upcoming meeting with one room."""
    return await make_meeting(journal)
