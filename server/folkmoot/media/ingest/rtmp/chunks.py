"""The RTMP chunk stream: messages cut into chunks (RTMP 1.0, 5.3)."""

from __future__ import annotations

import msgspec

from folkmoot.media.ingest.rtmp.errors import RtmpError

SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, USER_CONTROL = 1, 2, 3, 4
WINDOW_SIZE, PEER_BANDWIDTH, AUDIO, VIDEO = 5, 6, 8, 9
DATA_AMF3, COMMAND_AMF3, DATA, COMMAND, AGGREGATE = 15, 17, 18, 20, 22

_DEFAULT_CHUNK_BYTES = 128
_MAX_CHUNK_BYTES = 1 << 24
_EXTENDED = 0xFFFFFF
_HEADER_BYTES = (11, 7, 3, 0)
_MAX_STREAMS = 32


class Message(msgspec.Struct, frozen=True):
    """One whole message; `timestamp_ms` is absolute and 32 bits wide."""

    kind: int
    timestamp_ms: int
    payload: bytes
    stream_id: int = 0


class _Stream(msgspec.Struct):
    """What later chunks of one chunk stream leave out."""

    kind: int = 0
    size: int = 0
    stream_id: int = 0
    timestamp_ms: int = 0
    delta_ms: int = 0
    extended: bool = False
    begun: bool = False
    body: bytearray = msgspec.field(default_factory=bytearray)


class _Stamp(msgspec.Struct, frozen=True):
    time_ms: int
    extended: bool
    position: int


class _Taken(msgspec.Struct, frozen=True):
    message: Message | None
    position: int


class ChunkReader:
    """Joins chunks to messages; minds chunk sizes and aborts by itself."""

    def __init__(self, *, max_message_bytes: int, max_buffered_bytes: int) -> None:
        self.max_message_bytes = max_message_bytes
        self.max_buffered_bytes = max_buffered_bytes
        self._chunk_bytes = _DEFAULT_CHUNK_BYTES
        self._streams: dict[int, _Stream] = {}

    def next_message(self, buffer: bytearray) -> Message | None:
        """Consume chunks of `buffer` up to the end of one message.

        None when more bytes are needed. Raises `RtmpError`.
        """
        position = 0
        while (end := self._take_chunk(buffer, position)) is not None:
            position = end.position
            if end.message is not None:
                del buffer[:position]
                self._obey(end.message)
                return end.message
        del buffer[:position]
        return None

    def _take_chunk(self, buffer: bytearray, start: int) -> _Taken | None:
        head = _read_basic_header(buffer, start)
        if head is None:
            return None
        form, stream_number, position = head
        stream = self._stream(stream_number, form)
        header_end = position + _HEADER_BYTES[form]
        if len(buffer) < header_end:
            return None
        fields = bytes(buffer[position:header_end])
        stamp = self._read_stamp(buffer, header_end, fields, stream, form)
        if stamp is None:
            return None
        return self._take_body(buffer, stream, form, fields, stamp)

    def _read_stamp(
        self,
        buffer: bytearray,
        position: int,
        fields: bytes,
        stream: _Stream,
        form: int,
    ) -> _Stamp | None:
        """The time field, extended or not, and where the body begins."""
        if form < 3:
            short = int.from_bytes(fields[:3], "big")
            if short != _EXTENDED:
                return _Stamp(short, False, position)
        elif not stream.extended:
            return _Stamp(stream.delta_ms, False, position)
        if len(buffer) < position + 4:
            return None
        long = int.from_bytes(buffer[position : position + 4], "big")
        if form == 3 and long != stream.delta_ms:
            # Some encoders leave the field out where the chunk only goes on.
            return _Stamp(stream.delta_ms, True, position)
        return _Stamp(long, True, position + 4)

    def _take_body(
        self,
        buffer: bytearray,
        stream: _Stream,
        form: int,
        fields: bytes,
        stamp: _Stamp,
    ) -> _Taken | None:
        # A new header on an unfinished message gives that up, as others do it.
        goes_on = form == 3 and bool(stream.body)
        size = _size_of(fields) if form < 2 else stream.size
        if size > self.max_message_bytes:
            raise RtmpError(f"A message of {size} bytes is too long.")
        have = len(stream.body) if goes_on else 0
        end = stamp.position + min(self._chunk_bytes, size - have)
        if len(buffer) < end:
            return None
        if not goes_on:
            self._begin(stream, form, fields, stamp)
        stream.body += buffer[stamp.position : end]
        if len(stream.body) < stream.size:
            self._check_total()
            return _Taken(None, end)
        message = Message(
            stream.kind, stream.timestamp_ms, bytes(stream.body), stream.stream_id
        )
        stream.body.clear()
        return _Taken(message, end)

    def _begin(self, stream: _Stream, form: int, fields: bytes, stamp: _Stamp) -> None:
        if form < 2:
            stream.size = _size_of(fields)
            stream.kind = fields[6]
        stream.body.clear()
        if form == 0:
            stream.stream_id = int.from_bytes(fields[7:11], "little")
            stream.timestamp_ms = stamp.time_ms
        else:
            stream.timestamp_ms = (stream.timestamp_ms + stamp.time_ms) & 0xFFFFFFFF
        # After a full header a bare one repeats its time as the step: 5.3.1.2.4.
        stream.delta_ms = stamp.time_ms
        stream.extended = stamp.extended
        stream.begun = True

    def _stream(self, number: int, form: int) -> _Stream:
        stream = self._streams.get(number)
        if stream is None:
            if len(self._streams) >= _MAX_STREAMS:
                raise RtmpError("There are too many chunk streams.")
            stream = self._streams[number] = _Stream()
        if form != 0 and not stream.begun:
            raise RtmpError("A chunk stream begins without a full header.")
        return stream

    def _check_total(self) -> None:
        total = sum(len(stream.body) for stream in self._streams.values())
        if total > self.max_buffered_bytes:
            raise RtmpError("Too many messages are unfinished.")

    def _obey(self, message: Message) -> None:
        if message.kind not in {SET_CHUNK_SIZE, ABORT} or len(message.payload) < 4:
            return
        value = int.from_bytes(message.payload[:4], "big")
        if message.kind == ABORT:
            if value in self._streams:
                self._streams[value].body.clear()
        elif 1 <= value <= _MAX_CHUNK_BYTES:
            self._chunk_bytes = value
        else:
            raise RtmpError(f"A chunk size of {value} is not allowed.")


def write_message(message: Message, *, chunk_stream: int, chunk_bytes: int) -> bytes:
    """A message as chunks; small times and chunk stream numbers only."""
    head = b"".join(
        (
            bytes((chunk_stream,)),
            message.timestamp_ms.to_bytes(3, "big"),
            len(message.payload).to_bytes(3, "big"),
            bytes((message.kind,)),
            message.stream_id.to_bytes(4, "little"),
        )
    )
    pieces = [
        message.payload[at : at + chunk_bytes]
        for at in range(0, len(message.payload), chunk_bytes)
    ]
    return head + bytes((0xC0 | chunk_stream,)).join(pieces)


def _read_basic_header(buffer: bytearray, at: int) -> tuple[int, int, int] | None:
    """Form, chunk stream number, and where the message header begins."""
    if len(buffer) <= at:
        return None
    form, number = buffer[at] >> 6, buffer[at] & 0x3F
    more = 1 if number == 0 else 2 if number == 1 else 0
    if len(buffer) <= at + more:
        return None
    if more:
        number = 64 + int.from_bytes(buffer[at + 1 : at + 1 + more], "little")
    return form, number, at + 1 + more


def _size_of(fields: bytes) -> int:
    return int.from_bytes(fields[3:6], "big")
