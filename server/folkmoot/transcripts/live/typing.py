"""Who types captions in a room: one at a time, handed over, the machine behind them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

# Who paused so long may be relieved at once; else they are asked.
FREE_AFTER = timedelta(seconds=4)


class Typist(msgspec.Struct, frozen=True):
    """A person at the keyboard."""

    member_id: str
    name: str


class Hand(msgspec.Struct, frozen=True):
    """Who types, since when nothing came, and who asks to take over."""

    holder: Typist | None = None
    typed_at: datetime | None = None
    asks: Typist | None = None

    def is_writing(self, now: datetime, patience: timedelta) -> bool:
        """Whether a person writes, so that the machine keeps silent."""
        return (
            self.holder is not None
            and self.typed_at is not None
            and now - self.typed_at <= patience
        )

    def take(self, who: Typist, now: datetime) -> Hand:
        """Ask for the keyboard; it is given at once where nobody is typing."""
        if self.holder is None or self.holder.member_id == who.member_id:
            return Hand(who, now)
        free = self.typed_at is None or now - self.typed_at > FREE_AFTER
        if free:
            return Hand(who, now)
        return Hand(self.holder, self.typed_at, who)

    def note(self, who: Typist, now: datetime) -> Hand:
        """They typed something."""
        if self.holder is None or self.holder.member_id != who.member_id:
            return self
        return Hand(self.holder, now, self.asks)

    def end_line(self, who: Typist, now: datetime) -> Hand:
        """They finished a line: who asked takes over here."""
        if self.holder is None or self.holder.member_id != who.member_id:
            return self
        if self.asks is not None:
            return Hand(self.asks, now)
        return Hand(self.holder, now)

    def leave(self, who: Typist, now: datetime) -> Hand:
        """They stop; who asked takes over, else the machine."""
        if self.asks is not None and self.asks.member_id == who.member_id:
            return Hand(self.holder, self.typed_at)
        if self.holder is None or self.holder.member_id != who.member_id:
            return self
        return Hand(self.asks, now) if self.asks is not None else Hand()
