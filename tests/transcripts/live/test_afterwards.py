"""Recordings heard anew, and sound files, with a recogniser that a test writes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.journal import Journal
from folkmoot.settings import CaptionSettings
from folkmoot.store import Database, cues
from folkmoot.tasks import TaskOwner
from folkmoot.transcripts.live import captioner as module
from folkmoot.transcripts.live.afterwards import KIND, Afterwards
from folkmoot.transcripts.live.captioner import Captioner
from folkmoot.transcripts.recognition.messages import (
    Begin,
    File,
    Heard,
    Order,
    Sound,
    pack,
)
from folkmoot.transcripts.recognition.models import Model, ModelMissing
from folkmoot.transcripts.recognition.words import Word
from tests.fakes import FakeClock
from tests.journal.meeting import Meeting
from tests.transcripts.live.studio import START, START_MS, FakeProcess, FakeRooms


class Reader(FakeProcess):
    """Also reads a file: its name is what is said in it."""

    def _answer(self, order: Order) -> None:
        super()._answer(order)
        if isinstance(order, File):
            words = tuple(
                Word(
                    text, order.at_ms + 500 * place, order.at_ms + 500 * place + 400, 1
                )
                for place, text in enumerate(Path(order.path).stem.split("-"))
            )
            heard = Heard(words, (), order.at_ms + 5000, 1, pause=True)
            self.output.feed_data(pack(heard))


class Bench:
    """Recognition after the meeting, in one room."""

    def __init__(self, meeting: Meeting, room_id: str, database: Database) -> None:
        self.place = (meeting.meeting_id, room_id)
        self.meeting = meeting
        self.database = database
        self.rooms = FakeRooms()
        self.tasks = TaskOwner()
        self.jobs: list[tuple[str, dict[str, Any]]] = []
        self.processes: list[Reader] = []
        self.fails = ""
        captioner = Captioner(
            settings=CaptionSettings(),
            journal=meeting.journal,
            database=database,
            rooms=self.rooms,
            launch=self.launch,
            show=lambda _meeting_id, _caption: None,
            tasks=self.tasks,
            clock=FakeClock(START),
        )
        self.afterwards = Afterwards(
            captioner,
            database=database,
            rooms=self.rooms,
            launch=self.launch,
            enqueue=self.enqueue,
        )

    async def launch(self, _argv: Any, _name: str) -> Reader:
        self.processes.append(Reader(fails=self.fails))
        return self.processes[-1]

    async def enqueue(self, kind: str, body: dict[str, Any], _job_id: str) -> None:
        self.jobs.append((kind, body))

    async def rows(self, **asked: Any) -> list[cues.CueRow]:
        return await self.database.read(lambda c: cues.cues_of(c, *self.place, **asked))


@pytest.fixture
async def bench(
    meeting: Meeting,
    journal: Journal,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Bench]:
    def find(name: str, kept: object) -> Model:
        if name == "huge":
            raise ModelMissing("There is no huge.")
        return Model(name, f"/models/{name}")

    monkeypatch.setattr(module, "find_model", find)
    room_id = next(iter((await meeting.state())["rooms"]))
    made = Bench(meeting, room_id, database)
    yield made
    await made.tasks.aclose()


async def test_what_is_heard_anew_waits_for_a_person(bench: Bench) -> None:
    bench.rooms.listener.put(at=1, text="The motion is carried.")
    bench.rooms.listener.put(at=3, text="Thank you all for coming.")
    await bench.afterwards.ask(*bench.place, model="small")
    ((kind, body),) = bench.jobs
    assert kind == KIND
    await bench.afterwards.work(body)
    assert await bench.rows() == []
    drafts = await bench.rows(drafts=True)
    assert [row.text for row in drafts] == [
        "The motion is carried.",
        "Thank you all for coming.",
    ]
    assert {(row.provenance, row.model) for row in drafts} == {("machine", "small")}
    begin = bench.processes[0].orders[0]
    assert isinstance(begin, Begin)
    assert (begin.step_ms, begin.beam) == (0, 5)
    assert all(each.at_ms >= START_MS for each in bench.processes[0].sounds)
    assert isinstance(bench.processes[0].sounds[0], Sound)
    progress = bench.afterwards.progress(*bench.place)
    assert progress is not None
    assert progress.done


async def test_the_machine_s_own_words_give_way_at_once_where_nobody_waits(
    bench: Bench,
) -> None:
    old = cues.CueRow(
        cue_id="q_old",
        meeting_id=bench.place[0],
        room_id=bench.place[1],
        start_at=START + timedelta(seconds=1),
        end_at=START + timedelta(seconds=2),
        text="The potion is carried.",
        provenance="machine",
    )
    await bench.database.run(lambda c: cues.add_cues(c, [old]))
    bench.rooms.listener.put(at=1, text="The motion is carried.")
    await bench.afterwards.ask_for(*bench.place, False, START)
    await bench.afterwards.work(bench.jobs[0][1])
    assert [row.text for row in await bench.rows()] == ["The motion is carried."]
    kinds = [entry["kind"] for entry in await bench.meeting.feed()]
    assert kinds[-1] == "TranscriptChanged"


async def test_what_cannot_be_done_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refusal) as refused:
        await bench.afterwards.ask(*bench.place, model="huge")
    assert refused.value.code == "no_speech_model"
    bench.fails = "out of memory"
    await bench.afterwards.ask(*bench.place)
    with pytest.raises(Refusal) as refused:
        await bench.afterwards.work(bench.jobs[0][1])
    assert refused.value.code == "recognition_failed"
    progress = bench.afterwards.progress(*bench.place)
    assert progress is not None
    assert "out of memory" in progress.problem
    monkeypatch.setattr(bench.rooms, "recorded_span", lambda *_place: None)
    with pytest.raises(Refusal) as refused:
        await bench.afterwards.ask(*bench.place)
    assert refused.value.code == "nothing_recorded"


async def test_a_sound_file_becomes_cues_from_its_second_0(bench: Bench) -> None:
    found = await bench.afterwards.recognise_file(Path("/tmp/we-need-a-bench.webm"))
    (cue,) = found
    assert cue.text == "we need a bench"
    assert (cue.start_seconds, cue.end_seconds) == (0.0, 1.9)
    assert cue.language == "en"
    assert bench.processes[0].stopped
    with pytest.raises(Refusal) as refused:
        await bench.afterwards.recognise_file(Path("/tmp/x.webm"), model="huge")
    assert refused.value.code == "no_speech_model"
