"""Recognition of what is recorded: after a meeting, with a larger model, or a file."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.store import cues
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.live.hearing import Hearing, RecogniserGone, to_moment
from folkmoot.transcripts.live.ports import Launch, Listener, Rooms
from folkmoot.transcripts.recognition.lines import Line, LineMaker
from folkmoot.transcripts.recognition.models import ModelMissing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from folkmoot.store.cues import CueRow
    from folkmoot.store.database import Database
    from folkmoot.transcripts.live.captioner import Captioner

logger = logging.getLogger(__name__)

KIND = "captions.recording"
Place = tuple[str, str]
_BEAM = 5
_MOST_WAITING = timedelta(minutes=2)
_FILE_START = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_FILE_SECONDS = 30 * 60


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """How recognition of a recording does; `share` of it is done, 0 to 1."""

    model: str
    share: float = 0.0
    problem: str = ""
    done: bool = False


class Afterwards:
    """Hears recordings, one at a time: a machine has other work."""

    def __init__(
        self,
        captioner: Captioner,
        *,
        database: Database,
        rooms: Rooms,
        launch: Launch,
        enqueue: Callable[[str, dict[str, Any], str], Awaitable[None]],
    ) -> None:
        self._captioner = captioner
        self._database = database
        self._rooms = rooms
        self._launch = launch
        self._enqueue = enqueue
        self._turn = asyncio.Lock()
        # A file is short, and nobody waits for a long recording to have it.
        self._file_turn = asyncio.Lock()
        self._works: dict[Place, Work] = {}

    def progress(self, meeting_id: str, room_id: str) -> Work | None:
        """How it does; None where it was not asked for since the start."""
        return self._works.get((meeting_id, room_id))

    def has_recording(self, meeting_id: str, room_id: str) -> bool:
        """Whether there is something to hear."""
        return self._rooms.recorded_span(meeting_id, room_id) is not None

    async def ask(
        self,
        meeting_id: str,
        room_id: str,
        *,
        model: str = "",
        by_hand: bool = True,
        once: str = "",
    ) -> None:
        """Recognise a room's recording anew, soon. Raises `Refusal`.

        `by_hand`: what comes of it waits until a person publishes it. What is asked
        `once` under the same name, by whatever process, is one job.
        """
        if self._rooms.recorded_span(meeting_id, room_id) is None:
            raise Refusal("nothing_recorded", "There is no recording of this room.")
        choice = await self._captioner.choice(meeting_id)
        name = model or choice.model
        try:
            await self._captioner.find_model(name)
        except ModelMissing as missing:
            raise Refusal("no_speech_model", str(missing)) from None
        self._works[meeting_id, room_id] = Work(model=name)
        body = {
            "meeting_id": meeting_id,
            "room_id": room_id,
            "model": name,
            "by_hand": by_hand,
        }
        await self._enqueue(KIND, body, f"{KIND}:{room_id}:{once or random_text(8)}")

    async def ask_for(
        self,
        meeting_id: str,
        room_id: str,
        by_hand: bool,  # noqa: FBT001 (a callback)
        since: datetime,
    ) -> None:
        """Recognise what could not be captioned live, with the meeting's model."""
        try:
            once = f"{since.timestamp():.3f}"
            await self.ask(meeting_id, room_id, by_hand=by_hand, once=once)
        except Refusal as refusal:
            logger.warning("room=%s captions afterwards: %s", room_id, refusal.message)

    async def work(self, body: Mapping[str, Any]) -> None:
        """Do the job `KIND`."""
        place = (str(body["meeting_id"]), str(body["room_id"]))
        model = str(body["model"])
        self._works[place] = Work(model=model)
        try:
            async with self._turn:
                rows = await self._hear_recording(place, model)
            await self._keep(place, rows, by_hand=bool(body["by_hand"]))
        except (RecogniserGone, ModelMissing) as error:
            self._works[place] = Work(model=model, problem=str(error))
            raise Refusal("recognition_failed", str(error)) from error
        self._works[place] = Work(model=model, share=1.0, done=True)

    async def give_up(self, body: Mapping[str, Any], reason: str) -> None:
        """Hear that a job is not tried again."""
        place = (str(body["meeting_id"]), str(body["room_id"]))
        self._works[place] = Work(model=str(body["model"]), problem=reason)

    async def recognise_file(
        self,
        path: Path,
        *,
        language: str | None = None,
        model: str = "",
        glossary: str = "",
    ) -> list[Cue]:
        """What is said in a sound file of any kind, as cues from its second 0.

        Raises `Refusal` (`no_speech_model`, `recognition_failed`). One file at a
        time, below everything else; a minute of sound takes some ten seconds.
        """
        settings = self._captioner.settings
        choice = self._captioner.choose(
            model=model or settings.model, language=language
        )
        try:
            begin = await self._captioner.begin(choice, step_ms=0, beam=_BEAM)
            async with self._file_turn, asyncio.timeout(_MOST_FILE_SECONDS):
                hearing = await Hearing.start(self._launch, begin, glossary=glossary)
                try:
                    await hearing.give_file(str(path), _FILE_START)
                    await hearing.finish()
                    lines = [line async for line, _ in _lines(hearing)]
                finally:
                    await hearing.aclose()
        except ModelMissing as missing:
            raise Refusal("no_speech_model", str(missing)) from None
        except (RecogniserGone, TimeoutError) as error:
            raise Refusal("recognition_failed", str(error)) from error
        start_ms = round(_FILE_START.timestamp() * 1000)
        return [
            Cue(
                start_seconds=(line.start_ms - start_ms) / 1000,
                end_seconds=(line.end_ms - start_ms) / 1000,
                text=line.text,
                language=begin.language,
            )
            for line in lines
        ]

    async def _hear_recording(self, place: Place, model: str) -> list[CueRow]:
        span = self._rooms.recorded_span(*place)
        if span is None:
            return []
        choice = await self._captioner.choice(place[0])
        chosen = self._captioner.choose(
            model=model, language=choice.language, glossary=choice.glossary
        )
        begin = await self._captioner.begin(chosen, step_ms=0, beam=_BEAM)
        hearing = await Hearing.start(self._launch, begin, glossary=choice.glossary)
        heard = _Reached(span[0])
        listener = self._rooms.listen(*place, after=span[0], recording=True)
        writer, rows = self._captioner.writer, []
        try:
            async with asyncio.TaskGroup() as group:
                feeding = group.create_task(
                    _feed(hearing, listener, heard), name="captions.recording"
                )
                async for line, until in _lines(hearing, heard):
                    rows.append(
                        writer.machine_row(
                            place,
                            writer.new_id(),
                            line,
                            model=Path(model).name,
                            language=begin.language,
                            draft=True,
                        )
                    )
                    share = (until - span[0]) / max(timedelta(1e-6), span[1] - span[0])
                    self._works[place] = Work(model=model, share=min(1.0, share))
                feeding.cancel()
        except* RecogniserGone as gone:
            raise RecogniserGone(str(gone.exceptions[0])) from None
        finally:
            await hearing.aclose()
        return rows

    async def _keep(self, place: Place, rows: list[CueRow], *, by_hand: bool) -> None:
        def store(connection: Any) -> None:
            cues.remove_drafts(connection, *place)
            cues.add_cues(connection, rows)

        await self._database.run(store)
        if not by_hand:
            await self._captioner.publish(*place)


class _Reached:
    """How far a recogniser has come, and who waits for it."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.changed = asyncio.Event()


async def _feed(hearing: Hearing, listener: Listener, heard: _Reached) -> None:
    """Give the recogniser the recording, never much more than it has heard."""
    while (piece := await listener.next(0)) is not None:
        await hearing.give(piece)
        while piece.at - heard.at > _MOST_WAITING:
            heard.changed.clear()
            await heard.changed.wait()
    await hearing.finish()


async def _lines(
    hearing: Hearing, reached: _Reached | None = None
) -> AsyncIterator[tuple[Line, datetime]]:
    """The lines that a recogniser's reports make, and how far it has heard."""
    maker, until = LineMaker(), _FILE_START
    async for heard in hearing.reports():
        until = to_moment(heard.until_ms)
        if reached is not None:
            reached.at = until
            reached.changed.set()
        closed = maker.add(heard.settled)
        if heard.pause:
            closed += maker.close()
        for line in closed:
            yield line, until
    for line in maker.close():
        yield line, until
