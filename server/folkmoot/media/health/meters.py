"""Measures a stream from what flows by: no picture is decoded for it. Pure.

`PictureMeter` reads FLV tags as they arrive; `LoudnessMeter` reads the lines that
ffmpeg's `ebur128` filter writes, `StillnessMeter` those of `freezedetect`. Moments
are seconds of one monotonic clock.
"""

from __future__ import annotations

import math
import re
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.ingest.flv import AUDIO, VIDEO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from folkmoot.media.ingest.flv import FlvTag

WINDOW_SECONDS = 5.0
DROPS_SECONDS = 60.0
SILENCE_LUFS = -60.0
"""Momentary loudness below this is silence: an open microphone's room is at -55."""

_FEWEST_STEPS = 30
_KEPT_STEPS = 120
_UNEVEN_SHARE = 0.2
_LATE_FORGETS = 0.001
_KEPT_LINE_BYTES = 4096
_LOUDNESS = re.compile(rb"lavfi\.r128\.(M|S|I)=(-?[\d.]+|-?inf|nan)")
_STILLNESS = re.compile(rb"freeze_(start|end)[=:] ?(-?[\d.]+)")


class PictureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What arrives now; rates are a second, ages in seconds, None: not known."""

    fps: float | None = None
    bits_per_second: float | None = None
    keyframe_interval_seconds: float | None = None
    longest_interval_seconds: float | None = None
    dropped: int = 0
    uneven: bool = False
    late_seconds: float = 0.0
    picture_age_seconds: float | None = None
    sound_age_seconds: float | None = None


class PictureMeter:
    """Hears the tags of one publication."""

    def __init__(self) -> None:
        self.last_picture_ms: int | None = None
        self.last_key_ms: int | None = None
        self.longest_interval_ms = 0
        self.interval_ms: int | None = None
        self.measured_from: float | None = None
        self._arrivals: deque[tuple[float, int, bool]] = deque()
        self._bytes = 0
        self._pictures = 0
        self._steps: deque[int] = deque(maxlen=_KEPT_STEPS)
        self._dropped: deque[tuple[float, int]] = deque()
        self._offset: float | None = None
        self._late = 0.0
        self._picture_at: float | None = None
        self._sound_at: float | None = None

    def add(self, tags: Iterable[FlvTag], now: float) -> None:
        """Take tags that arrived at `now`."""
        if self.measured_from is None:
            self.measured_from = now
        for tag in tags:
            if tag.kind not in {AUDIO, VIDEO}:
                continue
            size = len(tag.payload)
            picture = tag.kind == VIDEO and not tag.is_sequence_header
            self._arrivals.append((now, size, picture))
            self._bytes += size
            self._pictures += picture
            if tag.is_sequence_header:
                continue
            self._note_time(tag.timestamp_ms, now)
            if picture:
                self._picture_at = now
                self._note_picture(tag, now)
            elif tag.kind == AUDIO:
                self._sound_at = now
        self._forget(now)

    def add_bytes(self, count: int, now: float) -> None:
        """Take bytes of a container that is not looked into."""
        if self.measured_from is None:
            self.measured_from = now
        self._arrivals.append((now, count, False))
        self._bytes += count
        self._forget(now)

    def read(self, now: float) -> PictureFacts:
        """What arrives, as of `now`."""
        self._forget(now)
        begun = self.measured_from if self.measured_from is not None else now
        span = min(WINDOW_SECONDS, now - begun)
        known = span >= 1.0
        return PictureFacts(
            fps=round(self._pictures / span, 1) if known and self._pictures else None,
            bits_per_second=self._bytes * 8 / span if known else None,
            keyframe_interval_seconds=_seconds(self.interval_ms),
            longest_interval_seconds=_seconds(self.longest_interval_ms or None),
            dropped=sum(count for _, count in self._dropped),
            uneven=self._is_uneven(),
            late_seconds=round(self._late, 2),
            picture_age_seconds=_age(self._picture_at, now),
            sound_age_seconds=_age(self._sound_at, now),
        )

    @property
    def since_key_seconds(self) -> float:
        """Media time since the last key frame."""
        if self.last_key_ms is None or self.last_picture_ms is None:
            return 0.0
        return (self.last_picture_ms - self.last_key_ms) / 1000

    def _note_picture(self, tag: FlvTag, now: float) -> None:
        at_ms = tag.timestamp_ms
        if self.last_picture_ms is not None:
            step = at_ms - self.last_picture_ms
            usual = self._usual_step()
            if usual and step > 1.9 * usual and not self._is_uneven():
                self._dropped.append((now, round(step / usual) - 1))
            if step > 0:
                self._steps.append(step)
        self.last_picture_ms = max(self.last_picture_ms or 0, at_ms)
        if tag.is_keyframe:
            if self.last_key_ms is not None and at_ms > self.last_key_ms:
                self.interval_ms = at_ms - self.last_key_ms
                self.longest_interval_ms = max(
                    self.longest_interval_ms, self.interval_ms
                )
            self.last_key_ms = at_ms

    def _note_time(self, at_ms: int, now: float) -> None:
        """How much later than its luckiest neighbours this came."""
        offset = now - at_ms / 1000
        if self._offset is None or offset < self._offset:
            self._offset = offset
        # Clocks of encoder and server part slowly: the best moment is forgotten.
        self._offset += (offset - self._offset) * _LATE_FORGETS
        self._late += (max(0.0, offset - self._offset) - self._late) * 0.05

    def _usual_step(self) -> float:
        if len(self._steps) < _FEWEST_STEPS:
            return 0.0
        ordered = sorted(self._steps)
        return float(ordered[len(ordered) // 2])

    def _is_uneven(self) -> bool:
        """Whether the rate of pictures varies: FLV times are whole milliseconds."""
        usual = self._usual_step()
        if not usual:
            return False
        odd = sum(abs(step - usual) > 2 + 0.25 * usual for step in self._steps)
        return odd > _UNEVEN_SHARE * len(self._steps)

    def _forget(self, now: float) -> None:
        arrivals = self._arrivals
        while arrivals and arrivals[0][0] < now - WINDOW_SECONDS:
            _, size, picture = arrivals.popleft()
            self._bytes -= size
            self._pictures -= picture
        while self._dropped and self._dropped[0][0] < now - DROPS_SECONDS:
            self._dropped.popleft()


class LoudnessFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Loudness after EBU R128 in LUFS; `silent_seconds` up to now."""

    momentary: float | None = None
    short: float | None = None
    integrated: float | None = None
    silent_seconds: float = 0.0


class LoudnessMeter:
    """Reads what the filter says."""

    def __init__(self) -> None:
        self._rest = b""
        self._values: dict[bytes, float] = {}
        self._silent_from: float | None = None
        self._heard_at: float | None = None

    def feed(self, data: bytes, now: float) -> None:
        """Take its text as it comes."""
        *lines, self._rest = (self._rest + data)[-_KEPT_LINE_BYTES * 4 :].split(b"\n")
        for line in lines:
            match = _LOUDNESS.match(line)
            if match is None:
                continue
            value = float(match[2])
            self._values[match[1]] = value if math.isfinite(value) else -120.0
            if match[1] == b"M":
                self._heard_at = now
                if value >= SILENCE_LUFS:
                    self._silent_from = None
                elif self._silent_from is None:
                    self._silent_from = now

    def read(self, now: float) -> LoudnessFacts | None:
        """The last values; None where nothing was measured for two seconds."""
        if self._heard_at is None or now - self._heard_at > 2.0:
            return None
        silent = now - self._silent_from if self._silent_from is not None else 0.0
        return LoudnessFacts(
            momentary=self._values.get(b"M"),
            short=self._values.get(b"S"),
            integrated=self._values.get(b"I"),
            silent_seconds=round(silent, 1),
        )


class StillnessMeter:
    """Knows since when the picture has not changed."""

    def __init__(self) -> None:
        self._rest = b""
        self._still_from: float | None = None

    def feed(self, data: bytes, now: float, *, after_seconds: float) -> None:
        """Take the filter's text; it speaks `after_seconds` into a standstill."""
        *lines, self._rest = (self._rest + data)[-_KEPT_LINE_BYTES:].split(b"\n")
        for line in lines:
            match = _STILLNESS.search(line)
            if match is not None and match[1] == b"start":
                self._still_from = now - after_seconds
            elif match is not None:
                self._still_from = None

    def read(self, now: float) -> float:
        """Seconds without a change, 0 while it moves."""
        return now - self._still_from if self._still_from is not None else 0.0


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)
