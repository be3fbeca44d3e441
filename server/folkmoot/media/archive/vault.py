"""Where media lie that were public and were taken away, until they are erased.

    <vault>/<first id of the take>/<rendition>/NNNNN.m4s

The vault is in the private root: no address leads there. Everything here blocks.
"""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.playlist import name_segment
from folkmoot.media.pack.take import (
    TakeInfo,
    read_info,
    read_take,
    write_atomically,
    write_indexes,
)

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.pack.take import GoneSegment


def take_away(directory: Path, vault: Path, gone: tuple[GoneSegment, ...]) -> TakeInfo:
    """Make `gone` what a closed take lacks.

    What it lacked before and does not now comes back. A file that no longer lies
    in the vault stays away. Idempotent.
    """
    info = read_info(directory)
    origin = info.origin or info.take_id
    info = msgspec.structs.replace(info, gone=gone, origin=origin)
    info = without_erased(info, directory, vault)
    write_atomically(directory / "take.json", msgspec.json.encode(info))
    move_files(directory, vault, info)
    write_indexes(directory, read_take(directory))
    return info


def move_files(directory: Path, vault: Path, info: TakeInfo) -> None:
    """Move files so that exactly what is gone lies in the vault. Idempotent."""
    names = {name_segment(each.sequence) for each in info.gone}
    for variant in info.variants:
        public = directory / variant.name
        private = vault / (info.origin or info.take_id) / variant.name
        for name in names:
            if (public / name).exists():
                private.mkdir(parents=True, exist_ok=True)
                shutil.move(public / name, private / name)
                os.utime(private / name)  # from now on it counts towards its end
        for path in private.glob("*.m4s"):
            if path.name not in names:
                shutil.move(path, public / path.name)


def erase_old(vault: Path, days: float) -> int:
    """Erase what was taken away longer ago; how many files that were."""
    before = time.time() - days * 86_400
    erased = 0
    for path in vault.glob("*/*/*.m4s"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            erased += 1
    return erased


def without_erased(info: TakeInfo, directory: Path, vault: Path) -> TakeInfo:
    """Keep away what can't come back because it was erased."""
    before = read_info(directory).gone
    wanted = info.gone_sequences
    hidden = vault / (info.origin or info.take_id) / info.leading
    lost = tuple(
        each
        for each in before
        if each.sequence not in wanted
        and not (hidden / name_segment(each.sequence)).exists()
        and not (directory / info.leading / name_segment(each.sequence)).exists()
    )
    gone = sorted((*info.gone, *lost), key=lambda each: each.sequence)
    return msgspec.structs.replace(info, gone=tuple(gone))
