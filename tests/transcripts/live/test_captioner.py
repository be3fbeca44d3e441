"""Live captions with a recogniser that a test writes the words of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from folkmoot.core import commands as cmd
from folkmoot.journal import Journal
from folkmoot.settings import CaptionSettings
from folkmoot.store import Database, captioning, cues
from folkmoot.store.captioning import Captioning
from folkmoot.tasks import TaskOwner
from folkmoot.transcripts.live import captioner as module
from folkmoot.transcripts.live import room as room_module
from folkmoot.transcripts.live.captioner import Captioner
from folkmoot.transcripts.live.typing import Typist
from folkmoot.transcripts.recognition.messages import Begin, Glossary, Pause
from folkmoot.transcripts.recognition.models import Model, ModelMissing
from tests.fakes import FakeClock
from tests.journal.meeting import ORG, Meeting
from tests.transcripts.live.studio import START, FakeProcess, FakeRooms

# Who did not say for so long that it hears a room is gone.
LATER = 150


class Studio:
    """A captioner, its room, and what viewers were shown."""

    def __init__(self, meeting: Meeting, room_id: str, database: Database) -> None:
        self.meeting = meeting
        self.place = (meeting.meeting_id, room_id)
        self.database = database
        self.rooms = FakeRooms()
        self.processes: list[FakeProcess] = []
        self.make: Callable[[], FakeProcess] = FakeProcess
        self.shown: list[dict[str, Any]] = []
        self.captioner: Captioner

    async def launch(self, argv: Sequence[str], name: str) -> FakeProcess:
        self.processes.append(self.make())
        return self.processes[-1]

    def show(self, meeting_id: str, caption: dict[str, Any]) -> None:
        self.shown.append(caption)

    def on_air(self) -> None:
        self.rooms.air = [self.place]

    async def until(self, check: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not check():
                await asyncio.sleep(0.01)

    async def rows(self, **asked: Any) -> list[cues.CueRow]:
        return await self.database.read(lambda c: cues.cues_of(c, *self.place, **asked))

    async def choose(self, **chosen: Any) -> None:
        await self.database.run(
            lambda c: captioning.set_captioning(c, self.place[0], Captioning(**chosen))
        )

    @property
    def finals(self) -> list[dict[str, Any]]:
        return [caption for caption in self.shown if caption["final"]]

    def status(self) -> str:
        return self.captioner.status(*self.place).kind


@asynccontextmanager
async def open_studio(
    meeting: Meeting,
    journal: Journal,
    database: Database,
    *,
    at: float = 30,
    **settings: Any,
) -> AsyncIterator[Studio]:
    room_id = next(iter((await meeting.state())["rooms"]))
    studio = Studio(meeting, room_id, database)
    tasks = TaskOwner()
    studio.captioner = Captioner(
        settings=CaptionSettings(**settings),
        journal=journal,
        database=database,
        rooms=studio.rooms,
        launch=studio.launch,
        show=studio.show,
        tasks=tasks,
        clock=FakeClock(START + timedelta(seconds=at)),
    )
    studio.captioner.start()
    try:
        yield studio
    finally:
        await studio.captioner.aclose()
        await tasks.aclose()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(
        module, "find_model", lambda name, kept: Model(name, f"/models/{name}")
    )


@pytest.fixture
async def studio(
    meeting: Meeting, journal: Journal, database: Database
) -> AsyncIterator[Studio]:
    async with open_studio(meeting, journal, database) as opened:
        yield opened


async def test_what_is_said_becomes_cues_with_their_origin(studio: Studio) -> None:
    studio.on_air()
    studio.rooms.listener.put(at=1, text="Good morning everyone,")
    studio.rooms.listener.put(at=2, text="the Hoenikker? road is closed.")
    await studio.until(lambda: studio.finals)
    (row,) = await studio.rows()
    assert row.text == "Good morning everyone, the Hoenikker road is closed."
    assert (row.provenance, row.model, row.language) == ("machine", "tiny.en", "en")
    assert row.start_at == START + timedelta(seconds=1)
    assert row.confidence is not None
    assert 0.7 < row.confidence < 0.9
    words = msgspec.json.decode(row.words or "")
    assert len(words) == len(row.text.split())
    assert [row.text.split()[place] for place in studio.finals[0]["doubtful"]] == [
        "Hoenikker"
    ]
    assert studio.finals[0]["room"] == studio.place[1]
    feed = await studio.meeting.feed()
    assert [entry["kind"] for entry in feed].count("TranscriptChanged") == 1


async def test_a_line_is_shown_while_it_grows(studio: Studio) -> None:
    studio.on_air()
    studio.rooms.listener.put(at=1, text="we are")
    await studio.until(lambda: studio.shown)
    assert studio.shown[0]["text"] == "we are"
    assert studio.shown[0]["final"] is False
    assert await studio.rows() == [] or studio.finals
    # Silence closes it.
    await studio.until(lambda: studio.finals)
    assert studio.finals[0]["cue_id"] == studio.shown[0]["cue_id"]


async def test_names_bias_what_is_heard(studio: Studio) -> None:
    await studio.choose(glossary="Hoenikker, Ilium\nFelix")
    studio.on_air()
    await studio.until(lambda: studio.processes and studio.processes[0].orders[1:])
    glossary = studio.processes[0].orders[1]
    assert isinstance(glossary, Glossary)
    assert glossary.words.startswith("Hoenikker, Ilium, Felix")
    assert "Plenary" in glossary.words


async def test_a_meeting_has_its_model_and_language(studio: Studio) -> None:
    await studio.choose(model="small", language="fi")
    studio.on_air()
    await studio.until(lambda: studio.processes and studio.processes[0].orders)
    begin = studio.processes[0].orders[0]
    assert isinstance(begin, Begin)
    assert (begin.model, begin.language) == ("/models/small", "fi")


async def test_what_waits_for_a_person_is_shown_to_nobody(studio: Studio) -> None:
    await studio.choose(by_hand=True)
    studio.on_air()
    studio.rooms.listener.put(at=1, text="This is not read yet.")
    async with asyncio.timeout(10):
        while not await studio.rows(drafts=True):
            await asyncio.sleep(0.02)
    assert await studio.rows() == []
    assert studio.shown == []
    kinds = [entry["kind"] for entry in await studio.meeting.feed()]
    assert "TranscriptChanged" not in kinds


async def test_what_was_cut_meanwhile_is_not_shown(studio: Studio) -> None:
    studio.rooms.cuts = [(START, START + timedelta(seconds=3))]
    studio.on_air()
    studio.rooms.listener.put(at=1, text="Somebody's private number.")
    studio.rooms.listener.put(at=4, text="And now the next item.")
    await studio.until(lambda: studio.finals)
    assert [caption["text"] for caption in studio.finals] == ["And now the next item."]


async def test_after_a_restart_it_goes_on_where_it_was(
    studio: Studio, database: Database
) -> None:
    until = START + timedelta(seconds=20)
    row = cues.CueRow(
        cue_id="q_1",
        meeting_id=studio.place[0],
        room_id=studio.place[1],
        start_at=START,
        end_at=until,
        text="Before.",
        provenance="machine",
    )
    # What a killed process did not publish: nobody reads it.
    typed = msgspec.structs.replace(
        row,
        cue_id="q_2",
        start_at=until,
        end_at=until + timedelta(seconds=10),
        provenance="typed",
        draft=True,
    )
    await database.run(lambda c: cues.add_cues(c, [row, typed]))
    studio.on_air()
    await studio.until(lambda: studio.rooms.asked)
    assert studio.rooms.asked == [until]


@pytest.mark.parametrize("when", ["never", "after"])
async def test_who_wants_no_live_captions_gets_none(
    meeting: Meeting, journal: Journal, database: Database, when: str
) -> None:
    async with open_studio(meeting, journal, database, when=when) as studio:
        studio.on_air()
        await asyncio.sleep(0.2)
        assert studio.processes == []
        assert studio.status() == ("off" if when == "never" else "after")


async def test_without_a_model_it_says_how_to_get_one(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str, kept: object) -> Model:
        raise ModelMissing(f"There is no {name}; get it.")

    monkeypatch.setattr(module, "find_model", missing)
    studio.on_air()
    await studio.until(lambda: studio.status() == "trouble")
    status = studio.captioner.status(*studio.place)
    assert status.sentence == "There is no tiny.en; get it."


async def test_a_recogniser_that_fails_is_told_and_tried_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AGAIN_SECONDS", 0.1)
    studio.make = lambda: FakeProcess(fails="out of memory")
    studio.on_air()
    await studio.until(lambda: studio.status() == "trouble")
    assert "out of memory" in studio.captioner.status(*studio.place).sentence
    studio.make = FakeProcess
    await studio.until(lambda: studio.status() == "machine")
    assert studio.processes[0].stopped


async def test_a_machine_that_is_too_slow_leaves_it_for_afterwards(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_module, "_TOO_SLOW_SECONDS", 0.1)
    studio.make = lambda: FakeProcess(slow=True)
    studio.on_air()
    studio.rooms.listener.put(at=1, text="lost")
    await studio.until(lambda: studio.processes and studio.processes[0].sounds)
    # Heard nothing of what the public has had for two minutes.
    studio.rooms.listener.end_at = START + timedelta(seconds=120)
    await studio.until(lambda: studio.status() in {"behind", "slow"})
    await studio.until(lambda: studio.status() == "slow")
    assert studio.captioner.is_owed(*studio.place)
    await asyncio.sleep(0.1)
    assert len(studio.processes) == 1
    assert studio.processes[0].stopped


async def test_what_is_owed_outlives_the_process(
    meeting: Meeting, journal: Journal, database: Database
) -> None:
    asked: list[tuple[str, str, bool]] = []

    async def ask(meeting_id: str, room_id: str, by_hand: bool, _: datetime) -> None:
        asked.append((meeting_id, room_id, by_hand))

    async with open_studio(meeting, journal, database, when="after") as studio:
        studio.on_air()
        await studio.until(lambda: studio.captioner.is_owed(*studio.place))
        await studio.until(lambda: studio.status() == "after")
    async with open_studio(meeting, journal, database) as studio:
        studio.captioner.when_ended = ask
        await studio.until(lambda: studio.status() == "after")
        await meeting.do(cmd.EndMeeting(), ORG)
        await studio.until(lambda: asked)
    assert asked == [(*studio.place, False)]
    async with open_studio(meeting, journal, database) as studio:
        await asyncio.sleep(0.1)
        assert studio.status() == "off"


async def test_a_meeting_that_was_deleted_keeps_no_other_waiting(
    meeting: Meeting, journal: Journal, database: Database
) -> None:
    asked: list[str] = []

    async def ask(meeting_id: str, _room: str, _by_hand: bool, _: datetime) -> None:
        asked.append(meeting_id)

    async with open_studio(meeting, journal, database, when="after") as studio:
        studio.captioner.when_ended = ask
        gone = ("m_a_rehearsal", "r_gone")
        studio.captioner._debts.after[gone] = START
        studio.on_air()
        await studio.until(lambda: studio.captioner.is_owed(*studio.place))
        await meeting.do(cmd.EndMeeting(), ORG)
        await studio.until(lambda: asked)
        assert not studio.captioner.is_owed(*gone)
    assert asked == [meeting.meeting_id]


async def test_what_could_not_be_asked_for_stays_owed(
    meeting: Meeting, journal: Journal, database: Database
) -> None:
    """A kill between settling and asking must not lose a recording's captions."""
    asked: list[datetime] = []

    async def fail(_meeting: str, _room: str, _by_hand: bool, since: datetime) -> None:
        asked.append(since)
        raise OSError("The service ends here.")

    async def ask(_meeting: str, _room: str, _by_hand: bool, since: datetime) -> None:
        asked.append(since)

    async with open_studio(meeting, journal, database, when="after") as studio:
        studio.captioner.when_ended = fail
        studio.on_air()
        await studio.until(lambda: studio.captioner.is_owed(*studio.place))
        await meeting.do(cmd.EndMeeting(), ORG)
        await studio.until(lambda: asked)
    tried = len(asked)
    async with open_studio(meeting, journal, database) as studio:
        studio.captioner.when_ended = ask
        await studio.until(lambda: len(asked) > tried)
        await studio.until(lambda: not studio.captioner.is_owed(*studio.place))
    assert len(set(asked)) == 1


async def test_what_a_killed_process_was_hearing_is_heard_to_its_end(
    meeting: Meeting, journal: Journal, database: Database
) -> None:
    async with open_studio(meeting, journal, database) as studio:
        studio.on_air()
        studio.rooms.listener.put(at=1, text="Before the kill.")
        await studio.until(lambda: studio.finals)
    async with open_studio(meeting, journal, database, at=LATER) as studio:
        # Nobody is on air any more; its words lie on the disk.
        studio.rooms.listener.put(at=2, text="And what came after.")
        await studio.until(lambda: studio.finals)
        texts = [row.text for row in await studio.rows()]
        assert texts == ["Before the kill.", "And what came after."]
        (asked,) = studio.rooms.asked
        assert abs(asked - START - timedelta(seconds=2)) < timedelta(milliseconds=5)


async def test_while_somebody_writes_the_machine_keeps_what_was_said_before(
    studio: Studio,
) -> None:
    studio.on_air()
    keyboard = studio.captioner.keyboard
    _ = keyboard.take(studio.place, Typist("b_ada", "Ada"))  # at second 30
    studio.rooms.listener.put(at=28, text="Heard late.")
    await studio.until(lambda: studio.finals)
    studio.rooms.listener.put(at=32, text="Ada types this.")
    orders = studio.processes[0].orders
    await studio.until(
        lambda: len(studio.processes[0].sounds) == 2 and isinstance(orders[-1], Pause)
    )
    await asyncio.sleep(0.2)  # what is closed by the pause is read by then
    _ = keyboard.leave(studio.place, Typist("b_ada", "Ada"))
    studio.rooms.listener.put(at=36, text="The machine goes on.")
    await studio.until(lambda: len(studio.finals) == 2)
    texts = [caption["text"] for caption in studio.finals]
    assert texts == ["Heard late.", "The machine goes on."]


async def test_a_room_that_was_heard_to_its_end_is_owed_nothing(
    meeting: Meeting,
    journal: Journal,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_module, "_IDLE_SECONDS", 0.1)
    async with open_studio(meeting, journal, database) as studio:
        studio.on_air()
        studio.rooms.listener.put(at=1, text="All of it.")
        await studio.until(lambda: studio.finals)
        studio.rooms.air = []
        async with asyncio.timeout(10):
            while await database.read(lambda c: captioning.owed(c, "live")):
                await asyncio.sleep(0.02)
    async with open_studio(meeting, journal, database, at=LATER) as studio:
        await asyncio.sleep(0.2)
        assert studio.processes == []


async def test_a_restart_after_long_leaves_the_rest_for_afterwards(
    meeting: Meeting,
    journal: Journal,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_studio(meeting, journal, database) as studio:
        studio.on_air()
        studio.rooms.listener.put(at=1, text="Before the kill.")
        await studio.until(lambda: studio.finals)
    monkeypatch.setattr(room_module, "_IDLE_SECONDS", 0.1)
    monkeypatch.setattr(room_module, "_MOST_CATCH_UP", timedelta(seconds=5))
    async with open_studio(meeting, journal, database, at=LATER) as studio:
        await studio.until(lambda: studio.status() == "after")
        assert studio.rooms.asked == [START + timedelta(seconds=LATER - 5)]


async def test_no_more_rooms_than_allowed_are_captioned_live(
    meeting: Meeting, journal: Journal, database: Database
) -> None:
    async with open_studio(meeting, journal, database, most_rooms=1) as studio:
        studio.rooms.air = [studio.place, (studio.place[0], "r_other")]
        await studio.until(lambda: studio.status() == "machine")
        other = (studio.place[0], "r_other")
        await studio.until(lambda: studio.captioner.status(*other).kind == "slow")
        assert len(studio.processes) == 1
