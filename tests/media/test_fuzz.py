"""Whatever comes in at the doors: no crash, no hang, no growth."""

from __future__ import annotations

import asyncio
import gc
import random
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError, web
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.media.encode.gates import FlvGate, gate_for
from folkmoot.media.health.meters import LoudnessMeter, PictureMeter, StillnessMeter
from folkmoot.media.ingest import enhanced
from folkmoot.media.ingest.flv import (
    AUDIO,
    SCRIPT,
    VIDEO,
    FlvError,
    FlvTag,
    write_header,
    write_tag,
)
from folkmoot.media.ingest.flvprobe import FlvProbe
from folkmoot.media.ingest.flvrelay import FlvRelay
from folkmoot.media.ingest.push import PUSH_PATH, push_handler
from folkmoot.media.ingest.rtmp.chunks import Message, write_message
from folkmoot.media.ingest.rtmp.errors import RtmpError
from folkmoot.media.ingest.rtmp.session import PublishRequested, RtmpSession
from folkmoot.media.ingest.server import RtmpServer
from folkmoot.media.ingest.sniffer import SourceSniffer, UnknownSource
from folkmoot.media.pack.fmp4 import Fmp4Error, Fmp4Reader
from tests.media.publishing import (
    HANDSHAKE,
    FakeDesk,
    goodbye,
    media_messages,
    publish_commands,
    some_tags,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aiohttp import AiohttpClient

TAGS = some_tags(2)
FLV = write_header() + b"".join(map(write_tag, TAGS))
WHOLE = HANDSHAKE + publish_commands() + media_messages(TAGS) + goodbye()
KINDS = st.sampled_from([AUDIO, VIDEO, SCRIPT, 0, 31])
HEADS = st.sampled_from(
    [b"\x17\0", b"\x17\1", b"\x27\1", b"\x90", b"\xa1avc1", b"\xaf"]
)
ANY_TAG = st.builds(
    lambda kind, at, head, body: FlvTag(kind, at, head + body),
    KINDS,
    st.integers(0, 2**32 - 1),
    HEADS | st.just(b""),
    st.binary(max_size=80),
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 1 << 16), st.binary(min_size=1, max_size=9)), max_size=8
)


def changed(data: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    made = bytearray(data)
    for at, piece in changes:
        made[at % len(made) : at % len(made) + len(piece)] = piece
    return bytes(made)


def peak_growth(work: Callable[[int], None], *, rounds: int) -> int:
    """Bytes that memory grew by from a tenth of the rounds to their end."""
    tracemalloc.start()
    try:
        for number in range(rounds):
            work(number)
            if number == rounds // 10:
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(2, 63), st.binary(min_size=11, max_size=60)
        ),
        max_size=30,
    )
)
def test_publishers_chunks_of_any_form_are_read_or_refused(
    chunks: list[tuple[int, int, bytes]],
) -> None:
    session = RtmpSession()
    events = session.receive(HANDSHAKE + publish_commands())
    assert events == [PublishRequested("KEY")]
    session.accept()
    with suppress(RtmpError):
        for form, stream, body in chunks:
            session.receive(bytes((form << 6 | stream,)) + body)
    assert len(session._buffer) <= 16 << 20


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_TAG, max_size=20))
def test_any_tags_pass_relay_probe_gate_and_meter(tags: list[FlvTag]) -> None:
    relay, probe, gate, meter = FlvRelay(), FlvProbe(4.1, early=True), FlvGate(), None
    meter = PictureMeter()
    with suppress(FlvError):
        data = relay.take_tags(tags)
        if data:
            probe.feed(data)
    gate.add(tags)
    assert gate.opening().startswith(b"FLV")
    meter.add(tags, 1.0)
    meter.read(2.0)
    for tag in tags:
        if enhanced.is_enhanced(tag):
            enhanced.name_codec(tag)
            enhanced.make_plain(tag)


@settings(max_examples=40, deadline=None)
@given(CHANGES)
async def test_damaged_flv_is_sniffed_or_refused(
    changes: list[tuple[int, bytes]],
) -> None:
    data = changed(FLV, changes)
    with suppress(FlvError, UnknownSource):
        relayed = FlvRelay().take_bytes(data)
        await SourceSniffer("flv", ffmpeg="none", early=True).feed(relayed)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["mpegts", "matroska", "mp4"]),
    st.lists(st.binary(max_size=300), max_size=12),
    st.integers(0, 12),
)
def test_gates_of_other_containers_lose_and_add_nothing(
    container: str, pieces: list[bytes], reopened: int
) -> None:
    gate = gate_for(container)
    for number, piece in enumerate(pieces):
        if number == reopened:
            gate.reopen()
        passed = gate.pass_on(piece)
        assert number >= reopened or passed == piece


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_words_of_filters_are_read(pieces: list[bytes]) -> None:
    loudness, stillness = LoudnessMeter(), StillnessMeter()
    for piece in [*pieces, b"lavfi.r128.M=-", b"9" * 400, b"\nfreeze_start=-\n"]:
        loudness.feed(piece, 1.0)
        stillness.feed(piece, 1.0, after_seconds=1.0)
    loudness.read(2.0)


def test_rtmp_session_does_not_grow() -> None:
    """An hour of frames, and as many unfinished ones."""
    session = RtmpSession()
    session.receive(HANDSHAKE + publish_commands())
    session.accept()
    session.data_to_send()
    frame = media_messages([FlvTag(VIDEO, 0, bytes(900))])
    half = write_message(
        Message(VIDEO, 0, bytes(900), 1), chunk_stream=9, chunk_bytes=128
    )[:140]

    def work(_number: int) -> None:
        session.receive(frame + half)
        session.data_to_send()

    assert peak_growth(work, rounds=3000) < 20_000


def test_relay_gate_and_meter_do_not_grow() -> None:
    relay, gate, meter = FlvRelay(), FlvGate(), PictureMeter()

    def work(number: int) -> None:
        tags = [
            FlvTag(VIDEO, number * 40, b"\x17\1" if number % 50 == 0 else b"\x27\1"),
            FlvTag(AUDIO, number * 40, b"\xaf\1" + bytes(200)),
        ]
        relay.take_tags(tags)
        gate.add(tags)
        meter.add(tags, number * 0.04)

    assert peak_growth(work, rounds=20_000) < 200_000


def test_fmp4_reader_does_not_grow() -> None:
    box = (2000).to_bytes(4, "big") + b"free" + bytes(1992)
    reader = Fmp4Reader()

    def work(_number: int) -> None:
        with suppress(Fmp4Error):
            list(reader.feed(box[:700]))
            list(reader.feed(box[700:]))

    assert peak_growth(work, rounds=5000) < 20_000
    assert reader.pending_bytes == 0


async def test_rtmp_door_outlives_damaged_publishers() -> None:
    desk, chance = FakeDesk(), random.Random(7)
    server = RtmpServer(desk, port=0, greeting_seconds=1.0, idle_seconds=1.0)
    await server.start()
    try:
        for _ in range(60):
            data = bytearray(WHOLE)
            for _ in range(chance.randint(1, 9)):
                data[chance.randrange(3073, len(data))] = chance.randrange(256)
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            with suppress(OSError):
                writer.write(bytes(data[: chance.randint(1, len(data))]))
                writer.write_eof()
                async with asyncio.timeout(45):
                    while await reader.read(1 << 16):
                        pass
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        async with asyncio.timeout(45):
            for publication in desk.publications:
                await publication.closed.wait()
        assert len(desk.publications) > 10
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(WHOLE)
        async with asyncio.timeout(45):
            heard = await reader.read(-1)
        assert b"NetStream.Publish.Start" in heard
        writer.close()
        await writer.wait_closed()
    finally:
        await server.aclose()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_push_door_outlives_damaged_bodies(aiohttp_client: AiohttpClient) -> None:
    desk, chance = FakeDesk(), random.Random(11)
    app = web.Application()
    app.router.add_post(PUSH_PATH, push_handler(desk, idle_seconds=2))
    client: Any = await aiohttp_client(app)
    for _ in range(60):
        data = bytearray(FLV)
        for _ in range(chance.randint(1, 9)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with suppress(ClientError):
            answer = await client.post(
                "/push/KEY", data=bytes(data[: chance.randint(0, len(data))])
            )
            assert answer.status in {204, 400, 415}, await answer.text()
            await answer.release()
    assert all(publication.reasons for publication in desk.publications)
    answer = await client.post("/push/KEY", data=FLV)
    assert answer.status == 204
