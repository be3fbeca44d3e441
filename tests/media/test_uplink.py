from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from folkmoot.media.ingest.source import UnknownStreamKey
from folkmoot.media.ingest.uplink import (
    MAX_EARLY_CHUNKS,
    BeginAnew,
    Place,
    Superseded,
    Uplink,
    UplinkRefused,
    Uplinks,
)
from folkmoot.tasks import TaskOwner
from tests.media.publishing import FakeDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WEBM = b"\x1a\x45\xdf\xa3"
LINE = object()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def uplink(desk: FakeDesk) -> Uplink:
    uplink = Uplink(desk, "KEY", peer="phone")
    uplink.hold(LINE)
    return uplink


@pytest.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    owner = TaskOwner()
    yield owner
    await owner.aclose()


def chunk(number: int) -> bytes:
    return WEBM if number == 0 else f"<{number}>".encode()


async def test_chunks_reach_one_publication_in_order(
    desk: FakeDesk, uplink: Uplink
) -> None:
    for number in range(3):
        assert await uplink.take(LINE, 0, number, chunk(number)) == Place(0, number + 1)
    await uplink.finish()
    assert bytes(desk.last.data) == WEBM + b"<1><2>"
    assert desk.containers == ["matroska"]
    assert desk.last.reasons == ["The camera was switched off."]


async def test_what_comes_twice_is_dropped(desk: FakeDesk, uplink: Uplink) -> None:
    for number in (0, 1, 0, 1, 2, 2):
        await uplink.take(LINE, 0, number, chunk(number))
    assert bytes(desk.last.data) == WEBM + b"<1><2>"
    assert uplink.duplicates == 3


async def test_what_comes_early_waits_for_its_place(
    desk: FakeDesk, uplink: Uplink
) -> None:
    await uplink.take(LINE, 0, 0, chunk(0))
    for number in (3, 2, 3):
        assert await uplink.take(LINE, 0, number, chunk(number)) == Place(0, 1)
    assert await uplink.take(LINE, 0, 1, chunk(1)) == Place(0, 4)
    assert bytes(desk.last.data) == WEBM + b"<1><2><3>"


async def test_what_comes_much_too_early_is_not_kept(
    desk: FakeDesk, uplink: Uplink
) -> None:
    await uplink.take(LINE, 0, 0, chunk(0))
    for number in range(2, 4 + MAX_EARLY_CHUNKS):
        await uplink.take(LINE, 0, number, b"x")
    assert await uplink.take(LINE, 0, 1, b"x") == Place(0, 2 + MAX_EARLY_CHUNKS)
    assert bytes(desk.last.data) == WEBM + b"x" * (1 + MAX_EARLY_CHUNKS)


async def test_a_new_recorder_begins_a_publication_of_its_own(
    desk: FakeDesk, uplink: Uplink
) -> None:
    await uplink.take(LINE, 0, 0, chunk(0))
    assert await uplink.take(LINE, 2, 0, WEBM + b"new") == Place(2, 1)
    assert await uplink.take(LINE, 0, 1, chunk(1)) == Place(2, 1)
    first, second = desk.publications
    assert first.reasons == ["The camera began anew."]
    assert bytes(second.data) == WEBM + b"new"


async def test_an_older_connection_may_not_go_on(uplink: Uplink) -> None:
    newer = object()
    uplink.hold(newer)
    with pytest.raises(Superseded):
        await uplink.take(LINE, 0, 0, chunk(0))
    assert await uplink.take(newer, 0, 0, chunk(0)) == Place(0, 1)


async def test_after_a_publication_was_ended_only_a_new_stream_goes_on(
    desk: FakeDesk, uplink: Uplink
) -> None:
    await uplink.take(LINE, 0, 0, chunk(0))
    desk.last.revoked = "The encoder on the server hung."
    with pytest.raises(BeginAnew, match="hung"):
        await uplink.take(LINE, 0, 1, chunk(1))
    with pytest.raises(BeginAnew):
        await uplink.take(LINE, 0, 2, chunk(2))
    assert await uplink.take(LINE, 1, 0, chunk(0)) == Place(1, 1)


async def test_what_no_browser_records_is_refused(uplink: Uplink) -> None:
    with pytest.raises(UplinkRefused) as refused:
        await uplink.take(LINE, 0, 0, b"no film at all " * 40)
    assert refused.value.code == "unknown_container"


async def test_a_first_chunk_may_be_a_single_byte(
    desk: FakeDesk, uplink: Uplink
) -> None:
    assert await uplink.take(LINE, 0, 0, WEBM[:1]) == Place(0, 1)
    assert await uplink.take(LINE, 0, 1, WEBM[1:] + b"on") == Place(0, 2)
    assert bytes(desk.last.data) == WEBM + b"on"


async def test_a_void_key_is_refused(desk: FakeDesk) -> None:
    uplink = Uplink(desk, "OTHER", peer="phone")
    uplink.hold(LINE)
    with pytest.raises(UnknownStreamKey):
        await uplink.take(LINE, 0, 0, chunk(0))


async def test_a_session_is_carried_on_by_another_connection(
    desk: FakeDesk, tasks: TaskOwner
) -> None:
    uplinks = Uplinks(desk, tasks, resume_seconds=30)
    first, resumed = uplinks.open("KEY", "name", LINE, peer="phone")
    assert not resumed
    await first.take(LINE, 0, 0, chunk(0))
    uplinks.leave("name", first, LINE)
    other = object()
    again, resumed = uplinks.open("KEY", "name", other, peer="phone")
    assert (again is first, resumed, again.wanted) == (True, True, Place(0, 1))
    uplinks.leave("name", first, LINE)  # the old socket's end comes late
    await again.take(other, 0, 1, chunk(1))
    await uplinks.aclose()
    assert bytes(desk.last.data) == WEBM + b"<1>"
    assert desk.last.reasons == ["The service is stopping."]


async def test_a_session_ends_when_nobody_comes_back(
    desk: FakeDesk, tasks: TaskOwner
) -> None:
    uplinks = Uplinks(desk, tasks, resume_seconds=0.01)
    uplink, _ = uplinks.open("KEY", "name", LINE, peer="phone")
    await uplink.take(LINE, 0, 0, chunk(0))
    uplinks.leave("name", uplink, LINE)
    async with asyncio.timeout(45):
        await desk.last.closed.wait()
    assert desk.last.reasons == ["The camera's connection was lost."]
    _, resumed = uplinks.open("KEY", "name", LINE, peer="phone")
    assert not resumed


async def test_all_sessions_of_a_room_can_be_ended(
    desk: FakeDesk, tasks: TaskOwner
) -> None:
    uplinks = Uplinks(desk, tasks)
    uplink, _ = uplinks.open("KEY", "name", LINE, peer="phone")
    await uplink.take(LINE, 0, 0, chunk(0))
    await uplinks.end_all("KEY", "The link was made void.")
    assert desk.last.reasons == ["The link was made void."]
    with pytest.raises(BeginAnew):
        await uplink.take(LINE, 0, 1, chunk(1))
