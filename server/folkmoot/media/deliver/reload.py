"""The rules of a blocking playlist reload (draft-pantos-hls-rfc8216bis, 6.2.5.2)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from folkmoot.media.pack.stream import Stream

WAIT_TARGETS = 3
"""How many target durations a reload is held at most."""
_ADVANCE_SEGMENTS = 2
_ADVANCE_PARTS = 3


class TooFar(Exception):
    """What is asked for lies too far ahead: 400."""


def refuse_far(stream: Stream, rendition: str, sequence: int, part: int | None) -> None:
    """Raise `TooFar` for what a client may not ask for yet."""
    lane = stream.lanes[rendition]
    if sequence > lane.last_sequence + _ADVANCE_SEGMENTS:
        raise TooFar("That segment lies too far ahead.")
    if part is None or sequence <= lane.last_sequence:
        return
    target = stream.constants.part_target
    limit = _ADVANCE_PARTS if target >= 1 else math.ceil(_ADVANCE_PARTS / target)
    have = len(lane.open_parts) if sequence == lane.last_sequence + 1 else 0
    if part >= have + limit:
        raise TooFar("That part lies too far ahead.")


def is_fresh(stream: Stream, rendition: str, sequence: int, part: int | None) -> bool:
    """Whether the playlist has just what is asked for, and nothing newer."""
    return part is not None and (sequence, part) == stream.lanes[rendition].last_part
