"""What a publisher sends, who takes it, and which renditions are made of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import msgspec

from folkmoot.settings import Rung

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET_SEGMENT_SECONDS = 4.0
"""Key frames further apart than this can't be cut into our segments."""

FORCED_KEYFRAME_SECONDS = 2.0
"""Distance of the key frames that we force where we encode the leading rung."""

LADDER = (Rung("360p", 360, 500), Rung("audio", None, 48))
"""What is made below the source, best first, with the peak of each in kbit/s."""

VBV_SECONDS = 0.4
"""How much of its rate a rung's encoder may save up for a key frame."""

_AUDIO_CODEC = "mp4a.40.2"
_FULL_AUDIO_BITS = 128_000
_SMALL_AUDIO_BITS = 48_000
# Fragments' headers cost up to this; over 2 s a rung may spend its buffer once.
_PICTURE_HEADERS_BITS, _SOUND_HEADERS_BITS = 16_000, 9_000
_PEAK_WINDOW_SECONDS = 2.0
_FEWEST_VIDEO_BITS = 60_000
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
        self, stream_key: str, *, container: str, peer: str, queued: bool = False
    ) -> Publication:
        """Accept a publisher, or raise `UnknownStreamKey` or `StreamKeyInUse`.

        `container` is one of "flv", "mpegts", "matroska" and "mp4"; `peer` is
        the publisher's address for the log. `queued`: its first bytes may have been
        captured long before it connected.
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
    even: bool = True
    """Whether the pictures come at a constant rate; parts are cut by it."""
    upright: bool = True
    """False where a note beside the picture says how to turn it."""


class RenditionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One rendition of a take; `bandwidth` is its peak in bits a second.

    `copied` speaks of the video (of the audio in a rendition without video).
    `video_bits` and `audio_bits` are what encoders are held to, a second.
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
    video_bits: int = 0
    audio_bits: int = _FULL_AUDIO_BITS


def plan_renditions(
    source: SourceInfo, *, ladder: Sequence[Rung] = LADDER
) -> tuple[RenditionPlan, ...]:
    """Decide which renditions to make, and whether the top one can be copied.

    `ladder` names the rungs below it. Each rung with video has audio too; a
    source without video yields "audio" alone, whatever the ladder says, since a
    take needs a rendition.
    """
    sound = next((rung for rung in ladder if rung.height is None), LADDER[-1])
    if not source.has_video:
        return (_plan_audio(sound),)
    fits = copy_obstacle(source) is None
    top = _plan_copy(source) if fits else _plan_transcode(source)
    return (top, *(_plan_rung(rung, source) for rung in ladder))


def _plan_rung(rung: Rung, source: SourceInfo) -> RenditionPlan:
    if rung.height is None:
        return _plan_audio(rung)
    return _plan_small(rung, rung.height, source)


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
    if not source.even:
        return "The frame rate varies; set the encoder to a constant one."
    if not source.upright:
        return "The picture is turned by a note that few players read."
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
    bandwidth = _encoded_bandwidth(width, height, frame_rate)
    return RenditionPlan(
        name="source",
        video=True,
        audio=True,
        copied=False,
        bandwidth=bandwidth,
        codecs=f"avc1.6400{level},{_AUDIO_CODEC}",
        width=width,
        height=height,
        frame_rate=frame_rate,
        video_bits=bandwidth - _FULL_AUDIO_BITS,
    )


def _plan_small(rung: Rung, height: int, source: SourceInfo) -> RenditionPlan:
    """A rung whose peak, over any two seconds or more, is the rung's rate."""
    size = _fit(source.width or 16, source.height or 9, height)
    copied = copy_obstacle(source) is None
    frame_rate = source.fps if copied else _even_rate(source)
    peak = rung.kbits * 1000
    left = peak - _SMALL_AUDIO_BITS - _PICTURE_HEADERS_BITS
    bits = int(left / (1 + VBV_SECONDS / _PEAK_WINDOW_SECONDS))
    level = max("1f", _level(*size, frame_rate or _FALLBACK_FRAME_RATE))
    return RenditionPlan(
        name=rung.name,
        video=True,
        audio=True,
        copied=False,
        bandwidth=peak,
        codecs=f"avc1.4d40{level},{_AUDIO_CODEC}",
        width=size[0],
        height=size[1],
        frame_rate=frame_rate,
        video_bits=max(bits, _FEWEST_VIDEO_BITS),
        audio_bits=_SMALL_AUDIO_BITS,
    )


def _even_rate(source: SourceInfo) -> float:
    """The constant rate that a source which we re-encode gets in all rungs."""
    return min(source.fps or _FALLBACK_FRAME_RATE, _MAX_FRAME_RATE)


def _plan_audio(rung: Rung) -> RenditionPlan:
    return RenditionPlan(
        name="audio",
        video=False,
        audio=True,
        copied=False,
        bandwidth=rung.kbits * 1000,
        codecs=_AUDIO_CODEC,
        audio_bits=max(rung.kbits * 1000 - _SOUND_HEADERS_BITS, 16_000),
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


def _fit(width: int, height: int, box_height: int) -> tuple[int, int]:
    """Scale into a box of 16 to 9, keeping the aspect; both sides even."""
    scale = min(box_height * 16 / 9 / width, box_height / height)
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
