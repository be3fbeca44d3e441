"""A process beside the service that makes documents of what was said.

Building an index is mostly this work, and a service has one interpreter. Rooms come in
by the standard input and documents leave by the standard output, each as msgpack with
its length before it; the end of the input ends the process.
"""

from __future__ import annotations

import gc
import os
import struct
import sys
from typing import BinaryIO

import msgspec

from folkmoot.search.analysis import Analysed, analyse
from folkmoot.search.corpus import RoomContext, TranscriptCue
from folkmoot.search.passages import passages
from folkmoot.search.text import Analyzer

# Who watches or writes goes first.
_NICENESS = 10
_LENGTH = struct.Struct("<Q")


class Spoken(msgspec.Struct, frozen=True, array_like=True):
    """What was said in a room, and the languages of the index."""

    languages: tuple[str, ...]
    room: RoomContext
    cues: tuple[TranscriptCue, ...]


def prepare(spoken: Spoken) -> list[Analysed]:
    """Return the passages of a room as an engine takes them."""
    analyzer = Analyzer(spoken.languages)
    return [analyse(made, analyzer) for made in passages(spoken.room, spoken.cues)]


def send(stream: BinaryIO, data: bytes) -> None:
    """Write one message."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one message; None where there are no more. `EOFError` within one."""
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    size = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else -1
    data = stream.read(size) if size >= 0 else b""
    if len(data) != size:
        raise EOFError("The other process ended.")
    return data


def main() -> None:
    """Answer until nobody asks any more."""
    os.nice(_NICENESS)
    # Nothing here holds itself, and to look for what does took half of the time.
    gc.disable()
    asked, answered = sys.stdin.buffer, sys.stdout.buffer
    decoder, encoder = msgspec.msgpack.Decoder(Spoken), msgspec.msgpack.Encoder()
    while (data := receive(asked)) is not None:
        send(answered, encoder.encode(prepare(decoder.decode(data))))


if __name__ == "__main__":
    main()
