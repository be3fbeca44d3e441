"""The latest parts of each rendition: those that are asked for by part."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.packager import Part

_KEPT_PARTS = 64  # parts whose address still answers, for each rendition
_KEPT_BYTES = 16  # of them those that are served from memory


class StoredPart(msgspec.Struct, frozen=True):
    """Where a part's bytes are; `data` while they are in memory."""

    path: Path
    offset: int
    size: int
    data: bytes | None
    whole_at: float


class RecentParts:
    """Parts by rendition and number."""

    def __init__(self) -> None:
        self._parts: dict[str, OrderedDict[int, StoredPart]] = {}

    def add(
        self, rendition: str, path: Path, part: Part, data: bytes, *, whole_at: float
    ) -> None:
        """Remember a part of the segment at `path`; the oldest is forgotten."""
        parts = self._parts.setdefault(rendition, OrderedDict())
        stored = StoredPart(path, part.offset, part.size, data, whole_at)
        parts[part.number] = stored
        if len(parts) > _KEPT_PARTS:
            parts.popitem(last=False)
        number = part.number - _KEPT_BYTES
        if (old := parts.get(number)) is not None:
            parts[number] = msgspec.structs.replace(old, data=None)

    def find(self, directory: Path, rendition: str, number: int) -> StoredPart | None:
        """The part with this number, if it lies in this directory."""
        parts = self._parts.get(rendition)
        part = parts.get(number) if parts else None
        return part if part is not None and part.path.parent == directory else None

    def clear(self) -> None:
        """Forget all."""
        self._parts.clear()
