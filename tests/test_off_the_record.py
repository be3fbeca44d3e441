"""What was off air, paused, taken back or not yet due can be had nowhere.

One meeting, seen by somebody outside who reads every address, remembers all of
them and guesses their neighbours: live, in the rewind and in the recording.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from folkmoot import keys
from folkmoot.core.wire import moment
from folkmoot.media.ingest.flv import FlvReader, FlvWriter
from folkmoot.media.ingest.source import PublicationClosed
from folkmoot.tasks import TaskOwner
from tests.media.coded import FPS, Eye, make_coded_film, until
from tests.test_secrecy import Town, town

if TYPE_CHECKING:
    from folkmoot.media.channel import Channel
    from folkmoot.media.webcast import Webcast

__all__ = ["town"]
pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.usefixtures("ffmpeg_path"),
    pytest.mark.timeout(240),
]

FILM_SECONDS = 75
DELAY_SECONDS = 3.0
DUMP_SECONDS = 2.0
# What is cut is cut between frames, and words are heard for most of a second.
FRAME_SECONDS = 1 / FPS
STATE = r'data-state="(coming|live|interrupted|paused|off|ended)"'


class Outsider:
    """Reads everything and says which seconds of the film they saw or read of."""

    def __init__(self, town: Town, ffmpeg: str, base: str) -> None:
        self.town = town
        self.began_at = datetime.now(UTC)
        self.base = base
        self.eye = Eye(ffmpeg, self._get)

    async def _get(self, path: str) -> tuple[int, bytes]:
        async with self.town.http.get(f"{self.town.url}{self.base}{path}") as answer:
            return answer.status, await answer.read()

    def second(self, at: datetime) -> float:
        """The film's second that the camera saw at a moment."""
        return (at - self.began_at).total_seconds()

    async def frames(self) -> set[float]:
        """The seconds of all pictures."""
        now = datetime.now(UTC)
        await self.eye.look()
        await self.eye.look_between(moment(self.began_at), moment(now))
        seen = await self.eye.see()
        numbers = set().union(*seen.values()) | await self.eye.see_stills()
        return {number / FPS for number in numbers}

    async def words(self) -> set[int]:
        """The seconds of all words, on all pages and in all answers."""
        answers = await self.town.everything("moot")
        return {
            int(n)
            for text in answers.values()
            for n in re.findall("heard(\\d{4})", text)
        }

    async def found(self, seconds: range) -> set[int]:
        """Of these seconds those whose words the search finds."""
        found = set()
        for second in seconds:
            path = f"/api/v1/search?q=heard{second:04d}"
            _, answer = await self.town.ask("GET", path)
            if answer["total"]:
                found.add(second)
        return found

    async def states(self) -> tuple[str, str]:
        """How the room is, on its page and in the API."""
        _, page = await self.town.ask("GET", "/m/moot")
        _, told = await self.town.ask(
            "GET", "/api/v1/meetings/moot/rooms/hall/recording"
        )
        return re.findall(STATE, page)[0], told["state"]


async def send(webcast: Webcast, key: str, film: bytes) -> None:
    """Send a film's tags when they are due, like an encoder."""
    publication = await webcast.open_publication(key, container="flv", peer="test")
    loop, writer = asyncio.get_running_loop(), FlvWriter()
    began = loop.time()
    try:
        for tag in FlvReader().feed(film):
            await asyncio.sleep(max(0.0, began + tag.timestamp_ms / 1000 - loop.time()))
            await publication.write(writer.write([tag]))
    except PublicationClosed:
        return


def spoken() -> str:
    """A word for each second of the film."""
    cues = [
        f"00:{n // 60:02d}:{n % 60:02d}.100 --> 00:{n // 60:02d}:{n % 60:02d}.900\n"
        f"heard{n:04d}\n"
        for n in range(FILM_SECONDS)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def inside(
    seconds: set[float] | set[int], spans: list[tuple[float, float]]
) -> set[float]:
    """Those that lie in one of the spans."""
    return {
        float(one)
        for one in seconds
        for start, end in spans
        if start + FRAME_SECONDS < one < end - FRAME_SECONDS
    }


async def test_what_is_not_public_can_be_had_nowhere(
    town: Town, tmp_path: Path, ffmpeg_path: str
) -> None:
    film_path = await make_coded_film(
        ffmpeg_path, tmp_path / "film.flv", seconds=FILM_SECONDS
    )
    film = await asyncio.to_thread(film_path.read_bytes)
    made = await town.make("moot", on_air="by_hand")
    room_id = made["rooms"][0]["id"]
    webcast: Webcast = town.app[keys.WEBCAST]
    place = (made["meeting_id"], room_id)
    channel = webcast.channel(*place)
    address = made["rooms"][0]["playback_url"]
    base = address[address.index("/media/") :].removesuffix("master.m3u8")

    async def do(kind: str, **data: Any) -> datetime:
        await town.do("moot", town.admin, kind, room_id=room_id, **data)
        return datetime.now(UTC)

    await do("channel.delay", seconds=DELAY_SECONDS)
    outsider = Outsider(town, ffmpeg_path, base)
    tasks = TaskOwner()
    tasks.start(send(webcast, town.key, film), name="publisher")
    try:
        await _hold_meeting(town, channel, outsider, do, webcast.private_root)
    finally:
        await tasks.aclose()


async def _hold_meeting(
    town: Town, channel: Channel, outsider: Outsider, do: Any, data: Path
) -> None:
    path = "/api/v1/meetings/moot/rooms/hall/transcript"
    query = f"?starts_at={moment(outsider.began_at)}&replace=all"
    status, said = await town.ask("PUT", path + query, spoken(), town.admin)
    assert status == 200, said
    await asyncio.sleep(2.0)  # connected, and off air
    assert not await outsider.frames()
    # From when it is asked for: a busy machine answers after it was done.
    on_at = datetime.now(UTC)
    await do("channel.start")
    states = await outsider.states()
    in_time = datetime.now(UTC) < on_at + timedelta(seconds=DELAY_SECONDS)
    assert states == ("coming", "coming") or not in_time

    # Live, behind by the delay.
    await until(lambda: channel.timeline.seconds > 7, 60)
    assert await outsider.states() == ("live", "live")
    frames, words = await outsider.frames(), await outsider.words()
    head = outsider.second(datetime.now(UTC)) - DELAY_SECONDS
    assert max(frames) < head
    assert max(frames) > outsider.second(on_at)
    assert words
    assert max(words) < head
    found = await outsider.found(range(int(head) + 1, int(head) + 4))
    # Asking takes its time, and what was to come then may have come meanwhile.
    head = outsider.second(datetime.now(UTC)) - DELAY_SECONDS
    assert max(found, default=0) < head

    # A pause that takes back what was not public yet, and what was.
    held_at = await do("channel.hold", reason="In private", dump_seconds=DUMP_SECONDS)
    assert await outsider.states() == ("paused", "paused")
    await asyncio.sleep(4.0)
    private = [
        (0.0, outsider.second(on_at)),
        (outsider.second(held_at) - DUMP_SECONDS, outsider.second(datetime.now(UTC))),
    ]
    assert not inside(await outsider.frames(), private)
    # Staff see it; what they see goes with the meeting's end.
    hidden = await asyncio.to_thread(
        lambda: {path.parent.name for path in data.rglob("*/source")}
    )
    released_at = datetime.now(UTC)
    await do("channel.release")
    private[1] = (private[1][0], outsider.second(released_at))
    states = await outsider.states()
    # Asked in time: on a loaded machine the delay may be over before the answer.
    in_time = datetime.now(UTC) < released_at + timedelta(seconds=DELAY_SECONDS)
    assert states == ("paused", "paused") or not in_time
    until_public = released_at + timedelta(seconds=4)
    await until(lambda: (channel.timeline.end_at or released_at) > until_public, 60)
    assert await outsider.states() == ("live", "live")

    # Off air again, in the rewind and then in the recording.
    stopped_at = await do("channel.stop")
    private.append((outsider.second(stopped_at), float(FILM_SECONDS)))
    await asyncio.sleep(DELAY_SECONDS + 2.0)
    rewind = await outsider.frames()
    await town.do("moot", town.admin, "meeting.end")
    await until(lambda: channel.public.ended, 60)
    await channel.encode_edges()
    recorded = await outsider.frames()
    for seen in (rewind, recorded):
        assert not inside(seen, private)
        assert min(seen) < private[1][0] - 2
        assert max(seen) > private[1][1] + 2

    # The words of what was taken back or said in the pause are nowhere either.
    start, end = private[1]
    silent = range(int(start) + 1, int(end))
    await town.do(
        "moot", town.admin, "channel.delay", room_id=channel_room(channel), seconds=0
    )
    words = await outsider.words()
    assert len(silent) > 3
    assert not words & set(silent)
    assert {int(start) - 2, int(end) + 2} <= words
    assert not await outsider.found(silent)
    assert await outsider.found(range(int(start) - 2, int(start) - 1))

    # What staff saw has names, too: they lead nowhere in public.
    assert hidden
    for take in hidden - set(channel.public.kept.takes):
        for file in ("init.mp4", "00001.m4s", "p1.m4s"):
            status, _ = await outsider._get(f"{take}/source/{file}")
            assert status == 404, (take, file)
    # And the recording says what it lacks.
    _, told = await town.ask("GET", "/api/v1/meetings/moot/rooms/hall/recording")
    for gap in told["gaps"]:
        assert gap["reason"]
    times = [datetime.fromisoformat(one["to_at"]) for one in told["spans"]]
    assert len(told["spans"]) >= 2
    assert all(before <= after for before, after in pairwise(times))


def channel_room(channel: Channel) -> str:
    return channel.name.partition("/")[2]
