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

from folkmoot.media.encode.process import Limits, Program, ProgramGone
from folkmoot.media.ingest.source import SourceInfo
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Sequence

_STREAM = re.compile(r"Stream #0:\d+\S*: (Video|Audio): (\w+)(?: \(([^)]*)\))?(.*)")
_TURN = re.compile(r"display ?matrix: rotation of (-?[\d.]+) degrees", re.IGNORECASE)
_COVER = "(attached pic)"
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
_FEW_GAPS = 5
_ROUNDING_SECONDS = 0.0025
_UNEVEN = 0.25
_FEW_UNEVEN = 0.04
_USUAL_RATES = (15.0, 20.0, 24.0, 25.0, 30.0)
_SLOWEST_RATE = 8.0
_CLOCK_RATE = 240.0  # above it is the container's clock, not a rate
_RATE_SECONDS = 0.7
_NEARLY = 0.97  # a picture now and then is late


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
    if source.has_video and container == "matroska":
        # Without a rate in its head it is told from the pictures.
        return found.media_seconds >= _RATE_SECONDS
    return True


def read_description(lines: Sequence[str], packets: str) -> Finding | None:
    """A source out of ffmpeg's words and its list of video packets."""
    streams = [
        match
        for line in lines
        if _COVER not in line and (match := _STREAM.search(line))
    ]
    video = next((match for match in streams if match[1] == "Video"), None)
    audio = next((match for match in streams if match[1] == "Audio"), None)
    if video is None and audio is None:
        return None
    size = _SIZE.search(video[4]) if video else None
    times = _packet_seconds(packets)
    moments = [at for at, _ in times]
    even = is_even(moments)
    turn = next((abs(float(at[1])) for at in map(_TURN.search, lines) if at), 0.0)
    width, height = (int(size[1]), int(size[2])) if size else (None, None)
    if turn % 180 > 1:
        width, height = height, width
    source = SourceInfo(
        has_video=video is not None,
        has_audio=audio is not None,
        width=width,
        height=height,
        fps=(_rate(video[4]) if even else measure_rate(moments)) if video else None,
        video_codec=_video_codec(video[2], video[3]) if video else None,
        audio_codec=_audio_codec(audio[2]) if audio else None,
        keyframe_interval_seconds=_interval([at for at, key in times if key]),
        even=even,
        upright=turn < 1,
    )
    return Finding(source, times[-1][0] - times[0][0] if times else 0.0)


def _rate(words: str) -> float | None:
    """Frames a second: the mean, or the even rate close to it ("tbr")."""
    rates = {
        match[3]: float(match[1]) * (1000 if match[2] else 1)
        for match in _RATE.finditer(words)
    }
    rates = {name: rate for name, rate in rates.items() if rate <= _CLOCK_RATE}
    mean, even = rates.get("fps"), rates.get("tbr")
    if mean is None or (even is not None and abs(mean - even) <= mean * _NEAR):
        return even
    return mean


def is_even(moments: Sequence[float]) -> bool:
    """Whether pictures come at a constant rate, but for the rounding of times.

    A browser's camera sends a picture when there is one: some gaps are twice as
    long as others. Containers with whole milliseconds are off by one.
    """
    gaps = sorted(after - before for before, after in pairwise(moments))
    if len(gaps) < _FEW_GAPS:
        return True
    middle = gaps[len(gaps) // 2]
    allowed = max(_ROUNDING_SECONDS, middle * _UNEVEN)
    uneven = sum(abs(gap - middle) > allowed for gap in gaps)
    return uneven <= len(gaps) * _FEW_UNEVEN


def measure_rate(moments: Sequence[float]) -> float:
    """The usual rate at or above the one of these pictures; 30 at most.

    Very few come of a screen that stands still; it won't for long.
    """
    seconds = moments[-1] - moments[0] if moments else 0.0
    rate = (len(moments) - 1) / seconds if seconds > 0 else 0.0
    if rate < _SLOWEST_RATE:
        return _USUAL_RATES[-1]
    usual = (each for each in _USUAL_RATES if each >= rate * _NEARLY)
    return next(usual, _USUAL_RATES[-1])


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
