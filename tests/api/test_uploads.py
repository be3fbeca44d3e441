"""Uploads of recordings that go on after a break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from folkmoot.api.recordings import uploads
from folkmoot.api.uploads import UploadShelf
from tests.api.test_recordings import PATH, Importer, left
from tests.gateway.house import House, open_house

FILM = bytes(range(256)) * 12_000
ID = {"Upload-Id": "film-of-monday"}
TODAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def importer() -> Importer:
    """Return an importer."""
    return Importer()


@pytest.fixture
async def house(tmp_path: Path, importer: Importer) -> AsyncIterator[House]:
    """Run the service with it."""
    async with open_house(tmp_path, import_recording=importer) as house:
        await house.make()
        yield house


async def put(
    house: House, start: int, end: int, *, total: int = len(FILM), **more: Any
) -> tuple[int, Any, Any]:
    """Send the film's bytes from `start` up to before `end`."""
    return await house.ask(
        "PUT",
        PATH,
        FILM[start:end],
        admin=True,
        headers={**ID, "Content-Range": f"bytes {start}-{end - 1}/{total}", **more},
    )


async def kept(house: House) -> int:
    """Return how many bytes the service says that it has."""
    path = f"{PATH}/upload"
    status, answer, headers = await house.ask("GET", path, admin=True, headers=ID)
    token = await asyncio.to_thread(lambda: house.admin_token)
    authorized = {**ID, "Authorization": f"Bearer {token}"}
    async with house.http.head(house.url + path, headers=authorized) as bare:
        assert int(bare.headers["Upload-Offset"]) >= 0
    assert status == 200
    offset = int(headers["Upload-Offset"])
    assert answer == {"offset": offset}
    return offset


async def break_off(house: House, start: int, sent: int) -> None:
    """Begin to send the rest of the film and hang up; wait until it is noticed."""
    host, port = house.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    token = await asyncio.to_thread(lambda: house.admin_token)
    rest = len(FILM) - start
    writer.write(
        f"PUT {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: video/mp4\r\nContent-Length: {rest}\r\n"
        f"Upload-Id: {ID['Upload-Id']}\r\n"
        f"Content-Range: bytes {start}-{len(FILM) - 1}/{len(FILM)}\r\n\r\n".encode()
    )
    writer.write(FILM[start : start + sent])
    await writer.drain()
    async with asyncio.timeout(45):
        while await kept(house) <= start:
            await asyncio.sleep(0.01)
    writer.close()


async def test_a_film_goes_on_after_its_connection_broke(
    house: House, importer: Importer
) -> None:
    await break_off(house, 0, 1_200_000)
    offset = await kept(house)
    assert 0 < offset <= 1_200_000
    status, answer, _ = await put(house, offset, len(FILM))
    assert (status, answer) == (202, {"bytes": len(FILM), "state": "importing"})
    assert [given["content"] for given in importer.given] == [FILM]
    assert await left(house) == []
    assert await kept(house) == 0


async def test_a_film_comes_in_parts(house: House, importer: Importer) -> None:
    status, answer, headers = await put(house, 0, 1000)
    assert (status, answer) == (202, {"bytes": 1000, "state": "receiving"})
    assert headers["Upload-Offset"] == "1000"
    assert importer.given == []
    # Bytes may come twice: those of the newer request count.
    await put(house, 900, 2000)
    assert await kept(house) == 2000
    await put(house, 2000, len(FILM))
    assert [given["content"] for given in importer.given] == [FILM]


async def test_a_gap_is_refused_with_the_byte_to_go_on_with(
    house: House, importer: Importer
) -> None:
    await put(house, 0, 1000)
    status, problem, _ = await put(house, 1001, 2000)
    assert (status, problem["code"], problem["offset"]) == (409, "wrong_offset", 1000)
    assert await kept(house) == 1000


async def test_parts_outlive_a_restart_for_a_day(
    tmp_path: Path, importer: Importer
) -> None:
    now = [TODAY]

    def open_again() -> Any:
        return open_house(tmp_path, import_recording=importer, clock=lambda: now[0])

    async with open_again() as house:
        await house.make()
        await put(house, 0, 1000)
    now[0] += timedelta(hours=23, minutes=59)
    async with open_again() as house:
        assert await kept(house) == 1000
        await put(house, 1000, 2000)
    now[0] += timedelta(hours=23, minutes=59)
    async with open_again() as house:
        assert await kept(house) == 2000
    now[0] += timedelta(minutes=2)
    async with open_again() as house:
        assert await kept(house) == 0
        assert await left(house) == []


def test_what_is_being_sent_is_not_cleared(tmp_path: Path) -> None:
    shelf = UploadShelf(uploads(tmp_path))
    shelf.clear_parts()
    with shelf.use("m", "r", "long-film") as upload:
        upload.file.touch()
        far = datetime.now(UTC) + timedelta(days=9)
        shelf.clear(far)
        assert upload.file.exists()
    shelf.clear(far)
    assert not upload.file.exists()


async def test_an_older_request_stops_when_its_client_comes_back(
    house: House, importer: Importer
) -> None:
    host, port = house.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = await asyncio.to_thread(lambda: house.admin_token)
    writer.write(
        f"PUT {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: video/mp4\r\nContent-Length: {len(FILM)}\r\n"
        f"Upload-Id: {ID['Upload-Id']}\r\n\r\n".encode()
    )
    writer.write(FILM[: 1 << 20])
    await writer.drain()
    async with asyncio.timeout(45):
        while not (offset := await kept(house)):
            await asyncio.sleep(0.01)
    await put(house, offset, offset + 10)
    writer.write(FILM[1 << 20 :])
    async with asyncio.timeout(45):
        assert b"upload_taken_over" in await reader.readuntil(b"}")
    writer.close()
    assert await kept(house) == offset + 10


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Range": "bytes 0-3/9"}, "bad_upload_id"),
        ({"Upload-Id": "../../etc"}, "bad_upload_id"),
        ({**ID, "Content-Range": "bytes 0-3/3"}, "bad_range"),
        ({**ID, "Content-Range": "bytes 0-2/9"}, "bad_range"),
        ({**ID, "Content-Range": "bytes */9"}, "bad_range"),
    ],
)
async def test_bad_headers(house: House, headers: dict[str, str], code: str) -> None:
    status, problem, _ = await house.ask(
        "PUT", PATH, b"film", admin=True, headers=headers
    )
    assert (status, problem["code"]) == (422, code)
    assert await left(house) == []


async def test_uploads_are_organisers_business_and_each_room_s_own(
    house: House,
) -> None:
    ann = await house.join()
    path = f"{PATH}/upload"
    status, problem, _ = await house.ask("GET", path, token=ann.token, headers=ID)
    assert (status, problem["code"]) == (403, "not_allowed")
    await put(house, 0, 1000)
    other = path.replace("hall", "barn")
    _, answer, _ = await house.ask("GET", other, admin=True, headers=ID)
    assert answer == {"offset": 0}
