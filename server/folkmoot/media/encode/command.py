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
- `copyts` where FLV's own times count: an encoder that begins in the middle of a
  publication then stands on the same timeline as one that was there from the start.
- `tee` for a relay of an encoded picture: each other way encodes it twice. It opens
  encoders before it knows its containers, hence `global_header`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ffmpeg
import msgspec

from folkmoot.media.ingest.source import (
    FORCED_KEYFRAME_SECONDS,
    VBV_SECONDS,
    RenditionPlan,
    SourceInfo,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMELINE_START_SECONDS = 10.0
"""Media time of a take's first sample; leaves room for times before it."""

STILL_SECONDS = 20.0
"""A picture that has not changed for so long is worth a word."""

_SAMPLE_RATE = 48_000
# FLV comes interleaved; containers with fragments hold seconds of one track.
_INTERLEAVING = {"flv": {"max_interleave_delta": 1_000_000}}
_FLV_PROBE = {"analyzeduration": 200_000, "probesize": 200_000}
# Other containers tell the codecs' settings only in their first packets.
_OTHER_PROBE = {"analyzeduration": 1_000_000, "probesize": 1_000_000}


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What one encoder is for beside its renditions; descriptors are its own.

    `absolute`: the input's own times count (FLV that begins at zero), and
    `begins_seconds` is the media time of its zero. `follows`:
    key frames stand where the input has them. `first_key_seconds`: where a picture
    that we encode has its first key frame after the input's first picture.
    `relay` takes the leading rendition as FLV, `loudness` what the `ebur128`
    filter measures, `stillness` when the picture freezes and moves again.
    """

    absolute: bool = False
    begins_seconds: float = TIMELINE_START_SECONDS
    follows: bool = False
    first_key_seconds: float = 0.0
    relay: int | None = None
    loudness: int | None = None
    stillness: int | None = None


def build_argv(
    *,
    program: str,
    source: SourceInfo,
    renditions: Sequence[RenditionPlan],
    pipes: Mapping[str, int],
    part_seconds: float,
    input_format: str,
    errand: Errand | None = None,
) -> list[str]:
    """Ffmpeg's arguments: the source on fd 0, each rendition to `pipes[name]`."""
    errand = errand or Errand()
    copied = any(plan.video and plan.copied for plan in renditions)
    follows = errand.follows or copied
    video, audio = _inputs(source, input_format, errand)
    outputs = []
    for plan in renditions:
        streams = [
            stream for stream in (video if plan.video else None, audio) if stream
        ]
        options = {
            **_video_options(plan, errand, follows=follows),
            **_audio_options(plan, source, input_format),
            "map_metadata": -1,
            **_INTERLEAVING.get(input_format, {}),
        }
        muxer = _muxer_options(part_seconds, errand)
        target = f"pipe:{pipes[plan.name]}"
        leads = plan is renditions[0]
        if leads and errand.relay is not None and not plan.copied:
            slaves = f"[{_slave(muxer)}]{_escape(target)}|{_relay_slave(errand.relay)}"
            options |= {"f": "tee", "flags": "+global_header"}
            outputs.append(_output(streams, slaves, options))
            continue
        outputs.append(_output(streams, target, {**options, **muxer}))
        if leads and errand.relay is not None:
            relayed = {**options, **_RELAY, "output_ts_offset": TIMELINE_START_SECONDS}
            outputs.append(_output(streams, f"pipe:{errand.relay}", relayed))
    if errand.loudness is not None:
        outputs.append(_measure(audio, errand.loudness))
    return _compile(program, outputs)


_RELAY = {
    "f": "flv",
    "flvflags": "no_duration_filesize",
    "avoid_negative_ts": "disabled",
    "flush_packets": 1,
}


def _slave(options: Mapping[str, Any]) -> str:
    return ":".join(f"{name}={value}" for name, value in options.items())


def _escape(target: str) -> str:
    return target.replace(":", "\\:")


def _relay_slave(pipe: int) -> str:
    options = {**_RELAY, "output_ts_offset": TIMELINE_START_SECONDS}
    return f"[{_slave(options)}]{_escape(f'pipe:{pipe}')}"


def _measure(audio: Any, pipe: int) -> Any:
    """Loudness after EBU R128, ten times a second, as text."""
    # Twice: once for the filter's options, once for the graph.
    to_pipe = f"file=pipe\\\\:{pipe}:direct=1"
    words = f"ebur128=metadata=1,ametadata=print:{to_pipe}"
    return ffmpeg.output(audio, "-", f="null", af=words)


def _inputs(source: SourceInfo, input_format: str, errand: Errand) -> tuple[Any, Any]:
    stdin = ffmpeg.input(
        "pipe:0",
        f=input_format,
        protocol_whitelist="pipe,fd",
        threads=1,
        **({"copyts": None} if errand.absolute else {}),
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


def _video_options(
    plan: RenditionPlan, errand: Errand, *, follows: bool
) -> dict[str, Any]:
    if not plan.video:
        return {"vn": None}
    if plan.copied:
        return {"c:v": "copy"}
    small = plan.name != "source"
    options = _small_picture(plan) if small else _full_picture(plan)
    return {
        "c:v": "libx264",
        "preset": "veryfast",
        "tune": "zerolatency",
        "sc_threshold": 0,
        "enc_time_base:v": "1:90000",
        "fps_mode": "passthrough",
        "vf": _filters(plan, errand.stillness, even_rate=not follows),
        **options,
        **_key_frames(errand.first_key_seconds, follows=follows),
    }


def _small_picture(plan: RenditionPlan) -> dict[str, Any]:
    bits = plan.video_bits
    return {
        "profile:v": "main",
        "level": _level(plan),
        "threads:v": 1,
        "b:v": int(bits * 0.95),
        "maxrate": bits,
        "bufsize": int(bits * VBV_SECONDS),
    }


def _full_picture(plan: RenditionPlan) -> dict[str, Any]:
    return {
        "profile:v": "high",
        "level": _level(plan),
        "b:v": int(plan.video_bits * 0.8),
        "maxrate": plan.video_bits,
        "bufsize": plan.video_bits,
    }


def _level(plan: RenditionPlan) -> str:
    return f"{int(plan.codecs.split(',')[0][-2:], 16) / 10:.1f}"


def _filters(plan: RenditionPlan, stillness: int | None, *, even_rate: bool) -> str:
    steps = [
        f"scale={plan.width}:{plan.height}:flags=bilinear",
        "setsar=1",
        "format=yuv420p",
    ]
    if even_rate:  # a source that we re-encode may have any rate, or none
        # And a phone that is turned changes its picture's shape as it sends.
        steps[:1] = [
            f"fps={plan.frame_rate or 30:g}",
            f"{steps[0]}:force_original_aspect_ratio=decrease:force_divisible_by=2",
            f"pad={plan.width}:{plan.height}:-1:-1",
        ]
    if stillness is not None:
        steps.append(f"freezedetect=n=-60dB:d={STILL_SECONDS:g}")
        steps += [
            f"metadata=print:key=lavfi.freezedetect.freeze_{end}"
            f":file=pipe\\\\:{stillness}:direct=1"
            for end in ("start", "end")
        ]
    return ",".join(steps)


def _key_frames(first_seconds: float, *, follows: bool) -> dict[str, Any]:
    """Where a rung that we encode has its key frames: where the leading one has."""
    if follows:
        return {"force_key_frames": "source", "g": 100_000}
    each = (
        f"expr:if(isnan(prev_forced_t),gte(t,{first_seconds:.6f}),"
        f"gte(t,prev_forced_t+{FORCED_KEYFRAME_SECONDS:g}-0.001))"
    )
    return {"force_key_frames": each, "g": 100_000}


def _audio_options(
    plan: RenditionPlan, source: SourceInfo, input_format: str
) -> dict[str, Any]:
    codec = source.audio_codec or "mp4a.40.2"
    # Only FLV names the AAC settings up front, as an empty moov needs them; the
    # cost of encoding a sound track is small.
    copyable = input_format == "flv" and codec.startswith("mp4a.40")
    if plan.video and plan.name == "source" and copyable:
        return {"c:a": "copy"}
    encoded = {"c:a": "aac", "ar": _SAMPLE_RATE, "af": "aresample=async=1"}
    return {**encoded, "ac": 2 if plan.video else 1, "b:a": plan.audio_bits}


def _muxer_options(part_seconds: float, errand: Errand) -> dict[str, Any]:
    return {
        "f": "mp4",
        "movflags": (
            "+empty_moov+default_base_moof+frag_keyframe+skip_trailer+frag_discont"
        ),
        "frag_duration": round(part_seconds * 1e6),
        "flush_packets": 1,
        "use_editlist": 0,
        "avoid_negative_ts": "disabled",
        "output_ts_offset": errand.begins_seconds,
        "video_track_timescale": 90_000,
    }
