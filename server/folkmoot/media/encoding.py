"""The command line of the encoder, pure.

Why these options (each was seen to matter with ffmpeg 5.1 and 9.0):

- `frag_discont`, `use_editlist 0`, `avoid_negative_ts disabled` and one offset
  for all outputs: otherwise the muxer moves each track of each rendition to
  zero on its own, and they part by an audio frame or by the B-frames' delay.
- `enc_time_base` 1/90000 and `fps_mode passthrough`: otherwise an encoded
  picture is moved to the frame grid, up to a frame away from the copied one.
- `analyzeduration` and `probesize` small, but never `-fflags nobuffer`, which
  drops the packets that were probed.
- `threads 1` for the decoder: frame threads hold pictures back.
- `max_interleave_delta` 1 s: a sound track that falls silent must not hold the
  pictures for ffmpeg's ten seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ffmpeg

from folkmoot.media.source import FORCED_KEYFRAME_SECONDS, RenditionPlan, SourceInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMELINE_START_SECONDS = 10.0
"""Media time of a take's first sample; leaves room for times before it."""

_SMALL_VIDEO_BITS = 440_000
_SMALL_AUDIO_BITS = 64_000
_AUDIO_ONLY_BITS = 48_000
_FULL_AUDIO_BITS = 128_000
_SAMPLE_RATE = 48_000
# FLV comes interleaved; containers with fragments hold seconds of one track.
_INTERLEAVING = {"flv": {"max_interleave_delta": 1_000_000}}
_FLV_PROBE = {"analyzeduration": 200_000, "probesize": 200_000}
# Other containers tell the codecs' settings only in their first packets.
_OTHER_PROBE = {"analyzeduration": 1_000_000, "probesize": 1_000_000}


def build_argv(
    *,
    program: str,
    source: SourceInfo,
    renditions: Sequence[RenditionPlan],
    pipes: Mapping[str, int],
    part_seconds: float,
    input_format: str,
) -> list[str]:
    """Ffmpeg's arguments: the source on fd 0, each rendition to `pipes[name]`."""
    leading_is_copied = any(plan.video and plan.copied for plan in renditions)
    video, audio = _inputs(source, input_format)
    outputs = [
        _output(
            [stream for stream in (video if plan.video else None, audio) if stream],
            f"pipe:{pipes[plan.name]}",
            {
                **_video_options(plan, leading_is_copied=leading_is_copied),
                **_audio_options(plan, source, input_format),
                **_muxer_options(part_seconds),
                **_INTERLEAVING.get(input_format, {}),
            },
        )
        for plan in renditions
    ]
    return _compile(program, outputs)


def _inputs(source: SourceInfo, input_format: str) -> tuple[Any, Any]:
    stdin = ffmpeg.input(
        "pipe:0",
        f=input_format,
        protocol_whitelist="pipe,fd",
        threads=1,
        **(_FLV_PROBE if input_format == "flv" else _OTHER_PROBE),
    )
    if source.has_audio or input_format == "flv":  # there silence is put in
        return stdin["v:0"], stdin["a:0"]
    silence = ffmpeg.input(f"anullsrc=r={_SAMPLE_RATE}:cl=stereo", f="lavfi")
    return stdin["v:0"], silence["a:0"]


def _output(streams: list[Any], target: str, options: dict[str, Any]) -> Any:
    return ffmpeg.output(*streams, target, **options)


def _compile(program: str, outputs: list[Any]) -> list[str]:
    merged = ffmpeg.merge_outputs(*outputs)
    quiet = merged.global_args(
        "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y"
    )
    return [str(word) for word in ffmpeg.compile(quiet, cmd=program)]


def _video_options(plan: RenditionPlan, *, leading_is_copied: bool) -> dict[str, Any]:
    if not plan.video:
        return {"vn": None}
    if plan.copied:
        return {"c:v": "copy"}
    options = _small_picture() if plan.name == "360p" else _full_picture(plan)
    return {
        "c:v": "libx264",
        "preset": "veryfast",
        "tune": "zerolatency",
        "sc_threshold": 0,
        "enc_time_base:v": "1:90000",
        "fps_mode": "passthrough",
        "vf": _filters(plan, even_rate=not leading_is_copied),
        **options,
        **_key_frames(leading_is_copied=leading_is_copied),
    }


def _small_picture() -> dict[str, Any]:
    return {
        "profile:v": "main",
        "level": "3.1",
        "threads:v": 1,
        "b:v": _SMALL_VIDEO_BITS,
        "maxrate": int(_SMALL_VIDEO_BITS * 1.1),
        "bufsize": _SMALL_VIDEO_BITS,
    }


def _full_picture(plan: RenditionPlan) -> dict[str, Any]:
    bits = plan.bandwidth - _FULL_AUDIO_BITS
    level = int(plan.codecs.split(",")[0][-2:], 16) / 10
    return {
        "profile:v": "high",
        "level": f"{level:.1f}",
        "b:v": int(bits * 0.8),
        "maxrate": bits,
        "bufsize": bits,
    }


def _filters(plan: RenditionPlan, *, even_rate: bool) -> str:
    steps = [
        f"scale={plan.width}:{plan.height}:flags=bilinear",
        "setsar=1",
        "format=yuv420p",
    ]
    if even_rate:  # a source that we re-encode may have any rate, or none
        steps.insert(0, f"fps={plan.frame_rate or 30:g}")
    return ",".join(steps)


def _key_frames(*, leading_is_copied: bool) -> dict[str, Any]:
    """Where a rung that we encode has its key frames: where the leading one has."""
    if leading_is_copied:
        return {"force_key_frames": "source", "g": 100_000}
    each = f"expr:gte(t,n_forced*{FORCED_KEYFRAME_SECONDS:g})"
    return {"force_key_frames": each, "g": 100_000}


def _audio_options(
    plan: RenditionPlan, source: SourceInfo, input_format: str
) -> dict[str, Any]:
    codec = source.audio_codec or "mp4a.40.2"
    # Only FLV names the AAC settings up front, as an empty moov needs them; the
    # cost of encoding a sound track is small.
    copyable = input_format == "flv" and codec.startswith("mp4a.40")
    if plan.video and plan.name != "360p" and copyable:
        return {"c:a": "copy"}
    encoded = {"c:a": "aac", "ar": _SAMPLE_RATE, "af": "aresample=async=1"}
    if not plan.video:
        return {**encoded, "ac": 1, "b:a": _AUDIO_ONLY_BITS}
    small = plan.name == "360p"
    return {**encoded, "ac": 2, "b:a": _SMALL_AUDIO_BITS if small else _FULL_AUDIO_BITS}


def _muxer_options(part_seconds: float) -> dict[str, Any]:
    return {
        "f": "mp4",
        "movflags": (
            "+empty_moov+default_base_moof+frag_keyframe+skip_trailer+frag_discont"
        ),
        "frag_duration": round(part_seconds * 1e6),
        "flush_packets": 1,
        "use_editlist": 0,
        "avoid_negative_ts": "disabled",
        "output_ts_offset": TIMELINE_START_SECONDS,
        "video_track_timescale": 90_000,
        "map_metadata": -1,
    }
