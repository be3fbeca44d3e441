"""ISO base media boxes: headers, and walking through what a box holds.

Sizes and field layouts are those of ISO/IEC 14496-12.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_BYTES = 8
LARGE_HEADER_BYTES = 16
_LARGE = 1  # "size" that says: a 64-bit size follows the type


class Fmp4Error(ValueError):
    """These bytes are no fragmented MP4 that we read; the argument says why."""


def read_header(
    data: bytes | bytearray | memoryview, at: int
) -> tuple[int, bytes, int]:
    """Size, type and header length of the box at `at`; size 0 if more is needed.

    Raises `Fmp4Error` for a box without an end or smaller than its header.
    """
    if len(data) - at < HEADER_BYTES:
        return 0, b"", 0
    size, kind = struct.unpack_from(">I4s", data, at)
    header = HEADER_BYTES
    if size == _LARGE:
        if len(data) - at < LARGE_HEADER_BYTES:
            return 0, b"", 0
        (size,) = struct.unpack_from(">Q", data, at + HEADER_BYTES)
        header = LARGE_HEADER_BYTES
    if size < header:
        raise Fmp4Error(f"A box {kind!r} of {size} bytes.")
    return size, kind, header


def iterate_boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Type and payload of each box that `data` holds, whole or not at all."""
    at = 0
    while at < len(data):
        size, kind, header = read_header(data, at)
        if size == 0 or at + size > len(data):
            raise Fmp4Error("A box reaches past the box that holds it.")
        yield kind, data[at + header : at + size]
        at += size


def find_box(data: memoryview, *path: bytes) -> memoryview | None:
    """The payload of the first box at `path`, such as mdia, mdhd."""
    for name in path:
        found = next((body for kind, body in iterate_boxes(data) if kind == name), None)
        if found is None:
            return None
        data = found
    return data


def need_box(data: memoryview, *path: bytes) -> memoryview:
    """Like `find_box`; raises `Fmp4Error` where there is none."""
    found = find_box(data, *path)
    if found is None:
        raise Fmp4Error(f"No {b'/'.join(path).decode('latin-1')} box.")
    return found


def read_numbers(layout: str, data: memoryview, at: int = 0) -> tuple[int, ...]:
    """Unpack integers; raises `Fmp4Error` where the box is too short."""
    try:
        return struct.unpack_from(layout, data, at)
    except struct.error as error:
        raise Fmp4Error(f"A box is too short: {error}.") from None
