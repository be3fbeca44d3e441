"""What the public sees and hears while a room is on hold: a still and silence.

A few seconds are made once for each rendition and played over and over, with
later times written into the fragments.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.encode.process import Limits, Program
from folkmoot.media.pack.fmp4 import Fmp4Reader, Fragment, Init

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from folkmoot.media.pack.playlist import Variant

logger = logging.getLogger(__name__)

LOOP_SECONDS = 3.2
"""Whole frames at 25, 30, 50 and 60 a second, and whole AAC frames at 48 kHz."""

_SAMPLE_RATE = 48_000
_AAC_FRAME = 1024
_PAPER, _INK = "0x1d2b36", "white"
_LINE_CHARACTERS = 34
_PROFILES = {"42": "baseline", "4d": "main", "64": "high"}


class Slate(msgspec.Struct, frozen=True):
    """One rendition's loop."""

    init: Init
    fragments: tuple[Fragment, ...]


class SlateFailed(Exception):
    """ffmpeg made no slate; the argument is its last word."""


async def make_slates(
    ffmpeg: str, variants: Sequence[Variant], *, text: str, part_seconds: float
) -> dict[str, Slate]:
    """A loop for each rendition. Raises `SlateFailed`."""
    async with asyncio.TaskGroup() as group:
        making = {
            variant.name: group.create_task(
                _try_slate(ffmpeg, variant, text, part_seconds),
                name=f"slate.{variant.name}",
            )
            for variant in variants
        }
    slates = {}
    for name, task in making.items():
        made = task.result()
        if isinstance(made, str):
            raise SlateFailed(made)
        slates[name] = made
    return slates


def play_slates(
    slates: Mapping[str, Slate], *, loops: int = 1 << 30
) -> Iterator[tuple[float, str, Slate, int, float]]:
    """In order: when it is due, rendition, slate, fragment's index, shift; seconds."""
    order = _order(slates)
    for loop in range(loops):
        shift = loop * LOOP_SECONDS
        for due, name, index in order:
            yield due + shift, name, slates[name], index, shift


def _order(slates: Mapping[str, Slate]) -> list[tuple[float, str, int]]:
    return sorted(
        (fragment.end_seconds, name, index)
        for name, slate in slates.items()
        for index, fragment in enumerate(slate.fragments)
    )


async def _try_slate(
    ffmpeg: str, variant: Variant, text: str, part_seconds: float
) -> Slate | str:
    """A loop, or why there is none: the others are made at the same time."""
    tail = ""
    directory = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="slate-")
    try:
        path = Path(directory.name) / "text"
        await asyncio.to_thread(path.write_text, _wrap(text), "utf-8")
        for drawing in (_draw(path, variant), ""):  # not every ffmpeg can write
            data, tail = await _run(_build_argv(ffmpeg, variant, drawing, part_seconds))
            if slate := _read(data):
                return slate
            logger.info("slate rendition=%s failed: %s", variant.name, tail)
    finally:
        await asyncio.to_thread(directory.cleanup)
    return tail


async def _run(argv: Sequence[str]) -> tuple[bytes, str]:
    program = await Program.start(
        argv, name="slate", limits=Limits(niceness=5, cpu_seconds=60), capture=True
    )
    try:
        await program.close_input()
        data = await program.output.read()
        await program.wait()
    finally:
        await program.stop()
    return data, " / ".join(program.tail[-2:])


def _read(data: bytes) -> Slate | None:
    reader = Fmp4Reader()
    items = list(reader.feed(data))
    fragments = tuple(item for item in items if isinstance(item, Fragment))
    return Slate(reader.init, fragments) if reader.init and fragments else None


def _build_argv(
    ffmpeg: str, variant: Variant, drawing: str, part_seconds: float
) -> list[str]:
    argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "warning"]
    channels = "stereo" if variant.width else "mono"
    if variant.width:
        rate = min(variant.frame_rate or 30.0, 30.0)
        size = f"{variant.width}x{variant.height}"
        argv += ["-f", "lavfi", "-i", f"color=c={_PAPER}:s={size}:r={rate:g}"]
    # The encoder begins with a frame of its own; with it the sound fills the loop.
    seconds = LOOP_SECONDS - _AAC_FRAME / _SAMPLE_RATE
    argv += ["-f", "lavfi", "-t", f"{seconds:.6f}"]
    argv += ["-i", f"anullsrc=r={_SAMPLE_RATE}:cl={channels}"]
    if variant.width:
        if drawing:
            argv += ["-vf", drawing]
        argv += [
            "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency",
            "-profile:v", _PROFILES.get(variant.codecs[5:7], "high"),
            "-pix_fmt", "yuv420p", "-g", "1000", "-sc_threshold", "0",
        ]  # fmt: skip
    argv += [
        "-t", f"{LOOP_SECONDS:g}", "-c:a", "aac", "-b:a", "48k",
        "-f", "mp4", "-movflags",
        "+empty_moov+default_base_moof+frag_keyframe+skip_trailer+frag_discont",
        "-frag_duration", str(round(part_seconds * 1e6)),
        "-use_editlist", "0", "-avoid_negative_ts", "disabled",
        "-output_ts_offset", "10", "-video_track_timescale", "90000", "pipe:1",
    ]  # fmt: skip
    return argv


def _draw(path: Path, variant: Variant) -> str:
    size = max(12, (variant.height or 360) // 14)
    return (
        f"drawtext=textfile={path}:expansion=none:fontcolor={_INK}:fontsize={size}"
        f":line_spacing={size // 2}:x=(w-text_w)/2:y=(h-text_h)/2"
    )


def _wrap(text: str) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= _LINE_CHARACTERS:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()[: 2 * _LINE_CHARACTERS]
    return "\n".join([*lines, line][:6])
