"""What staff see of a room: its latest minutes, in the private root, not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folkmoot.media.capture import FOLLOW_SECONDS
from folkmoot.media.pack.packager import to_piece

if TYPE_CHECKING:
    from datetime import datetime

    from folkmoot.media.capture import Capture
    from folkmoot.media.pack.fmp4 import Fragment
    from folkmoot.media.pack.stream import Stream


class Monitor:
    """Feeds the preview. Callers serialize; everything raises `DiskFull`."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._capture: Capture | None = None
        self._from_seconds = 0.0

    async def show(
        self, capture: Capture, rendition: str, fragment: Fragment, at: datetime
    ) -> None:
        """Show a fragment; the leading rendition's first key frame begins."""
        if self._capture is not capture:
            await self._begin(capture, rendition, fragment)
        if self._capture is not capture:
            return
        if fragment.start_seconds + FOLLOW_SECONDS < self._from_seconds:
            return  # a follower's from before the beginning
        await self.stream.add(rendition, to_piece(fragment), wall=at)

    async def add_init(self, capture: Capture, rendition: str, data: bytes) -> None:
        """A rendition's initialization."""
        if self._capture is capture:
            await self.stream.add_init(rendition, data)

    async def clear(self) -> None:
        """Show nothing, and keep nothing."""
        if self._capture is None and not self.stream.lanes:
            return
        self._capture = None
        await self.stream.finish()
        await self.stream.forget_takes()

    async def _begin(
        self, capture: Capture, rendition: str, fragment: Fragment
    ) -> None:
        anchor = capture.anchor.at
        if rendition != capture.leading or anchor is None or not fragment.independent:
            return
        await self.clear()
        await self.stream.begin(
            kind="preview",
            anchor_at=anchor,
            leading=capture.leading,
            variants=capture.variants,
            inits={name: init.data for name, init in capture.inits.items()},
        )
        self._capture = capture
        self._from_seconds = fragment.start_seconds
