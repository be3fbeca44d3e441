"""Durable work: done once, tried again, given up, never in the way of other work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from folkmoot.core.commands import CreateMeeting
from folkmoot.core.decision import SYSTEM
from folkmoot.core.refusals import Refusal
from folkmoot.due import jobs as module
from folkmoot.due.jobs import MAX_ATTEMPTS, Jobs
from folkmoot.due.timekeeper import Timekeeper
from folkmoot.journal import Journal
from folkmoot.store import jobs as rows
from folkmoot.store.database import Database
from folkmoot.store.jobs import Job
from folkmoot.tasks import TaskOwner

Body = Mapping[str, Any]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty store."""
    database = await Database.open(tmp_path / "folkmoot.db")
    yield database
    await database.aclose()


@pytest.fixture
async def tasks(database: Database) -> AsyncIterator[TaskOwner]:
    """Tasks that end before the store does."""
    owner = TaskOwner()
    yield owner
    await owner.aclose()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for work without a pause."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)


async def find(database: Database, job_id: str) -> Job | None:
    """Read a job."""
    return await database.read(lambda c: rows.job_by_id(c, job_id))


async def wait_for(database: Database, job_id: str, **wanted: object) -> Job | None:
    """Wait until a job is gone, or has what is wanted."""
    async with asyncio.timeout(45):
        while True:
            job = await find(database, job_id)
            if job is None or (
                wanted and all(getattr(job, name) == v for name, v in wanted.items())
            ):
                return job
            await asyncio.sleep(0.01)


async def test_a_job_is_done_once(database: Database, tasks: TaskOwner) -> None:
    done: list[Body] = []

    async def work(body: Body) -> None:
        done.append(body)

    jobs = Jobs(database, tasks)
    jobs.handle("count", work)
    jobs.start()
    await jobs.add("count", {"n": 1}, job_id="j1")
    await jobs.add("count", {"n": 2}, job_id="j1")
    assert await wait_for(database, "j1") is None
    assert done == [{"n": 1}]


async def test_a_kind_that_nobody_knows_here_waits_and_is_in_no_way(
    database: Database, tasks: TaskOwner
) -> None:
    done = asyncio.Event()

    async def work(_body: Body) -> None:
        done.set()

    jobs = Jobs(database, tasks)
    jobs.handle("known", work)
    jobs.start()
    await jobs.add("of.tomorrow", {}, job_id="a")
    await jobs.add("known", {}, job_id="b")
    async with asyncio.timeout(45):
        await done.wait()
    job = await find(database, "a")
    assert job is not None
    assert (job.attempts, job.claimed_by, job.failed_at) == (0, None, None)


async def test_a_refusal_is_final_and_an_error_is_not(
    database: Database, tasks: TaskOwner
) -> None:
    async def refuse(_body: Body) -> None:
        raise Refusal("unreadable", "This film can't be read.")

    async def fail(_body: Body) -> None:
        raise ValueError("for a moment")

    jobs = Jobs(database, tasks)
    jobs.handle("refuse", refuse)
    jobs.handle("fail", fail)
    jobs.start()
    await jobs.add("refuse", {}, job_id="a")
    await jobs.add("fail", {}, job_id="b")
    refused = await wait_for(database, "a", last_error="This film can't be read.")
    assert refused is not None
    assert refused.failed_at is not None
    failed = await wait_for(database, "b", last_error="for a moment")
    assert failed is not None
    assert failed.failed_at is None
    assert failed.run_at > datetime.now(UTC)


async def test_who_is_given_up_is_told(database: Database, tasks: TaskOwner) -> None:
    told: list[tuple[Body, str]] = []

    async def fail(_body: Body) -> None:
        raise ValueError("for ever")

    async def note(body: Body, message: str) -> None:
        told.append((body, message))

    jobs = Jobs(database, tasks)
    jobs.handle("fail", fail, give_up=note)
    await keep(database, "last", attempts=MAX_ATTEMPTS - 1)
    # It was begun so often and never ended: the process died of it each time.
    await keep(database, "deadly", attempts=MAX_ATTEMPTS)
    jobs.start()
    async with asyncio.timeout(45):
        while len(told) < 2:
            await asyncio.sleep(0.01)
    assert sorted(body["id"] for body, _ in told) == ["deadly", "last"]
    assert {message for _, message in told} == {
        "for ever",
        "The service ended each time that it was tried.",
    }
    for job_id in ("last", "deadly"):
        job = await find(database, job_id)
        assert job is not None
        assert job.failed_at is not None


async def keep(database: Database, job_id: str, *, attempts: int) -> None:
    """Keep a job that was tried before."""
    job = Job(
        job_id=job_id,
        kind="fail",
        run_at=datetime.now(UTC),
        body={"id": job_id},
        attempts=attempts,
    )
    await database.run(lambda c: rows.enqueue(c, job))


async def test_an_orderly_end_gives_a_job_back_at_once(database: Database) -> None:
    begun = asyncio.Event()

    async def work(_body: Body) -> None:
        begun.set()
        await asyncio.Event().wait()

    owner = TaskOwner()
    jobs = Jobs(database, owner)
    jobs.handle("long", work)
    jobs.start()
    await jobs.add("long", {}, job_id="a")
    async with asyncio.timeout(45):
        await begun.wait()
    await owner.aclose()
    job = await find(database, "a")
    assert job is not None
    assert (job.attempts, job.claimed_by, job.claimed_until) == (0, None, None)


async def test_a_killed_process_job_is_taken_over(
    database: Database, tasks: TaskOwner
) -> None:
    await keep(database, "a", attempts=0)
    claimed = await database.run(
        lambda c: rows.claim_due(
            c, by="killed", now=datetime.now(UTC), lease=timedelta(hours=1)
        )
    )
    assert [job.job_id for job in claimed] == ["a"]
    done = asyncio.Event()

    async def work(_body: Body) -> None:
        done.set()

    jobs = Jobs(database, tasks)
    jobs.handle("fail", work)
    jobs.start()
    async with asyncio.timeout(45):
        await done.wait()
    assert await wait_for(database, "a") is None


async def test_a_database_away_for_a_moment_ends_nothing(
    database: Database, tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rows.claim_due
    away = iter([True, True])

    def claim(*given: Any, **more: Any) -> Any:
        if next(away, False):
            raise OSError("the database is away")
        return real(*given, **more)

    monkeypatch.setattr(rows, "claim_due", claim)

    async def work(_body: Body) -> None:
        return

    jobs = Jobs(database, tasks)
    jobs.handle("count", work)
    jobs.start()
    await jobs.add("count", {}, job_id="a")
    assert await wait_for(database, "a") is None


# --- opening in time ---------------------------------------------------------


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    """The journal over the store."""
    journal = Journal(database)
    await journal.start()
    yield journal
    await journal.aclose()


async def open_phase(journal: Journal, meeting_id: str) -> None:
    """Wait until the meeting is live."""
    async with asyncio.timeout(45):
        while (await journal.open(meeting_id)).phase != "live":
            await asyncio.sleep(0.01)


async def coming(journal: Journal, seconds: float) -> str:
    """Make a meeting that starts soon."""
    starts_at = datetime.now(UTC) + timedelta(seconds=seconds)
    command = CreateMeeting(title="Soon", slug="soon", starts_at=starts_at)
    return (await journal.create_meeting(command, actor=SYSTEM)).meeting_id


async def test_a_meeting_opens_at_its_time(
    database: Database, journal: Journal
) -> None:
    tasks = TaskOwner()
    jobs = Jobs(database, tasks)
    await Timekeeper(journal, database, jobs, tasks).start()
    jobs.start()
    meeting_id = await coming(journal, 0.3)
    assert (await journal.open(meeting_id)).phase == "upcoming"
    await open_phase(journal, meeting_id)
    await tasks.aclose()


async def test_a_start_kept_before_a_kill_is_still_held(
    database: Database, journal: Journal
) -> None:
    # Nobody followed: as if the process had died before the job was kept.
    meeting_id = await coming(journal, 0.1)
    tasks = TaskOwner()
    jobs = Jobs(database, tasks)
    await Timekeeper(journal, database, jobs, tasks).start()
    jobs.start()
    await open_phase(journal, meeting_id)
    await tasks.aclose()
