"""What an FLV stream holds, from its tags; pure."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import TYPE_CHECKING

from folkmoot.media.ingest.flv import AUDIO, SCRIPT, VIDEO, FlvReader
from folkmoot.media.ingest.rtmp import amf0
from folkmoot.media.ingest.rtmp.errors import RtmpError
from folkmoot.media.ingest.source import SourceInfo
from folkmoot.media.pack.avc import (
    AacSettings,
    AvcSettings,
    SettingsError,
    read_aac_settings,
    read_avc_settings,
)

if TYPE_CHECKING:
    from folkmoot.media.ingest.flv import FlvTag

_HEADER_WAIT_MS = 1_000
_FEWEST_FRAMES = 10
_COMMON_RATES = (24_000 / 1001, 24.0, 25.0, 30_000 / 1001, 30.0, 50.0, 60.0)
_SNAP = 0.015
_AVC, _AAC = 7, 10
_OTHER_VIDEO = {2: "h263", 3: "screen", 4: "vp6f", 5: "vp6a", 6: "screen2"}
_OTHER_AUDIO = {2: "mp3", 14: "mp3", 11: "speex", 7: "g711a", 8: "g711u"}


class FlvProbe:
    """Reads tags until both codecs' settings and the key frames are known."""

    def __init__(self, keyframe_wait_seconds: float, *, early: bool = False) -> None:
        self._early = early
        self._keyframe_wait_ms = keyframe_wait_seconds * 1000
        self._reader = FlvReader()
        self._avc: AvcSettings | None = None
        self._aac: AacSettings | None = None
        self._video_codec: str | None = None
        self._audio_codec: str | None = None
        self._bytes = 0
        self._first_ms: int | None = None
        self._last_ms = 0
        self._picture_ms: list[int] = []
        self._keyframe_ms: list[int] = []
        self._claimed_bits: int | None = None

    def feed(self, data: bytes) -> SourceInfo | None:
        """Take bytes; the source once enough is known. Raises `FlvError`."""
        for tag in self._reader.feed(data):
            self._take(tag)
        return self.conclude() if self._is_settled() else None

    def conclude(self) -> SourceInfo:
        """The source as known so far."""
        avc = self._avc
        return SourceInfo(
            has_video=self._video_codec is not None,
            has_audio=self._audio_codec is not None,
            width=avc.width if avc else None,
            height=avc.height if avc else None,
            fps=self._rate(),
            video_codec=avc.codec if avc else self._video_codec,
            audio_codec=self._aac.codec if self._aac else self._audio_codec,
            keyframe_interval_seconds=self._interval(),
            bitrate=self._bitrate(),
        )

    def _take(self, tag: FlvTag) -> None:
        if tag.kind == SCRIPT:
            self._claimed_bits = self._claimed_bits or _read_claim(tag.payload)
        if tag.kind not in {AUDIO, VIDEO} or not tag.payload:
            return
        self._bytes += len(tag.payload)
        with suppress(SettingsError):  # ffmpeg may still understand it
            self._read_settings(tag)
        if tag.is_sequence_header:
            return
        if self._first_ms is None:
            self._first_ms = tag.timestamp_ms
        self._last_ms = max(self._last_ms, tag.timestamp_ms)
        if tag.kind == VIDEO:
            self._picture_ms.append(tag.timestamp_ms)
        if tag.is_keyframe:
            self._keyframe_ms.append(tag.timestamp_ms)

    def _read_settings(self, tag: FlvTag) -> None:
        head = tag.payload[0]
        if tag.kind == VIDEO:
            codec = head & 0x0F
            self._video_codec = _OTHER_VIDEO.get(codec, "h264")
            if codec == _AVC and tag.is_sequence_header:
                self._avc = read_avc_settings(tag.payload[5:])
        else:
            codec = head >> 4
            self._audio_codec = _OTHER_AUDIO.get(codec, "mp4a.40.2")
            if codec == _AAC and tag.is_sequence_header:
                self._aac = read_aac_settings(tag.payload[2:])

    def _is_settled(self) -> bool:
        if self._first_ms is None:
            return False
        both = self._video_codec is not None and self._audio_codec is not None
        waited_ms = self._last_ms - self._first_ms
        if not both and waited_ms < _HEADER_WAIT_MS:
            return False
        return self._video_codec is None or self._knows_keyframes()

    def _knows_keyframes(self) -> bool:
        if len(self._keyframe_ms) > 1:
            return True
        if self._early and self._keyframe_ms and self._avc is not None:
            return self._rate() is not None
        since = self._keyframe_ms[0] if self._keyframe_ms else self._first_ms or 0
        return self._last_ms - since >= self._keyframe_wait_ms

    def _interval(self) -> float | None:
        times = self._keyframe_ms
        gaps = [after - before for before, after in itertools.pairwise(times)]
        return max(gaps) / 1000 if gaps else None

    def _rate(self) -> float | None:
        """Counted where there are enough pictures, else as the settings say."""
        pictures = self._picture_ms
        span_ms = pictures[-1] - pictures[0] if pictures else 0
        if len(pictures) < _FEWEST_FRAMES or span_ms <= 0:
            return self._avc.fps if self._avc else None
        counted = (len(pictures) - 1) * 1000 / span_ms
        nearest = min(_COMMON_RATES, key=lambda rate: abs(rate - counted))
        near = abs(nearest - counted) <= counted * _SNAP
        return round(nearest if near else counted, 3)

    def _bitrate(self) -> int | None:
        span_ms = self._last_ms - (self._first_ms or 0)
        if span_ms >= _HEADER_WAIT_MS:
            return self._bytes * 8000 // span_ms
        return self._claimed_bits


def _read_claim(payload: bytes) -> int | None:
    """The bitrate that an encoder says it will send, in its metadata."""
    try:
        values = amf0.decode(payload)
    except RtmpError:
        return None
    about = values[1] if len(values) > 1 else None
    if not isinstance(about, dict):
        return None
    rates = [about.get("videodatarate"), about.get("audiodatarate")]
    kbits = sum(rate for rate in rates if isinstance(rate, float) and 0 < rate < 1e6)
    return int(kbits * 1000) or None
