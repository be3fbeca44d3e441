"""A question about a meeting waits until that meeting's rooms are open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM
from folkmoot.journal import Journal
from folkmoot.media.deliver.opening import make_opening
from folkmoot.store import catalogue
from folkmoot.store.database import Database

if TYPE_CHECKING:
    from pathlib import Path


class Rooms:
    """Rooms that a test opens."""

    def __init__(self) -> None:
        self.is_opening = True
        self.asked: list[str] = []
        self.opened = asyncio.Event()

    async def await_open(self, meeting_id: str) -> None:
        """Wait for the test."""
        self.asked.append(meeting_id)
        await self.opened.wait()


async def _answer(_request: web.Request) -> web.Response:
    return web.Response(text="here")


@pytest.mark.parametrize("named_by", ["slug", "public_path", "meeting_id"])
async def test_an_address_of_a_meeting_waits_and_no_other(
    tmp_path: Path, named_by: str
) -> None:
    database = await Database.open(tmp_path / "folkmoot.db")
    journal = Journal(database)
    await journal.start()
    made = await journal.create_meeting(
        cmd.CreateMeeting(title="Old", slug="old", rooms=[cmd.RoomSpec(name="Hall")]),
        actor=SYSTEM,
    )
    row = await database.read(lambda c: catalogue.meeting_by_id(c, made.meeting_id))
    assert row is not None
    rooms = Rooms()
    app = web.Application(middlewares=[make_opening(rooms, database)])
    app.router.add_get(f"/{{{named_by}}}/page", _answer)
    app.router.add_get("/", _answer)
    async with TestClient(TestServer(app)) as client:
        assert await (await client.get("/")).text() == "here"
        assert (await client.get("/nobody")).status == 404
        assert rooms.asked == []
        asking = asyncio.create_task(client.get(f"/{getattr(row, named_by)}/page"))
        async with asyncio.timeout(45):
            while rooms.asked != [made.meeting_id]:
                await asyncio.sleep(0.01)
        assert not asking.done()
        rooms.opened.set()
        assert (await asking).status == 200
        rooms.is_opening = False
        assert (await client.get(f"/{getattr(row, named_by)}/page")).status == 200
        assert rooms.asked == [made.meeting_id]
    await journal.aclose()
    await database.aclose()
