"""A town in full swing, its pages on a real port."""

from __future__ import annotations

import asyncio
import copy
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from tests.pages.town import Town, hold_forum, hold_others, open_town


class Held(NamedTuple):
    """A town in which everything has been said; only its data outlives it."""

    data: Path
    town: Town
    forum: SimpleNamespace


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Hold the meeting in full swing and the others once, for all tests to copy."""

    async def hold(data: Path) -> Held:
        async with open_town(data) as town:
            forum = await hold_forum(town)
            await hold_others(town)
        return Held(data, town, forum)

    return asyncio.run(hold(tmp_path_factory.mktemp("held")))


@pytest.fixture
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Return an empty town, or for a test of the forum the one where it is held."""
    if "forum" not in request.fixturenames:
        async with open_town(tmp_path) as town:
            yield town
        return
    held: Held = request.getfixturevalue("held")
    await asyncio.to_thread(shutil.copytree, held.data, tmp_path, dirs_exist_ok=True)
    async with open_town(tmp_path) as town:
        town.clock.now = held.town.clock.now
        town.webcast.rooms |= held.town.webcast.rooms
        yield town


@pytest.fixture
async def forum(town: Town, held: Held) -> SimpleNamespace:
    """Return the meeting in full swing; others are there too."""
    # Its people act in the town of the test.
    return copy.deepcopy(held.forum, {id(held.town): town})


@pytest.fixture
async def visitor(town: Town, aiohttp_client: Callable[..., Any]) -> Any:
    """Return somebody's browser without script."""
    # A thread, as start-up reads files.
    return await aiohttp_client(await asyncio.to_thread(town.build_app))
