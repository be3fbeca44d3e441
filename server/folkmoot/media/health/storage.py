"""How long the disk lasts at the rate of now; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from folkmoot.media.pack.recorder import Room

DiskLevel = Literal["fine", "low", "short", "last", "full"]

LOW_HOURS, SHORT_HOURS, LAST_HOURS = 12.0, 4.0, 1.0


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """`hours_left` until recording stops by itself; None where nothing is written."""

    level: DiskLevel
    free_bytes: int
    hours_left: float | None = None


def judge_disk(room: Room, *, bits_per_second: float) -> Disk:
    """How serious it is. With nothing written only a touched reserve matters."""
    usable = room.free_bytes - room.reserve_bytes
    hours = None
    if bits_per_second > 0:
        hours = max(0.0, usable * 8 / bits_per_second / 3600)
    return Disk(
        level="full" if usable <= 0 else _level(hours),
        free_bytes=room.free_bytes,
        hours_left=hours,
    )


def _level(hours: float | None) -> DiskLevel:
    if hours is None or hours >= LOW_HOURS:
        return "fine"
    if hours >= SHORT_HOURS:
        return "low"
    return "short" if hours >= LAST_HOURS else "last"
