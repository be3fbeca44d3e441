"""One run of an encoder, seen from its channel: clock, regions, renditions. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.ingest.source import RenditionPlan
from folkmoot.media.pack.packager import CUT_TOLERANCE_SECONDS
from folkmoot.media.pack.playlist import Variant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from folkmoot.media.ingest.source import SourceInfo
    from folkmoot.media.pack.fmp4 import Fragment, Init
    from folkmoot.media.pack.packager import Piece

_PACE = 0.5
_PATIENCE_SECONDS = 1.5
FOLLOW_SECONDS = 0.1


class Anchor:
    """Finds the date-time of media time 0, once.

    Probing holds the first seconds back and they come in a burst, each a little
    less late than it seems; so it takes the earliest of (arrival - media end) and
    is sure when a fragment came in real time. It never changes after.
    """

    def __init__(self) -> None:
        self.at: datetime | None = None
        self._earliest: datetime | None = None
        self._first: datetime | None = None
        self._previous: datetime | None = None

    def add(
        self, end_seconds: float, duration_seconds: float, arrived_at: datetime
    ) -> datetime | None:
        """Take a fragment of the leading rendition; the anchor, if it is found."""
        if self.at is not None:
            return self.at
        candidate = arrived_at - timedelta(seconds=end_seconds)
        self._earliest = min(self._earliest or candidate, candidate)
        self._first = self._first or arrived_at
        waited = (arrived_at - self._first).total_seconds()
        if self._previous is not None:
            since = (arrived_at - self._previous).total_seconds()
            if since >= _PACE * duration_seconds or waited >= _PATIENCE_SECONDS:
                self.at = self._earliest
        self._previous = arrived_at
        return self.at


class Region(msgspec.Struct):
    """A stretch of the capture that goes to one public take."""

    take_id: str
    start_seconds: float
    end_seconds: float | None = None


class Arrival(msgspec.Struct, frozen=True):
    """A fragment and when it was whole."""

    rendition: str
    fragment: Fragment
    at: datetime


class Capture:
    """What a channel knows of the encoder that feeds it."""

    def __init__(
        self,
        plans: Sequence[RenditionPlan],
        source: SourceInfo | None = None,
        *,
        anchor_at: datetime | None = None,
        connected_at: datetime | None = None,
    ) -> None:
        self.plans = tuple(plans)
        self.source = source
        self.leading = next((plan.name for plan in plans if plan.video), plans[0].name)
        self.inits: dict[str, Init] = {}
        self.anchor = Anchor()
        self.anchor.at = anchor_at
        self.connected_at = connected_at
        """When its publisher came; None where that says nothing of what it shows."""
        self.pending: list[Arrival] = []
        self.regions: list[Region] = []
        self.ends: dict[str, float] = {}
        self.from_seconds: float | None = None
        """Nothing before this media time is taken: an earlier take has it."""
        self.dropped: set[str] = set()
        """Renditions that are not made now."""

    @classmethod
    def restored(cls, variants: Sequence[Variant], anchor_at: datetime) -> Capture:
        """A capture of an earlier run, of which its renditions are known."""
        plans = [
            RenditionPlan(
                name=each.name,
                video=each.width is not None,
                audio=True,
                copied=False,
                bandwidth=each.bandwidth,
                codecs=each.codecs,
                width=each.width,
                height=each.height,
                frame_rate=each.frame_rate,
            )
            for each in variants
        ]
        return cls(plans, anchor_at=anchor_at)

    @property
    def current(self) -> Region | None:
        """Where the leading rendition goes now."""
        return self.regions[-1] if self.regions else None

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The renditions as they are offered."""
        return tuple(self._variant(plan) for plan in self.plans)

    def find_region(self, start_seconds: float, end_seconds: float) -> Region | None:
        """Where a fragment of a following rendition goes; None: nowhere.

        One that reaches past the end of its region may hold what is private.
        """
        for region in reversed(self.regions):
            if start_seconds + FOLLOW_SECONDS < region.start_seconds:
                continue
            end = region.end_seconds
            if end is not None and end_seconds > end + CUT_TOLERANCE_SECONDS:
                return None
            return region
        return None

    def may_begin(self, piece: Piece) -> bool:
        """Whether a take may begin with this piece of the leading rendition."""
        if self.from_seconds is None:
            return True
        begun = piece.start_seconds >= self.from_seconds - CUT_TOLERANCE_SECONDS
        return begun and piece.independent

    def has_reached(self, seconds: float) -> bool:
        """Whether all following renditions have come this far."""
        return all(
            self.ends.get(plan.name, 0.0) >= seconds - CUT_TOLERANCE_SECONDS
            for plan in self.plans
            if plan.name != self.leading and plan.name not in self.dropped
        )

    def _variant(self, plan: RenditionPlan) -> Variant:
        init = self.inits.get(plan.name)
        return Variant(
            name=plan.name,
            bandwidth=plan.bandwidth,
            codecs=init.codecs if init else plan.codecs,
            width=plan.width,
            height=plan.height,
            frame_rate=plan.frame_rate,
        )


def choose_part_seconds(source: SourceInfo, wanted: float) -> float:
    """The length of parts, at or a little below what is wanted.

    Parts are whole frames and a group of pictures should be whole parts; else a
    short part stands before each key frame. 25 frames a second in groups of 2 s
    have no parts of 0.5 s, but of 0.4 s.
    """
    frames = _frames_per_second(source.fps) if source.has_video else None
    if frames is None:
        return wanted
    group = round(frames * (source.keyframe_interval_seconds or 2.0))
    for count in range(int(wanted * frames + 1e-6), 0, -1):
        if count < 0.75 * wanted * frames:
            break
        if group % count == 0:
            return count / frames
    return wanted


def _frames_per_second(fps: float | None) -> float | None:
    """A steady rate as it is meant: whole, or 1000/1001 of it; None for others."""
    if not fps:
        return None
    for share in (1.0, 1000 / 1001):
        whole = round(fps / share)
        if whole and abs(fps / share - whole) <= 0.02:
            return whole * share
    return None
