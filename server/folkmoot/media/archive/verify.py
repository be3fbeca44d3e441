"""Looks over recordings on the disk, and repairs what a killed process left.

Everything here blocks: call it on a thread, or from the command line.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.archive.soundness import find_unsound
from folkmoot.media.pack.playlist import name_segment
from folkmoot.media.pack.stored_stream import StreamState, read_state
from folkmoot.media.pack.take import StoredTake, read_take, repair_take

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)


class TakeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one take; `problems` is empty for a whole one."""

    meeting_id: str
    room_id: str
    take_id: str
    kind: str
    seconds: float
    repaired: bool = False
    lost_bytes: int = 0
    problems: tuple[str, ...] = ()


class RoomReport(msgspec.Struct, frozen=True, kw_only=True):
    """The recording of one room; `gaps` and what is `unsound` in plain words."""

    meeting_id: str
    room_id: str
    takes: tuple[TakeReport, ...]
    gaps: tuple[str, ...]
    unsound: tuple[str, ...] = ()


def repair_room(public: Path, private: Path) -> list[str]:
    """Mend what a kill left of a room beside its takes: cuts, vault and spool.

    `public` and `private` are the room's directories. Only before the room is opened,
    which mends its takes; returns what was wrong, a line each.
    """
    try:
        kept = read_state(public)
        lines = [] if kept is None else find_unsound(public, private, kept, repair=True)
    except (OSError, msgspec.DecodeError) as error:
        lines = [f"can't be looked over: {error}"]
    for line in lines:
        logger.warning("media: %s/%s: %s", public.parent.name, public.name, line)
    return lines


def verify_meeting(
    media_root: Path, private_root: Path, meeting_id: str, *, repair: bool = False
) -> list[RoomReport]:
    """Check all takes of a meeting, its cuts, edges, vaults and spools.

    With `repair`, cut takes to whole parts and mend the rest; only what no running
    service is writing.
    """
    return [
        _verify_room(directory, kept, private_root, repair=repair)
        for directory in sorted((media_root / meeting_id).glob("*/"))
        if (kept := read_state(directory)) is not None
    ]


def _verify_room(
    directory: Path, kept: StreamState, private_root: Path, *, repair: bool
) -> RoomReport:
    takes = []
    # Edges are takes, too: what stood beside a cut.
    edges = [edge.take_id for edge in kept.edges if (directory / edge.take_id).exists()]
    for take_id in (*kept.takes, *edges):
        take = directory / take_id
        try:
            stored = repair_take(take) if repair else read_take(take)
            takes.append(_describe(take, stored, repair))
        except (OSError, msgspec.DecodeError) as error:
            takes.append(_missing(take, str(error)))
    gaps = tuple(
        f"{gap.start_at:%Y-%m-%d %H:%M:%S} to {gap.end_at:%H:%M:%S} UTC: {gap.reason}"
        for gap in kept.gaps
    )
    return RoomReport(
        meeting_id=directory.parent.name,
        room_id=directory.name,
        takes=tuple(takes),
        gaps=gaps,
        unsound=tuple(
            find_unsound(
                directory,
                private_root / directory.parent.name / directory.name,
                kept,
                repair=repair,
            )
        ),
    )


def _describe(directory: Path, stored: StoredTake, repaired: bool) -> TakeReport:  # noqa: FBT001
    leading = stored.segments[stored.info.leading]
    return TakeReport(
        meeting_id=directory.parent.parent.name,
        room_id=directory.parent.name,
        take_id=stored.info.take_id,
        kind=stored.info.kind,
        seconds=round(sum(segment.duration_seconds for segment in leading), 3),
        repaired=repaired,
        lost_bytes=stored.lost_bytes,
        problems=tuple(_find_problems(directory, stored)),
    )


def _missing(directory: Path, problem: str) -> TakeReport:
    return TakeReport(
        meeting_id=directory.parent.parent.name,
        room_id=directory.parent.name,
        take_id=directory.name,
        kind="unknown",
        seconds=0.0,
        problems=(problem,),
    )


def _find_problems(directory: Path, stored: StoredTake) -> list[str]:
    problems = []
    for name, segments in stored.segments.items():
        held = [segment for segment in segments if not segment.gap]
        if held and not (directory / name / "init.mp4").exists():
            problems.append(f"{name} has no init.mp4.")
        for segment in held:
            path = directory / name / name_segment(segment.sequence)
            size = path.stat().st_size if path.exists() else 0
            if size != segment.size:
                problems.append(
                    f"{name}/{path.name} has {size} bytes instead of {segment.size}."
                )
    return problems
