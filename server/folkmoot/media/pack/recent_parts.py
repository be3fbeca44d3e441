"""The latest parts of each rendition: those that are asked for by part."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.pack.packager import Part

_KEPT_PARTS = 64  # parts whose address still answers, for each rendition
_KEPT_BYTES = 16  # of them those that are served from memory


class StoredPart(msgspec.Struct):
    """Where a part's bytes are; `data` while they are in memory.

    `head` is what is sent before them, once somebody has made it.
    """

    take_id: str
    path: Path
    offset: int
    size: int
    data: bytes | None
    whole_at: float
    head: bytes | None = None


class RecentParts:
    """Parts by rendition and number."""

    def __init__(self) -> None:
        self._parts: dict[str, OrderedDict[int, StoredPart]] = {}

    def add(
        self,
        rendition: str,
        path: Path,
        part: Part,
        data: bytes,
        *,
        take_id: str,
        whole_at: float,
    ) -> None:
        """Remember a part of the segment at `path`; the oldest is forgotten."""
        parts = self._parts.setdefault(rendition, OrderedDict())
        stored = StoredPart(take_id, path, part.offset, part.size, data, whole_at)
        parts[part.number] = stored
        if len(parts) > _KEPT_PARTS:
            parts.popitem(last=False)
        if (old := parts.get(part.number - _KEPT_BYTES)) is not None:
            old.data = None

    def find(self, take_id: str, rendition: str, number: int) -> StoredPart | None:
        """The part with this number, if it is of this take."""
        parts = self._parts.get(rendition)
        part = parts.get(number) if parts else None
        return part if part is not None and part.take_id == take_id else None

    def newest(self, rendition: str) -> tuple[str, int] | None:
        """The take and the number of the part that came last."""
        parts = self._parts.get(rendition)
        if not parts:
            return None
        number = next(reversed(parts))
        return parts[number].take_id, number

    def move(self, old: Path, new: Path, gone: frozenset[str]) -> None:
        """Follow a take to a new directory; parts of segments named `gone` go."""
        for parts in self._parts.values():
            for number, part in list(parts.items()):
                if part.path.parent.parent != old:
                    continue
                if part.path.name in gone:
                    del parts[number]
                    continue
                path = new / part.path.parent.name / part.path.name
                parts[number] = msgspec.structs.replace(
                    part, path=path, take_id=new.name
                )

    def clear(self) -> None:
        """Forget all."""
        self._parts.clear()
