"""Who types, who asks, who takes over; and what becomes of what is typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.journal import Journal
from folkmoot.store import Database, cues
from folkmoot.tasks import TaskOwner
from folkmoot.transcripts.live import keyboard as module
from folkmoot.transcripts.live.keyboard import Keyboard, TypedLine
from folkmoot.transcripts.live.typing import Hand, Typist
from folkmoot.transcripts.live.writing import CueWriter
from tests.fakes import FakeClock
from tests.journal.meeting import Meeting
from tests.transcripts.live.studio import START, FakeRooms

ADA, BEN = Typist("b_ada", "Ada"), Typist("b_ben", "Ben")
LONG = timedelta(seconds=5)


def say(text: str, **more: Any) -> TypedLine:
    """What a page sends of a line."""
    return TypedLine(text=text, **more)


def test_the_first_takes_the_keyboard() -> None:
    assert Hand().take(ADA, START) == Hand(ADA, START)


def test_who_types_is_asked_and_hands_over_at_the_end_of_a_line() -> None:
    hand = Hand().take(ADA, START).take(BEN, START + timedelta(seconds=1))
    assert (hand.holder, hand.asks) == (ADA, BEN)
    hand = hand.note(ADA, START + timedelta(seconds=2))
    assert (hand.holder, hand.asks) == (ADA, BEN)
    assert hand.end_line(ADA, START + LONG) == Hand(BEN, START + LONG)


def test_who_paused_is_relieved_at_once() -> None:
    assert Hand(ADA, START).take(BEN, START + LONG) == Hand(BEN, START + LONG)


def test_who_stops_leaves_it_to_who_asked_else_to_the_machine() -> None:
    assert Hand(ADA, START).leave(ADA, START) == Hand()
    assert Hand(ADA, START, BEN).leave(ADA, START) == Hand(BEN, START)
    assert Hand(ADA, START, BEN).leave(BEN, START) == Hand(ADA, START)
    assert Hand(ADA, START).leave(BEN, START) == Hand(ADA, START)


def test_others_change_nothing() -> None:
    hand = Hand(ADA, START)
    assert hand.note(BEN, START + LONG) == hand
    assert hand.end_line(BEN, START + LONG) == hand


@pytest.mark.parametrize(("seconds", "writing"), [(0, True), (20, True), (21, False)])
def test_the_machine_is_silent_while_somebody_types(
    seconds: int, *, writing: bool
) -> None:
    now = START + timedelta(seconds=seconds)
    assert Hand(ADA, START).is_writing(now, timedelta(seconds=20)) is writing
    assert not Hand().is_writing(now, timedelta(seconds=20))


class Room:
    """A keyboard, its room, and what was shown."""

    def __init__(self, meeting: Meeting, room_id: str, database: Database) -> None:
        self.place = (meeting.meeting_id, room_id)
        self.meeting = meeting
        self.database = database
        self.rooms = FakeRooms()
        self.rooms.air = [self.place]
        self.clock = FakeClock(START + timedelta(minutes=1))
        self.shown: list[dict[str, Any]] = []
        self.tasks = TaskOwner()
        writer = CueWriter(
            meeting.journal,
            database,
            show=lambda _meeting_id, caption: self.shown.append(caption),
            rooms=self.rooms,
            clock=self.clock,
        )
        self.keyboard = Keyboard(
            writer=writer,
            database=database,
            rooms=self.rooms,
            tasks=self.tasks,
            clock=self.clock,
        )
        self.keyboard.take(self.place, ADA)

    async def rows(self) -> list[cues.CueRow]:
        return await self.database.read(lambda c: cues.cues_of(c, *self.place))

    async def drafts(self) -> list[cues.CueRow]:
        return await self.database.read(
            lambda c: cues.cues_of(c, *self.place, drafts=True)
        )

    async def until_kept(self) -> cues.CueRow:
        async with asyncio.timeout(5):
            while not (rows := await self.rows()):
                await asyncio.sleep(0.01)
        return rows[-1]


@pytest.fixture
async def room(
    meeting: Meeting, journal: Journal, database: Database
) -> AsyncIterator[Room]:
    room_id = next(iter((await meeting.state())["rooms"]))
    made = Room(meeting, room_id, database)
    yield made
    await made.tasks.aclose()


async def test_letters_are_shown_while_they_are_typed(room: Room) -> None:
    await room.keyboard.type(room.place, ADA, say("Good mor"))
    (caption,) = room.shown
    assert (caption["text"], caption["tentative"]) == ("", "Good mor")
    assert (caption["final"], caption["by"]) == (False, "person")
    room.rooms.public = [(START, START + timedelta(hours=1))]
    await room.keyboard.finish(room.place, ADA, say("Good  morning. "))
    row = await room.until_kept()
    assert (row.text, row.provenance, row.by) == ("Good morning.", "typed", "b_ada")
    async with asyncio.timeout(5):
        while not room.shown[-1]["final"]:
            await asyncio.sleep(0.01)
    assert room.shown[-1]["cue_id"] == caption["cue_id"] == row.cue_id


async def test_a_line_waits_until_the_public_sees_its_moment(room: Room) -> None:
    room.rooms.delay = 30.0
    await room.keyboard.type(room.place, ADA, say("Not yet"))
    await room.keyboard.finish(room.place, ADA, say("Not yet public."))
    await asyncio.sleep(0.4)
    assert await room.rows() == []
    assert room.shown == []
    room.rooms.public = [(START, START + timedelta(hours=1))]
    assert (await room.until_kept()).text == "Not yet public."


async def test_what_was_taken_back_is_never_kept(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PUBLIC_WAIT_SECONDS", 0.3)
    await room.keyboard.finish(room.place, ADA, say("A private number."))
    await asyncio.sleep(0.6)
    # It came back on air; what was said before is not in what the public has.
    room.rooms.public = [(START + timedelta(minutes=2), START + timedelta(hours=1))]
    await asyncio.sleep(0.3)
    assert await room.rows() == []
    assert room.shown == [] or not any(each["final"] for each in room.shown)


async def test_a_line_outlives_a_service_that_ends_before_the_public_sees_it(
    room: Room,
) -> None:
    """It waits for a person then: what was taken back meanwhile may be in it."""
    room.rooms.delay = 30.0
    await room.keyboard.finish(room.place, ADA, say("Not lost."))
    await asyncio.sleep(0.05)
    heard = cues.CueRow(
        cue_id="q_heard",
        meeting_id=room.place[0],
        room_id=room.place[1],
        start_at=START + timedelta(seconds=57),
        end_at=START + timedelta(seconds=59),
        text="Heard beside it.",
        provenance="machine",
    )
    far = msgspec.structs.replace(heard, cue_id="q_typed", start_at=START, draft=True)
    far = msgspec.structs.replace(
        far, end_at=START + timedelta(seconds=1), text="Earlier.", provenance="typed"
    )
    await room.database.run(lambda c: cues.add_cues(c, [heard, far]))
    await room.tasks.aclose()
    assert [row.text for row in await room.rows()] == ["Heard beside it."]
    await room.database.run(lambda c: cues.publish_drafts(c, *room.place))
    kept = [(row.text, row.provenance) for row in await room.rows()]
    assert kept == [
        ("Earlier.", "typed"),
        ("Heard beside it.", "machine"),
        ("Not lost.", "typed"),
    ]


async def test_a_line_is_in_the_store_before_its_typist_hears_of_it(room: Room) -> None:
    """A process that is killed right after loses nothing; nobody reads it too early."""
    room.rooms.delay = 30.0
    await room.keyboard.finish(room.place, ADA, say("Not lost."))
    (waiting,) = await room.drafts()
    assert (waiting.text, waiting.provenance, await room.rows()) == (
        "Not lost.", "typed", [],
    )  # fmt: skip


async def test_a_line_sent_again_is_the_same_line(room: Room) -> None:
    line = say("Said once.", line_id="q_abcdefgh12", begun_ago=40.0, ended_ago=38.5)
    room.rooms.public = [(START, START + timedelta(hours=1))]
    await room.keyboard.finish(room.place, ADA, line)
    row = await room.until_kept()
    # It stands where it was said, however late it came.
    now = room.clock()
    assert (row.cue_id, now - row.end_at) == ("q_abcdefgh12", timedelta(seconds=38.5))
    room.keyboard.leave(room.place, ADA)
    room.keyboard.take(room.place, BEN)
    await room.keyboard.finish(room.place, ADA, line)
    assert [each.text for each in await room.rows()] == ["Said once."]
    assert await room.drafts() == []
    # Letters of it that come late show nothing.
    room.keyboard.leave(room.place, BEN)
    room.keyboard.take(room.place, ADA)
    before = list(room.shown)
    await room.keyboard.type(room.place, ADA, say("Said onc", line_id="q_abcdefgh12"))
    assert room.shown == before


async def test_who_typed_goes_on_after_a_server_that_was_ended(room: Room) -> None:
    room.keyboard.leave(room.place, ADA)
    await room.keyboard.finish(room.place, ADA, say("Went on.", line_id="q_abcdefgh34"))
    assert room.keyboard.hand(room.place).holder == ADA
    room.keyboard.leave(room.place, ADA)
    room.keyboard.take(room.place, BEN)
    with pytest.raises(Refusal, match="Somebody else types"):
        await room.keyboard.finish(
            room.place, ADA, say("Too late.", line_id="q_abcdefgh56")
        )


async def test_what_was_held_up_waits_for_a_person_where_no_public_saw_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PUBLIC_WAIT_SECONDS", 0.1)
    late = say("Held up.", line_id="q_abcdefgh78", begun_ago=30.0, ended_ago=28.0)
    await room.keyboard.finish(room.place, ADA, late)
    await asyncio.sleep(0.5)
    assert ([row.text for row in await room.drafts()], await room.rows()) == (
        ["Held up."],
        [],
    )


async def test_what_somebody_wrote_anew_meanwhile_is_what_everyone_reads(
    room: Room,
) -> None:
    room.rooms.delay = 30.0
    await room.keyboard.finish(room.place, ADA, say("A misteak."))
    (row,) = await room.drafts()
    mended = msgspec.structs.replace(row, text="A mistake.", revision=2)
    await room.database.run(lambda c: cues.add_cues(c, [mended]))
    room.rooms.public = [(START, START + timedelta(hours=1))]
    assert await room.until_kept() == msgspec.structs.replace(mended, draft=False)


@pytest.mark.parametrize("line_id", ["x_abcdefgh", "q_", "q_ABCDEFGH", "q_" + "a" * 41])
async def test_a_line_has_no_other_id(room: Room, line_id: str) -> None:
    with pytest.raises(Refusal) as refused:
        await room.keyboard.finish(room.place, ADA, say("Hm.", line_id=line_id))
    assert refused.value.code == "bad_form"


async def test_off_air_nothing_is_taken(room: Room) -> None:
    room.rooms.air = []
    await room.keyboard.type(room.place, ADA, say("Off the record"))
    assert room.shown == []
    with pytest.raises(Refusal, match="not on air") as refused:
        await room.keyboard.finish(room.place, ADA, say("Off the record."))
    assert refused.value.code == "not_on_air"


async def test_one_types_at_a_time(room: Room) -> None:
    for work in (room.keyboard.type, room.keyboard.finish):
        with pytest.raises(Refusal) as refused:
            await work(room.place, BEN, say("Me too"))
        assert refused.value.code == "not_your_turn"


async def test_the_last_lines_are_corrected(room: Room) -> None:
    row = cues.CueRow(
        cue_id="q_1",
        meeting_id=room.place[0],
        room_id=room.place[1],
        start_at=START,
        end_at=START + timedelta(seconds=2),
        text="The Hanukkah road.",
        provenance="machine",
        model="tiny.en",
        confidence=0.4,
        words="[]",
    )
    await room.database.run(lambda c: cues.add_cues(c, [row]))
    await room.keyboard.correct(room.place, BEN, "q_1", "The Hoenikker road.")
    (found,) = await room.rows()
    assert (found.text, found.provenance) == ("The Hoenikker road.", "corrected")
    assert (found.by, found.revision, found.model) == ("b_ben", 2, "tiny.en")
    assert found.words is None
    assert room.shown[-1]["text"] == "The Hoenikker road."
    for cue_id, text, code in (
        ("q_9", "Other.", "no_such_line"),
        ("q_1", " ", "bad_form"),
    ):
        with pytest.raises(Refusal) as refused:
            await room.keyboard.correct(room.place, BEN, cue_id, text)
        assert refused.value.code == code
