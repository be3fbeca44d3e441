"""The pages over a real store, journal and identity, with meetings to look at."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import web

from folkmoot.core.commands import (
    ChangeSource,
    CreateMeeting,
    RoomSpec,
    SlotSpec,
    read_command,
)
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.camera_access import CameraDoor
from folkmoot.gateway.commands import Commands
from folkmoot.gateway.credentials import Credentials
from folkmoot.gateway.identity import Identity
from folkmoot.gateway.joining import Door
from folkmoot.gateway.limits import Limits, LocalBuckets
from folkmoot.gateway.planner import Planner
from folkmoot.gateway.principals import VISITOR
from folkmoot.gateway.stubs import Stubs
from folkmoot.journal import Accepted, Journal
from folkmoot.media.archive.imports import ImportStatus, Look
from folkmoot.media.health.diagnosis import Problem
from folkmoot.media.health.keeper import Health, RungHealth
from folkmoot.media.health.meters import LoudnessFacts, PictureFacts
from folkmoot.media.health.storage import Disk
from folkmoot.media.pack.stored_stream import Gap
from folkmoot.pages import add_page_routes
from folkmoot.pages.desk.preview import PreviewKeys
from folkmoot.pages.frame.ports import Ports
from folkmoot.settings import CaptionSettings
from folkmoot.store import catalogue, cues
from folkmoot.store.catalogue import SeriesRow
from folkmoot.store.cues import CueRow
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner
from folkmoot.transcripts.editing.editor import TranscriptEditor
from folkmoot.transcripts.live.afterwards import Afterwards
from folkmoot.transcripts.live.captioner import Captioner
from tests.fakes import FakeClock, FakeMonotonic
from tests.transcripts.live.studio import FakeProcess, FakeRooms

NOON = datetime(2026, 5, 4, 10, 20, tzinfo=UTC)
ORGANISER = Actor(member_id=None, name="Organiser", duties=frozenset({"organise"}))


class FakeImports:
    """Tells of films what a test says."""

    def __init__(self) -> None:
        self.state = ImportStatus()
        self.look: Look | None = None
        self.said: list[str] = []

    def status(self, _meeting_id: str, _room_id: str) -> ImportStatus:
        return self.state

    async def look_at(self, _meeting_id: str, _room_id: str) -> Look | None:
        return self.look

    async def accept(self, _meeting_id: str, room_id: str) -> None:
        self.said.append(f"accept {room_id}")

    async def discard(self, _meeting_id: str, room_id: str) -> None:
        self.said.append(f"discard {room_id}")


class FakeRehearsals:
    """Remembers what was begun and ended."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, bool]] = []
        self.refusal: Refusal | None = None

    async def begin(self, access: Any, *, borrow: bool = False) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.begun.append((access.meeting_id, borrow))
        return "rehearsal-x"

    async def end(self, access: Any) -> str:
        raise Refusal("not_a_rehearsal", f"{access.meeting_id} stays.")


class FakeWebcast:
    """Tells of rooms what a test says."""

    def __init__(self) -> None:
        self.rooms: dict[str, Any] = {}
        self.gaps: dict[str, list[Gap]] = {}
        self.spans: dict[str, list[tuple[datetime, datetime]]] = {}
        self.lengths: dict[str, tuple[float, float]] = {}
        self.fixed: set[str] = set()
        self.fills: list[Any] = []

    def channel(self, _meeting_id: str, room_id: str) -> Any:
        return SimpleNamespace(
            gaps=self.gaps.get(room_id, []),
            recorded_spans=lambda: self.spans.get(room_id, []),
            lengths=self.lengths.get(room_id, (0.5, 4.0)),
            is_fixed=room_id in self.fixed,
            timeline=SimpleNamespace(start_at=None),
            undo_fill=self._undo_fill,
            public=SimpleNamespace(
                kept=SimpleNamespace(fills=self.fills, takes=["x_new"], cuts=[])
            ),
        )

    def channel_at(self, _public_path: str, room_slug: str) -> Any:
        return SimpleNamespace(
            recorded_spans=lambda: self.spans.get(room_slug, []),
            public=SimpleNamespace(variants=[SimpleNamespace(width=640)]),
        )

    async def _undo_fill(self, take_id: str) -> bool:
        return take_id == "x_new"

    async def set_lengths(
        self, _meeting_id: str, room_id: str, part: float, segment: float
    ) -> bool:
        if room_id in self.fixed:
            return False
        self.lengths[room_id] = (part, segment)
        return True

    def status(self, _meeting_id: str, room_id: str) -> Any:
        return self.rooms[room_id]


def room_status(**changes: Any) -> Any:
    """Return a room that does well, with changes."""
    well = {
        "connected": True,
        "width": 1280,
        "height": 720,
        "fps": 25.0,
        "bitrate": 2_400_000.0,
        "viewers": 48,
        "keyframe_interval_seconds": 2.0,
        "diagnosis": (),
        "health": room_health(),
        "recorded_seconds": 4_800.0,
    }
    return SimpleNamespace(**{**well, **changes})


def room_health(**changes: Any) -> Health:
    """Return the figures of a room that does well, with changes."""
    wave = [math.sin(second / 3) + math.sin(second / 7.3) for second in range(60)]
    well = {
        "picture": PictureFacts(fps=25.0, bits_per_second=2.4e6),
        "loudness": LoudnessFacts(momentary=-20.4, short=-22.6, integrated=-23.8),
        "latency_seconds": 1.9,
        "renditions": (
            RungHealth(name="source", state="copied"),
            RungHealth(name="360p", state="made"),
            RungHealth(name="audio", state="made"),
        ),
        "disk": Disk(level="fine", free_bytes=10**12, hours_left=400.0),
        "bits_history": tuple(2.4e6 + 2e5 * height for height in wave),
        "loudness_history": tuple(-26 + 6 * height for height in wave),
    }
    return Health(**{**well, **changes})


@dataclass
class Person:
    """Somebody with a token and a membership."""

    town: Town
    token: str
    principal: Any
    member: Any
    slug: str

    async def give(self, kind: str, /, **data: Any) -> Mapping[str, Any]:
        """Give a command and return what it made."""
        place = await self.town.identity.find_place(self.slug)
        access = await self.town.identity.look_up(self.principal, place)
        answer = await self.town.journal.submit(
            place.meeting_id, read_command(kind, data), actor=access.actor
        )
        assert isinstance(answer, Accepted), answer
        return answer.data


class Town:
    """A running set of pages and what stands behind them."""

    def __init__(self, database: Database, journal: Journal, clock: FakeClock) -> None:
        self.database = database
        self.journal = journal
        self.clock = clock
        self.webcast = FakeWebcast()
        self.rehearsals = FakeRehearsals()
        self.imports = FakeImports()
        self.tasks = TaskOwner()
        self.rooms = FakeRooms()
        self.recognitions: list[dict[str, Any]] = []
        self.captioner = Captioner(
            settings=CaptionSettings(),
            journal=journal,
            database=database,
            rooms=self.rooms,
            launch=self._launch,
            show=lambda _meeting_id, _caption: None,
            tasks=self.tasks,
            clock=clock,
        )
        self.afterwards = Afterwards(
            self.captioner,
            database=database,
            rooms=self.rooms,
            launch=self._launch,
            enqueue=self._enqueue,
        )
        self.identity = Identity(database, journal, clock=clock)
        self.door = Door(self.identity, journal, database)
        self.offset_of: Any = None
        self.search: Any = None
        self.mail: Any = None
        self.admin_token = ""
        self._numbers = itertools.count(1)

    async def _launch(self, _argv: Any, _name: str) -> FakeProcess:
        return FakeProcess()

    async def _enqueue(self, _kind: str, body: dict[str, Any], _job_id: str) -> None:
        self.recognitions.append(body)

    def build_app(self) -> web.Application:
        """Return the pages as `app` would wire them."""
        limits = Limits(
            LocalBuckets(FakeMonotonic()),
            commands_per_minute=60,
            joins_per_minute=60,
            searches_per_minute=60,
        )
        commands = Commands(self.journal, self.identity, limits)
        app = web.Application()
        add_page_routes(
            app,
            Ports(
                journal=self.journal,
                database=self.database,
                identity=self.identity,
                credentials=Credentials(self.identity),
                door=self.door,
                commands=commands,
                stubs=Stubs(
                    self.database, self.journal, self.identity, commands, limits
                ),
                limits=limits,
                webcast=self.webcast,
                rehearsals=self.rehearsals,
                imports=self.imports,
                captioner=self.captioner,
                editor=TranscriptEditor(
                    journal=self.journal, database=self.database, clock=self.clock
                ),
                afterwards=self.afterwards,
                cameras=CameraDoor(
                    self.database, self.identity, Credentials(self.identity)
                ),
                search=self.search,
                mail=self.mail,
                planner=Planner(self.journal, clock=self.clock),
                preview=PreviewKeys("town"),
                offset_of=self.offset_of,
                clock=self.clock,
                public_url=lambda: "https://moot.example.org",
                rtmp_url=lambda: "rtmp://moot.example.org:1935/live",
                timezone="Europe/Berlin",
            ),
        )
        return app

    async def create(self, slug: str, **given: Any) -> Any:
        """Make a meeting."""
        wanted = {"title": slug.replace("-", " ").capitalize(), "slug": slug, **given}
        return await self.journal.create_meeting(
            CreateMeeting(**wanted), actor=ORGANISER
        )

    async def system(self, meeting_id: str, command: Any) -> Any:
        """Give a command as the service itself."""
        answer = await self.journal.submit(meeting_id, command, actor=SYSTEM)
        assert isinstance(answer, Accepted), answer
        return answer.data

    async def do(self, meeting_id: str, kind: str, /, **data: Any) -> Any:
        """Give a command as the organiser."""
        answer = await self.journal.submit(
            meeting_id, read_command(kind, data), actor=ORGANISER
        )
        assert isinstance(answer, Accepted), answer
        return answer.data

    async def join(self, slug: str, name: str, *, invite: str | None = None) -> Person:
        """Let somebody new into a meeting."""
        joined = await self.door.join(VISITOR, slug, name=name, invite=invite)
        assert joined.token is not None
        return Person(self, joined.token, joined.principal, joined.member, slug)


@contextlib.asynccontextmanager
async def open_town(data_dir: Path) -> AsyncIterator[Town]:
    """Open the store and what stands on it; the clock stands at noon."""
    clock = FakeClock(NOON)
    database = await Database.open(data_dir / "folkmoot.db")
    journal = Journal(database, clock=clock)
    await journal.start()
    town = Town(database, journal, clock)
    town.admin_token = await town.identity.open(data_dir)
    try:
        yield town
    finally:
        await town.tasks.aclose()
        await journal.aclose()
        await database.aclose()


def slots(day: datetime, *starts: str, minutes: int = 45) -> list[SlotSpec]:
    """Return times of a day; `"12:00 Lunch"` carries a label."""
    times = []
    for text in starts:
        clock, _, label = text.partition(" ")
        hour, minute = map(int, clock.split(":"))
        at = day.replace(hour=hour, minute=minute)
        end = at + timedelta(minutes=minutes)
        times.append(SlotSpec(starts_at=at, ends_at=end, label=label))
    return times


async def hold_forum(town: Town) -> Any:
    """Make the meeting that is in full swing and return it."""
    town.clock.now = NOON - timedelta(hours=4)
    made = await town.create(
        "river-quarter",
        title="River Quarter: what shall it become?",
        purpose="We gather what people who live, work and study here need from the "
        "new quarter between the old docks and the tram depot.",
        scope="Open: squares, paths, ground floors, play. Decided already: 600 flats, "
        "the tram line. The council decides on 18 June.",
        timezone="Europe/Berlin",
        rooms=[
            RoomSpec(name="Great Hall", capacity=220),
            RoomSpec(name="Library", capacity=40),
            RoomSpec(name="Workshop", capacity=25),
        ],
        slots=slots(
            NOON,
            "07:00 Opening",
            "08:00",
            "09:00",
            "10:00",
            "11:00 Lunch",
            "12:00",
            "13:00",
            "14:00 Closing circle",
        ),
    )
    mid = made.meeting_id
    rooms = made.answer.data["room_ids"]
    times = made.answer.data["slot_ids"]
    town.clock.now = NOON - timedelta(hours=3)
    for room in rooms:
        await town.do(mid, "channel.start", room_id=room)
        await town.system(mid, ChangeSource(room_id=room, connected=True))
    names = ["Mira Brandt", "Tomás Oliveira", "Aylin Kaya", "Jonas Weber", "Ngozi Obi"]
    people = [await town.join("river-quarter", name) for name in names]
    titles = [
        (
            "Safe ways to school",
            "Which crossings frighten children, and what would help tomorrow?",
            0,
            1,
        ),
        (
            "Shade, water, benches: the square in a hot summer",
            "Bring photos of places that work.",
            1,
            1,
        ),
        (
            "Who looks after the gardens?",
            "A shared tool shed and a rota that does not end after a year.",
            2,
            1,
        ),
        (
            "Night trams and shift workers",
            "The hospital changes shift at 22:00. The last tram leaves at 21:48.",
            0,
            3,
        ),
        ("A house for young people", "Run by whom, open when, paid by what?", 1, 3),
        ("Repairing instead of buying", "", 2, 3),
        (
            "Rents in the ground floors",
            "Shops that a quarter needs rarely pay what the market asks.",
            0,
            5,
        ),
        (
            "Noise from the depot",
            "What the engineers promise, and how we measure it.",
            1,
            6,
        ),
        ("Where do delivery vans go?", "", None, None),
        (
            "A lending library of things",
            "Drills, ladders, pressure cookers. Who has a cellar?",
            None,
            None,
        ),
        (
            "Swimming in the river again",
            "Water quality is good enough on 80 days a year.",
            None,
            None,
        ),
    ]
    sessions = []
    for number, (title, pitch, room, time) in enumerate(titles):
        person = people[number % len(people)]
        data = await person.give("session.propose", title=title, pitch=pitch)
        sessions.append(data["session_id"])
        if room is not None and time is not None:
            await person.give(
                "session.place",
                session_id=data["session_id"],
                room_id=rooms[room],
                slot_id=times[time],
            )
        for fan in people[: number % 6]:
            await fan.give("session.interest", session_id=data["session_id"], level=1)
    posts = []
    texts = [
        (
            0,
            "question",
            "Will the **path along the river** stay open at night? On the plan it ends at the depot wall.",
        ),
        (
            1,
            "idea",
            "Put the benches where people already stand:\n\n- at the tram stop\n- by the bakery\n- under the two lime trees",
        ),
        (2, "concern", "600 flats and one crossing. My daughter is seven."),
        (
            3,
            "offer",
            "I can bring the water measurements of the last ten years: https://example.org/water",
        ),
        (
            4,
            "story",
            "I grew up in the depot workers' houses. We swam off the steps that are bricked up now. Open them again.",
        ),
    ]
    for minute, (who, kind, text) in enumerate(texts):
        town.clock.now = NOON - timedelta(minutes=40 - 7 * minute)
        data = await people[who].give("contribution.post", text=text, kind=kind)
        posts.append(data["contribution_id"])
        if kind == "story":
            # Read by the team, then released by who told it.
            read = {"contribution_id": posts[-1]}
            await town.do(mid, "contribution.publish", **read)
            await people[who].give("consent.release", **read, audience="public")
        for fan in people[: (minute * 2) % 5]:
            await fan.give("contribution.support", contribution_id=posts[-1], level=1)
    await people[3].give(
        "contribution.post",
        text="It does not: the gate closes at ten. That is in the contract with the depot, §4.",
        reply_to=posts[0],
    )
    await people[4].give(
        "contribution.post",
        text="Then the contract is what we should talk about.",
        reply_to=posts[0],
        label="anonymous",
    )
    bad = await people[1].give("contribution.post", text="Something rude.")
    await town.do(
        mid,
        "contribution.hide",
        contribution_id=bad["contribution_id"],
        reason="It attacks a person, not a plan.",
    )
    town.clock.now = NOON - timedelta(minutes=4)
    await people[2].give(
        "contribution.post",
        thread=f"session:{sessions[3]}",
        text="Could the last tram simply wait for the hospital?",
        kind="question",
    )
    await town.do(mid, "channel.hold", room_id=rooms[1], reason="Break until 12:30")
    await town.system(mid, ChangeSource(room_id=rooms[2], connected=False))
    await _wait_for_counts(town, mid)
    await say_all(town, mid, rooms[0], NOON - timedelta(minutes=2))
    town.clock.now = NOON
    town.webcast.rooms |= {
        rooms[0]: room_status(),
        rooms[1]: room_status(
            viewers=12,
            bitrate=1_900_000.0,
            diagnosis=(
                Problem(
                    code="silence",
                    level="bad",
                    sentence="No sound for 20 s.",
                    mend="Check that the microphone is on, plugged in and not muted"
                    " in the encoder.",
                ),
                Problem(
                    code="keyframes_far",
                    level="warn",
                    sentence="Key frames were up to 6 s apart.",
                    mend="Set the keyframe interval in OBS to 2 s.",
                ),
            ),
            health=room_health(
                loudness=LoudnessFacts(
                    momentary=-70.0, short=-70.0, integrated=-31.0, silent_seconds=20.0
                ),
                loudness_history=(*([-27.0] * 38), *([-70.0] * 22)),
                renditions=(
                    RungHealth(name="source", state="copied"),
                    RungHealth(name="360p", state="dropped"),
                    RungHealth(name="audio", state="made"),
                ),
            ),
        ),
        rooms[2]: room_status(
            connected=False,
            diagnosis=(
                Problem(
                    code="publisher_gone",
                    level="warn",
                    sentence="The picture went 40 s ago: The connection was lost.",
                    mend="Start the encoder again.",
                ),
            ),
        ),
    }
    return SimpleNamespace(
        made=made,
        rooms=rooms,
        times=times,
        sessions=sessions,
        posts=posts,
        people=people,
        meeting_id=mid,
    )


async def _wait_for_counts(town: Town, meeting_id: str) -> None:
    """Wait until the journal has published the votes."""
    async with asyncio.timeout(45):
        while True:
            state = (await town.journal.snapshot(meeting_id, "public")).state
            if any(s["interest"] for s in state["sessions"].values()) and any(
                c["support"] for c in state["contributions"].values()
            ):
                return
            town.clock.advance(0.5)  # the pace is kept by the journal's clock
            await asyncio.sleep(0.05)


SPEECH = [
    (
        "Mira Brandt",
        "Good afternoon, everybody, and welcome back after the first round.",
    ),
    (
        "Mira Brandt",
        "We heard about the crossings this morning. Now we look at the night.",
    ),
    (
        "Jonas Weber",
        "The hospital changes its shift at ten in the evening, and the last tram has left by then.",
    ),
    (
        "Jonas Weber",
        "Four hundred people walk home or take the car, every day. A tram that waits for eleven minutes would serve them.",
    ),
    (
        "Ngozi Obi",
        "I am one of the four hundred. I would like to add that the path along the river is closed at that time.",
    ),
]


async def say_all(town: Town, meeting_id: str, room_id: str, at: datetime) -> None:
    """Let people speak in a room from a moment on, nine seconds each."""
    rows = [
        CueRow(
            cue_id=f"q_{room_id[-4:]}{number}",
            meeting_id=meeting_id,
            room_id=room_id,
            start_at=at + timedelta(seconds=9 * number),
            end_at=at + timedelta(seconds=9 * number + 8),
            speaker=speaker,
            text=text,
        )
        for number, (speaker, text) in enumerate(SPEECH)
    ]
    await town.database.run(lambda c: cues.replace_cues(c, meeting_id, room_id, rows))


async def follow_up(town: Town, forum: Any) -> Any:
    """Answer, promise and do what the forum asked for."""
    mid = forum.meeting_id
    await town.do(
        mid,
        "meeting.edit",
        scope_items=[
            {"label": "influence", "text": "Squares, paths, ground floors, play"},
            {"label": "decided", "text": "600 flats and the tram line"},
            {"label": "outside", "text": "Fares", "holder": "The transport authority"},
        ],
    )
    await town.do(
        mid,
        "response.promise",
        until=f"{NOON + timedelta(days=2, hours=4, minutes=40):%Y-%m-%dT%H:%M:%SZ}",
        text="We answer 9–12 and until Friday.",
    )
    path, benches, crossing, *_ = forum.posts
    by = "Mira Brandt, city engineer"
    late = NOON + timedelta(minutes=1)
    await town.do(
        mid,
        "contribution.answer",
        contribution_id=crossing,
        until=f"{late:%Y-%m-%dT%H:%M:%SZ}",
        text="We measure the crossing this week.",
        by=by,
    )
    town.clock.now = NOON + timedelta(minutes=6)
    for text, way in (
        ("It stays open.", {"way": "writing"}),
        (
            "It stays **open until midnight**. The contract with the depot ends in May.",
            {"room_id": forum.rooms[0], "way": "room"},
        ),
    ):
        await town.do(
            mid, "contribution.answer", contribution_id=path, text=text, by=by, **way
        )
    for key, scope in ((path, "influence"), (crossing, "decided")):
        await town.do(mid, "contribution.label", contribution_id=key, scope=scope)
    outcome = await town.do(
        mid,
        "outcome.write",
        theme="Benches where people already stand",
        said="Put benches at the tram stop, by the bakery and under the lime trees.",
        did="Two are ordered for the tram stop and stand there from June.",
        cannot="The ground by the bakery belongs to its owner, who says no.",
        scope="influence",
        contribution_ids=[benches],
    )
    for text, more in (
        (
            "Ask the owner of the bakery again",
            {"who": "Aylin Kaya", "due": "2026-05-02"},
        ),
        ("Measure noise at the depot", {"session_id": forum.sessions[7]}),
        ("Order two benches", {"who": "The parks office", "contribution_id": benches}),
    ):
        made = await town.do(mid, "action.add", text=text, **more)
    await town.do(
        mid,
        "action.move",
        note_id=made["note_id"],
        status="done",
        text="Ordered on Monday.",
    )
    return SimpleNamespace(
        open=forum.posts[2], answered=path, promised=crossing, **outcome
    )


async def hold_others(town: Town) -> None:
    """Make a series, meetings that come, and meetings that are over."""
    series = SeriesRow(
        series_id="e_district",
        slug="district",
        title="District forum",
        scope="",
        created_at=NOON,
    )
    await town.database.run(lambda c: catalogue.add_series(c, series))
    await town.create(
        "budget",
        title="Participatory budget: the first round",
        purpose="300,000 euros, proposed and chosen by residents.",
        timezone="Europe/Berlin",
        starts_at=NOON + timedelta(days=9),
        series_id="e_district",
        rooms=[RoomSpec(name="Town hall")],
    )
    await town.create(
        "schools",
        title="School places until 2031",
        purpose="Figures, options and what parents need.",
        timezone="Europe/Berlin",
        starts_at=NOON + timedelta(days=23),
        rooms=[RoomSpec(name="Aula")],
        slots=slots(NOON + timedelta(days=23), "08:00", "09:00", "10:00"),
    )
    for number, title in enumerate(
        ["Cycle plan: hearing", "Heat and trees", "Market square, second round"]
    ):
        town.clock.now = NOON - timedelta(days=60 - 14 * number)
        made = await town.create(
            f"past-{number}",
            title=title,
            purpose="Recorded.",
            timezone="Europe/Berlin",
            series_id="e_district",
            rooms=[RoomSpec(name="Town hall")],
        )
        room = made.answer.data["room_ids"][0]
        await town.do(made.meeting_id, "channel.start", room_id=room)
        await say_all(town, made.meeting_id, room, town.clock.now)
        town.clock.now += timedelta(hours=2)
        await town.do(made.meeting_id, "meeting.end")
        town.webcast.rooms[room] = room_status(connected=False)
    town.clock.now = NOON
