"""The seconds between what a camera sees and what the public gets. Pure.

Everything that changes what is public stands in one line, in order of time, and
leaves it when the delay is over: fragments as well as "on air" and "pause". So
the public sees the room as it was, only later. A pause that reaches back takes
what stands behind it out of the line.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from folkmoot.media.capture import Capture
from folkmoot.media.pack.fmp4 import Fragment, Init

if TYPE_CHECKING:
    from collections.abc import Iterator

State = Literal["off", "on", "hold", "ended"]


class Began(msgspec.Struct, frozen=True):
    """A publisher connected."""

    capture: Capture
    at: datetime


class Came(msgspec.Struct, frozen=True):
    """Something came out of the encoder, whole at `at`."""

    capture: Capture
    rendition: str
    item: Init | Fragment
    at: datetime


class Left(msgspec.Struct, frozen=True):
    """A publisher is gone, and all that came from it was taken."""

    capture: Capture
    at: datetime
    reason: str | None = None


class Changed(msgspec.Struct, frozen=True):
    """The room is on air, paused, off air or over from `at` on."""

    state: State
    reason: str | None
    at: datetime


Item = Began | Came | Left | Changed


class DelayLine:
    """What is captured and not yet public; `seconds` may change at any time."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._items: deque[Item] = deque()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def is_open(self) -> bool:
        """Whether nothing is held back: what comes can go on at once."""
        return not self._items and self.seconds <= 0

    @property
    def due_at(self) -> datetime | None:
        """When the first item is due."""
        return self._due_at(self._items[0]) if self._items else None

    def push(self, item: Item) -> None:
        """Add what happened last; what is private takes out what stands behind it."""
        if not isinstance(item, Changed):
            self._items.append(item)
            return
        before = [each for each in self._items if each.at <= item.at]
        behind = [each for each in self._items if each.at > item.at]
        public = item.state == "on"
        stays = [each for each in behind if public or not _is_taken_out(each)]
        self._items = deque([*before, item, *stays])

    def pop_due(self, now: datetime) -> Item | None:
        """The next item that the public may have by now."""
        if not self._items or self._due_at(self._items[0]) > now:
            return None
        return self._items.popleft()

    def pop_followers(self, leading: str, until: datetime) -> Iterator[Came]:
        """Take out what other renditions sent until then, up to the next change."""
        for item in list(self._items):
            if isinstance(item, Changed) or item.at > until:
                return
            if isinstance(item, Came) and item.rendition != leading:
                self._items.remove(item)
                yield item

    def shift(self, seconds: float) -> None:
        """The clock by which all of it was dated was set by so much."""
        step = timedelta(seconds=seconds)
        self._items = deque(
            msgspec.structs.replace(item, at=item.at + step) for item in self._items
        )

    def _due_at(self, item: Item) -> datetime:
        return item.at + timedelta(seconds=self.seconds)


def _is_taken_out(item: Item) -> bool:
    if isinstance(item, Came):
        return isinstance(item.item, Fragment)  # an initialization shows nothing
    return isinstance(item, Changed)
