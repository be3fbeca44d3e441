"""Asks ffmpeg what the first bytes of a stream hold.

Not ffprobe: `imageio-ffmpeg` brings none. ffmpeg names the streams on its
standard error, and its `framecrc` output lists the packets with a flag on those
that are not key frames.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.process import Limits, Program, ProgramGone
from folkmoot.media.source import SourceInfo
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Sequence

_STREAM = re.compile(r"Stream #0:\d+\S*: (Video|Audio): (\w+)(?: \(([^)]*)\))?(.*)")
_SIZE = re.compile(r"\b(\d{2,5})x(\d{2,5})\b")
_RATE = re.compile(r"([\d.]+)(k?) (fps|tbr)")
_NEAR = 0.05
_TIME_BASE = re.compile(r"#tb 0: (\d+)/(\d+)")
_FLAGS = re.compile(r"F=0x([0-9A-Fa-f]+)")
_FIRST_FIELDS = 2
_LISTING_CONTAINERS = frozenset({"matroska", "mp4"})  # all tracks stand at the front
_PROFILES = {"High": "6400", "Main": "4d40", "Constrained Baseline": "42e0"}
_PROFILES |= {"Baseline": "4200", "High 10": "6e00", "High 4:2:2": "7a00"}
_LIMITS = Limits(niceness=5, cpu_seconds=20)


class Finding(msgspec.Struct, frozen=True):
    """A source and how much of its picture was there to look at."""

    source: SourceInfo
    media_seconds: float


async def probe(ffmpeg: str, container: str, data: bytes) -> Finding | None:
    """What ffmpeg finds at the beginning of `data`, or None if nothing."""
    program = await Program.start(
        [ffmpeg, "-hide_banner", "-nostdin", "-nostats",
         "-protocol_whitelist", "pipe,fd", "-f", container, "-i", "pipe:0",
         "-map", "0:v:0?", "-c", "copy", "-f", "framecrc", "pipe:1"],
        name="probe",
        limits=_LIMITS,
        capture=True,
    )  # fmt: skip
    feeding = TaskOwner()
    fed = feeding.start(_feed(program, data), name="probe.feed")
    try:
        packets = (await program.output.read()).decode("ascii", "replace")
        await fed
        await program.wait()
    finally:
        await feeding.aclose()
        await program.stop()
    return read_description(program.tail, packets)


def is_settled(found: Finding | None, *, container: str, wait_seconds: float) -> bool:
    """Whether more bytes would hardly tell more."""
    if found is None:
        return False
    source = found.source
    listed = container in _LISTING_CONTAINERS
    if not (source.has_video and source.has_audio) and not listed:
        return found.media_seconds >= wait_seconds
    if (source.video_codec or "").startswith("avc1."):
        interval = source.keyframe_interval_seconds
        return interval is not None or found.media_seconds >= wait_seconds
    return True


def read_description(lines: Sequence[str], packets: str) -> Finding | None:
    """A source out of ffmpeg's words and its list of video packets."""
    streams = [match for line in lines if (match := _STREAM.search(line))]
    video = next((match for match in streams if match[1] == "Video"), None)
    audio = next((match for match in streams if match[1] == "Audio"), None)
    if video is None and audio is None:
        return None
    size = _SIZE.search(video[4]) if video else None
    times = _packet_seconds(packets)
    source = SourceInfo(
        has_video=video is not None,
        has_audio=audio is not None,
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        fps=_rate(video[4]) if video else None,
        video_codec=_video_codec(video[2], video[3]) if video else None,
        audio_codec=_audio_codec(audio[2]) if audio else None,
        keyframe_interval_seconds=_interval([at for at, key in times if key]),
    )
    return Finding(source, times[-1][0] - times[0][0] if times else 0.0)


def _rate(words: str) -> float | None:
    """Frames a second: the mean, or the even rate close to it ("tbr")."""
    rates = {
        match[3]: float(match[1]) * (1000 if match[2] else 1)
        for match in _RATE.finditer(words)
    }
    mean, even = rates.get("fps"), rates.get("tbr")
    if mean is None or (even is not None and abs(mean - even) <= mean * _NEAR):
        return even
    return mean


async def _feed(program: Program, data: bytes) -> None:
    with suppress(ProgramGone):
        await program.write(data)
    await program.close_input()


def _video_codec(name: str, profile: str | None) -> str:
    """RFC 6381 for H.264, whose level ffmpeg does not tell; else ffmpeg's name."""
    if name != "h264":
        return name
    return f"avc1.{_PROFILES.get(profile or '', '6400')}28"


def _audio_codec(name: str) -> str:
    return "mp4a.40.2" if name == "aac" else name


def _packet_seconds(packets: str) -> list[tuple[float, bool]]:
    """Decode time and key frame flag of each packet in a framecrc list."""
    base = _TIME_BASE.search(packets)
    if base is None:
        return []
    tick = int(base[1]) / int(base[2])
    return [
        (int(fields[1]) * tick, _is_key(line))
        for line in packets.splitlines()
        if not line.startswith("#") and len(fields := line.split(",")) > _FIRST_FIELDS
    ]


def _is_key(line: str) -> bool:
    flags = _FLAGS.search(line)  # absent where a packet is a key frame and no more
    return flags is None or int(flags[1], 16) & 1 == 1


def _interval(times: list[float]) -> float | None:
    gaps = [after - before for before, after in pairwise(times)]
    return round(max(gaps), 3) if gaps else None
