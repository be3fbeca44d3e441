"""Films on the disk: what they hold, and how to read them as a publisher would send.

Files of every day: an OBS Matroska that was cut off has no length in its head, a
phone's film is turned by a note beside the picture and has an uneven rate, a podcast
has its cover as a film of one picture.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.encode import ffmpeg as programs
from folkmoot.media.encode.process import Limits, Program
from folkmoot.media.ingest.probing import read_description
from folkmoot.media.ingest.source import SourceInfo

if TYPE_CHECKING:
    from pathlib import Path

_LOOK_SECONDS = 10
_LIMITS = Limits(niceness=10, cpu_seconds=600)
_PROGRESS = re.compile(rb"out_time_us=(\d+)")
_NO_INDEX = "moov atom not found"


class FilmUnreadable(Exception):
    """A file that holds nothing we can play; the argument says why."""


class Film(msgspec.Struct, frozen=True, kw_only=True):
    """A file's source and its length in seconds."""

    path: str
    source: SourceInfo
    seconds: float

    @property
    def container(self) -> str:
        """The container in which its bytes go to the encoder.

        FLV keeps the picture as it is where it can be copied; MP4 is the one that
        carries on how a picture is turned; Matroska takes whatever else.
        """
        source = self.source
        if not source.upright:
            return "mp4"
        copied = (source.video_codec or "").startswith("avc1.") and source.even
        return "flv" if copied or not source.has_video else "matroska"


async def look_at(ffmpeg: str, path: Path) -> Film:
    """Find out what a film holds; raises `FilmUnreadable`."""
    text = await programs.describe(ffmpeg, ["-i", f"file:{path}"])
    if _NO_INDEX in text:
        raise FilmUnreadable(
            "it was cut off before its index was written. A program such as "
            "untrunc can repair it; recorders that write Matroska lose nothing then"
        )
    found = read_description(text.splitlines(), "")
    if found is None:
        raise FilmUnreadable("there is no picture or sound in it")
    packets = await _list_pictures(ffmpeg, path) if found.source.has_video else ""
    found = read_description(text.splitlines(), packets) or found
    seconds = programs.read_duration(text) or await _measure(ffmpeg, path)
    if not seconds:
        raise FilmUnreadable("there is no picture or sound in it")
    return Film(path=str(path), source=found.source, seconds=seconds)


def plan_reading(
    ffmpeg: str, film: Film, *, real_time: bool = False, endless: bool = False
) -> list[str]:
    """Return the command that writes a film to its output as its container."""
    source = film.source
    argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error"]
    argv += ["-protocol_whitelist", "file"]
    if real_time:
        argv += ["-re"]
    if endless:
        argv += ["-stream_loop", "-1"]
    argv += ["-i", f"file:{film.path}"]
    if not source.has_audio:
        argv += ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-shortest"]
    argv += ["-map", "0:V:0?", "-map", "0:a:0" if source.has_audio else "1:a:0"]
    kept = (source.audio_codec or "").startswith("mp4a")
    argv += ["-c:v", "copy", "-c:a", "copy" if kept else "aac", "-f", film.container]
    if film.container == "mp4":
        argv += ["-movflags", "+empty_moov+default_base_moof+frag_keyframe"]
        argv += ["-frag_duration", "500000"]
    return [*argv, "-flush_packets", "1", "pipe:1"]


async def _list_pictures(ffmpeg: str, path: Path) -> str:
    """List the first pictures, by which one knows whether the rate is even."""
    return (
        await _run(
            ffmpeg, "-t", str(_LOOK_SECONDS), "-i", f"file:{path}", "-map", "0:V:0",
            "-c", "copy", "-f", "framecrc", "pipe:1",
        )
    ).decode("ascii", "replace")  # fmt: skip


async def _measure(ffmpeg: str, path: Path) -> float:
    """Read a film to its end for its length: what was cut off doesn't tell it."""
    said = await _run(
        ffmpeg, "-i", f"file:{path}", "-map", "0:V:0?", "-map", "0:a:0?",
        "-c", "copy", "-progress", "pipe:1", "-f", "null", "-",
    )  # fmt: skip
    found = _PROGRESS.findall(said)
    return int(found[-1]) / 1e6 if found else 0.0


async def _run(ffmpeg: str, *arguments: str) -> bytes:
    program = await Program.start(
        [ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error",
         "-protocol_whitelist", "file,pipe,fd", *arguments],
        name="film.look",
        limits=_LIMITS,
        capture=True,
    )  # fmt: skip
    try:
        await program.close_input()
        output = await program.output.read()
        await program.wait()
    finally:
        await program.stop()
    return output
