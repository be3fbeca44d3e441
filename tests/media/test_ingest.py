from __future__ import annotations

import asyncio
import logging
import random
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from folkmoot.media.encode.process import Program
from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvReader, FlvTag
from folkmoot.media.ingest.server import RtmpServer
from tests.media.publishing import (
    AAC_SETTINGS,
    AVC_SETTINGS,
    HANDSHAKE,
    PICTURE,
    SOUND,
    FakeDesk,
    command,
    goodbye,
    make_flv,
    media_messages,
    picture,
    publish_commands,
    run,
    some_tags,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TAGS = some_tags(0.4)


@asynccontextmanager
async def serving(desk: FakeDesk, **options: Any) -> AsyncIterator[RtmpServer]:
    server = RtmpServer(desk, port=0, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.aclose()


class Peer:
    """A publisher by hand."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        with suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    async def hear_all(self) -> bytes:
        """All the server says until it closes."""
        heard = b""
        with suppress(ConnectionError):
            while data := await self._reader.read(65536):
                heard += data
        return heard

    def abort(self) -> None:
        self._writer.transport.abort()

    async def aclose(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def connected(server: RtmpServer) -> AsyncIterator[Peer]:
    peer = Peer(*await asyncio.open_connection("127.0.0.1", server.port))
    try:
        yield peer
    finally:
        await peer.aclose()


async def publish(peer: Peer, key: str = "KEY") -> None:
    await peer.send(HANDSHAKE + publish_commands(key))


async def test_publication_arrives_as_flv() -> None:
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer)
        await peer.send(media_messages(TAGS) + goodbye())
        await peer.hear_all()
    assert FlvReader().feed(bytes(desk.last.data)) == TAGS
    assert desk.last.reasons == ["The encoder has stopped."]
    assert desk.containers == ["flv"]


async def test_lost_connection_closes_the_publication() -> None:
    desk = FakeDesk()
    async with serving(desk) as server:
        async with connected(server) as peer:
            await publish(peer)
            await desk.opened.wait()
        await desk.last.closed.wait()
    assert desk.last.reasons == ["The connection was lost."]


async def test_wrong_key_is_refused_and_never_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer, "not-the-secret")
        heard = await peer.hear_all()
    assert b"NetStream.Publish.BadName" in heard
    assert b"The stream key is not known." in heard
    warnings = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "refused: unknown stream key" in warnings[0]
    assert "127.0.0.1" in warnings[0]
    assert "not-the-secret" not in caplog.text
    assert desk.publications == []


async def test_second_publisher_on_a_key_is_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as first:
        await publish(first)
        await desk.opened.wait()
        async with connected(server) as second:
            await publish(second)
            heard = await second.hear_all()
        assert b"NetStream.Publish.BadName" in heard
        await first.send(media_messages(TAGS) + goodbye())
        await first.hear_all()
    assert "refused: stream key in use" in caplog.text
    assert FlvReader().feed(bytes(desk.last.data)) == TAGS


@pytest.mark.parametrize("greeting", [b"", HANDSHAKE])
async def test_garbage_is_refused(
    greeting: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    noise = random.Random(7).randbytes(1 << 20)
    desk = FakeDesk()
    async with serving(desk) as server:
        async with connected(server) as peer:
            await peer.send(greeting + noise)
            await peer.hear_all()
        async with connected(server) as peer:  # and the next one is served
            await publish(peer)
            await desk.opened.wait()
    assert len([r for r in caplog.records if "refused" in r.message]) == 1


@pytest.mark.parametrize("greeting", [b"", HANDSHAKE[:700], HANDSHAKE])
async def test_slow_stranger_is_cut_off(
    greeting: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        serving(FakeDesk(), greeting_seconds=0.05) as server,
        connected(server) as peer,
    ):
        await peer.send(greeting)
        await peer.hear_all()
    assert "it did not publish in time" in caplog.text


async def test_silent_publisher_is_cut_off() -> None:
    desk = FakeDesk()
    async with serving(desk, idle_seconds=0.05) as server, connected(server) as peer:
        await publish(peer)
        await peer.hear_all()
    assert desk.last.reasons == ["No picture or sound came for 0.05 seconds."]


async def test_too_many_strangers_are_turned_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = FakeDesk()
    async with serving(desk, max_strangers=1) as server:
        async with connected(server) as waiting:
            await waiting.send(HANDSHAKE[:1537])
            await waiting._reader.readexactly(1)  # it is being served
            async with connected(server) as extra:
                assert await extra.hear_all() == b""
            await waiting.send(HANDSHAKE[1537:] + publish_commands())
            await desk.opened.wait()
        async with connected(server) as later:  # a publisher is no stranger
            await later.send(HANDSHAKE[:1537])
            await later._reader.readexactly(1)
    assert "refused: too many connections" in caplog.text


async def test_revoked_publication_ends_the_connection() -> None:
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer)
        await desk.opened.wait()
        desk.last.revoked = "The meeting has ended."
        await peer.send(media_messages(TAGS))
        heard = await peer.hear_all()
    assert b"The meeting has ended." in heard
    assert desk.last.reasons == ["The meeting has ended."]


async def test_enhanced_rtmp_is_refused_with_a_reason() -> None:
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer)
        await desk.opened.wait()
        await peer.send(b"\x06" + bytes(5) + b"\x05\x09\x01\x00\x00\x00\x90hvc1")
        heard = await peer.hear_all()
    assert b"sends its picture as HEVC (H.265), which can't be taken" in heard
    assert b"Set its picture encoder to H.264" in heard
    assert "HEVC" in desk.last.reasons[0]


async def test_last_words_reach_an_encoder_that_goes_on_sending() -> None:
    """A socket closed with bytes unread is reset, and the words with it."""
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer)
        await desk.opened.wait()
        hevc = FlvTag(VIDEO, 0, b"\x90hvc1" + bytes(40))
        await peer.send(media_messages([hevc, *(picture(0, size=60_000),) * 40]))
        await asyncio.sleep(0.2)
        with suppress(ConnectionError):
            await peer.send(media_messages([picture(40, size=60_000)] * 20))
        assert b"HEVC" in await peer.hear_all()


async def test_h264_in_the_new_packaging_arrives_as_plain_flv() -> None:
    desk = FakeDesk()
    settings = FlvTag(VIDEO, 0, b"\x90avc1" + AVC_SETTINGS[5:])
    key = FlvTag(VIDEO, 0, b"\x93avc1" + bytes(30))
    later = FlvTag(VIDEO, 40, b"\xa1avc1\x00\x00\x07" + bytes(30))
    aac = FlvTag(AUDIO, 0, b"\x90mp4a" + AAC_SETTINGS[2:])
    frame = FlvTag(AUDIO, 0, b"\x91mp4a\x21\x10")
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer)
        await desk.opened.wait()
        tags = [settings, aac, key, frame, later]
        await peer.send(media_messages(tags) + goodbye())
        await desk.last.closed.wait()
    assert FlvReader().feed(bytes(desk.last.data)) == [
        FlvTag(VIDEO, 0, AVC_SETTINGS),
        FlvTag(AUDIO, 0, AAC_SETTINGS),
        FlvTag(VIDEO, 0, b"\x17\x01\x00\x00\x00" + bytes(30)),
        FlvTag(AUDIO, 0, b"\xaf\x01\x21\x10"),
        FlvTag(VIDEO, 40, b"\x27\x01\x00\x00\x07" + bytes(30)),
    ]


async def test_publisher_far_above_the_limit_is_told_and_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("folkmoot.media.ingest.pace.Pace.__init__.__kwdefaults__", {
        "over_seconds": 0.5,
    })  # fmt: skip
    desk = FakeDesk()
    async with (
        serving(desk, max_bits_per_second=1_000_000) as server,
        connected(server) as peer,
    ):
        await publish(peer)
        await desk.opened.wait()
        flood = media_messages([picture(0, size=60_000)] * 40)
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(45):
                await peer.send(flood)
        heard = await peer.hear_all()
    assert b"sends more than 1 Mbit/s" in heard
    assert b"Set its bitrate to 2500 kbit/s" in heard
    assert "more than 1 Mbit/s" in desk.last.reasons[0]


async def test_publisher_that_drips_is_cut_off() -> None:
    """A byte now and then is no stream: a frame must be whole in time."""
    desk = FakeDesk()
    async with serving(desk, idle_seconds=0.4) as server, connected(server) as peer:
        await publish(peer)
        await desk.opened.wait()
        whole = media_messages([picture(0, size=1000)])
        for at in range(100):
            try:
                await peer.send(whole[at : at + 1])
            except ConnectionError:
                break
            if desk.last.closed.is_set():
                break
            await asyncio.sleep(0.02)
        assert desk.last.reasons == ["No picture or sound came for 0.4 seconds."]


async def test_one_address_can_not_take_all_places_of_strangers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(FakeDesk(), max_strangers_each=2) as server:
        async with connected(server) as first, connected(server) as second:
            for peer in (first, second):
                await peer.send(HANDSHAKE[:1537])
                await peer._reader.readexactly(1)
            async with connected(server) as third:
                assert await third.hear_all() == b""
        assert "refused: too many connections" in caplog.text


async def test_changed_settings_end_the_publication() -> None:
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer)
        changed = FlvTag(VIDEO, 400, AVC_SETTINGS + b"\x01")
        await peer.send(media_messages([*TAGS, changed]))
        heard = await peer.hear_all()
    assert b"The encoder changed its settings." in heard
    assert desk.last.reasons == ["The encoder changed its settings."]


async def test_blocked_desk_stops_the_reading() -> None:
    desk = FakeDesk()
    async with serving(desk) as server, connected(server) as peer:
        await publish(peer)
        await desk.opened.wait()
        desk.last.open.clear()
        flood = media_messages([picture(0, size=1 << 20)]) * 16
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await peer.send(flood)
        peer.abort()


async def test_fast_publisher_is_slowed_down() -> None:
    desk = FakeDesk()
    flood = media_messages(TAGS * 300)  # about 0.4 MB
    async with (
        serving(desk, max_bits_per_second=1_000_000) as server,
        connected(server) as peer,
    ):
        await publish(peer)
        await desk.opened.wait()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await peer.send(flood + goodbye())
        await peer.hear_all()
        spent = loop.time() - begun
    assert spent > len(flood) * 8 / 1_000_000 - 1.6


async def test_closing_ends_all_publications_and_frees_the_port() -> None:
    desk = FakeDesk()
    server = RtmpServer(desk, port=0)
    await server.start()
    port = server.port
    async with connected(server) as peer:
        await publish(peer)
        await desk.opened.wait()
        await server.aclose()
        await server.aclose()
        await peer.hear_all()
    assert desk.last.reasons == ["The server is stopping."]
    again = RtmpServer(desk, port=port)
    await again.start()
    await again.aclose()


async def test_viewer_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(FakeDesk()) as server, connected(server) as peer:
        await peer.send(HANDSHAKE + command("play", 1.0, None, "KEY"))
        assert b"NetStream.Play.Failed" in await peer.hear_all()
    assert "wants to watch" in caplog.text


@pytest.mark.ffmpeg
async def test_real_encoder_is_received_whole(each_ffmpeg: str, tmp_path: Path) -> None:
    source = await make_flv(each_ffmpeg, tmp_path / "in.flv", seconds=2)
    desk = FakeDesk()
    async with serving(desk) as server:
        target = f"rtmp://127.0.0.1:{server.port}/live/KEY"
        code, _, tail = await run(
            each_ffmpeg, "-v", "error", "-i", source, "-c", "copy", "-f", "flv", target
        )
        assert code == 0, tail
        await desk.last.closed.wait()
    sent = FlvReader().feed(await asyncio.to_thread(source.read_bytes))
    got = FlvReader().feed(bytes(desk.last.data))
    frames = [
        tag.payload for tag in sent if tag.kind in {8, 9} and len(tag.payload) > 5
    ]
    assert [t.payload for t in got if t.kind in {8, 9} and len(t.payload) > 5] == frames
    assert desk.last.reasons == ["The encoder has stopped."]


@pytest.mark.ffmpeg
async def test_real_encoder_hears_that_its_key_is_wrong(each_ffmpeg: str) -> None:
    async with serving(FakeDesk()) as server:
        target = f"rtmp://127.0.0.1:{server.port}/live/WRONG"
        code, _, tail = await run(
            each_ffmpeg, "-v", "error", *PICTURE, *SOUND, "-t", "2",
            "-c:v", "libx264", "-c:a", "aac", "-f", "flv", target,
        )  # fmt: skip
    assert code != 0
    assert "The stream key is not known." in "\n".join(tail)
    assert "WRONG" not in "\n".join(tail)  # our own log keeps no keys either


@pytest.mark.ffmpeg
async def test_killed_encoder_closes_its_publication(ffmpeg_path: str) -> None:
    desk = FakeDesk()
    async with serving(desk) as server:
        encoder = await Program.start(
            [ffmpeg_path, "-v", "error", "-re", *PICTURE, *SOUND,
             "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "flv",
             f"rtmp://127.0.0.1:{server.port}/live/KEY"],
            name="encoder",
        )  # fmt: skip
        await desk.opened.wait()
        await encoder.stop(gentle_seconds=0)
        await desk.last.closed.wait()
    assert desk.last.reasons in (
        ["The connection was lost."],
        ["The encoder has stopped."],
    )
