"""What a publisher sends, who takes it, and which renditions are made of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET_SEGMENT_SECONDS = 4.0
"""Key frames further apart than this can't be cut into our segments."""

FORCED_KEYFRAME_SECONDS = 2.0
"""Distance of the key frames that we force where we encode the leading rung."""

LADDER = ("source", "360p", "audio")
"""Names of the renditions, best first."""

_AUDIO_CODEC = "mp4a.40.2"
_SMALL_BOX = (640, 360)
_SMALL_CODEC = "avc1.4d401f"  # Main, level 3.1: what the encoder is told to make
_SMALL_BANDWIDTH = 560_000
_AUDIO_BANDWIDTH = 56_000
_FALLBACK_FRAME_RATE = 30.0
_COPIED_PROFILES = frozenset({"42", "4d", "64"})  # 4:2:0, 8 bits: browsers play them
_MAX_FRAME_RATE = 60.0
_LEVELS = (  # H.264 table A-1: level, macroblocks a second, macroblocks a frame
    ("1f", 108_000, 3_600),
    ("28", 245_760, 8_192),
    ("2a", 522_240, 8_704),
    ("33", 983_040, 36_864),
    ("34", 2_073_600, 36_864),
)


class UnknownStreamKey(Exception):
    """No room has this stream key."""


class StreamKeyInUse(Exception):
    """Another publisher is already on air with this stream key."""


class PublicationClosed(Exception):
    """The desk has ended this publication; the argument is its reason."""


class Publication(Protocol):
    """Where one accepted publisher's bytes go."""

    async def write(self, tag_bytes: bytes) -> None:
        """Take container bytes in order; return when more may come.

        For FLV the first bytes are the file header and each call holds whole
        tags. Raises `PublicationClosed` when the desk has ended it.
        """
        ...

    async def close(self, reason: str) -> None:
        """The publisher is gone, for `reason` in plain words. Idempotent."""
        ...


class PublisherDesk(Protocol):
    """Who knows the stream keys and takes publications."""

    async def open_publication(
        self, stream_key: str, *, container: str, peer: str
    ) -> Publication:
        """Accept a publisher, or raise `UnknownStreamKey` or `StreamKeyInUse`.

        `container` is one of "flv", "mpegts", "matroska" and "mp4"; `peer` is
        the publisher's address for the log.
        """
        ...


class SourceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher sends, as found in its first bytes.

    Codecs stand in the form of RFC 6381; `bitrate` is in bits a second.
    """

    has_video: bool
    has_audio: bool
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    keyframe_interval_seconds: float | None = None
    bitrate: int | None = None


class RenditionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One rendition of a take; `bandwidth` is its peak in bits a second.

    `copied` speaks of the video (of the audio in a rendition without video).
    """

    name: str
    video: bool
    audio: bool
    copied: bool
    bandwidth: int
    codecs: str
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None


def plan_renditions(
    source: SourceInfo, *, ladder: Sequence[str] = LADDER
) -> tuple[RenditionPlan, ...]:
    """Decide which renditions to make, and whether the top one can be copied.

    `ladder` names the wanted rungs out of `LADDER`. Each rung with video has
    audio too; a source without video yields "audio" alone, whatever the
    ladder says, since a take needs a rendition.
    """
    if not source.has_video:
        return (_plan_audio(),)
    return tuple(_plan(name, source) for name in ladder)


def _plan(name: str, source: SourceInfo) -> RenditionPlan:
    if name == "360p":
        return _plan_small(source)
    if name == "audio":
        return _plan_audio()
    if copy_obstacle(source) is None:
        return _plan_copy(source)
    return _plan_transcode(source)


def copy_obstacle(source: SourceInfo) -> str | None:
    """Why the video can't be passed on as it is, in plain words, or None.

    Sound is no obstacle: what is not AAC is encoded beside the copied picture.
    """
    if not source.has_video:
        return None
    codec = source.video_codec or "unknown"
    if not codec.startswith("avc1."):
        return f"The video codec is {codec}, not H.264."
    if codec[5:7] not in _COPIED_PROFILES:
        return "The H.264 profile is one that browsers don't play."
    interval = source.keyframe_interval_seconds
    if interval is None or interval > TARGET_SEGMENT_SECONDS:
        return _keyframe_complaint(interval)
    return None


def _keyframe_complaint(interval: float | None) -> str:
    found = "far apart" if interval is None else f"{interval:.1f} s apart"
    return (
        f"The key frames are {found}; set the encoder's key frame interval to"
        f" {FORCED_KEYFRAME_SECONDS:.0f} s."
    )


def _plan_copy(source: SourceInfo) -> RenditionPlan:
    return RenditionPlan(
        name="source",
        video=True,
        audio=True,
        copied=True,
        bandwidth=_copied_bandwidth(source),
        codecs=f"{source.video_codec},{_kept_audio_codec(source)}",
        width=source.width,
        height=source.height,
        frame_rate=source.fps,
    )


def _kept_audio_codec(source: SourceInfo) -> str:
    codec = source.audio_codec or ""
    return codec if codec.startswith("mp4a.40") else _AUDIO_CODEC


def _plan_transcode(source: SourceInfo) -> RenditionPlan:
    width, height = _even(source.width or 1280), _even(source.height or 720)
    frame_rate = _even_rate(source)
    level = _level(width, height, frame_rate)
    return RenditionPlan(
        name="source",
        video=True,
        audio=True,
        copied=False,
        bandwidth=_encoded_bandwidth(width, height, frame_rate),
        codecs=f"avc1.6400{level},{_AUDIO_CODEC}",
        width=width,
        height=height,
        frame_rate=frame_rate,
    )


def _plan_small(source: SourceInfo) -> RenditionPlan:
    width, height = _fit(source.width or 16, source.height or 9)
    return RenditionPlan(
        name="360p",
        video=True,
        audio=True,
        copied=False,
        bandwidth=_SMALL_BANDWIDTH,
        codecs=f"{_SMALL_CODEC},{_AUDIO_CODEC}",
        width=width,
        height=height,
        frame_rate=source.fps if copy_obstacle(source) is None else _even_rate(source),
    )


def _even_rate(source: SourceInfo) -> float:
    """The constant rate that a source which we re-encode gets in all rungs."""
    return min(source.fps or _FALLBACK_FRAME_RATE, _MAX_FRAME_RATE)


def _plan_audio() -> RenditionPlan:
    return RenditionPlan(
        name="audio",
        video=False,
        audio=True,
        copied=False,
        bandwidth=_AUDIO_BANDWIDTH,
        codecs=_AUDIO_CODEC,
    )


def _copied_bandwidth(source: SourceInfo) -> int:
    """A peak for a stream that we don't encode: its mean and a quarter more."""
    if source.bitrate:
        return math.ceil(source.bitrate * 1.25)
    return _encoded_bandwidth(
        source.width or 1280, source.height or 720, source.fps or _FALLBACK_FRAME_RATE
    )


def _encoded_bandwidth(width: int, height: int, frame_rate: float) -> int:
    """About 0.1 bit a pixel, between 0.8 and 8 Mbit/s, audio included."""
    bits = width * height * frame_rate * 0.1
    return int(min(max(bits, 800_000), 8_000_000))


def _fit(width: int, height: int) -> tuple[int, int]:
    """Scale into the small box, keeping the aspect; both sides even."""
    scale = min(_SMALL_BOX[0] / width, _SMALL_BOX[1] / height)
    return _even(round(width * scale)), _even(round(height * scale))


def _even(pixels: int) -> int:
    return max(2, pixels - pixels % 2)


def _level(width: int, height: int, frame_rate: float) -> str:
    """The lowest H.264 level that holds this picture, as two hex digits."""
    blocks = math.ceil(width / 16) * math.ceil(height / 16)
    for level, per_second, per_frame in _LEVELS:
        if blocks <= per_frame and blocks * frame_rate <= per_second:
            return level
    return _LEVELS[-1][0]
