"""A stream on the disk: `channel.json` beside its takes.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import logging
import shutil
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.archive.cuts import Cut, Edge
from folkmoot.media.pack import playlist
from folkmoot.media.pack.packager import Constants
from folkmoot.media.pack.take import (
    StoredTake,
    read_take,
    repair_take,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

logger = logging.getLogger(__name__)

STAGING = ".staging"
"""Directory in a stream's where takes are made that it will adopt."""


class Gap(msgspec.Struct, frozen=True):
    """A stretch of the meeting that the recording lacks, and why.

    `lost`: the room was on air and its signal was lost. Only such a gap may be
    filled from elsewhere; what was paused or off air was not for the public.
    """

    start_at: datetime
    end_at: datetime
    reason: str
    lost: bool = False


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that came from a local recording, and the gap that was there."""

    take_id: str
    start_at: datetime
    end_at: datetime
    gap: Gap
    confidence: float
    drift: float


class StreamState(msgspec.Struct, kw_only=True):
    """`channel.json`: what a stream keeps beside its takes.

    `renamed` gives the old id of a take that is getting a new one. `untold`: the
    recording changed and the journal may not know it yet.
    """

    constants: Constants = Constants()
    variants: list[playlist.Variant] = []
    takes: list[str] = []
    gaps: list[Gap] = []
    fills: list[Fill] = []
    state: str = "off"
    reason: str | None = None
    state_since: datetime | None = None
    next_take_id: str = ""
    cuts: list[Cut] = []
    edges: list[Edge] = []
    renamed: dict[str, str] = {}
    untold: bool = False


class StoredStream(msgspec.Struct, frozen=True):
    """What was found on the disk."""

    kept: StreamState
    takes: list[StoredTake]
    edges: list[StoredTake]


def read_state(directory: Path) -> StreamState | None:
    """Read `channel.json`; None if there is none. Raises `msgspec.DecodeError`."""
    path = directory / "channel.json"
    if not path.exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=StreamState)


def load_stream(directory: Path) -> StoredStream | None:
    """Read a stream, repairing what was left open; None if there is none."""
    shutil.rmtree(directory / STAGING, ignore_errors=True)  # a broken-off import
    kept = read_state(directory)
    if kept is None:
        return None
    for new, old in kept.renamed.items():  # killed while it got a new name
        if (directory / old).exists() and not (directory / new).exists():
            (directory / old).rename(directory / new)
    kept.renamed = {}
    takes, edges = [], []
    for take_id in list(kept.takes):
        take = _read(directory / take_id)
        if take is None:
            kept.takes.remove(take_id)  # killed between naming and making it
        else:
            takes.append(take)
    for edge in list(kept.edges):
        take = _read(directory / edge.take_id)
        if take is None:
            kept.edges.remove(edge)
        else:
            edges.append(take)
    return StoredStream(kept, takes, edges)


def _read(directory: Path) -> StoredTake | None:
    try:
        take = read_take(directory)
        if take.info.closed:
            return take
        take = repair_take(directory)
    except FileNotFoundError:
        return None
    logger.info(
        "take=%s repaired, %d bytes of a torn part removed",
        take.info.take_id, take.lost_bytes,
    )  # fmt: skip
    return take


def save_stream(directory: Path, kept: bytes) -> None:
    """Write `channel.json`."""
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / "channel.json", kept)


def move_take(source: Path, target: Path) -> None:
    """Move a take's directory."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def remove_take(directory: Path) -> None:
    """Remove one take."""
    shutil.rmtree(directory, ignore_errors=True)


def unlink_all(paths: Iterable[Path]) -> None:
    """Remove files, also where they are gone already."""
    for path in paths:
        path.unlink(missing_ok=True)


def remove_takes(directory: Path) -> None:
    """Remove a stream with all its takes."""
    (directory / "channel.json").unlink(missing_ok=True)
    for path in directory.glob("x_*"):
        shutil.rmtree(path, ignore_errors=True)
