from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError, web

from folkmoot.media.ingest.container import recognise_container
from folkmoot.media.ingest.flv import FlvReader, write_header, write_tag
from folkmoot.media.ingest.push import PUSH_PATH, push_handler
from tests.media.publishing import (
    AAC,
    H264,
    FakeDesk,
    make_media,
    picture,
    run,
    some_tags,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp.test_utils import TestClient
    from pytest_aiohttp import AiohttpClient

TAGS = some_tags(0.4)
FLV = write_header() + b"".join(map(write_tag, TAGS))
TS = (b"\x47" + bytes(187)) * 4
WEBM = b"\x1a\x45\xdf\xa3" + bytes(500)
MP4 = b"\x00\x00\x00\x18ftypiso5" + bytes(500)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def open_client(
    aiohttp_client: AiohttpClient, desk: FakeDesk, **options: Any
) -> TestClient[Any, Any]:
    app = web.Application()
    app.router.add_post(PUSH_PATH, push_handler(desk, **options))
    return await aiohttp_client(app)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, desk: FakeDesk) -> TestClient[Any, Any]:
    return await open_client(aiohttp_client, desk)


async def pieces(data: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@pytest.mark.parametrize(
    ("data", "container"),
    [(FLV, "flv"), (TS, "mpegts"), (WEBM, "matroska"), (MP4, "mp4")],
)
async def test_each_container_is_told_by_its_first_bytes(
    client: TestClient[Any, Any], desk: FakeDesk, data: bytes, container: str
) -> None:
    answer = await client.post("/push/KEY", data=pieces(data))
    assert (answer.status, await answer.read()) == (204, b"")
    assert desk.containers == [container]
    assert bytes(desk.last.data) == data
    assert desk.last.reasons == ["The encoder has stopped."]


@pytest.mark.parametrize("data", [b"", b"hello" * 200, b"\x47" + bytes(500)])
async def test_unknown_container_is_415(
    client: TestClient[Any, Any], desk: FakeDesk, data: bytes
) -> None:
    answer = await client.post("/push/KEY", data=data)
    assert answer.status == 415
    assert answer.content_type == "application/problem+json"
    assert (await answer.json())["code"] == "unknown_container"
    assert desk.publications == []


async def test_wrong_key_is_403_and_not_logged(
    client: TestClient[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "folkmoot")
    answer = await client.post("/push/not-the-secret", data=FLV)
    assert answer.status == 403
    assert (await answer.json())["code"] == "unknown_stream_key"
    ours = [r.message for r in caplog.records if r.name.startswith("folkmoot")]
    assert len(ours) == 1
    assert "not-the-secret" not in ours[0]


async def test_key_in_use_is_409(client: TestClient[Any, Any], desk: FakeDesk) -> None:
    await desk.open_publication("KEY", container="flv", peer="other")
    answer = await client.post("/push/KEY", data=FLV)
    assert answer.status == 409
    assert (await answer.json())["code"] == "stream_key_in_use"


async def test_ended_stream_is_410(
    client: TestClient[Any, Any], desk: FakeDesk
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield FLV
        await desk.opened.wait()
        desk.last.revoked = "The meeting has ended."
        for _ in range(9):
            yield write_tag(picture(1000))

    answer = await client.post("/push/KEY", data=body())
    assert answer.status == 410
    assert (await answer.json())["detail"] == "The meeting has ended."
    assert desk.last.reasons == ["The meeting has ended."]


async def test_enhanced_flv_is_415(
    client: TestClient[Any, Any], desk: FakeDesk
) -> None:
    tag = picture(0)
    enhanced = write_tag(type(tag)(tag.kind, 0, b"\x90hvc1"))
    answer = await client.post("/push/KEY", data=write_header() + enhanced)
    assert answer.status == 415
    assert "HEVC" in (await answer.json())["detail"]
    assert desk.last.data == b""


async def test_leaping_clock_is_400(
    client: TestClient[Any, Any], desk: FakeDesk
) -> None:
    answer = await client.post("/push/KEY", data=FLV + write_tag(picture(60_000)))
    assert answer.status == 400
    assert (await answer.json())["code"] == "broken_stream"
    assert desk.last.reasons == ["The encoder's clock jumped by 59.6 s."]


async def test_silent_publisher_is_408(
    aiohttp_client: AiohttpClient, desk: FakeDesk
) -> None:
    client = await open_client(aiohttp_client, desk, idle_seconds=0.05)
    done = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield FLV
        await done.wait()

    answer = await client.post("/push/KEY", data=body())
    assert answer.status == 408
    assert desk.last.reasons == ["Nothing came for 0.05 seconds."]
    done.set()


async def test_dripping_publisher_is_408(
    aiohttp_client: AiohttpClient, desk: FakeDesk
) -> None:
    client = await open_client(aiohttp_client, desk, idle_seconds=0.4)

    async def body() -> AsyncIterator[bytes]:
        yield FLV
        for byte in write_tag(picture(400, size=900)):
            await asyncio.sleep(0.02)
            yield bytes((byte,))

    answer = await client.post("/push/KEY", data=body())
    assert answer.status == 408


async def test_dripping_front_is_408(
    aiohttp_client: AiohttpClient, desk: FakeDesk
) -> None:
    client = await open_client(aiohttp_client, desk, idle_seconds=0.3)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"G"
            await asyncio.sleep(0.02)

    answer = await client.post("/push/KEY", data=body())
    assert answer.status == 408
    assert desk.publications == []


async def test_publisher_far_above_the_limit_is_413(
    aiohttp_client: AiohttpClient, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = {"over_seconds": 0.5}
    monkeypatch.setattr(
        "folkmoot.media.ingest.pace.Pace.__init__.__kwdefaults__", defaults
    )
    client = await open_client(aiohttp_client, desk, max_bits_per_second=1_000_000)
    flood = FLV + write_tag(picture(400, size=60_000)) * 20
    answer = await client.post("/push/KEY", data=pieces(flood, 60_000))
    assert answer.status == 413
    assert (await answer.json())["code"] == "bitrate_too_high"
    assert "more than 1 Mbit/s" in desk.last.reasons[0]


async def test_broken_off_push_closes_the_publication(
    client: TestClient[Any, Any], desk: FakeDesk
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield FLV
        await desk.opened.wait()
        raise ConnectionResetError

    with pytest.raises((ClientError, ConnectionError)):
        await client.post("/push/KEY", data=body())
    await desk.last.closed.wait()
    assert desk.last.reasons == ["The connection was lost."]


@pytest.mark.parametrize("size", [0, 3, 8, 12, 376])
def test_few_bytes_of_a_transport_stream_decide_nothing(size: int) -> None:
    assert recognise_container(TS[:size]) is None


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("container", "options"),
    [
        ("mpegts", ("-f", "mpegts")),
        ("mp4", ("-movflags", "+frag_keyframe+empty_moov", "-f", "mp4")),
        ("matroska", ("-f", "matroska")),
        ("flv", ("-f", "flv")),
    ],
)
async def test_real_encoder_pushes(
    client: TestClient[Any, Any],
    desk: FakeDesk,
    ffmpeg_path: str,
    tmp_path: Path,
    container: str,
    options: tuple[str, ...],
) -> None:
    source = await make_media(
        ffmpeg_path, tmp_path / "in", *H264, *AAC, *options, seconds=1
    )
    code, _, tail = await run(
        ffmpeg_path, "-v", "error", "-i", source, "-c", "copy", *options,
        "-method", "POST", str(client.make_url("/push/KEY")),
    )  # fmt: skip
    assert code == 0, tail
    await desk.last.closed.wait()
    assert desk.containers == [container]
    if container == "flv":
        assert len(FlvReader().feed(bytes(desk.last.data))) > 60
    assert len(desk.last.data) > 10_000
