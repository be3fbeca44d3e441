"""The link from journal to channels: each room is what the journal says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.journal import Accepted, Journal
from folkmoot.media.archive.cuts import Cut
from folkmoot.media.director import Director
from folkmoot.media.pack.marks import Mark
from folkmoot.media.webcast import RoomSpec
from folkmoot.store import catalogue, cues
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

ORG = Actor("b_org", "Ola", frozenset({"organise"}))


class Channels:
    """Stands in for the webcast: keeps what each room was told to be."""

    def __init__(self) -> None:
        self.specs: dict[str, RoomSpec] = {}
        self.states: dict[str, tuple[str, str | None]] = {}
        self.from_at: dict[str, datetime | None] = {}
        self.delays: dict[str, float] = {}
        self.marks: dict[str, list[str]] = {}
        self.cuts: dict[str, tuple[Cut, ...]] = {}
        self.untold: list[tuple[str, str]] = []
        self.broken: set[str] = set()
        self._news = asyncio.Condition()

    async def open_room(self, room: RoomSpec) -> None:
        """Know a room."""
        if room.meeting_id in self.broken:
            raise OSError("the disk is away")
        self.specs[room.room_id] = room
        await self._note(room.room_id, room.state, room.reason)

    async def set_state(
        self,
        _meeting_id: str,
        room_id: str,
        state: Any,
        *,
        reason: str | None = None,
        from_at: datetime | None = None,
    ) -> None:
        """Change what a room is."""
        self.from_at[room_id] = from_at
        await self._note(room_id, state, reason)

    async def set_delay(self, _meeting_id: str, room_id: str, seconds: float) -> None:
        """Change how far the public is behind."""
        self.delays[room_id] = seconds

    async def apply_cuts(
        self, _meeting_id: str, room_id: str, cuts: tuple[Cut, ...]
    ) -> bool:
        """Change what is cut."""
        async with self._news:
            self.cuts[room_id] = cuts
            self._news.notify_all()
        return True

    def set_marks(self, _meeting_id: str, room_id: str, marks: list[Mark]) -> None:
        """Change what is marked."""
        self.marks[room_id] = [mark.label for mark in marks]

    async def encode_edges(self, _meeting_id: str, _room_id: str) -> bool:
        """There is never anything beside a cut here."""
        return False

    def list_untold(self, meeting_id: str) -> list[tuple[str, str]]:
        """The rooms whose recording the journal may not know."""
        return [place for place in self.untold if place[0] == meeting_id]

    async def note_told(self, meeting_id: str, room_id: str) -> None:
        """The journal knows."""
        if (meeting_id, room_id) in self.untold:
            self.untold.remove((meeting_id, room_id))

    async def _note(self, room_id: str, state: str, reason: str | None) -> None:
        async with self._news:
            self.states[room_id] = (state, reason)
            self._news.notify_all()

    async def wait_for(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(45), self._news:
            await self._news.wait_for(holds)


class Studio:
    """A journal, its director and the channels."""

    def __init__(self, journal: Journal, database: Database) -> None:
        self.journal = journal
        self.database = database
        self.channels = Channels()
        self.tasks = TaskOwner()
        self.director = Director(
            journal=journal,
            database=database,
            webcast=self.channels,  # type: ignore[arg-type]
            tasks=self.tasks,
            again_seconds=0.05,
            closed_seconds=0.05,
        )

    async def make(self, slug: str) -> tuple[str, str]:
        """Make a meeting that is live; return its id and its room's."""
        made = await self.journal.create_meeting(
            cmd.CreateMeeting(
                title=slug,
                slug=slug,
                rooms=[cmd.RoomSpec(name="Hall")],
                on_air="by_hand",
            ),
            actor=SYSTEM,
        )
        await self.do(made.meeting_id, cmd.OpenMeeting())
        state = (await self.journal.snapshot(made.meeting_id, "public")).state
        (room_id,) = state["rooms"]
        return made.meeting_id, room_id

    async def do(self, meeting_id: str, command: cmd.Command) -> Any:
        """Give a command that is accepted."""
        answer = await self.journal.submit(meeting_id, command, actor=ORG)
        assert isinstance(answer, Accepted), answer
        return answer

    async def path_of(self, meeting_id: str) -> str:
        """Return a meeting's public path."""
        row = await self.database.read(lambda c: catalogue.meeting_by_id(c, meeting_id))
        assert row is not None
        return row.public_path


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio with no meeting yet, not started."""
    database = await Database.open(tmp_path / "folkmoot.db")
    journal = Journal(database)
    await journal.start()
    studio = Studio(journal, database)
    yield studio
    await studio.tasks.aclose()
    await journal.aclose()
    await database.aclose()


async def test_channels_follow_what_the_journal_says(studio: Studio) -> None:
    meeting_id, room_id = await studio.make("moot")
    await studio.director.start()
    channels = studio.channels
    spec = channels.specs[room_id]
    assert (spec.public_path, spec.room_slug, spec.title, spec.state) == (
        await studio.path_of(meeting_id),
        "hall",
        "Hall",
        "off",
    )
    for command, wanted in (
        (cmd.StartChannel(room_id=room_id), ("on", None)),
        (cmd.HoldChannel(room_id=room_id, reason="Lunch"), ("hold", "Lunch")),
        (cmd.ReleaseChannel(room_id=room_id), ("on", None)),
        (cmd.StopChannel(room_id=room_id), ("off", None)),
        (cmd.EndMeeting(), ("ended", None)),
    ):
        await studio.do(meeting_id, command)
        await channels.wait_for(lambda w=wanted: channels.states[room_id] == w)  # type: ignore[misc]


async def test_a_reopened_meeting_has_a_new_address(studio: Studio) -> None:
    meeting_id, room_id = await studio.make("moot")
    await studio.director.start()
    before = studio.channels.specs[room_id].public_path
    await studio.do(meeting_id, cmd.EndMeeting())
    await studio.channels.wait_for(
        lambda: studio.channels.states[room_id] == ("ended", None)
    )
    await studio.do(meeting_id, cmd.ReopenMeeting())
    await studio.channels.wait_for(
        lambda: studio.channels.states[room_id] == ("off", None)
    )
    after = studio.channels.specs[room_id].public_path
    assert after == await studio.path_of(meeting_id)
    assert after != before


async def test_an_end_too_short_to_be_seen_moves_the_address_all_the_same(
    studio: Studio,
) -> None:
    meeting_id, room_id = await studio.make("moot")
    await studio.do(meeting_id, cmd.StartChannel(room_id=room_id))
    await studio.director.start()
    # Not a turn of the loop lies between the director's two looks.
    align = studio.director._align
    gate = asyncio.Event()

    async def late(meeting: str) -> None:
        await gate.wait()
        await align(meeting)

    studio.director._align = late  # type: ignore[method-assign]
    await studio.do(meeting_id, cmd.EndMeeting())
    await studio.do(meeting_id, cmd.ReopenMeeting())
    gate.set()
    await studio.channels.wait_for(
        lambda: studio.channels.states[room_id] == ("off", None)
    )
    path = await studio.path_of(meeting_id)
    assert studio.channels.specs[room_id].public_path == path


async def test_a_meeting_with_a_broken_disk_stops_no_other_and_comes_back(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    bad, bad_room = await studio.make("bad")
    _, good_room = await studio.make("good")
    studio.channels.broken.add(bad)
    await studio.director.start()
    assert set(studio.channels.specs) == {good_room}
    assert f"meeting={bad} media can't follow" in caplog.text
    studio.channels.broken.clear()
    await studio.channels.wait_for(lambda: bad_room in studio.channels.specs)


async def test_a_pause_that_takes_back_tells_how_far_and_what_is_cut(
    studio: Studio,
) -> None:
    meeting_id, room_id = await studio.make("moot")
    await studio.do(meeting_id, cmd.DelayChannel(room_id=room_id, seconds=10))
    await studio.do(meeting_id, cmd.StartChannel(room_id=room_id))
    await studio.director.start()
    channels = studio.channels
    assert channels.specs[room_id].delay_seconds == 10
    pause = cmd.HoldChannel(room_id=room_id, reason="Names", dump_seconds=20)
    answer = await studio.do(meeting_id, pause)
    await channels.wait_for(lambda: room_id in channels.cuts)
    assert channels.states[room_id] == ("hold", "Names")
    (cut,) = channels.cuts[room_id]
    assert cut.category == "hold"
    assert channels.from_at[room_id] == cut.from_at
    assert (cut.to_at - cut.from_at).total_seconds() == 20
    await studio.do(meeting_id, cmd.UndoCut(cut_id=cut.cut_id))
    await channels.wait_for(lambda: not channels.cuts[room_id])
    assert answer.feed == "public"


async def test_the_words_of_what_was_cut_can_not_be_read(studio: Studio) -> None:
    meeting_id, room_id = await studio.make("moot")
    start = datetime(2026, 3, 14, 9, tzinfo=UTC)
    rows = [
        cues.CueRow(
            cue_id=f"q_{n}",
            meeting_id=meeting_id,
            room_id=room_id,
            start_at=start + timedelta(seconds=10 * n),
            end_at=start + timedelta(seconds=10 * n + 8),
            text=f"word {n}",
        )
        for n in range(4)
    ]
    await studio.database.run(lambda c: cues.add_cues(c, rows))
    await studio.director.start()

    async def read(*, withheld: bool = False) -> list[str]:
        found = await studio.database.read(
            lambda c: cues.cues_of(c, meeting_id, room_id, withheld=withheld)
        )
        return [row.cue_id for row in found]

    async def revision() -> int:
        state = (await studio.journal.snapshot(meeting_id, "public")).state
        return int(state["rooms"][room_id]["transcript_revision"])

    span = {
        "from_at": start + timedelta(seconds=17),
        "to_at": start + timedelta(seconds=21),
    }
    made = await studio.do(meeting_id, cmd.MakeCut(room_id=room_id, **span))
    async with asyncio.timeout(45):
        while await revision() < 1:
            await asyncio.sleep(0.02)
    assert await read() == ["q_0", "q_3"]
    assert len(await read(withheld=True)) == 4
    await studio.do(meeting_id, cmd.UndoCut(cut_id=made.data["cut_id"]))
    async with asyncio.timeout(45):
        while await revision() < 2:
            await asyncio.sleep(0.02)
    assert len(await read()) == 4


async def test_a_marker_waits_until_the_public_sees_its_moment(studio: Studio) -> None:
    meeting_id, room_id = await studio.make("moot")
    await studio.do(meeting_id, cmd.DelayChannel(room_id=room_id, seconds=1))
    await studio.director.start()
    mark = cmd.AddMarker(room_id=room_id, kind="speaker", label="Eve")
    await studio.do(meeting_id, mark)

    async def markers() -> dict[str, Any]:
        state = (await studio.journal.snapshot(meeting_id, "public")).state
        found: dict[str, Any] = state["markers"]
        return found

    assert await markers() == {}
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(45):
        while not await markers():
            await asyncio.sleep(0.02)
    assert asyncio.get_running_loop().time() - began > 0.7
    (marker,) = (await markers()).values()
    assert marker["content"] == {"label": "Eve"}
    edit = cmd.EditMarker(marker_id=marker["marker_id"], label="Eva")
    await studio.do(meeting_id, edit)
    async with asyncio.timeout(45):
        while studio.channels.marks[room_id] != ["Eva"]:
            await asyncio.sleep(0.02)


async def test_what_was_not_told_before_a_kill_is_told_after_it(
    studio: Studio,
) -> None:
    meeting_id, room_id = await studio.make("moot")
    studio.channels.untold.append((meeting_id, room_id))
    await studio.director.start()
    state = (await studio.journal.snapshot(meeting_id, "public")).state
    assert state["rooms"][room_id]["recording_revision"] == 1
    assert studio.channels.untold == []


async def test_on_air_counts_from_when_it_was_said(studio: Studio) -> None:
    meeting_id, room_id = await studio.make("moot")
    await studio.director.start()
    before = datetime.now(UTC)
    await studio.do(meeting_id, cmd.StartChannel(room_id=room_id))
    channels = studio.channels
    await channels.wait_for(lambda: channels.states[room_id][0] == "on")
    said_at = channels.from_at[room_id]
    assert said_at is not None
    assert abs((said_at - before).total_seconds()) < 5


async def test_rooms_that_ended_open_behind_the_start_and_first_for_who_asks(
    studio: Studio,
) -> None:
    live, live_room = await studio.make("live")
    ended = []
    for number in range(12):
        meeting_id, room_id = await studio.make(f"past-{number}")
        await studio.do(meeting_id, cmd.EndMeeting())
        ended.append((meeting_id, room_id))
    oldest, oldest_room = ended[0]
    studio.channels.untold.append((oldest, oldest_room))
    await studio.director.start()
    opened = studio.channels.specs
    assert list(opened) == [live_room]
    assert studio.director.is_opening
    await studio.director.await_open(live)
    await studio.director.await_open("m_nobody")
    assert list(opened) == [live_room]
    await studio.director.await_open(oldest)
    assert opened[oldest_room].state == "ended"
    assert studio.channels.untold == []
    assert len(opened) <= 3  # at most one that had begun stands before it
    async with asyncio.timeout(45):
        while studio.director.is_opening:
            await asyncio.sleep(0.01)
    assert set(opened) == {live_room, *(room_id for _, room_id in ended)}


async def test_a_meeting_reopened_before_its_rooms_are_open_is_followed(
    studio: Studio,
) -> None:
    made = [await studio.make(f"past-{number}") for number in range(6)]
    for meeting_id, _ in made:
        await studio.do(meeting_id, cmd.EndMeeting())
    meeting_id, room_id = made[0]
    await studio.director.start()
    await studio.do(meeting_id, cmd.ReopenMeeting())
    await studio.channels.wait_for(
        lambda: (
            room_id in studio.channels.specs
            and studio.channels.specs[room_id].state == "off"
        )
    )
    await studio.director.await_open(meeting_id)


async def test_nobody_waits_for_rooms_of_a_meeting_that_is_deleted(
    studio: Studio,
) -> None:
    made = [await studio.make(f"past-{number}") for number in range(6)]
    for meeting_id, _ in made:
        await studio.do(meeting_id, cmd.EndMeeting())
    await studio.director.start()
    waiting = asyncio.create_task(studio.director.await_open(made[0][0]))
    await asyncio.sleep(0)
    studio.director.forget(made[0][0])
    async with asyncio.timeout(45):
        await waiting
