"""AMF0, the values of RTMP commands.

After Adobe's "Action Message Format - AMF 0". Depth, count and size are
bounded, since the bytes come from anyone.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from folkmoot.media.ingest.rtmp.errors import RtmpError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Value = None | bool | float | str | list["Value"] | dict[str, "Value"]

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_ECMA_ARRAY, _OBJECT_END, _STRICT_ARRAY, _DATE, _LONG_STRING = 8, 9, 10, 11, 12
_MAX_DEPTH = 8
_MAX_VALUES = 1_000


def decode(data: bytes) -> list[Value]:
    """All values in `data`. Raises `RtmpError`."""
    reader = _Reader(data)
    values: list[Value] = []
    while not reader.at_end():
        values.append(reader.value(0))
    return values


def first_string(data: bytes) -> tuple[str, bytes]:
    """The string that `data` begins with, and the bytes after it."""
    reader = _Reader(data)
    value = reader.value(0)
    if not isinstance(value, str):
        raise RtmpError("A name was expected.")
    return value, reader.rest()


def encode(values: Iterable[Value]) -> bytes:
    """Values as AMF0; numbers are all floats."""
    return b"".join(map(_encode, values))


def _encode(value: Value) -> bytes:
    if value is None:
        return bytes((_NULL,))
    if isinstance(value, bool):
        return bytes((_BOOLEAN, value))
    if isinstance(value, int | float):
        return struct.pack(">Bd", _NUMBER, value)
    if isinstance(value, str):
        return bytes((_STRING,)) + _encode_name(value)
    if isinstance(value, list):
        return struct.pack(">BI", _STRICT_ARRAY, len(value)) + encode(value)
    return bytes((_OBJECT,)) + _encode_members(value)


def _encode_members(members: Mapping[str, Value]) -> bytes:
    pairs = (_encode_name(name) + _encode(value) for name, value in members.items())
    return b"".join(pairs) + bytes((0, 0, _OBJECT_END))


def _encode_name(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


class _Reader:
    """A position in AMF0 bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._values = 0

    def at_end(self) -> bool:
        return self._at >= len(self._data)

    def rest(self) -> bytes:
        return self._data[self._at :]

    def value(self, depth: int) -> Value:
        self._values += 1
        if depth > _MAX_DEPTH or self._values > _MAX_VALUES:
            raise RtmpError("A command holds too many values.")
        kind = self._take(1)[0]
        if kind == _NUMBER:
            return self._double()
        if kind == _BOOLEAN:
            return self._take(1)[0] != 0
        if kind in {_NULL, _UNDEFINED}:
            return None
        if kind in {_STRING, _LONG_STRING}:
            return self._text(2 if kind == _STRING else 4)
        return self._compound(kind, depth)

    def _compound(self, kind: int, depth: int) -> Value:
        if kind == _OBJECT:
            return self._members(depth)
        if kind == _ECMA_ARRAY:
            self._take(4)  # a count that nobody may trust
            return self._members(depth)
        if kind == _STRICT_ARRAY:
            count = self._size(4)
            if count > _MAX_VALUES:
                raise RtmpError("An array is too long.")
            return [self.value(depth + 1) for _ in range(count)]
        if kind == _DATE:
            milliseconds = self._double()
            self._take(2)  # time zone, reserved
            return milliseconds
        raise RtmpError(f"A value has the unknown type {kind}.")

    def _members(self, depth: int) -> dict[str, Value]:
        members: dict[str, Value] = {}
        while name := self._text(2):
            members[name] = self.value(depth + 1)
        if self._take(1)[0] != _OBJECT_END:
            raise RtmpError("An object does not end.")
        return members

    def _double(self) -> float:
        number: float = struct.unpack(">d", self._take(8))[0]
        return number

    def _text(self, size_bytes: int) -> str:
        return self._take(self._size(size_bytes)).decode("utf-8", "replace")

    def _size(self, size_bytes: int) -> int:
        return int.from_bytes(self._take(size_bytes), "big")

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise RtmpError("A command is cut off.")
        taken = self._data[self._at : end]
        self._at = end
        return taken
