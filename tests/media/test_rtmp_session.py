from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from folkmoot.media.ingest.flv import AUDIO, SCRIPT, VIDEO, FlvTag
from folkmoot.media.ingest.rtmp import amf0, chunks
from folkmoot.media.ingest.rtmp.chunks import ChunkReader, Message, write_message
from folkmoot.media.ingest.rtmp.errors import RtmpError
from folkmoot.media.ingest.rtmp.session import (
    Event,
    MediaReceived,
    PublishEnded,
    PublishRequested,
    RtmpSession,
)
from tests.media.publishing import (
    HANDSHAKE,
    command,
    goodbye,
    media_messages,
    picture,
    publish_commands,
    some_tags,
    sound,
)

TAGS = some_tags(0.4)
WHOLE = HANDSHAKE + publish_commands() + media_messages(TAGS) + goodbye()
EVENTS = [
    PublishRequested("KEY"),
    *(MediaReceived(tag) for tag in TAGS),
    PublishEnded(),
]


def feed(session: RtmpSession, data: bytes) -> list[Event]:
    """Give bytes; a publish command is accepted at once."""
    events = session.receive(data)
    if events and isinstance(events[-1], PublishRequested):
        events += session.accept()
    return events


def answers(data: bytes) -> list[list[amf0.Value]]:
    """The commands among what the server sent after its handshake."""
    reader = ChunkReader(max_message_bytes=1 << 16, max_buffered_bytes=1 << 16)
    chunk_size = Message(chunks.SET_CHUNK_SIZE, 0, (4096).to_bytes(4, "big"))
    buffer = bytearray(write_message(chunk_size, chunk_stream=2, chunk_bytes=128))
    buffer += data[1 + 2 * 1536 :]
    found = []
    while (message := reader.next_message(buffer)) is not None:
        if message.kind == chunks.COMMAND:
            found.append(amf0.decode(message.payload))
    return found


def publishing() -> RtmpSession:
    session = RtmpSession()
    feed(session, HANDSHAKE + publish_commands())
    session.data_to_send()
    return session


def test_whole_publication_gives_its_tags() -> None:
    assert feed(RtmpSession(), WHOLE) == EVENTS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_any_pieces_give_the_same_events(cuts: list[int]) -> None:
    session = RtmpSession()
    places = [0, *sorted(cuts), len(WHOLE)]
    events = []
    for start, end in itertools.pairwise(places):
        events += feed(session, WHOLE[start:end])
    assert events == EVENTS


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)),
        min_size=1,
        max_size=8,
    )
)
@example([(3073, 0xFF)])
def test_mutated_streams_are_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value
    try:
        feed(RtmpSession(), bytes(data))
    except RtmpError:
        return


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400), greeted=st.booleans())
def test_any_bytes_are_read_or_refused(data: bytes, *, greeted: bool) -> None:
    session = RtmpSession()
    try:
        feed(session, (HANDSHAKE if greeted else b"\x03") + data)
    except RtmpError:
        return


def test_server_answers_as_encoders_expect() -> None:
    session = RtmpSession()
    feed(session, HANDSHAKE + publish_commands())
    sent = session.data_to_send()
    assert sent[:1] == b"\x03"
    assert sent[1537 : 1537 + 1536] == bytes(1536)  # S2 repeats C1
    heard = answers(sent)
    assert [answer[0] for answer in heard] == [
        "_result",
        "onFCPublish",
        "_result",
        "onStatus",
    ]
    assert heard[0][1] == 1.0
    assert heard[2] == ["_result", 4.0, None, 1.0]
    assert heard[3][3]["code"] == "NetStream.Publish.Start"  # type: ignore[index, call-overload]
    assert session.data_to_send() == b""


def test_media_before_the_answer_waits_for_it() -> None:
    session = RtmpSession()
    data = HANDSHAKE + publish_commands() + media_messages(TAGS)
    assert session.receive(data) == [PublishRequested("KEY")]
    assert session.accept() == [MediaReceived(tag) for tag in TAGS]


def test_media_without_publish_is_not_looked_at() -> None:
    session = RtmpSession()
    assert session.receive(HANDSHAKE + media_messages(TAGS)) == []


def test_refused_publisher_hears_why_and_is_not_read() -> None:
    session = RtmpSession()
    session.receive(HANDSHAKE + publish_commands("WRONG") + media_messages(TAGS))
    session.refuse("Not known.")
    status = answers(session.data_to_send())[-1]
    assert status[3] == {
        "level": "error",
        "code": "NetStream.Publish.BadName",
        "description": "Not known.",
    }
    assert session.receive(media_messages(TAGS)) == []


@pytest.mark.parametrize(
    ("app", "name"),
    [
        ("live", "KEY"),
        ("live/KEY", ""),
        ("live/", "KEY?password=x"),
        ("live", "/KEY"),
        ("", "live/KEY"),
        ("KEY", ""),
    ],
)
def test_key_is_found_in_name_or_path(app: str, name: str) -> None:
    session = RtmpSession()
    events = session.receive(HANDSHAKE + publish_commands(name, app))
    assert events == [PublishRequested("KEY")]


def test_metadata_loses_its_set_data_frame() -> None:
    session = publishing()
    about = amf0.encode(["onMetaData", {"width": 1280.0}])
    for payload in (amf0.encode(["@setDataFrame"]) + about, about):
        data = write_message(
            Message(chunks.DATA, 0, payload, 1), chunk_stream=5, chunk_bytes=128
        )
        assert session.receive(data) == [MediaReceived(FlvTag(SCRIPT, 0, about))]


def test_amf3_command_is_read_as_amf0() -> None:
    session = RtmpSession()
    amf3 = write_message(
        Message(17, 0, b"\0" + amf0.encode(["publish", 5.0, None, "KEY"]), 1),
        chunk_stream=3,
        chunk_bytes=128,
    )
    assert session.receive(HANDSHAKE + amf3) == [PublishRequested("KEY")]


def test_aggregate_is_split_and_moved_to_its_time() -> None:
    session = publishing()
    parts = b"".join(
        bytes((tag.kind,))
        + len(tag.payload).to_bytes(3, "big")
        + (tag.timestamp_ms & 0xFFFFFF).to_bytes(3, "big")
        + bytes(4)
        + tag.payload
        + (11 + len(tag.payload)).to_bytes(4, "big")
        for tag in (picture(500), sound(520))
    )
    data = write_message(
        Message(chunks.AGGREGATE, 9000, parts, 1), chunk_stream=6, chunk_bytes=128
    )
    assert session.receive(data) == [
        MediaReceived(FlvTag(VIDEO, 9000, picture(0).payload)),
        MediaReceived(FlvTag(AUDIO, 9020, sound(0).payload)),
    ]
    cut = Message(chunks.AGGREGATE, 0, parts[:30], 1)
    with pytest.raises(RtmpError, match="cut off"):
        session.receive(write_message(cut, chunk_stream=6, chunk_bytes=128))


def test_received_bytes_are_acknowledged() -> None:
    session = publishing()
    window = (100_000).to_bytes(4, "big")
    session.receive(
        write_message(
            Message(chunks.WINDOW_SIZE, 0, window), chunk_stream=2, chunk_bytes=128
        )
    )
    tags = [picture(at, size=20_000) for at in range(5)]
    session.receive(media_messages(tags))
    sent = session.data_to_send()
    assert sent[7] == chunks.ACKNOWLEDGEMENT
    assert int.from_bytes(sent[12:16], "big") > 100_000


def test_ping_is_answered() -> None:
    session = publishing()
    ping = Message(chunks.USER_CONTROL, 0, b"\x00\x06\x01\x02\x03\x04")
    session.receive(write_message(ping, chunk_stream=2, chunk_bytes=128))
    assert session.data_to_send()[12:] == b"\x00\x07\x01\x02\x03\x04"


def test_viewers_are_refused() -> None:
    session = RtmpSession()
    with pytest.raises(RtmpError, match="watch"):
        session.receive(HANDSHAKE + command("play", 1.0, None, "KEY"))
    assert b"NetStream.Play.Failed" in session.data_to_send()


def test_second_publish_is_refused() -> None:
    session = publishing()
    with pytest.raises(RtmpError, match="once"):
        session.receive(command("publish", 8.0, None, "KEY"))


def test_strangers_may_not_send_much() -> None:
    session = RtmpSession()
    session.receive(HANDSHAKE)
    noise = command("hello", 1.0, "x" * 60_000)
    for _ in range(4):
        session.receive(noise)
    with pytest.raises(RtmpError, match="before a publish"):
        session.receive(noise)


def test_web_browsers_are_told_apart() -> None:
    with pytest.raises(RtmpError, match="not RTMP"):
        RtmpSession().receive(b"GET / HTTP/1.1\r\n\r\n")
