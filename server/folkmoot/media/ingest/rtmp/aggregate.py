"""Aggregate messages: several frames in one (RTMP 1.0, 7.1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvTag
from folkmoot.media.ingest.rtmp.errors import RtmpError

if TYPE_CHECKING:
    from folkmoot.media.ingest.rtmp.chunks import Message

_HEADER_BYTES = 11
_BACK_POINTER_BYTES = 4


def split_aggregate(message: Message) -> list[FlvTag]:
    """The frames in it, with times moved to the message's. Raises `RtmpError`."""
    data = message.payload
    tags: list[FlvTag] = []
    at = 0
    first_ms: int | None = None
    while at + _HEADER_BYTES <= len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        body = at + _HEADER_BYTES
        if body + size > len(data):
            raise RtmpError("An aggregate message is cut off.")
        time_ms = data[at + 7] << 24 | int.from_bytes(data[at + 4 : at + 7], "big")
        first_ms = time_ms if first_ms is None else first_ms
        moved = (message.timestamp_ms + time_ms - first_ms) & 0xFFFFFFFF
        if data[at] in {AUDIO, VIDEO}:
            tags.append(FlvTag(data[at], moved, data[body : body + size]))
        at = body + size + _BACK_POINTER_BYTES
    return tags
