"""How a room's broadcast does, as its card at the desk shows it: words and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

LEAST_LUFS, MOST_LUFS = -60.0, 0.0
GOOD_LUFS = (-32.0, -14.0)
_LINE_WIDTH, _LINE_HEIGHT = 118.0, 24.0
_LINE_SAMPLES = 60
_RENDITIONS = {"source": "Full picture", "audio": "Sound only"}
_STATES = {
    "copied": "as it comes",
    "made": "made here",
    "waiting": "starting",
    "dropped": "left out, the server is busy",
}


class ProblemView(msgspec.Struct, frozen=True):
    """A problem: `level` is "bad", "warn" or "note"."""

    code: str
    level: str
    sentence: str
    mend: str


class SoundView(msgspec.Struct, frozen=True):
    """A level meter; places are percent of its width."""

    lufs: int
    width: float
    verdict: str
    state: str
    short: str
    integrated: str


class RenditionView(msgspec.Struct, frozen=True):
    """One of the pictures offered, and how it is made."""

    name: str
    words: str
    state: str


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """A card's figures; lines are points of an SVG of 120 by 24."""

    connected: bool = False
    problems: tuple[ProblemView, ...] = ()
    figures: tuple[str, ...] = ()
    sound: SoundView | None = None
    bits: str = ""
    bits_line: str = ""
    sound_line: str = ""
    renditions: tuple[RenditionView, ...] = ()


GOOD_FROM = (GOOD_LUFS[0] - LEAST_LUFS) / (MOST_LUFS - LEAST_LUFS) * 100
GOOD_WIDTH = (GOOD_LUFS[1] - GOOD_LUFS[0]) / (MOST_LUFS - LEAST_LUFS) * 100


def view_health(status: Any, *, connected: bool) -> HealthView:
    """Return what the card shows; `status` is a `RoomStatus`, or None."""
    if status is None:
        return HealthView()
    problems = tuple(
        ProblemView(each.code, each.level, each.sentence, each.mend)
        for each in status.diagnosis
    )
    if not connected:
        return HealthView(problems=problems)
    health = status.health
    return HealthView(
        connected=True,
        problems=problems,
        figures=write_figures(status),
        sound=_view_sound(health.loudness),
        bits=_write_bits(status.bitrate),
        bits_line=draw_line(health.bits_history, least=0.0),
        sound_line=draw_line(health.loudness_history, least=LEAST_LUFS, most=MOST_LUFS),
        renditions=tuple(
            RenditionView(
                _RENDITIONS.get(each.name, each.name),
                _STATES[each.state],
                each.state,
            )
            for each in health.renditions
        ),
    )


def write_figures(status: Any) -> tuple[str, ...]:
    """Return size, rate, key frames, who watches and how far behind, in words."""
    health, figures = status.health, []
    picture = health.picture
    if status.width and status.height:
        figures.append(f"{status.width} × {status.height}")
    fps = (picture.fps if picture else None) or status.fps
    if fps:
        figures.append(f"{fps:.0f} pictures a second")
    if status.bitrate and not health.bits_history:
        figures.append(_write_bits(status.bitrate))
    if status.keyframe_interval_seconds:
        figures.append(f"key frame every {status.keyframe_interval_seconds:.2g} s")
    if picture is not None and picture.dropped:
        figures.append(f"{picture.dropped} pictures missing in a minute")
    if status.viewers:
        figures.append(f"{status.viewers} watching")
    if health.latency_seconds:
        figures.append(f"about {health.latency_seconds:.1f} s behind the room")
    if health.disk is not None and health.disk.hours_left is not None:
        figures.append(f"disk for {_write_hours(health.disk.hours_left)}")
    return tuple(figures)


def draw_line(
    values: Sequence[float], *, least: float, most: float | None = None
) -> str:
    """Return points of a line that ends at the right; empty for under two values."""
    if len(values) < 2:
        return ""
    top = most if most is not None else max(*values, 1.0) * 1.15
    step = _LINE_WIDTH / (_LINE_SAMPLES - 1)
    first = _LINE_WIDTH - step * (len(values) - 1)
    points = []
    for index, value in enumerate(values):
        share = (min(max(value, least), top) - least) / (top - least)
        x, y = 1 + first + index * step, _LINE_HEIGHT - 1 - share * (_LINE_HEIGHT - 2)
        points.append(f"{x:.1f},{y:.1f}")
    return " ".join(points)


def _view_sound(loudness: Any) -> SoundView | None:
    if loudness is None or loudness.momentary is None:
        return None
    shown = min(max(loudness.momentary, LEAST_LUFS), MOST_LUFS)
    share = (shown - LEAST_LUFS) / (MOST_LUFS - LEAST_LUFS)
    judged = loudness.short if loudness.short is not None else loudness.momentary
    state, verdict = _judge(judged, silent=loudness.silent_seconds > 2)
    return SoundView(
        lufs=round(shown),
        width=round(share * 100, 1),
        verdict=verdict,
        state=state,
        short=_write_lufs(loudness.short),
        integrated=_write_lufs(loudness.integrated),
    )


def _judge(lufs: float, *, silent: bool) -> tuple[str, str]:
    if silent:
        return "silent", "silent"
    if lufs < GOOD_LUFS[0]:
        return "quiet", "quiet"
    return ("loud", "loud") if lufs > GOOD_LUFS[1] else ("good", "good")


def _write_lufs(lufs: float | None) -> str:
    return "–" if lufs is None or lufs <= -70 else f"{lufs:.0f}"


def _write_bits(bits: float | None) -> str:
    return f"{bits / 1_000_000:.1f} Mbit/s" if bits else ""


def _write_hours(hours: float) -> str:
    if hours >= 72:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"
