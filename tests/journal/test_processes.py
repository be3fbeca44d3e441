"""Several processes, one meeting: gapless, none twice, whatever Redis does."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from folkmoot.journal import Journal
from folkmoot.journal.redis_doorbell import RedisDoorbell
from folkmoot.store import Database
from tests.journal.meeting import make_meeting
from tests.journal.process import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.servers import RedisServer

ROOT = Path(__file__).parents[2]


class Process:
    """A journal in another process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, line: str) -> Any:
        self._process.stdin.write(f"{line}\n".encode())
        return await self.answer()

    async def answer(self) -> Any:
        return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def started(
    database_url: str, redis_url: str, meeting_id: str, name: str
) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.journal.process",
        database_url,
        redis_url,
        meeting_id,
        name,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'server'}"},
    )
    try:
        other = Process(process)
        assert await other.answer() == "ready"
        yield other
        process.stdin.write(b"quit\n")
        await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.timeout(120)
async def test_processes_that_write_at_once_leave_no_gap(database_url: str) -> None:
    database = await Database.open(database_url)
    meeting = await make_meeting(Journal(database))
    await meeting.journal.aclose()
    where = (database_url, "-", meeting.meeting_id)
    async with (
        started(*where, "one") as one,
        started(*where, "two") as two,
        started(*where, "three") as three,
    ):
        written = await asyncio.gather(
            *(process.ask("post 40") for process in (one, two, three))
        )
        again = await one.ask("post 1")
    numbers = [seq for seqs in (*written, again) for seq in seqs]
    assert sorted(numbers) == list(range(3, 3 + 121))
    reader = Journal(database)
    page = await reader.entries(meeting.meeting_id, "public")
    assert [e["seq"] for e in page.entries] == list(range(1, 124))
    names = Counter(e["data"].get("author_id") for e in page.entries)
    assert (names["b_one"], names["b_two"], names["b_three"]) == (41, 40, 40)
    assert (await reader.snapshot(meeting.meeting_id, "public")).seq == 123
    own = await reader.entries(meeting.meeting_id, "member:b_two")
    assert [e["seq"] for e in own.entries] == list(range(1, 41))
    await reader.aclose()
    await database.aclose()


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.timeout(120)
async def test_two_servers_lose_nothing_while_redis_is_gone(
    fresh_postgres_url: str, redis_server: RedisServer
) -> None:
    database = await Database.open(fresh_postgres_url)
    bell = RedisDoorbell(redis_server.url)
    journal = Journal(database, doorbell=bell)
    await journal.start()
    meeting = await make_meeting(journal)
    here = Server(journal, meeting.meeting_id, "here")
    await bell.connected.wait()
    where = (fresh_postgres_url, redis_server.url, meeting.meeting_id, "there")
    async with started(*where) as there:
        head = 2

        async def write_on_both_sides() -> list[float]:
            """Let each side hear of the other; return how long each waited."""
            nonlocal head
            head = (await there.ask("post 5"))[-1]
            first = await here.wait_for(head)
            head = (await here.post(5))[-1]
            second = await there.ask(f"await {head}")
            return [first["seconds"], second["seconds"]]

        fast = await write_on_both_sides()
        await asyncio.to_thread(redis_server.stop)
        slow = await write_on_both_sides()
        await asyncio.to_thread(redis_server.start)
        await bell.connected.wait()
        healed = await write_on_both_sides()
        heard_there = (await there.ask(f"await {head}"))["heard"]
    assert max(fast) < 2
    assert max(slow) < 10
    assert max(healed) < 10
    # Each side heard every number once and in order: also its own.
    assert here.heard == list(range(3, 33))
    assert heard_there == list(range(3, 33))
    page = await journal.entries(meeting.meeting_id, "public")
    assert [e["seq"] for e in page.entries] == list(range(1, 33))
    await journal.aclose()
    await database.aclose()
