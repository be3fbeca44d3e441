"""Notices when a publisher's stream stops being one stream; pure.

A take has one picture format and one clock. Where a publisher changes either in
mid-stream it is better sent away: encoders connect again at once, and a new take
begins.
"""

from __future__ import annotations

from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvError, FlvTag

MAX_LEAP_MS = 10_000
MAX_RETURN_MS = 2_000


class Discontinuity(FlvError):
    """This tag belongs to another stream than those before it."""


class Continuity:
    """Looks at each tag of one publication, with times from zero on."""

    def __init__(self) -> None:
        self._settings: dict[int, bytes] = {}
        self._latest_ms: int | None = None

    def check(self, tag: FlvTag) -> None:
        """Raises `Discontinuity`."""
        if tag.kind not in {AUDIO, VIDEO}:
            return
        if tag.is_sequence_header:
            if self._settings.setdefault(tag.kind, tag.payload) != tag.payload:
                raise Discontinuity("The encoder changed its settings.")
            return
        if self._latest_ms is None:
            self._latest_ms = tag.timestamp_ms
        leap = tag.timestamp_ms - self._latest_ms
        if not -MAX_RETURN_MS <= leap <= MAX_LEAP_MS:
            raise Discontinuity(f"The encoder's clock jumped by {leap / 1000:.1f} s.")
        self._latest_ms = max(self._latest_ms, tag.timestamp_ms)
