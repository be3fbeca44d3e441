"""Captions of every room that is on air, by machine and by people.

Each room has a `RoomCaptioner` with a recogniser of its own. It reads what the
public has and nothing else, so no caption can pass the room's public head.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from folkmoot.core.feeds import PUBLIC
from folkmoot.journal import NoSuchMeeting
from folkmoot.store import captioning, cues
from folkmoot.store.captioning import Captioning, When
from folkmoot.transcripts.live.keyboard import Keyboard
from folkmoot.transcripts.live.owed import Debts
from folkmoot.transcripts.live.ports import Launch, Rooms, Show
from folkmoot.transcripts.live.room import RoomCaptioner
from folkmoot.transcripts.live.status import Status
from folkmoot.transcripts.live.writing import CueWriter
from folkmoot.transcripts.recognition.messages import Begin
from folkmoot.transcripts.recognition.models import Model, ModelMissing, find_model

if TYPE_CHECKING:
    from folkmoot.journal import Journal
    from folkmoot.settings import CaptionSettings
    from folkmoot.store.database import Database
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

Place = tuple[str, str]
# (meeting id, room id, whether a person publishes what comes of it, owed since when)
WhenEnded = Callable[[str, str, bool, datetime], Awaitable[None]]

_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 20.0
_MOST_GLOSSARY_WORDS = 60


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How a meeting is captioned, with what the settings say filled in."""

    when: When
    model: str
    language: str | None
    glossary: str
    by_hand: bool
    hand_over: timedelta


@dataclass
class _Trouble:
    sentence: str
    again_at: float
    final: bool = False


@dataclass
class _Memory:
    """What is kept of a room that is not captioned now."""

    trouble: _Trouble | None = None
    gave_up: bool = False


class Captioner:
    """Looks which rooms are on air and captions them."""

    def __init__(
        self,
        *,
        settings: CaptionSettings,
        journal: Journal,
        database: Database,
        rooms: Rooms,
        launch: Launch,
        show: Show,
        tasks: TaskOwner,
        clock: Callable[[], datetime],
        models: Path | None = None,
    ) -> None:
        self.settings = settings
        self._journal = journal
        self._database = database
        self._rooms = rooms
        self._launch = launch
        self._tasks = tasks
        self._clock = clock
        self._models = models
        self.writer = CueWriter(journal, database, show=show, rooms=rooms, clock=clock)
        self.keyboard = Keyboard(
            writer=self.writer,
            database=database,
            rooms=rooms,
            tasks=tasks,
            clock=clock,
        )
        self._running: dict[Place, RoomCaptioner] = {}
        self._memory: dict[Place, _Memory] = {}
        self._debts = Debts(database, clock)
        self.when_ended: WhenEnded | None = None
        """Told of each room whose captions are to be made after its meeting."""
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Begin to look for rooms on air."""
        _ = self._tasks.start(self._run(), name="captions")

    async def choice(self, meeting_id: str) -> Choice:
        """How a meeting is captioned."""
        chosen = await self._database.read(
            lambda connection: captioning.captioning_of(connection, meeting_id)
        )
        return self._fill(chosen, await self._glossary(meeting_id, chosen.glossary))

    def choose(self, *, model: str, language: str | None, glossary: str = "") -> Choice:
        """A choice of one's own, for recognition apart from a meeting."""
        return Choice(
            when="after",
            model=model,
            language=language or self.settings.language or None,
            glossary=glossary,
            by_hand=True,
            hand_over=timedelta(),
        )

    async def publish(self, meeting_id: str, room_id: str) -> bool:
        """Let everyone read what waited for a person; whether there was anything."""
        span = await self._database.run(
            lambda connection: cues.publish_drafts(connection, meeting_id, room_id)
        )
        if span is not None:
            await self.writer.tell_changed((meeting_id, room_id), *span)
        return span is not None

    async def discard(self, meeting_id: str, room_id: str) -> bool:
        """Throw away what waited for a person; whether there was anything."""
        gone = await self._database.run(
            lambda connection: cues.remove_drafts(connection, meeting_id, room_id)
        )
        return gone > 0

    async def find_model(self, name: str) -> Model:
        """The model of this name. Raises `ModelMissing`, which says how to get it."""
        return await asyncio.to_thread(find_model, name, kept=self._models)

    async def begin(self, choice: Choice, *, step_ms: int, beam: int = 1) -> Begin:
        """What a recogniser is told first. Raises `ModelMissing`."""
        model = await self.find_model(choice.model)
        english = model.name.endswith(".en")
        return Begin(
            model=model.path,
            language="en" if english else choice.language,
            threads=self.settings.threads,
            step_ms=step_ms,
            beam=beam,
        )

    def status(self, meeting_id: str, room_id: str) -> Status:
        """How a room's captions do, for its staff."""
        place = (meeting_id, room_id)
        running = self._running.get(place)
        if running is not None:
            return running.status()
        memory = self._memory.get(place)
        if memory is not None and memory.gave_up:
            return Status("slow")
        if place in self._debts.after:
            return Status("after")
        if memory is not None and memory.trouble is not None:
            return Status("trouble", sentence=memory.trouble.sentence)
        return Status("off")

    def settled_until(self, meeting_id: str, room_id: str) -> datetime | None:
        """Up to where a room's words are settled; None: nobody hears it now."""
        running = self._running.get((meeting_id, room_id))
        return None if running is None else running.settled_until

    def is_owed(self, meeting_id: str, room_id: str) -> bool:
        """Whether captions of the room are to be made after the meeting."""
        return (meeting_id, room_id) in self._debts.after

    async def aclose(self) -> None:
        """End all recognisers. Idempotent."""
        rooms, self._running = list(self._running.values()), {}
        for room in rooms:
            await room.aclose()

    def _fill(self, chosen: Captioning, glossary: str) -> Choice:
        return Choice(
            when=chosen.when or self.settings.when,
            model=chosen.model or self.settings.model,
            language=chosen.language or self.settings.language or None,
            glossary=glossary,
            by_hand=chosen.by_hand,
            hand_over=timedelta(seconds=chosen.hand_over_seconds),
        )

    async def _glossary(self, meeting_id: str, chosen: str) -> str:
        """Words to expect: what the team wrote, then what the meeting itself names."""
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        words = [line.strip() for line in chosen.replace(",", "\n").splitlines()]
        named = (
            *((marker["content"], "label") for marker in state["markers"].values()),
            *((room["content"], "name") for room in state["rooms"].values()),
            (state["content"], "title"),
        )
        words += [(content or {}).get(field, "") for content, field in named]
        known = dict.fromkeys(word for word in words if word)
        return ", ".join(list(known)[:_MOST_GLOSSARY_WORDS])

    async def _run(self) -> None:
        loaded = False
        while True:
            try:
                if not loaded:
                    await self._debts.load()
                    loaded = True
                await self._look()
            except Exception:  # captions may fail, the meeting may not
                logger.exception("captions: a look at the rooms failed")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self) -> None:
        for place, room in list(self._running.items()):
            if room.done:
                del self._running[place]
                await self._note_end(place, room)
        on_air = self._rooms.on_air()
        # What a killed process was hearing is heard to its end, on air or not.
        for place in dict.fromkeys((*on_air, *self._debts.left)):
            if place not in self._running and self._may_try(place):
                await self._begin(place)
        await self._debts.renew(self._running)
        for place in list(self._debts.after):
            try:
                _ = await self._journal.open(place[0])
            except NoSuchMeeting:  # it was deleted, and keeps no other waiting
                await self._debts.settle_after(place)
                continue
            if self._journal.phase(place[0]) == "ended":
                await self._ask_for(place)

    async def _ask_for(self, place: Place) -> None:
        """Have a recording heard whose meeting has ended."""
        if self.when_ended is not None:
            choice = await self.choice(place[0])
            await self.when_ended(*place, choice.by_hand, self._debts.after[place])
        # Only now: whoever ends in between leaves it to the next process.
        await self._debts.settle_after(place)

    def _may_try(self, place: Place) -> bool:
        memory = self._memory.get(place)
        if memory is None:
            return True
        if memory.gave_up:
            return False
        return memory.trouble is None or self._loop.time() >= memory.trouble.again_at

    async def _begin(self, place: Place) -> None:
        if place in self._debts.left and self._rooms.recorded_span(*place) is None:
            return  # its channel is not open yet
        choice = await self.choice(place[0])
        if choice.when == "never":
            await self._drop(place)
            return
        if choice.when == "after":
            await self._drop(place)
            await self._debts.owe_after(place)
            return
        try:
            begin = await self.begin(choice, step_ms=RoomCaptioner.STEP_MS)
        except ModelMissing as missing:
            self._note_trouble(place, str(missing))
            return
        if len(self._running) >= self.settings.most_rooms:
            await self._give_up(place)
            return
        room = RoomCaptioner(
            place,
            choice=choice,
            begin=begin,
            launch=self._launch,
            rooms=self._rooms,
            writer=self.writer,
            keyboard=self.keyboard,
            clock=self._clock,
        )
        await self._debts.hear(place)
        self._memory.pop(place, None)
        self._running[place] = room
        room.task = self._tasks.start(room.run(), name=f"captions.{place[1]}")

    async def _note_end(self, place: Place, room: RoomCaptioner) -> None:
        if room.missed and place in self._debts.left:
            await self._debts.owe_after(place)
        if room.too_slow:
            logger.warning("room=%s captions: too slow, they come after", place[1])
            await self._give_up(place)
        elif room.problem:
            # Tried again, also when the room has gone off air by then.
            self._debts.left.add(place)
            self._note_trouble(place, room.problem)
        else:
            await self._debts.finish(place)

    async def _drop(self, place: Place) -> None:
        if place in self._debts.left:
            await self._debts.finish(place)

    async def _give_up(self, place: Place) -> None:
        await self._debts.owe_after(place)
        await self._debts.finish(place)
        self._memory.setdefault(place, _Memory()).gave_up = True

    def _note_trouble(self, place: Place, sentence: str) -> None:
        memory = self._memory.setdefault(place, _Memory())
        if memory.trouble is None or memory.trouble.sentence != sentence:
            logger.warning("room=%s captions: %s", place[1], sentence)
        memory.trouble = _Trouble(sentence, self._loop.time() + _AGAIN_SECONDS)
