"""What is held back until a moment comes out at it, also after a kill or a moved clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from folkmoot.core.commands import CreateMeeting, HoldEmbargo
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.feeds import PUBLIC
from folkmoot.due import jobs as module
from folkmoot.due.embargoes import Embargoes
from folkmoot.due.jobs import Jobs
from folkmoot.journal import Accepted, Journal
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

MODERATOR = Actor("b_mod", "Mo", frozenset({"moderate"}))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for work without a pause."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty store."""
    database = await Database.open(tmp_path / "folkmoot.db")
    yield database
    await database.aclose()


class Clock:
    """The time of day, which somebody may set."""

    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off


class House:
    """A journal and its work, that can be killed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.tasks = TaskOwner()
        self.journal = Journal(database, clock=clock)
        self.jobs = Jobs(database, self.tasks)
        self.embargoes = Embargoes(
            self.journal, database, self.jobs, self.tasks, clock=clock
        )

    async def start(self, *, with_jobs: bool = True) -> None:
        await self.journal.start()
        if with_jobs:
            await self.embargoes.start()
            self.jobs.start()

    async def kill(self) -> None:
        await self.tasks.aclose()
        await self.journal.aclose()

    async def hold(self, meeting_id: str, text: str, seconds: float) -> None:
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        held = HoldEmbargo(
            type="contribution.post", data={"text": text}, when="time", release_at=at
        )
        answer = await self.journal.submit(meeting_id, held, actor=MODERATOR)
        assert isinstance(answer, Accepted), answer

    async def public(self, meeting_id: str) -> list[str]:
        state = (await self.journal.snapshot(meeting_id, PUBLIC)).state
        return [one["content"]["text"] for one in state["contributions"].values()]

    async def until(self, meeting_id: str, wanted: list[str]) -> None:
        async with asyncio.timeout(45):
            while await self.public(meeting_id) != wanted:
                await asyncio.sleep(0.02)


async def _meeting(house: House) -> str:
    made = await house.journal.create_meeting(
        CreateMeeting(title="Square", slug="square"), actor=SYSTEM
    )
    return made.meeting_id


async def test_each_comes_out_at_its_moment_and_not_before(database: Database) -> None:
    house = House(database, Clock())
    await house.start()
    meeting_id = await _meeting(house)
    began = datetime.now(UTC)
    await house.hold(meeting_id, "second", 2.0)
    await house.hold(meeting_id, "first", 0.5)
    shown = await house.public(meeting_id)
    assert shown == [] or datetime.now(UTC) - began > timedelta(seconds=0.5)
    await house.until(meeting_id, ["first", "second"])
    await house.kill()


async def test_what_a_killed_service_held_comes_out_after_its_return(
    database: Database,
) -> None:
    # Killed after the entry was kept and before there was a job for it.
    house = House(database, Clock())
    await house.start(with_jobs=False)
    meeting_id = await _meeting(house)
    await house.hold(meeting_id, "held", 0.5)
    await house.kill()
    await asyncio.sleep(0.6)
    again = House(database, Clock())
    await again.start()
    await again.until(meeting_id, ["held"])
    await again.kill()


async def test_clock_set_back_lets_nothing_out_early_and_nothing_is_forgotten(
    database: Database,
) -> None:
    clock = Clock()
    house = House(database, clock)
    await house.start()
    meeting_id = await _meeting(house)
    clock.off = timedelta(seconds=-1)
    before = datetime.now(UTC)
    await house.hold(meeting_id, "held", 0.4)
    await asyncio.sleep(0.5)
    if datetime.now(UTC) - before < timedelta(seconds=0.9):
        # The job has called by now; for the journal it was too early.
        assert await house.public(meeting_id) == []
    await house.until(meeting_id, ["held"])
    await house.kill()
