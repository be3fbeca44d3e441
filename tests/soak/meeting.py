"""The soak itself: a meeting, its people, its encoder, and a server that is killed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.media_bench import top_playlist
from tests.e2e.playlists import Playlist, parse_playlist
from tests.e2e.service import Service, make_film, publish_target, wait_until
from tests.soak import promises
from tests.soak.encoder import Encoder
from tests.soak.people import Ledger, Person
from tests.soak.vitals import Life, left_over

SLUG = "soak"
LOOK_SECONDS = 2.0
DIE_SECONDS = 2.0
SETTLE_SECONDS = 40.0
END_SECONDS = 1.0
STOP_SECONDS = 10.0
QUIET_SECONDS = 15.0  # at the beginning and before the end: no kills

Say = Callable[[str], None]


class Soak:
    """One run; `broken` collects the promises that were not kept."""

    def __init__(
        self,
        home: Path,
        *,
        ffmpeg: str,
        seed: int,
        people: int,
        kills: int,
        seconds: float,
        say: Say,
    ) -> None:
        self.broken: list[str] = []
        self.facts: dict[str, str] = {}
        self._home = home
        self._ffmpeg = ffmpeg
        self._seed = seed
        self._people_wanted = people
        self._kills = kills
        self._seconds = seconds
        self._say = say
        self._chance = random.Random(seed)
        self._service = Service(home / "data")
        self._ledger = Ledger()
        self._people: list[Person] = []
        self._lives: list[Life] = []
        self._downs: list[float] = []
        self._down_seconds: list[float] = []
        self._address = ""
        self._shown = 0.0
        self._epoch = ""
        self._closing = False

    async def run(self) -> None:
        """Live through all of it, then look at what is there."""
        film = make_film(self._ffmpeg, self._home / "film.mp4", seconds=20)
        await self._start()
        made = await asyncio.to_thread(self._service.make_meeting, SLUG)
        encoder = Encoder(
            self._ffmpeg,
            film,
            publish_target(made),
            chance=random.Random(self._seed + 1),
        )
        async with asyncio.TaskGroup() as group:
            publishing = group.create_task(encoder.run(between_seconds=60))
            self._address = await asyncio.to_thread(
                wait_until, lambda: top_playlist(self._service, made), seconds=30
            )
            watching = [group.create_task(self._watch())]
            watching.append(group.create_task(self._sample()))
            acting = group.create_task(self._act())
            await self._kill_now_and_then()
            self._closing = True
            async with asyncio.timeout(SETTLE_SECONDS):
                await acting
            for task in watching:
                task.cancel()
            ended = await self._end()
            publishing.cancel()
        await self._look_at_all(encoder, ended)
        await self._stop()

    # --- living -------------------------------------------------------------

    async def _start(self) -> None:
        self._service.lines.clear()  # else it would wait for nothing new
        await asyncio.to_thread(self._service.start)
        self._lives.append(Life(self._service.pid))

    async def _act(self) -> None:
        for number in range(self._people_wanted):
            name = f"Person {number}"
            token = await asyncio.to_thread(self._service.join, SLUG, name)
            self._people.append(
                Person(
                    number,
                    url=self._service.url,
                    slug=SLUG,
                    token=token,
                    ledger=self._ledger,
                    chance=random.Random(self._seed * 1000 + number),
                    stopping=lambda: self._closing,
                )
            )
        async with asyncio.TaskGroup() as group:
            for person in self._people:
                group.create_task(person.run())

    async def _watch(self) -> None:
        """Remember how much has been public, by what a viewer saw last."""
        while True:
            found = await asyncio.to_thread(self._read_playlist)
            if found is not None:
                self._shown = max(self._shown, shown_seconds(found))
            await asyncio.sleep(0.2)

    async def _sample(self) -> None:
        while True:
            self._lives[-1].look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _kill_now_and_then(self) -> None:
        began = time.monotonic()
        room = max(1.0, self._seconds - 2 * QUIET_SECONDS)
        # One in each equal stretch, at a random moment of its first two thirds.
        stretch = room / max(1, self._kills)
        for number in range(self._kills):
            at = QUIET_SECONDS + stretch * (number + self._chance.uniform(0.05, 0.65))
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            await self._kill(number + 1)
        await asyncio.sleep(max(0.0, began + self._seconds - time.monotonic()))

    async def _kill(self, number: int) -> None:
        programs = self._lives[-1].programs()
        shown, promised = self._shown, len(self._ledger.posted)
        self._downs.append(time.time())
        self._service.kill()
        killed = time.monotonic()
        await asyncio.sleep(self._chance.uniform(0.0, 1.0))
        await self._start()
        await asyncio.to_thread(wait_until, self._is_ready, seconds=20)
        self._down_seconds.append(time.monotonic() - killed)
        await asyncio.sleep(max(0.0, killed + DIE_SECONDS - time.monotonic()))
        self._note(number, [f"left over: {each}" for each in left_over(programs)])
        self._note(number, await asyncio.to_thread(self._check_journal))
        self._note(number, await asyncio.to_thread(self._check_recording, shown))
        self._say(
            f"kill {number}: back after {self._down_seconds[-1]:.1f} s, "
            f"{len(programs)} programs gone, {promised} posts and "
            f"{shown:.1f} s of video to be there; broken so far: {len(self.broken)}"
        )

    # --- looking ------------------------------------------------------------

    def _note(self, kill: int, broken: list[str]) -> None:
        self.broken += [f"after kill {kill}: {each}" for each in broken]

    def _is_ready(self) -> bool:
        try:
            return self._service.ask("GET", "/readyz", token=None)[0] == 200
        except OSError:
            return False

    def _read_playlist(self) -> Playlist | None:
        try:
            status, body = self._service.ask("GET", self._address, token=None)
        except OSError:
            return None
        return parse_playlist(body.decode()) if status == 200 else None

    def _check_journal(self) -> list[str]:
        broken = []
        for feed in ("public", "staff"):
            epoch, entries = promises.read_feed(self._service, SLUG, feed)
            broken += promises.check_gapless(feed, entries)
            if self._epoch not in ("", epoch):
                broken.append(f"feed {feed}: its epoch changed")
            self._epoch = epoch
            if feed == "public":
                broken += promises.check_posts(entries, self._ledger)
        return broken

    def _check_recording(self, shown: float) -> list[str]:
        """What was shown before the kill is there after it."""
        found = self._read_playlist()
        now = 0.0 if found is None else shown_seconds(found)
        if now < shown - 0.05:
            return [f"recording: {shown:.2f} s were public, {now:.2f} s are there"]
        return []

    async def _end(self) -> float:
        """End the meeting; return when (wall clock)."""
        began, at = time.monotonic(), time.time()
        answer = await asyncio.to_thread(self._service.command, SLUG, "meeting.end")
        if not answer["ok"]:
            self.broken.append(f"meeting.end answered {answer}")
        await asyncio.to_thread(
            wait_until,
            lambda: (found := self._read_playlist()) is not None and found.ended,
            seconds=20,
            every=0.01,
        )
        took = time.monotonic() - began
        self.facts["meeting.end to ENDLIST"] = f"{took:.2f} s"
        if took > END_SECONDS:
            self.broken.append(f"ENDLIST came after {took:.2f} s")
        return at

    async def _look_at_all(self, encoder: Encoder, ended: float) -> None:
        self.broken += await asyncio.to_thread(self._check_journal)
        await asyncio.gather(*(person.catch_up() for person in self._people))
        _, entries = await asyncio.to_thread(
            promises.read_feed, self._service, SLUG, "public"
        )
        for person in self._people:
            self.broken += promises.check_follower(person, entries)
        for person in self._people[:5]:
            feed = f"member:{await asyncio.to_thread(self._member_id, person)}"
            _, own = await asyncio.to_thread(
                promises.read_feed, self._service, SLUG, feed, token=person.token
            )
            self.broken += promises.check_gapless(feed, own)
        _, page = await asyncio.to_thread(
            self._service.ask, "GET", f"/api/v1/meetings/{SLUG}/state?feed=public"
        )
        self.broken += promises.check_support(page["state"], self._ledger)
        self.broken += self._ledger.surprises
        await asyncio.to_thread(self._check_archive, encoder, ended)
        self._tell_of_people(len(entries))

    def _member_id(self, person: Person) -> str:
        status, joined = self._service.ask(
            "POST", f"/api/v1/meetings/{SLUG}/join", {}, token=person.token
        )
        assert status == 200, joined
        return str(joined["member_id"])

    def _check_archive(self, encoder: Encoder, ended: float) -> None:
        found = self._read_playlist()
        assert found is not None
        pieces = promises.read_pieces(found.text)
        downs = [*self._downs, *encoder.downs]
        arrivals = promises.read_arrivals(self._read_log())
        broken, lost, late = promises.check_holes(pieces, downs, arrivals)
        self.broken += broken
        self.broken += promises.check_end(pieces, ended, downs, arrivals)
        last = ended - pieces[-1][1]
        self.facts["recording"] = (
            f"{found.seconds:.1f} s in {len(found.segments)} segments, "
            f"{found.discontinuities + 1} takes; ends {last:.2f} s before the end"
        )
        worst = (f"{max(each, default=0):.2f} s" for each in (lost, late))
        self.facts["lost before a break, at most"] = next(worst)
        self.facts["from an encoder's return to picture, at most"] = next(worst)
        base = self._address.rpartition("/")[0]
        for _, uri in found.segments:
            status, body = self._service.ask("GET", f"{base}/{uri}", token=None)
            if status != 200 or not body:
                self.broken.append(f"segment {uri} answers {status}")
        found_whole = self._verify()
        if not found_whole.get("whole"):
            self.broken.append(f"folkmoot verify: {found_whole}"[:400])

    def _verify(self) -> dict[str, Any]:
        """Ask as an operator does, at the command line."""
        argv = [sys.executable, "-m", "folkmoot", "verify", SLUG, "--json"]
        argv += ["--data", str(self._service.data)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        try:
            return dict(json.loads(done.stdout))
        except ValueError:
            return {"said": (done.stdout + done.stderr)[-300:]}

    def _tell_of_people(self, entries: int) -> None:
        took = sorted(self._ledger.answer_seconds)
        middle, high = took[len(took) // 2], took[int(len(took) * 0.99)]
        self.facts["people"] = (
            f"{len(self._people)}, {sum(p.connects for p in self._people)} connections,"
            f" {sum(p.gaps for p in self._people)} gaps filled by asking"
        )
        self.facts["commands answered"] = (
            f"{self._ledger.commands} ({self._ledger.resent} sent again), "
            f"{1000 * middle:.0f} ms at the median, {1000 * high:.0f} ms at p99"
        )
        self.facts["public entries"] = str(entries)

    async def _stop(self) -> None:
        programs = self._lives[-1].programs()
        took = await asyncio.to_thread(self._service.stop)
        await asyncio.sleep(0.5)
        self.broken += [f"left at the end: {each}" for each in left_over(programs)]
        if took > STOP_SECONDS:
            self.broken.append(f"SIGTERM: ended after {took:.1f} s")
        self.facts["SIGTERM to end"] = f"{took:.2f} s"
        longest = max(self._lives, key=lambda life: life.seconds)
        first, last, files = longest.grew()
        self.facts["memory in the longest life"] = (
            f"{first:.0f} to {last:.0f} MB, {files:+.0f} open files "
            f"in {longest.seconds:.0f} s"
        )
        self.facts["down after kill -9"] = (
            ", ".join(f"{each:.1f} s" for each in self._down_seconds) or "never"
        )
        for life in self._lives:
            self.broken += life.check()
        errors = [line for line in self._read_log().splitlines() if " ERROR " in line]
        self.facts["load of the machine"] = str(os.getloadavg())
        self.facts["errors in the log"] = f"{len(errors)} {errors[:3] or ''}"

    def _read_log(self) -> str:
        return (self._home / "data.log").read_text(errors="replace")

    def close(self) -> None:
        """End the server, whatever happened."""
        self._closing = True
        if self._service.alive:
            self._service.kill()


def shown_seconds(playlist: Playlist) -> float:
    """Return how long what a viewer can play is, open segment included."""
    return playlist.seconds + sum(
        float(part["DURATION"]) for part in playlist.grouped[-1]
    )


def summary(soak: Soak) -> list[str]:
    """Return the facts as lines."""
    width = max(map(len, soak.facts), default=0)
    return [f"{name:{width}}  {value}" for name, value in soak.facts.items()]
