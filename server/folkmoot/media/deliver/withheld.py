"""What staff see of a span: the recording with what was taken out of it.

Under the signed address of a room's preview, and nowhere else. It is for who decides
whether seconds leave a recording or come back, so it lies beside the public stream
and shares nothing with what the public can name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.playlist import name_segment

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.pack.packager import Segment
    from folkmoot.media.pack.stream import Stream


def list_whole(stream: Stream, rendition: str, vault: Path) -> list[Segment]:
    """The segments of a recording, those too that are kept away. Blocks."""
    gone = stream.gone_sequences
    whole = []
    for segment in stream.lanes[rendition].closed:
        if stream.takes[segment.take_id].kind == "slate":
            continue
        if segment.sequence not in gone:
            whole.append(segment)
            continue
        name = name_segment(segment.sequence)
        if find_withheld(stream, segment.take_id, rendition, name, vault) is not None:
            whole.append(msgspec.structs.replace(segment, gap=False))
    whole.sort(key=lambda segment: segment.at)
    return whole


def find_withheld(
    stream: Stream, take_id: str, rendition: str, name: str, vault: Path
) -> Path | None:
    """The file of a segment that was taken away and is still kept. Blocks."""
    info = stream.takes.get(take_id)
    if info is None or not any(each.name == rendition for each in info.variants):
        return None
    if name not in {name_segment(sequence) for sequence in info.gone_sequences}:
        return None
    path = vault / (info.origin or info.take_id) / rendition / name
    return path if path.exists() else None
