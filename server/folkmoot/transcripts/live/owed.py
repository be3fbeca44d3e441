"""What captions are owed, kept where a killed process's successor finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from folkmoot.store import captioning

if TYPE_CHECKING:
    from folkmoot.store.database import Database

Place = tuple[str, str]

# A room is ours for so long; who does not renew it in this time is gone.
HELD = timedelta(minutes=1)


class Debts:
    """Rooms that are being heard, and recordings to be heard after their meetings.

    `after` says since when each is owed; `left` are rooms that a process which is gone was hearing; their rest is ours.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._renewed_at: datetime | None = None
        self.after: dict[Place, datetime] = {}
        self.left: set[Place] = set()

    async def load(self) -> None:
        """Learn what is owed since before the start."""
        self.after |= await self._database.read(lambda c: captioning.owed(c, "after"))
        await self.take_left(every=self._database.sqlite)

    async def take_left(self, *, every: bool = False) -> None:
        """Take over rooms that nobody hears any more.

        `every`: all of them, since one process serves such a store.
        """
        now = self._clock()
        found = await self._database.read(lambda c: captioning.owed(c, "live"))
        for place, held_until in found.items():
            if every or held_until < now:
                await self._take(place, held_until, now + HELD)

    async def hear(self, place: Place) -> None:
        """A room is being heard from now on."""
        until = self._clock() + HELD
        await self._database.run(
            lambda c: captioning.owe(c, place, "live", held_until=until)
        )

    async def renew(self, places: Iterable[Place]) -> None:
        """Say that these are still being heard, and take over what nobody hears."""
        now = self._clock()
        if self._renewed_at is not None and now - self._renewed_at < HELD / 3:
            return
        self._renewed_at = now
        for place in (*places, *self.left):
            await self.hear(place)
        if not self._database.sqlite:
            await self.take_left()

    async def finish(self, place: Place) -> None:
        """A room was heard to its end."""
        self.left.discard(place)
        await self._database.run(lambda c: captioning.settle(c, place, "live"))

    async def owe_after(self, place: Place) -> None:
        """A room's recording is to be heard when its meeting has ended."""
        if place not in self.after:
            now = self._clock()
            await self._database.run(
                lambda c: captioning.owe(c, place, "after", held_until=now)
            )
            self.after[place] = now

    async def settle_after(self, place: Place) -> None:
        """A recording is being heard, or another process sees to it."""
        await self._database.run(lambda c: captioning.settle(c, place, "after"))
        self.after.pop(place, None)

    async def _take(self, place: Place, held_until: datetime, until: datetime) -> None:
        if await self._database.run(
            lambda c: captioning.take_over(c, place, before=held_until, until=until)
        ):
            self.left.add(place)
