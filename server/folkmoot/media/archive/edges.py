"""Encodes what is left of a segment beside a cut, to the frame, as a small take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folkmoot.media.encode.process import Limits, Program, ProgramGone
from folkmoot.media.pack.fmp4 import Fmp4Reader, Fragment
from folkmoot.media.pack.packager import Part, PartAdded, SegmentClosed, make_segment
from folkmoot.media.pack.playlist import name_segment
from folkmoot.media.pack.take import TakeInfo, TakeWriter
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from folkmoot.media.archive.cuts import Edge
    from folkmoot.media.pack.fmp4 import Init
    from folkmoot.media.pack.packager import Step
    from folkmoot.media.pack.playlist import Variant
    from folkmoot.media.pack.recorder import Recorder

_LIMITS = Limits(niceness=5, cpu_seconds=60)
_PROFILES = {"42": "baseline", "4d": "main", "64": "high"}
_MIN_AUDIO_BITS = 48_000
_MAX_AUDIO_BITS = 160_000


class EdgeFailed(Exception):
    """ffmpeg made no edge; the argument is its last word."""


async def make_edge(
    ffmpeg: str,
    recorder: Recorder,
    *,
    edge: Edge,
    info: TakeInfo,
    inits: Path,
    segments: Path,
    target: Path,
) -> None:
    """Write the take of an edge to `target`. Raises `EdgeFailed`, `OSError`.

    `info` is the take that it comes from; `inits` and `segments` are where the
    renditions' directories lie, today's and those in the vault.
    """
    start = (edge.from_at - info.anchor_at).total_seconds()
    end = (edge.to_at - info.anchor_at).total_seconds()
    made: dict[str, tuple[Init, list[Fragment]]] = {}
    for variant in info.variants:
        source = await recorder.run(
            _read_source,
            inits / variant.name / "init.mp4",
            segments / variant.name / name_segment(edge.sequence),
        )
        if source is not None:
            part_seconds = info.constants.part_seconds
            argv = _build_argv(ffmpeg, variant, start, end, part_seconds)
            made[variant.name] = await _encode(argv, source)
    if info.leading not in made:
        raise EdgeFailed("The seconds beside the cut are no longer there.")
    await recorder.run(_write, target, edge, info, made)


def _read_source(init: Path, segment: Path) -> bytes | None:
    try:
        return init.read_bytes() + segment.read_bytes()
    except FileNotFoundError:
        return None  # this rendition had a gap there


def _build_argv(
    ffmpeg: str, variant: Variant, start: float, end: float, part_seconds: float
) -> list[str]:
    span = f"start={start:.6f}:end={end:.6f}"
    argv = [
        ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-copyts",
        "-protocol_whitelist", "pipe", "-f", "mp4", "-i", "pipe:0",
        "-af", f"atrim={span}",
    ]  # fmt: skip
    audio_bits = _MAX_AUDIO_BITS
    if variant.width:
        argv += [
            "-vf", f"trim={span}", "-c:v", "libx264", "-preset", "veryfast",
            "-crf", "20", "-maxrate", str(variant.bandwidth),
            "-bufsize", str(2 * variant.bandwidth), "-bf", "0",
            "-profile:v", _PROFILES.get(variant.codecs[5:7], "high"),
            "-pix_fmt", "yuv420p", "-g", "1000", "-sc_threshold", "0",
        ]  # fmt: skip
    else:
        audio_bits = min(audio_bits, max(_MIN_AUDIO_BITS, variant.bandwidth))
    return [
        *argv, "-c:a", "aac", "-b:a", str(audio_bits), "-f", "mp4", "-movflags",
        "+empty_moov+default_base_moof+frag_keyframe+skip_trailer+frag_discont",
        "-frag_duration", str(round(part_seconds * 1e6)), "-use_editlist", "0",
        "-avoid_negative_ts", "disabled", "-video_track_timescale", "90000", "pipe:1",
    ]  # fmt: skip


async def _encode(argv: Sequence[str], source: bytes) -> tuple[Init, list[Fragment]]:
    program = await Program.start(argv, name="edge", limits=_LIMITS, capture=True)
    feeding = TaskOwner()
    feeding.start(_feed(program, source), name="edge.feed")
    try:
        data = await program.output.read()
        code = await program.wait()
    finally:
        await feeding.aclose()
        await program.stop()
    reader = Fmp4Reader()
    fragments = [each for each in reader.feed(data) if isinstance(each, Fragment)]
    if code != 0 or reader.init is None or not fragments:
        raise EdgeFailed(" / ".join(program.tail[-2:]) or "ffmpeg wrote nothing")
    return reader.init, fragments


async def _feed(program: Program, data: bytes) -> None:
    try:
        await program.write(data)
    except ProgramGone:
        return
    await program.close_input()


def _write(
    target: Path,
    edge: Edge,
    info: TakeInfo,
    made: dict[str, tuple[Init, list[Fragment]]],
) -> None:
    writer = TakeWriter(
        target,
        TakeInfo(
            take_id=target.name,
            kind="edge",
            anchor_at=info.anchor_at,
            leading=info.leading,
            variants=tuple(each for each in info.variants if each.name in made),
            constants=info.constants,
            origin=edge.origin,
        ),
    )
    for name, (init, fragments) in made.items():
        writer.add_init(name, init.data)
        writer.write(_steps(name, edge.sequence, info, fragments))
    writer.close()


def _steps(
    name: str, sequence: int, info: TakeInfo, fragments: Sequence[Fragment]
) -> list[Step]:
    steps: list[Step] = []
    parts: list[Part] = []
    for number, fragment in enumerate(fragments, 1):
        part = Part(
            number=number,
            offset=parts[-1].offset + parts[-1].size if parts else 0,
            size=len(fragment.data),
            start_seconds=round(fragment.start_seconds, 6),
            duration_seconds=round(fragment.duration_seconds, 6),
            independent=fragment.independent,
        )
        parts.append(part)
        steps.append(PartAdded(name, sequence, part, fragment.data))
    segment = make_segment(sequence, info.take_id, info.anchor_at, parts)
    return [*steps, SegmentClosed(name, segment)]
