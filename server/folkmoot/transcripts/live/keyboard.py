"""Captions that people type, while others watch.

A line is in the store before its typist hears that it was taken: as one that waits for
a person, until the public sees its moment. So a process that is killed loses none.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from folkmoot.core.refusals import Refusal
from folkmoot.store import cues
from folkmoot.store.cues import CueRow
from folkmoot.transcripts.live.ports import Rooms
from folkmoot.transcripts.live.typing import Hand, Typist

if TYPE_CHECKING:
    from folkmoot.store.database import Database
    from folkmoot.tasks import TaskOwner
    from folkmoot.transcripts.live.writing import CueWriter

Place = tuple[str, str]

MOST_CHARACTERS = 300
LAST_LINES = 8
# From a word to the first key of it.
_REACTION = timedelta(seconds=1.5)
_CORRECTABLE = timedelta(minutes=10)
# The public has a moment so long after it, and with a delay so much later.
_PUBLIC_WAIT_SECONDS = 8.0
_LOOK_SECONDS = 0.2
# A line that came so much after it was typed was held up: its public may be past it.
_HELD_UP = timedelta(seconds=5)
_ID = re.compile(r"q_[a-z0-9]{8,40}")


class TypedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody types, under the id that their page gave it; empty for none.

    `begun_ago` and `ended_ago` are seconds before now: a line that no server took at
    its time stands where it was said all the same.
    """

    text: str
    line_id: str = ""
    begun_ago: float = 0.0
    ended_ago: float = 0.0


class Keyboard:
    """The typists of all rooms."""

    def __init__(
        self,
        *,
        writer: CueWriter,
        database: Database,
        rooms: Rooms,
        tasks: TaskOwner,
        clock: Callable[[], datetime],
    ) -> None:
        self._writer = writer
        self._database = database
        self._rooms = rooms
        self._tasks = tasks
        self._clock = clock
        self._hands: dict[Place, Hand] = {}
        self._taken: dict[Place, datetime] = {}
        self._begun: dict[Place, tuple[str, datetime]] = {}
        self._ended: dict[Place, str] = {}

    def hand(self, place: Place) -> Hand:
        """Who types in a room."""
        return self._hands.get(place, Hand())

    def is_writing(self, place: Place, patience: timedelta) -> bool:
        """Whether a person writes, so that the machine keeps silent."""
        return self.hand(place).is_writing(self._clock(), patience)

    def writing_since(self, place: Place, patience: timedelta) -> datetime | None:
        """Since when people write, one after the other; None while nobody does.

        What was said before is the machine's, however late it hears it.
        """
        return self._taken[place] if self.is_writing(place, patience) else None

    def take(self, place: Place, who: Typist) -> Hand:
        """Begin to type, or ask whoever does to hand over."""
        return self._set(place, self.hand(place).take(who, self._clock()))

    def leave(self, place: Place, who: Typist) -> Hand:
        """Stop typing."""
        self._begun.pop(place, None)
        return self._set(place, self.hand(place).leave(who, self._clock()))

    async def type(self, place: Place, who: Typist, line: TypedLine) -> Hand:
        """Show a line while it is typed. Raises `Refusal`."""
        self._need_hand(place, who)
        text = _tidy(line.text)
        # Letters may come after the line that they belong to.
        if line.line_id and self._ended.get(place) == line.line_id:
            return self.hand(place)
        cue_id, start_at = self._begin(place, line)
        if text and self._rooms.delay_seconds(*place) == 0 and self._is_on_air(place):
            self._writer.show_typed(place, cue_id, start_at, self._clock(), text)
        return self._set(place, self.hand(place).note(who, self._clock()))

    async def finish(self, place: Place, who: Typist, line: TypedLine) -> Hand:
        """A line is whole: it stands in the transcript once the public is so far.

        A line sent again, since its answer was lost, is there already. Who typed when
        the server was ended has the keyboard still, unless somebody took it.
        Raises `Refusal`.
        """
        text = _tidy(line.text)
        if line.line_id and await self._is_kept(line.line_id):
            return self.hand(place)
        if line.line_id and self.hand(place).holder is None:
            self.take(place, who)
        self._need_hand(place, who)
        if text:
            if not self._is_on_air(place):
                raise Refusal(
                    "not_on_air", "The room is not on air: nobody may read this now."
                )
            cue_id, start_at = self._begin(place, line)
            ended_at = self._clock() - timedelta(seconds=line.ended_ago)
            row = CueRow(
                cue_id=cue_id,
                meeting_id=place[0],
                room_id=place[1],
                start_at=start_at,
                end_at=max(ended_at, start_at + timedelta(milliseconds=500)),
                text=text,
                provenance="typed",
                by=who.member_id,
                draft=True,
            )
            self._begun.pop(place, None)
            self._ended[place] = cue_id
            await self._database.run(lambda c: cues.add_cues(c, [row]))
            _ = self._tasks.start(self._publish(place, row), name="captions.typed")
        self._begun.pop(place, None)
        return self._set(place, self.hand(place).end_line(who, self._clock()))

    async def correct(self, place: Place, who: Typist, cue_id: str, text: str) -> None:
        """Write one of the last lines anew. Raises `Refusal`."""
        text = _tidy(text)
        if not text:
            raise Refusal("bad_form", "A line can't be empty.")
        found = [row for row in await self.last_lines(place) if row.cue_id == cue_id]
        if not found:
            raise Refusal("no_such_line", "This line is not among the last ones.")
        row = found[0]
        if row.text == text:
            return
        fresh = msgspec.structs.replace(
            row,
            text=text,
            by=who.member_id,
            provenance="typed" if row.provenance == "typed" else "corrected",
            confidence=None,
            words=None,
            revision=row.revision + 1,
        )
        await self._writer.keep(place, [fresh])
        self._writer.show_final(place, fresh, ())

    async def last_lines(self, place: Place) -> list[CueRow]:
        """What can still be corrected here, oldest first."""
        from_at = self._clock() - _CORRECTABLE
        rows = await self._database.read(
            lambda connection: cues.cues_of(connection, *place, from_at=from_at)
        )
        return rows[-LAST_LINES:]

    def _begin(self, place: Place, line: TypedLine) -> tuple[str, datetime]:
        begun = self._begun.get(place)
        if begun is None or (line.line_id and begun[0] != line.line_id):
            at = self._clock() - timedelta(seconds=line.begun_ago) - _REACTION
            begun = (_need_id(line.line_id) or self._writer.new_id(), at)
            self._begun[place] = begun
        return begun

    async def _is_kept(self, line_id: str) -> bool:
        return await self._database.read(lambda c: cues.any_taken(c, [line_id]))

    def _set(self, place: Place, hand: Hand) -> Hand:
        if self.hand(place).holder is None:
            self._taken[place] = self._clock()
        self._hands[place] = hand
        return hand

    def _need_hand(self, place: Place, who: Typist) -> None:
        holder = self.hand(place).holder
        if holder is None or holder.member_id != who.member_id:
            raise Refusal("not_your_turn", "Somebody else types now. Ask to take over.")

    def _is_on_air(self, place: Place) -> bool:
        return place in self._rooms.on_air()

    async def _publish(self, place: Place, row: CueRow) -> None:
        """Publish a line once the public sees its moment; never, if it was taken back.

        Are we ended before that, it waits for a person: nobody knows what was taken
        back meanwhile.
        """
        held_up = self._clock() - row.end_at > _HELD_UP
        if await self._await_public(place, row):
            published = await self._database.run(lambda c: _publish_draft(c, row))
            if published is not None:
                await self._writer.tell_changed(
                    place, published.start_at, published.end_at
                )
                self._writer.show_final(place, published, ())
        elif not held_up or self._rooms.is_cut(*place, row.start_at, row.end_at):
            await self._database.run(lambda c: cues.remove_cues(c, [row.cue_id]))

    async def _await_public(self, place: Place, row: CueRow) -> bool:
        """Wait until the public sees a line's moment; whether it came to that."""
        wait = _PUBLIC_WAIT_SECONDS + self._rooms.delay_seconds(*place)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        while loop.time() < deadline:
            if self._rooms.is_public(*place, row.start_at, row.end_at):
                return True
            await asyncio.sleep(_LOOK_SECONDS)
        return False


def _publish_draft(connection: sa.Connection, row: CueRow) -> CueRow | None:
    """Let everyone read a line as it is now; None where somebody did, or took it away."""
    place = (row.meeting_id, row.room_id)
    found = cues.pick_cues(connection, *place, cue_ids=[row.cue_id]).get(row.cue_id)
    if found is None or not found.draft:
        return None
    published = msgspec.structs.replace(found, draft=False)
    cues.add_cues(connection, [published])
    return published


def _need_id(line_id: str) -> str:
    """Check an id that a page gave."""
    if line_id and not _ID.fullmatch(line_id):
        raise Refusal("bad_form", "A line's id is q_ and 8 to 40 letters or digits.")
    return line_id


def _tidy(text: str) -> str:
    return " ".join(text.split())[:MOST_CHARACTERS]
