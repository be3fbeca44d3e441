"""Two recordings of a room find each other by their sound."""

from __future__ import annotations

import numpy as np
import pytest

from folkmoot.media.archive.alignment import Sound, find_offset, read_samples
from folkmoot.media.archive.match import SAMPLE_RATE

CHANCE = np.random.default_rng(7)


def speak(seconds: float, seed: int = 1) -> Sound:
    """Make sound like speech: syllables of voiced and unvoiced bursts."""
    chance = np.random.default_rng(seed)
    count = int(seconds * SAMPLE_RATE)
    out = np.zeros(count)
    at = 0
    while at < count:
        length = int(chance.uniform(0.06, 0.25) * SAMPLE_RATE)
        times = np.arange(length) / SAMPLE_RATE
        pitch = chance.uniform(90, 220)
        voiced = sum(
            chance.uniform(0.1, 1) * np.sin(2 * np.pi * pitch * k * times)
            for k in range(1, 12)
        )
        burst = chance.normal(size=length) if chance.random() < 0.3 else voiced
        shaped = burst * np.hanning(length) * chance.uniform(0.2, 1)
        end = min(count, at + length)
        out[at:end] += shaped[: end - at]
        at = end + int(chance.uniform(0.01, 0.3) * SAMPLE_RATE)
    return (out / np.abs(out).max() * 0.5).astype(np.float32)


def part(sound: Sound, start: float, seconds: float) -> Sound:
    first = int(start * SAMPLE_RATE)
    return sound[first : first + int(seconds * SAMPLE_RATE)]


def noisy(sound: Sound, volume: float, noise: float) -> Sound:
    hum = 0.02 * np.sin(2 * np.pi * 50 * np.arange(len(sound)) / SAMPLE_RATE)
    return (sound * volume + CHANCE.normal(size=len(sound)) * noise + hum).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("start", "volume", "noise"), [(30.0, 1, 0), (71.234, 0.1, 0.01), (3.5, 2, 0.08)]
)
def test_a_piece_is_found_to_the_hundredth(
    start: float, volume: float, noise: float
) -> None:
    whole = speak(120)
    match = find_offset(noisy(part(whole, start, 30), volume, noise), whole)
    assert match is not None
    assert match.sure, match
    assert match.offset_seconds == pytest.approx(start, abs=0.02)


def test_a_piece_may_reach_over_an_end() -> None:
    whole = speak(120)
    match = find_offset(part(whole, 0, 50), part(whole, 20, 60))
    assert match is not None
    assert match.sure
    assert match.offset_seconds == pytest.approx(-20, abs=0.02)


def test_another_rooms_sound_is_not_believed() -> None:
    match = find_offset(speak(30, seed=5), speak(120, seed=6))
    assert match is not None
    assert not match.sure, match


def test_noise_and_silence_are_not_believed() -> None:
    whole = speak(60)
    hiss = CHANCE.normal(size=20 * SAMPLE_RATE).astype(np.float32)
    match = find_offset(hiss, whole)
    assert match is not None
    assert not match.sure
    silence = find_offset(np.zeros(20 * SAMPLE_RATE, np.float32), whole)
    assert silence is None or not silence.sure


def test_too_little_sound_says_nothing() -> None:
    assert find_offset(speak(2), speak(60)) is None


def test_samples_are_read() -> None:
    assert read_samples(b"\x00\x40\x00\xc0\x00").tolist() == [0.5, -0.5]
