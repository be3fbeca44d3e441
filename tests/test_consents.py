"""What people agreed to ends when it is over, also while nobody was there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.feeds import PUBLIC
from folkmoot.due.consents import ConsentKeeper
from folkmoot.due.jobs import Jobs
from folkmoot.journal import Accepted, Journal
from folkmoot.store.database import Database
from folkmoot.store.jobs import job_by_id
from folkmoot.tasks import TaskOwner

ANN = Actor("b_ann", "Ann")
MODERATOR = Actor("b_mod", "Mo", frozenset({"moderate"}))
ORGANISER = Actor("b_org", "Ola", frozenset({"organise"}))
SECRET = "a-bench-under-the-lime-tree"


class House:
    """A journal, its jobs and the keeper, on one clock that can be moved."""

    def __init__(self, database: Database, journal: Journal, jobs: Jobs) -> None:
        self.database = database
        self.journal = journal
        self.jobs = jobs
        self.meeting_id = ""

    async def do(self, command: cmd.Command, actor: Actor) -> Accepted:
        answer = await self.journal.submit(self.meeting_id, command, actor=actor)
        assert isinstance(answer, Accepted), answer
        return answer

    async def tell_story(self, **terms: object) -> str:
        """Post a story that its author has released."""
        consent = cmd.ConsentTerms(audience="public", **terms)  # type: ignore[arg-type]
        post = cmd.PostContribution(text=SECRET, kind="story", consent=consent)
        story = str((await self.do(post, ANN)).data["contribution_id"])
        await self.do(cmd.PublishContribution(contribution_id=story), MODERATOR)
        await self.do(cmd.ReleaseConsent(contribution_id=story), ANN)
        return story

    async def shown(self, story: str) -> bool:
        state = (await self.journal.snapshot(self.meeting_id, PUBLIC)).state
        return not state["contributions"][story]["withdrawn"]


@asynccontextmanager
async def open_house(folder: Path, clock: list[datetime]) -> AsyncIterator[House]:
    database = await Database.open(folder / "folkmoot.db")
    journal = Journal(database, clock=lambda: clock[0])
    await journal.start()
    tasks = TaskOwner()
    jobs = Jobs(database, tasks)
    keeper = ConsentKeeper(journal, database, jobs, tasks)
    await keeper.start()
    jobs.start()
    try:
        yield House(database, journal, jobs)
    finally:
        await tasks.aclose()
        await journal.aclose()
        await database.aclose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Return a clock in a list: the jobs and the journal read its only item."""
    clock = [datetime(2026, 5, 4, 9, tzinfo=UTC)]
    monkeypatch.setattr("folkmoot.due.jobs._now", lambda: clock[0])
    monkeypatch.setattr("folkmoot.due.jobs.LOOK_SECONDS", 0.02)
    return clock


async def _create(house: House) -> None:
    made = await house.journal.create_meeting(
        cmd.CreateMeeting(title="Square", slug="square"), actor=SYSTEM
    )
    house.meeting_id = made.meeting_id
    await house.do(cmd.OpenMeeting(), ORGANISER)


async def _until(house: House, story: str, *, shown: bool) -> None:
    async with asyncio.timeout(45):
        while await house.shown(story) != shown:
            await asyncio.sleep(0.02)


async def test_it_ends_at_its_time_and_its_bytes_leave_the_files(
    tmp_path: Path, clock: list[datetime]
) -> None:
    async with open_house(tmp_path, clock) as house:
        await _create(house)
        story = await house.tell_story(until=clock[0] + timedelta(days=30))
        clock[0] += timedelta(days=16, minutes=1)
        own = "member:b_ann"
        async with asyncio.timeout(45):
            while True:
                state = (await house.journal.snapshot(house.meeting_id, own)).state
                if state["consents"][story]["reminded"]:
                    break
                await asyncio.sleep(0.02)
        assert await house.shown(story)
        clock[0] += timedelta(days=14)
        await _until(house, story, shown=False)
        # The log is emptied at once; nothing of the words is in any file.
        async with asyncio.timeout(45):
            while any(SECRET.encode() in data for data in _files(tmp_path)):
                await asyncio.sleep(0.05)


async def test_what_came_due_while_nobody_was_there_ends_at_the_start(
    tmp_path: Path, clock: list[datetime]
) -> None:
    async with open_house(tmp_path, clock) as house:
        await _create(house)
        meeting_id = house.meeting_id
        story = await house.tell_story(until=clock[0] + timedelta(days=30))
    clock[0] += timedelta(days=31)
    async with open_house(tmp_path, clock) as house:
        house.meeting_id = meeting_id
        await _until(house, story, shown=False)


async def test_a_renewal_makes_the_old_end_void(
    tmp_path: Path, clock: list[datetime]
) -> None:
    async with open_house(tmp_path, clock) as house:
        await _create(house)
        until = clock[0] + timedelta(days=2)
        story = await house.tell_story(until=until)
        renewal = cmd.RenewConsent(
            contribution_id=story, until=until + timedelta(days=365)
        )
        await house.do(renewal, ANN)
        clock[0] = until + timedelta(hours=1)
        old = f"consent:{house.meeting_id}:{until.isoformat()}"
        async with asyncio.timeout(45):
            # Its job was done, and found nothing to do.
            while await house.database.read(lambda c: job_by_id(c, old)):
                await asyncio.sleep(0.02)
        assert await house.shown(story)


async def test_in_the_meeting_only_is_gone_when_it_has_ended(
    tmp_path: Path, clock: list[datetime]
) -> None:
    async with open_house(tmp_path, clock) as house:
        await _create(house)
        story = await house.tell_story()
        await house.do(cmd.RenewConsent(contribution_id=story, audience="meeting"), ANN)
        await house.do(cmd.EndMeeting(), ORGANISER)
        await _until(house, story, shown=False)


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
