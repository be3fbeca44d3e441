"""Socket.IO events as ready-made WebSocket frames: the same bytes for everyone."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

# FIN and opcode 1: a whole text message (RFC 6455, section 5.2). A server never
# masks, so a frame depends on its payload alone.
_TEXT = 0x81
_SHORT = 126
_MEDIUM = 1 << 16


def text_frame(payload: bytes) -> bytes:
    """Return one unmasked, uncompressed text frame that holds `payload` (UTF-8)."""
    length = len(payload)
    if length < _SHORT:
        return struct.pack("!BB", _TEXT, length) + payload
    if length < _MEDIUM:
        return struct.pack("!BBH", _TEXT, 126, length) + payload
    return struct.pack("!BBQ", _TEXT, 127, length) + payload


def event_frame(name: str, data: Any) -> bytes:
    """Return the frame of an event without acknowledgement in the namespace `/`.

    `4` is engine.io's message, `2` Socket.IO's event; then its name and data.
    """
    return text_frame(b"42" + msgspec.json.encode([name, data]))
