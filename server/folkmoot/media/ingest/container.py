"""Which container a stream is, from its first bytes; pure."""

from __future__ import annotations

SNIFF_BYTES = 377
"""With so many bytes the answer is final."""

_TS_PACKET_BYTES = 188
_TS_SYNC = 0x47
_SIGNATURES = ((0, b"FLV\x01", "flv"), (0, b"\x1a\x45\xdf\xa3", "matroska"))
_MP4_BOXES = (b"ftyp", b"styp")


def recognise_container(head: bytes) -> str | None:
    """Name the container: "flv", "mpegts", "matroska" or "mp4"; None if unknown."""
    for at, signature, name in _SIGNATURES:
        if head[at : at + len(signature)] == signature:
            return name
    if head[4:8] in _MP4_BOXES:
        return "mp4"
    marks = head[:SNIFF_BYTES:_TS_PACKET_BYTES]
    if len(head) >= SNIFF_BYTES and all(mark == _TS_SYNC for mark in marks):
        return "mpegts"
    return None
