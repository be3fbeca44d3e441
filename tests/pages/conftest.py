"""A town in full swing, its pages on a real port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.pages.town import Town, hold_forum, hold_others, open_town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Return an empty town."""
    async with open_town(tmp_path) as town:
        yield town


@pytest.fixture
async def forum(town: Town) -> SimpleNamespace:
    """Return the meeting in full swing; others are there too."""
    forum = await hold_forum(town)
    await hold_others(town)
    return forum


@pytest.fixture
async def visitor(town: Town, aiohttp_client: Callable[..., Any]) -> Any:
    """Return somebody's browser without script."""
    # A thread, as start-up reads files.
    return await aiohttp_client(await asyncio.to_thread(town.build_app))
