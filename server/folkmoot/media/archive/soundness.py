"""Whether a room holds to what was taken away: cuts, edges, vault and delay spool.

What is found is said in plain words; `repair` mends what needs no decision: it
hides what lies in public though it was cut or belongs to nothing, and cuts a spool to its whole records. Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.archive.cuts import touches
from folkmoot.media.archive.vault import move_files
from folkmoot.media.pack.playlist import name_segment
from folkmoot.media.pack.take import read_info, read_take, write_indexes
from folkmoot.media.spool import measure_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from folkmoot.media.pack.stored_stream import StreamState
    from folkmoot.media.pack.take import TakeInfo


def find_unsound(
    public: Path, private: Path, kept: StreamState, *, repair: bool = False
) -> list[str]:
    """What is wrong beside the takes themselves; `public` and `private` are a room's.

    With `repair` only while no service has the room open.
    """
    takes = [info for name in kept.takes if (info := _info(public / name))]
    vault = private / "removed"
    return [
        *_find_uncovered(public, vault, takes, repair=repair),
        *_find_uncut(public, takes, kept),
        *_find_edges(public, kept),
        *_find_strays(public, private, kept, repair=repair),
        *_find_forgotten(vault, takes),
        *_find_torn(private / "delay", repair=repair),
    ]


def _info(directory: Path) -> TakeInfo | None:
    try:
        return read_info(directory)
    except (OSError, msgspec.DecodeError):
        return None  # the look at takes says so


def _find_uncovered(
    public: Path, vault: Path, takes: list[TakeInfo], *, repair: bool
) -> Iterator[str]:
    """Segments that were taken away and lie where the public's files lie."""
    for info in takes:
        names = [name_segment(each.sequence) for each in info.gone]
        left = [
            f"{variant.name}/{name}"
            for variant in info.variants
            for name in names
            if (public / info.take_id / variant.name / name).exists()
        ]
        if left and repair:
            move_files(public / info.take_id, vault, info)
            write_indexes(public / info.take_id, read_take(public / info.take_id))
        done = ": moved away" if repair else ""
        for name in left:
            yield f"{info.take_id}/{name} was cut and still lies in public{done}."


def _find_uncut(
    public: Path, takes: list[TakeInfo], kept: StreamState
) -> Iterator[str]:
    """Segments that a cut touches and that no take lists as gone."""
    for info in takes:
        if info.kind == "slate" or not kept.cuts:
            continue
        try:
            stored = read_take(public / info.take_id)
        except (OSError, msgspec.DecodeError):
            continue  # the look at takes says so
        numbers = {
            segment.sequence
            for segments in stored.segments.values()
            for segment in segments
            if not segment.gap and any(touches(segment, cut) for cut in kept.cuts)
        }
        if numbers:
            yield (
                f"{info.take_id}: {len(numbers)} segments lie in a cut and are public;"
                " the service takes them away when it starts."
            )


def _find_edges(public: Path, kept: StreamState) -> Iterator[str]:
    for edge in kept.edges:
        if _info(public / edge.take_id) is None:
            yield (
                f"{edge.take_id}: what stood beside a cut is missing; it is made anew"
                " when the service starts."
            )


def _find_strays(
    public: Path, private: Path, kept: StreamState, *, repair: bool
) -> Iterator[str]:
    """Takes under public names that the room does not know: left by a kill.

    They are put where no address leads, and not erased: somebody may miss them.
    """
    known = {*kept.takes, *(edge.take_id for edge in kept.edges), kept.next_take_id}
    known |= {*kept.renamed, *kept.renamed.values()}
    for path in sorted(public.glob("x_*")):
        if path.name in known or not path.is_dir():
            continue
        if repair:
            (private / "strays").mkdir(parents=True, exist_ok=True)
            shutil.move(path, private / "strays" / path.name)
        done = ": put into private/strays" if repair else ""
        yield f"{path.name} belongs to nothing{done}."


def _find_forgotten(vault: Path, takes: list[TakeInfo]) -> Iterator[str]:
    """What lies in the vault and no take could ever bring back."""
    origins = {info.origin or info.take_id: info for info in takes}
    for path in sorted(vault.glob("*")):
        info = origins.get(path.name)
        names = {name_segment(each.sequence) for each in info.gone} if info else set()
        lost = [each for each in path.glob("*/*.m4s") if each.name not in names]
        if lost:
            yield (
                f"removed/{path.name}: {len(lost)} files can't be brought back;"
                " they are erased with the others when their days are over."
            )


def _find_torn(directory: Path, *, repair: bool) -> Iterator[str]:
    for path in sorted(directory.glob("*.spool")):
        whole, size = measure_whole(path), path.stat().st_size
        if whole == size:
            continue
        if repair:
            with path.open("r+b") as file:
                file.truncate(whole)
        done = "removed" if repair else "passed over"
        yield f"delay/{path.name}: a torn record of {size - whole} bytes, {done}."
