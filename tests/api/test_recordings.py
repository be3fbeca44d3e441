"""Uploads of recordings: whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from folkmoot.api.recordings import uploads
from folkmoot.core.refusals import Refusal
from tests.gateway.house import House, open_house

PATH = "/api/v1/meetings/moot/rooms/hall/recording"


class Importer:
    """Keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []
        self.refuse = False

    async def __call__(
        self, meeting_id: str, room_id: str, file: Path, **more: Any
    ) -> None:
        content = await asyncio.to_thread(file.read_bytes)
        await asyncio.to_thread(file.unlink)
        if self.refuse:
            raise Refusal("recording_overlaps", "There is a recording of that time.")
        self.given.append({"room_id": room_id, "content": content, **more})


@pytest.fixture
def importer() -> Importer:
    """Return an importer."""
    return Importer()


@pytest.fixture
async def house(tmp_path: Path, importer: Importer) -> AsyncIterator[House]:
    """Run the service with it."""
    async with open_house(tmp_path, import_recording=importer) as house:
        yield house


async def left(house: House) -> list[str]:
    folder = uploads(house.data_dir)
    return await asyncio.to_thread(lambda: [p.name for p in folder.iterdir()])


async def test_a_film_is_handed_on_whole(house: House, importer: Importer) -> None:
    made = await house.make()
    film = bytes(range(256)) * 12_000
    status, answer, _ = await house.ask(
        "PUT",
        f"{PATH}?starts_at=2026-05-04T09:00:00Z",
        film,
        admin=True,
        headers={"X-File-Name": "film.mp4"},
    )
    assert (status, answer) == (202, {"bytes": len(film), "state": "importing"})
    assert importer.given == [
        {
            "room_id": made["rooms"][0]["id"],
            "content": film,
            "starts_at": datetime(2026, 5, 4, 9, tzinfo=UTC),
            "name": "film.mp4",
            "fill": False,
            "look": False,
        }
    ]
    assert await left(house) == []
    _ = await house.ask("PUT", f"{PATH}?fill=true", film, admin=True)
    assert importer.given[-1]["fill"] is True


async def test_an_upload_that_breaks_off_leaves_nothing(
    house: House, importer: Importer
) -> None:
    await house.make()
    host, port = house.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = await asyncio.to_thread(lambda: house.admin_token)
    writer.write(
        f"PUT {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: video/mp4\r\nContent-Length: 200000000\r\n\r\n".encode()
    )
    for _ in range(4):
        writer.write(b"x" * (1 << 20))
        await writer.drain()
    async with asyncio.timeout(45):
        while not await left(house):
            await asyncio.sleep(0.01)
    writer.close()
    async with asyncio.timeout(45):
        while await left(house):
            await asyncio.sleep(0.02)
    assert importer.given == []
    del reader


async def test_a_full_disk_is_told_before_anything_is_sent(
    tmp_path: Path, importer: Importer
) -> None:
    async with open_house(
        tmp_path, import_recording=importer, disk_reserve_mb=1 << 40
    ) as house:
        await house.make()
        status, problem, _ = await house.ask("PUT", PATH, b"film", admin=True)
        assert (status, problem["code"]) == (507, "disk_full")
        assert await left(house) == []


async def test_refusals(house: House, importer: Importer) -> None:
    await house.make()
    ann = await house.join()
    status, problem, _ = await house.ask("PUT", PATH, b"film", token=ann.token)
    assert (status, problem["code"]) == (403, "not_allowed")
    status, problem, _ = await house.ask("PUT", PATH, b"", admin=True)
    assert (status, problem["code"]) == (422, "empty_file")
    importer.refuse = True
    status, problem, _ = await house.ask("PUT", PATH, b"film", admin=True)
    assert (status, problem["code"]) == (409, "recording_overlaps")
    assert await left(house) == []


async def test_what_an_ended_process_left_is_cleared(
    tmp_path: Path, importer: Importer
) -> None:
    folder = uploads(tmp_path)
    await asyncio.to_thread(folder.mkdir, parents=True)
    await asyncio.to_thread((folder / "old.part").write_bytes, b"half")
    async with open_house(tmp_path, import_recording=importer) as house:
        assert await left(house) == []
