from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.media.ingest.rtmp.chunks import (
    ABORT,
    AUDIO,
    SET_CHUNK_SIZE,
    VIDEO,
    ChunkReader,
    Message,
    write_message,
)
from folkmoot.media.ingest.rtmp.errors import RtmpError


def reader(limit: int = 1 << 20) -> ChunkReader:
    return ChunkReader(max_message_bytes=limit, max_buffered_bytes=1 << 20)


def read(data: bytes, chunks: ChunkReader | None = None) -> list[Message]:
    """All messages, given byte by byte."""
    chunks = chunks or reader()
    buffer = bytearray()
    found = []
    for byte in data:
        buffer.append(byte)
        while (message := chunks.next_message(buffer)) is not None:
            found.append(message)
    assert not buffer
    return found


def full(stream: int, time: int, kind: int, payload: bytes, size: int = -1) -> bytes:
    size = len(payload) if size < 0 else size
    head = bytes((stream,)) + time.to_bytes(3, "big") + size.to_bytes(3, "big")
    return head + bytes((kind, 1, 0, 0, 0)) + payload


def test_all_four_forms_are_read() -> None:
    data = (
        full(4, 1000, AUDIO, b"ab")
        + b"\x44\x00\x00\x17\x00\x00\x03\x08xyz"  # step of 23, three bytes
        + b"\x84\x00\x00\x18uvw"  # step of 24, the same size
        + b"\xc4rst"  # the same step
    )
    assert read(data) == [
        Message(AUDIO, 1000, b"ab", 1),
        Message(AUDIO, 1023, b"xyz", 1),
        Message(AUDIO, 1047, b"uvw", 1),
        Message(AUDIO, 1071, b"rst", 1),
    ]


def test_bare_header_after_a_full_one_repeats_its_time() -> None:
    times = [
        message.timestamp_ms for message in read(full(4, 23, AUDIO, b"a") + b"\xc4b")
    ]
    assert times == [23, 46]


def test_interleaved_streams_are_joined() -> None:
    long = bytes(range(200))
    data = (
        full(6, 0, VIDEO, long[:128], 200)
        + full(4, 5, AUDIO, b"sound")
        + b"\xc6"
        + long[128:]
    )
    assert read(data) == [Message(AUDIO, 5, b"sound", 1), Message(VIDEO, 0, long, 1)]


@pytest.mark.parametrize("repeated", [True, False])
def test_extended_time_may_stand_on_continued_chunks(*, repeated: bool) -> None:
    long = bytes(300)
    time = (0x01020304).to_bytes(4, "big")
    again = time if repeated else b""
    data = (
        b"\x06\xff\xff\xff" + (300).to_bytes(3, "big") + b"\x09\x01\x00\x00\x00" + time
    )
    data += long[:128] + b"\xc6" + again + long[128:256] + b"\xc6" + again + long[256:]
    assert read(data) == [Message(VIDEO, 0x01020304, long, 1)]


def test_extended_step_is_added() -> None:
    data = full(4, 10, AUDIO, b"a")
    data += b"\x84\xff\xff\xff" + (0x01000000).to_bytes(4, "big") + b"b"
    assert [message.timestamp_ms for message in read(data)] == [10, 0x0100000A]


def test_time_wraps() -> None:
    data = b"\x04\xff\xff\xff\x00\x00\x01\x08\x01\x00\x00\x00\xff\xff\xff\xf0a"
    data += b"\x84\x00\x00\x20b"
    assert [message.timestamp_ms for message in read(data)] == [0xFFFFFFF0, 0x10]


@pytest.mark.parametrize(
    ("head", "number"), [(b"\x00\x00", 64), (b"\x01\x01\x01", 64 + 257)]
)
def test_long_stream_numbers_are_read(head: bytes, number: int) -> None:
    chunks = reader()
    read(head + full(0, 7, AUDIO, b"a")[1:], chunks)
    assert list(chunks._streams) == [number]


def test_chunk_size_changes_at_once() -> None:
    payload = bytes(1000)
    data = full(2, 0, SET_CHUNK_SIZE, (1000).to_bytes(4, "big"))
    data += full(6, 0, VIDEO, payload)
    assert read(data)[1] == Message(VIDEO, 0, payload, 1)


def test_aborted_message_is_forgotten() -> None:
    data = full(6, 0, VIDEO, bytes(128), 300)
    data += full(2, 0, ABORT, (6).to_bytes(4, "big"))
    data += full(6, 40, VIDEO, b"new")
    assert read(data)[1:] == [Message(VIDEO, 40, b"new", 1)]


def test_new_header_gives_up_an_unfinished_message() -> None:
    data = full(6, 0, VIDEO, bytes(128), 300) + full(6, 40, VIDEO, b"new")
    assert read(data) == [Message(VIDEO, 40, b"new", 1)]


def test_empty_message_is_a_message() -> None:
    assert read(full(6, 0, VIDEO, b"")) == [Message(VIDEO, 0, b"", 1)]


@pytest.mark.parametrize(
    "data",
    [
        b"\xc4",  # begins without a full header
        full(4, 0, AUDIO, b"", 2000),
        full(2, 0, SET_CHUNK_SIZE, bytes(4)),
        full(2, 0, SET_CHUNK_SIZE, b"\xff\xff\xff\xff"),
        b"".join(full(stream, 0, AUDIO, b"a") for stream in range(2, 35)),
    ],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(RtmpError):
        read(data + bytes(20), reader(limit=1000))


def test_unfinished_messages_are_bounded() -> None:
    chunks = ChunkReader(max_message_bytes=1000, max_buffered_bytes=300)
    data = b"".join(full(stream, 0, AUDIO, bytes(128), 900) for stream in (3, 4, 5))
    with pytest.raises(RtmpError):
        read(data, chunks)


@settings(max_examples=50)
@given(
    st.binary(max_size=500),
    st.integers(0, 0xFFFFFE),
    st.integers(2, 63),
    st.sampled_from([AUDIO, VIDEO]),
)
def test_written_messages_are_read(
    payload: bytes, time: int, stream: int, kind: int
) -> None:
    message = Message(kind, time, payload, 1)
    data = write_message(message, chunk_stream=stream, chunk_bytes=128)
    assert read(data) == [message]
