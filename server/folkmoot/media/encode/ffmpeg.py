"""Finds ffmpeg on this machine and asks it things."""

from __future__ import annotations

import os
import re
import shutil
from functools import cache
from typing import TYPE_CHECKING

from folkmoot.media.encode.process import Limits, Program

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = re.compile(r"ffmpeg version n?(\S+)")
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")


class FfmpegMissing(Exception):
    """No ffmpeg on this machine; the argument says how to get one."""


def find_ffmpeg(configured: str | None = None) -> str:
    """The path of ffmpeg: as configured, on PATH, else from `imageio-ffmpeg`.

    The environment's FOLKMOOT_FFMPEG stands in for `configured`. Raises
    `FfmpegMissing`. Blocks for a moment: for start-up only.
    """
    wanted = configured or os.environ.get("FOLKMOOT_FFMPEG")
    if wanted:
        found = shutil.which(wanted)
        if found is None:
            raise FfmpegMissing(f"There is no program at {wanted!r}.")
        return found
    return shutil.which("ffmpeg") or _bundled()


@cache
def _bundled() -> str:
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - slow, and seldom needed
    except ImportError:
        raise FfmpegMissing(
            "Install ffmpeg, or `pip install imageio-ffmpeg`."
        ) from None
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise FfmpegMissing(str(error)) from None


async def read_version(ffmpeg: str) -> str:
    """Its version, such as "5.1.9"; raises `FfmpegMissing` if it doesn't run."""
    program = await Program.start(
        [ffmpeg, "-version"], name="ffmpeg.version", capture=True
    )
    first_line = (await program.output.read()).decode("utf-8", "replace")
    code = await program.stop()
    match = _VERSION.search(first_line)
    if code != 0 or match is None:
        raise FfmpegMissing(f"{ffmpeg} does not run: {' '.join(program.tail)}")
    return match.group(1)


async def read_duration_seconds(ffmpeg: str, path: Path) -> float | None:
    """How long a file plays, or None where that can't be told."""
    return read_duration(await describe(ffmpeg, ["-i", f"file:{path}"]))


def read_duration(text: str) -> float | None:
    """The length that ffmpeg's words tell, in seconds."""
    match = _DURATION.search(text)
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


async def describe(ffmpeg: str, arguments: list[str]) -> str:
    """What ffmpeg says of an input; ffprobe is not always there to ask."""
    program = await Program.start(
        [ffmpeg, "-hide_banner", "-nostdin", *arguments],
        name="ffmpeg.describe",
        limits=Limits(niceness=5, cpu_seconds=60),
    )
    await program.close_input()
    await program.wait()
    return "\n".join(program.tail)
