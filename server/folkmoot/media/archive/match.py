"""What a comparison of two sounds tells: where one lies in the other, how surely.

Apart from the comparison itself, which needs a library that takes long to import.
"""

from __future__ import annotations

import msgspec

SAMPLE_RATE = 8_000
"""Samples a second of the sounds compared: speech needs no more."""

LEAST_AGREEMENT = 0.04
"""The cosine of two sounds below which an offset says nothing."""

LEAST_CONFIDENCE = 8.0
"""By how many deviations the best offset has to stand out of the others."""

MOST_DRIFT = 0.0005
"""Clocks of recorders part by 100 millionths and less; five times that is an error."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Second 0 of the first sound lies at `offset_seconds` of the second.

    `agreement` is between 0 and 1; `confidence` in standard deviations.
    """

    offset_seconds: float
    agreement: float
    confidence: float

    @property
    def sure(self) -> bool:
        """Whether to believe it."""
        return self.agreement >= LEAST_AGREEMENT and self.confidence >= LEAST_CONFIDENCE
