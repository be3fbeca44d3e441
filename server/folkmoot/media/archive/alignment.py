"""Where a recording belongs beside another of the same room, by their sound. Pure.

Two microphones hear a room differently loud, with other noise and another clock. What
both hear alike is when sounds set in, band by band. So each sound is made into the
rise of its level in a few bands, 100 times a second, and the two are laid over each
other at every offset at once (a correlation by Fourier transform). The offset at which
they agree stands out; how far it stands out of all others is the confidence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folkmoot.media.archive.match import SAMPLE_RATE, Match

_HOP = 80
_WINDOW = 256
_BLOCK_SAMPLES = 60 * SAMPLE_RATE
_STEPS = SAMPLE_RATE // _HOP
_BANDS = np.array([150, 300, 450, 650, 900, 1200, 1600, 2100, 2700, 3400])
_NEAR_STEPS = 30  # beside the best offset all are good
_LEAST_SECONDS = 6.0
_REFINED_SAMPLES = 30 * SAMPLE_RATE
_REACH_SECONDS = 0.08
_LOW_HERTZ, _HIGH_HERTZ = 200, 3_400
_PROMINENT = 10.0

Sound = NDArray[np.float32]


def read_samples(data: bytes) -> Sound:
    """Return 16-bit little-endian samples as numbers from -1 to 1."""
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")
    return np.asarray(samples / (1 << 15), dtype=np.float32)


def find_offset(piece: Sound, whole: Sound) -> Match | None:
    """Find a piece of sound in a whole; None where one is too short to say.

    The piece may reach over either end of the whole.
    """
    if min(len(piece), len(whole)) < _LEAST_SECONDS * SAMPLE_RATE:
        return None
    one, other = _rises(piece), _rises(whole)
    size = 1 << (one.shape[1] + other.shape[1]).bit_length()
    products = np.zeros(size)
    for mine, theirs in zip(one, other, strict=True):
        spectrum = np.fft.rfft(theirs, size) * np.conj(np.fft.rfft(mine, size))
        products += np.fft.irfft(spectrum, size)
    lags = np.arange(-one.shape[1] + 1, other.shape[1])
    agreed = products[lags % size]
    norms = np.sqrt(
        _overlap(one, other, lags, of_other=False)
        * _overlap(one, other, lags, of_other=True)
    )
    # Where only a little overlaps, chance agrees well: by the root of how much does.
    shared = _shared(one.shape[1], other.shape[1], lags)
    enough = (shared >= _LEAST_SECONDS * _STEPS) & (norms > 0)
    cosine = np.where(enough, agreed / np.maximum(norms, 1e-9), 0.0)
    weight = cosine * np.sqrt(np.maximum(shared, 0))
    best = int(np.argmax(weight))
    others = np.delete(
        weight, slice(max(0, best - _NEAR_STEPS), best + _NEAR_STEPS + 1)
    )
    others = others[others != 0]
    spread = float(np.std(others)) if len(others) > 1 else 0.0
    if spread == 0:
        return None
    offset = float(lags[best]) / _STEPS
    return Match(
        offset_seconds=_refine(piece, whole, offset),
        agreement=float(cosine[best]),
        confidence=float((weight[best] - np.mean(others)) / spread),
    )


def _refine(piece: Sound, whole: Sound, offset: float) -> float:
    """Bring an offset from a hundredth of a second to the sample, where it can be.

    By the phases of both sounds alone (GCC-PHAT), for rooms colour a sound and leave
    its timing. Two microphones far apart have none in common; then it stays.
    """
    shift = round(offset * SAMPLE_RATE)
    first = max(0, -shift)
    length = min(len(piece) - first, len(whole) - shift - first, _REFINED_SAMPLES)
    mine = piece[first : first + length]
    theirs = whole[shift + first : shift + first + length]
    size = 2 << length.bit_length()
    cross = np.fft.rfft(theirs, size) * np.conj(np.fft.rfft(mine, size))
    frequencies = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    cross[(frequencies < _LOW_HERTZ) | (frequencies > _HIGH_HERTZ)] = 0
    alike = np.fft.irfft(cross / np.maximum(np.abs(cross), 1e-12), size)
    reach = int(_REACH_SECONDS * SAMPLE_RATE)
    near = np.concatenate([alike[-reach:], alike[: reach + 1]])
    best = int(np.argmax(near))
    if near[best] < _PROMINENT * float(np.std(alike)):
        return offset
    return (shift + best - reach) / SAMPLE_RATE


def _rises(sound: Sound) -> NDArray[np.float64]:
    """By how much each band's level rises at each step, with mean 0."""
    bands = np.concatenate(
        [
            _levels(sound[at : at + _BLOCK_SAMPLES + _WINDOW - _HOP])
            for at in range(0, len(sound) - _WINDOW + 1, _BLOCK_SAMPLES)
        ],
        axis=1,
    )
    floor = np.median(bands, axis=1, keepdims=True) * 0.1 + 1e-10
    level = np.log(bands + floor)
    rise = np.maximum(np.diff(level, axis=1, prepend=level[:, :1]), 0.0)
    return np.asarray(rise - rise.mean(axis=1, keepdims=True), dtype=np.float64)


def _levels(sound: Sound) -> NDArray[np.float64]:
    """The power in each band at each step; a minute at most, or it takes memory."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)) ** 2
    edges = (_BANDS * _WINDOW / SAMPLE_RATE).astype(int)
    return np.asarray(np.add.reduceat(spectrum, edges, axis=1)[:, :-1].T)


def _shared(mine: int, theirs: int, lags: NDArray[np.int_]) -> NDArray[np.int_]:
    """How many steps overlap at each offset."""
    return np.minimum(mine + lags, theirs) - np.maximum(lags, 0)


def _overlap(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    lags: NDArray[np.int_],
    *,
    of_other: bool,
) -> NDArray[np.float64]:
    """The power of what overlaps at each offset, in one of the two."""
    power = np.concatenate(
        [[0.0], np.cumsum((other if of_other else one) ** 2, 1).sum(0)]
    )
    first = np.maximum(lags, 0)
    last = np.minimum(one.shape[1] + lags, other.shape[1])
    shift = 0 if of_other else lags
    return np.asarray(power[last - shift] - power[first - shift])
