"""One publisher's RTMP connection as a state machine without input or output.

Give it bytes with `receive`, send what `data_to_send` holds, answer a
`PublishRequested` with `accept` or `refuse`. It looks at nothing after the
publish command until it has its answer.

After Adobe's "Real Time Messaging Protocol", version 1.0; only what a publisher
needs.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.ingest.flv import FlvTag
from folkmoot.media.ingest.rtmp import amf0, chunks, replies
from folkmoot.media.ingest.rtmp.aggregate import split_aggregate
from folkmoot.media.ingest.rtmp.chunks import ChunkReader, Message
from folkmoot.media.ingest.rtmp.errors import RtmpError
from folkmoot.media.ingest.rtmp.handshake import Handshake

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW_BYTES = 2_500_000
_CHUNK_BYTES = 4096
_STREAM_ID = 1
_COMMAND_BYTES = 1 << 16
_FRAME_BYTES = 8 << 20
_BUFFERED_BYTES = 16 << 20
_STRANGER_BYTES = 1 << 18
_PING_REQUEST, _PING_RESPONSE = 6, 7


class PublishRequested(msgspec.Struct, frozen=True):
    """The peer wants to publish under this key. Answer it."""

    stream_key: str


class MediaReceived(msgspec.Struct, frozen=True):
    """A frame, a codec's settings, or metadata, of an accepted publisher."""

    tag: FlvTag


class PublishEnded(msgspec.Struct, frozen=True):
    """The peer says that it has finished."""


Event = PublishRequested | MediaReceived | PublishEnded


class _State(Enum):
    STRANGER = auto()
    ASKING = auto()
    PUBLISHING = auto()
    ENDED = auto()


class RtmpSession:
    """The server's side of one connection."""

    def __init__(self) -> None:
        self._state = _State.STRANGER
        self._buffer = bytearray()
        self._out = bytearray()
        self._handshake = Handshake()
        self._chunks = ChunkReader(
            max_message_bytes=_COMMAND_BYTES, max_buffered_bytes=_STRANGER_BYTES
        )
        self._app = ""
        self._received_bytes = 0
        self._acknowledged_bytes = 0
        self._window_bytes = _WINDOW_BYTES
        self._commands: dict[str, Callable[[list[amf0.Value]], list[Event]]] = {
            "connect": self._connect,
            "createStream": self._create_stream,
            "publish": self._publish,
            "FCPublish": self._fc_publish,
            "FCUnpublish": self._end,
            "deleteStream": self._end,
            "closeStream": self._end,
            "play": self._refuse_play,
        }

    def receive(self, data: bytes) -> list[Event]:
        """What `data`, with all before it, means. Raises `RtmpError`.

        After an error send what is still to be sent, then close.
        """
        self._buffer += data
        self._acknowledge(len(data))
        if not self._handshake.done:
            self._out += self._handshake.take(self._buffer)
        events: list[Event] = []
        while self._handshake.done and self._state is not _State.ASKING:
            message = self._chunks.next_message(self._buffer)
            if message is None:
                break
            events += self._handle(message)
        self._check_stranger()
        return events

    def data_to_send(self) -> bytes:
        """Bytes for the peer; each is handed out once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def accept(self) -> list[Event]:
        """Let the peer publish; the events of what it has sent meanwhile."""
        self._state = _State.PUBLISHING
        self._chunks.max_message_bytes = _FRAME_BYTES
        self._chunks.max_buffered_bytes = _BUFFERED_BYTES
        self._send_status("status", "NetStream.Publish.Start", "You are on.")
        return self.receive(b"")

    def refuse(self, reason: str) -> None:
        """Tell the peer in plain words why it can't publish, or no longer."""
        self._state = _State.ENDED
        self._send_status("error", "NetStream.Publish.BadName", reason)

    def _handle(self, message: Message) -> list[Event]:
        if message.kind in {chunks.AUDIO, chunks.VIDEO, chunks.AGGREGATE}:
            return self._media(message)
        if message.kind in {chunks.DATA, chunks.DATA_AMF3}:
            return self._data(_without_amf3_mark(message, chunks.DATA_AMF3))
        if message.kind in {chunks.COMMAND, chunks.COMMAND_AMF3}:
            return self._command(_without_amf3_mark(message, chunks.COMMAND_AMF3))
        if message.kind == chunks.USER_CONTROL:
            self._answer_ping(message.payload)
        elif message.kind == chunks.WINDOW_SIZE and len(message.payload) >= 4:
            asked = int.from_bytes(message.payload[:4], "big")
            self._window_bytes = max(asked, _COMMAND_BYTES)
        return []

    def _media(self, message: Message) -> list[Event]:
        if self._state is not _State.PUBLISHING:
            return []
        tags = (
            split_aggregate(message)
            if message.kind == chunks.AGGREGATE
            else [FlvTag(message.kind, message.timestamp_ms, message.payload)]
        )
        return [MediaReceived(tag) for tag in tags if tag.payload]

    def _data(self, payload: bytes) -> list[Event]:
        if self._state is not _State.PUBLISHING:
            return []
        name, rest = amf0.first_string(payload)
        if name == "@setDataFrame":
            payload = rest
            name, _ = amf0.first_string(rest)
        if name != "onMetaData":
            return []
        return [MediaReceived(FlvTag(chunks.DATA, 0, payload))]

    def _command(self, payload: bytes) -> list[Event]:
        values = amf0.decode(payload)
        name = values[0] if values else None
        if not isinstance(name, str):
            raise RtmpError("A command has no name.")
        handle = self._commands.get(name)
        return handle(values) if handle is not None else []

    def _connect(self, values: list[amf0.Value]) -> list[Event]:
        about = values[2] if len(values) > 2 else None
        app = about.get("app") if isinstance(about, dict) else None
        self._app = app if isinstance(app, str) else ""
        window = _WINDOW_BYTES.to_bytes(4, "big")
        self._send(chunks.WINDOW_SIZE, window)
        self._send(chunks.PEER_BANDWIDTH, window + b"\x02")
        self._send(chunks.SET_CHUNK_SIZE, _CHUNK_BYTES.to_bytes(4, "big"))
        self._reply(replies.connected(_transaction(values)))
        return []

    def _create_stream(self, values: list[amf0.Value]) -> list[Event]:
        self._reply(replies.result(_transaction(values), float(_STREAM_ID)))
        return []

    def _fc_publish(self, values: list[amf0.Value]) -> list[Event]:
        self._reply(replies.on_fc_publish(_text(values, 3)))
        return []

    def _publish(self, values: list[amf0.Value]) -> list[Event]:
        if self._state is not _State.STRANGER:
            raise RtmpError("One connection can publish once.")
        self._state = _State.ASKING
        return [PublishRequested(_stream_key(self._app, _text(values, 3)))]

    def _end(self, _values: list[amf0.Value]) -> list[Event]:
        if self._state is not _State.PUBLISHING:
            return []
        self._state = _State.ENDED
        return [PublishEnded()]

    def _refuse_play(self, _values: list[amf0.Value]) -> list[Event]:
        reason = "Streams are watched on the meeting's page, not here."
        self._send_status("error", "NetStream.Play.Failed", reason)
        raise RtmpError("The peer wants to watch, not to publish.")

    def _answer_ping(self, payload: bytes) -> None:
        if len(payload) >= 6 and int.from_bytes(payload[:2], "big") == _PING_REQUEST:
            answer = _PING_RESPONSE.to_bytes(2, "big") + payload[2:6]
            self._send(chunks.USER_CONTROL, answer)

    def _acknowledge(self, count: int) -> None:
        self._received_bytes += count
        waiting = self._received_bytes - self._acknowledged_bytes
        if self._handshake.done and waiting >= self._window_bytes:
            self._acknowledged_bytes = self._received_bytes
            total = self._received_bytes & 0xFFFFFFFF
            self._send(chunks.ACKNOWLEDGEMENT, total.to_bytes(4, "big"))

    def _check_stranger(self) -> None:
        stranger = self._state is _State.STRANGER
        if stranger and self._received_bytes > _STRANGER_BYTES:
            raise RtmpError("Too many bytes came before a publish command.")

    def _send(self, kind: int, payload: bytes, *, stream_id: int = 0) -> None:
        # Chunk stream 2 is for protocol control, 3 for commands: 5.4, 7.1.
        self._out += chunks.write_message(
            Message(kind, 0, payload, stream_id),
            chunk_stream=3 if kind == chunks.COMMAND else 2,
            chunk_bytes=_CHUNK_BYTES,
        )

    def _reply(self, values: list[amf0.Value], *, stream_id: int = 0) -> None:
        self._send(chunks.COMMAND, amf0.encode(values), stream_id=stream_id)

    def _send_status(self, level: str, code: str, description: str) -> None:
        self._reply(replies.status(level, code, description), stream_id=_STREAM_ID)


def _without_amf3_mark(message: Message, amf3_kind: int) -> bytes:
    """The AMF0 values; in the AMF3 forms a zero byte stands before them."""
    if message.kind == amf3_kind and message.payload[:1] == b"\0":
        return message.payload[1:]
    return message.payload


def _transaction(values: list[amf0.Value]) -> float:
    number = values[1] if len(values) > 1 else None
    return float(number) if isinstance(number, int | float) else 0.0


def _text(values: list[amf0.Value], index: int) -> str:
    value = values[index] if len(values) > index else None
    return value if isinstance(value, str) else ""


def _stream_key(app: str, name: str) -> str:
    """The last step of `app/name`: encoders put the key in either of the two."""
    path = f"{app}/{name.partition('?')[0]}".rstrip("/")
    return path.rpartition("/")[2]
