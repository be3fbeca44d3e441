"""What was taken away is erased when its days are over, and not before."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from folkmoot.media.archive.vault import erase_old
from folkmoot.media.webcast import Webcast
from folkmoot.settings import MediaSettings
from folkmoot.tasks import TaskOwner

DAY = 86_400


def put(vault: Path, name: str, *, days: float) -> Path:
    """Put a segment that was taken away so many days ago."""
    path = vault / "x_1" / "source" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"seconds")
    at = time.time() - days * DAY
    os.utime(path, (at, at))
    return path


def test_only_what_is_older_is_erased(tmp_path: Path) -> None:
    old, young = put(tmp_path, "1.m4s", days=31), put(tmp_path, "2.m4s", days=29)
    assert erase_old(tmp_path, 30) == 1
    assert not old.exists()
    assert young.exists()


async def test_a_starting_webcast_erases_what_has_had_its_time(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    old = put(tmp_path / "private/m_1/r_1/removed", "1.m4s", days=8)
    young = put(tmp_path / "private/m_1/r_1/removed", "2.m4s", days=6)
    tasks = TaskOwner()

    async def nobody(_change: object) -> None:
        return

    webcast = Webcast(
        media_root=tmp_path / "media",
        private_root=tmp_path / "private",
        settings=MediaSettings(taken_away_days=7),
        tasks=tasks,
        clock=lambda: datetime.now(UTC),
        on_source=nobody,
        ffmpeg=ffmpeg_path,
    )
    try:
        await webcast.start()
        async with asyncio.timeout(45):
            while old.exists():
                await asyncio.sleep(0.01)
        assert young.exists()
    finally:
        await tasks.aclose()
        await webcast.aclose()
