"""What the service and a recogniser's process say to each other, over two pipes.

Each message is a length of four bytes and MessagePack behind it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from folkmoot.transcripts.recognition.words import Word

MAX_MESSAGE_BYTES = 64 << 20


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Load a model. First of all messages.

    `step_ms`: how much new sound is worth another hearing; 0 means as much as fits,
    for sound that lies there whole.
    """

    model: str
    language: str | None
    threads: int = 1
    step_ms: int = 1000
    beam: int = 1


class Glossary(msgspec.Struct, frozen=True, tag=True):
    """Names and words that recognition should expect."""

    words: str


class Sound(msgspec.Struct, frozen=True, tag=True):
    """A piece of fragmented MP4 that begins at `at_ms`; `init` where a take begins."""

    at_ms: int
    duration_ms: int
    data: bytes
    init: bytes | None = None


class File(msgspec.Struct, frozen=True, tag=True):
    """A file with sound in it, of any kind, that begins at `at_ms`."""

    path: str
    at_ms: int


class Pause(msgspec.Struct, frozen=True, tag=True):
    """Nothing follows for now: settle all that was heard."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The model is loaded."""

    model: str
    load_seconds: float


class Heard(msgspec.Struct, tag=True):
    """What a hearing brought; `until_ms`: up to here the sound was listened to.

    `pause`: nobody speaks at its end, or the sound ended, so a line ends here.
    """

    settled: tuple[Word, ...]
    tentative: tuple[Word, ...]
    until_ms: int
    busy_ms: int
    pause: bool = False
    language: str | None = None


class Failed(msgspec.Struct, frozen=True, tag=True):
    """It can't go on; the sentence is for people."""

    message: str


Order = Begin | Glossary | Sound | File | Pause
Report = Ready | Heard | Failed

_LENGTH = struct.Struct("<I")
_encoder = msgspec.msgpack.Encoder()
_orders = msgspec.msgpack.Decoder(Order)
_reports = msgspec.msgpack.Decoder(Report)


def pack(message: Order | Report) -> bytes:
    """A message's bytes."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class _Reader:
    """Whole messages out of bytes as they come."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def bodies(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._buffer)
            if size > MAX_MESSAGE_BYTES:
                raise ValueError(f"A message of {size} bytes.")
            end = _LENGTH.size + size
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]  # first: whoever reads may stop here
            yield body


class OrderReader(_Reader):
    """Reads what the service says."""

    def feed(self, data: bytes) -> Iterator[Order]:
        """Yield the messages that are whole. Raises `ValueError`."""
        for body in self.bodies(data):
            yield _orders.decode(body)


class ReportReader(_Reader):
    """Reads what a recogniser says."""

    def feed(self, data: bytes) -> Iterator[Report]:
        """Yield the messages that are whole. Raises `ValueError`."""
        for body in self.bodies(data):
            yield _reports.decode(body)
