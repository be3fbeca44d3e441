"""Cuts clips of what is public at this moment, and reads their bytes to be sent.

No clip lies on the disk: there is nothing to purge when seconds are taken away, and
a clip that is on its way then ends at once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from folkmoot.media.clips.clip import Clip, ClipKind, NoClip, plan_clip
from folkmoot.media.pack.fmp4 import Fmp4Error
from folkmoot.media.pack.span import select_span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from folkmoot.media.pack.packager import Segment
    from folkmoot.media.pack.stream import Stream

BLOCK_BYTES = 1 << 18
_KEPT = 16

# What a plan is made of: the same again makes the same clip.
Told = tuple[tuple[bytes, str], ...]
Key = tuple["Path", int, str, int, int, "datetime", "datetime", ClipKind, Told]


class TakenAway(Exception):
    """What the clip shows is no longer public."""


class Clips:
    """Plans of clips, one made at a time; the latest are kept for ranges of them."""

    def __init__(self) -> None:
        self._planning = asyncio.Lock()
        self._kept: OrderedDict[Key, Clip] = OrderedDict()

    def find(
        self,
        stream: Stream,
        from_at: datetime,
        to_at: datetime,
        kind: ClipKind,
        told: Told = (),
    ) -> Clip | None:
        """A clip that was planned just now and is still what the stream has."""
        rendition, segments = _choose(stream, from_at, to_at, kind)
        return self._kept.get(
            _key(stream, rendition, segments, from_at, to_at, kind, told)
        )

    async def plan(
        self,
        stream: Stream,
        from_at: datetime,
        to_at: datetime,
        kind: ClipKind,
        told: Told = (),
    ) -> Clip:
        """Plan a clip of what is public of a stream. Raises `NoClip`."""
        async with self._planning:
            rendition, segments = _choose(stream, from_at, to_at, kind)
            key = _key(stream, rendition, segments, from_at, to_at, kind, told)
            try:
                clip = self._kept.get(key)
                if clip is None:
                    clip = await asyncio.to_thread(
                        plan_clip,
                        stream.directory,
                        segments,
                        rendition,
                        from_at=from_at,
                        to_at=to_at,
                        kind=kind,
                        told=told,
                    )
            except FileNotFoundError:  # taken away meanwhile
                raise NoClip("The recording is being changed. Try again.") from None
            except Fmp4Error as error:
                raise NoClip(f"It can't be cut here: {error}") from error
            self._kept[key] = clip
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return clip

    async def read(
        self, stream: Stream, clip: Clip, start: int = 0, stop: int | None = None
    ) -> AsyncIterator[bytes]:
        """Its bytes from `start` to `stop`. Raises `TakenAway` as soon as it is so."""
        stop = clip.size if stop is None else stop
        edition = stream.edition
        if start < len(clip.head):
            yield clip.head[start : min(stop, len(clip.head))]
        at = len(clip.head)
        for piece in clip.slices:
            low, high = max(start - at, 0), min(stop - at, piece.size)
            at += piece.size
            while low < high:
                size = min(BLOCK_BYTES, high - low)
                try:
                    data = await asyncio.to_thread(
                        _read, piece.path, piece.offset + low, size
                    )
                except FileNotFoundError:
                    raise TakenAway from None
                if stream.edition != edition:
                    if not _is_public(stream, clip):
                        raise TakenAway
                    edition = stream.edition
                if len(data) < size:
                    raise TakenAway
                yield data
                low += size


def _choose(
    stream: Stream, from_at: datetime, to_at: datetime, kind: ClipKind
) -> tuple[str, Sequence[Segment]]:
    """Return the best rendition that lacks least of the span, and its segments."""
    found: list[tuple[int, int, str, Sequence[Segment]]] = []
    for variant in stream.variants:
        if variant.name not in stream.lanes or not (variant.width or kind == "sound"):
            continue
        segments, _ = select_span(stream.recorded(variant.name), from_at, to_at)
        have = [segment for segment in segments if not segment.gap]
        if have:
            lacks = len(segments) - len(have)
            found.append((lacks, -variant.bandwidth, variant.name, have))
    if not found:
        raise NoClip("There is no recording of that time.")
    _, _, rendition, chosen = min(found, key=lambda one: one[:2])
    return rendition, chosen


def _is_public(stream: Stream, clip: Clip) -> bool:
    return clip.rendition in stream.lanes and clip.segments <= {
        (each.take_id, each.sequence)
        for each in stream.recorded(clip.rendition)
        if not each.gap
    }


def _key(
    stream: Stream,
    rendition: str,
    segments: Sequence[Segment],
    from_at: datetime,
    to_at: datetime,
    kind: ClipKind,
    told: Told,
) -> Key:
    ends = segments[0].sequence, segments[-1].sequence
    edition = stream.edition
    said = tuple(told)
    return stream.directory, edition, rendition, *ends, from_at, to_at, kind, said


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)
