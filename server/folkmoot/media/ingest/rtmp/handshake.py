"""The RTMP handshake, as the server plays it (RTMP 1.0, 5.2).

Simple form only. Peers that open with the digest form go on with the simple one
when our version field is zero, as they do with the first Flash servers.
"""

from __future__ import annotations

from folkmoot.media.ingest.rtmp.errors import RtmpError

VERSION = 3
PACKET_BYTES = 1536


class Handshake:
    """Takes C0, C1 and C2; answers S0, S1 and S2."""

    def __init__(self) -> None:
        self._opened = False
        self.done = False

    def take(self, buffer: bytearray) -> bytes:
        """Consume what is whole in `buffer`; the bytes to send back."""
        answer = b""
        if buffer and not self._opened and buffer[0] != VERSION:
            raise RtmpError("The bytes are not RTMP.")
        if not self._opened and len(buffer) >= 1 + PACKET_BYTES:
            answer = self._answer(bytes(buffer[1 : 1 + PACKET_BYTES]))
            del buffer[: 1 + PACKET_BYTES]
            self._opened = True
        if self._opened and not self.done and len(buffer) >= PACKET_BYTES:
            del buffer[:PACKET_BYTES]  # C2 only repeats our S1
            self.done = True
        return answer

    @staticmethod
    def _answer(challenge: bytes) -> bytes:
        ours = bytes(8) + bytes(range(1, 192)) * 8  # time, version and filling
        return bytes((VERSION,)) + ours + challenge
