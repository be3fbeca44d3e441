"""A process with a journal of its own, told what to do line by line.

`python -m tests.journal.process DATABASE REDIS|- MEETING NAME`, then on standard
input `post N` (N posts at once, each sent twice), `await SEQ` or `quit`. Answers
each with a line of JSON. What a follower heard comes with `await`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.journal import (
    ClientStamp,
    Doorbell,
    Journal,
    LocalDoorbell,
)
from folkmoot.journal.redis_doorbell import RedisDoorbell
from folkmoot.store import Database


class Server:
    """What one serving process does with a meeting."""

    def __init__(self, journal: Journal, meeting_id: str, name: str) -> None:
        self.journal = journal
        self.meeting_id = meeting_id
        self.actor = Actor(f"b_{name}", name)
        self.heard: list[int] = []
        self._sent = 0
        journal.follow(self._hear)

    def _hear(self, change: Any) -> None:
        first, last = change.feeds.get("public", (1, 0))
        self.heard += range(first, last + 1)

    async def post(self, count: int) -> list[int]:
        """Post, everything sent twice; return the numbers of the public feed."""
        command = cmd.PostContribution(text=f"from {self.actor.name}")
        sent = []
        for _ in range(count):
            self._sent += 1
            client = ClientStamp(str(self.actor.member_id), "x", self._sent)
            sent += [
                self.journal.submit(
                    self.meeting_id, command, actor=self.actor, client=client
                )
                for _ in range(2)
            ]
        answers = await asyncio.gather(*sent)
        return sorted({answer.seq for answer in answers if hasattr(answer, "seq")})

    async def wait_for(self, seq: int) -> dict[str, Any]:
        """Wait until the public feed is known up to `seq`."""
        started = time.monotonic()
        await self.journal.wait_beyond(self.meeting_id, "public", seq - 1)
        return {"heard": self.heard, "seconds": time.monotonic() - started}


async def serve(database_url: str, redis_url: str, meeting_id: str, name: str) -> None:
    database = await Database.open(database_url)
    bell: Doorbell = LocalDoorbell() if redis_url == "-" else RedisDoorbell(redis_url)
    journal = Journal(database, doorbell=bell)
    await journal.start()
    await journal.open(meeting_id)
    server = Server(journal, meeting_id, name)
    if isinstance(bell, RedisDoorbell):
        await bell.connected.wait()
    print(json.dumps("ready"), flush=True)
    async for line in _lines():
        word, _, number = line.partition(" ")
        if word == "post":
            print(json.dumps(await server.post(int(number))), flush=True)
        elif word == "await":
            print(json.dumps(await server.wait_for(int(number))), flush=True)
        else:
            break
    await journal.aclose()
    await database.aclose()


async def _lines() -> AsyncIterator[str]:
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.strip()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
