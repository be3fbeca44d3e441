"""From a part being whole to a viewer having it, with few and with many viewers.

A real server process, a real encoder (720p30 at 2.5 Mbit/s, the top rung copied,
360p and sound made from it) and viewers in a process of their own. When a part was
whole is the server's own moment: it stands in the take's `parts.jsonl` on the disk,
cut to milliseconds, and was taken before the part was written there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import msgspec
import psutil  # type: ignore[import-untyped]

from tests import machine
from tests.bench.report import Figure, Say, absent, spread
from tests.bench.viewers import Harvest
from tests.e2e.playlists import parse_playlist, variants
from tests.e2e.service import Publisher, Service, publish_target, wait_until

AREA = "media"
VIEWERS = (1, 50, 200)
SECONDS = 15.0
QUICK_VIEWERS = (1, 50)
QUICK_SECONDS = 6.0
ENDS = 3
FILM_SECONDS = 12
# Over this the generator's own lateness is in the figures.
SATURATED_LAG_MS = 25.0
SATURATED_BUSY = 0.9


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures of delivery and of the end of a meeting."""
    ffmpeg = machine.find_ffmpeg()
    if ffmpeg is None:
        return [absent(AREA, "parts to viewers", "needs ffmpeg")]
    counts = QUICK_VIEWERS if quick else VIEWERS
    seconds = QUICK_SECONDS if quick else SECONDS
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        home = Path(folder)
        say("media: making a 720p30 film")
        film = make_film(ffmpeg, home / "film.mp4")
        service = Service(home / "data")
        try:
            service.start()
            with publishing(service, ffmpeg, film, "bench") as address:
                for count in counts:
                    say(f"media: {count} viewers for {seconds:.0f} s")
                    with metering(service.pid) as spent:
                        harvest = watch(address, count=count, seconds=seconds)
                    whole = read_whole(service.data)
                    figures += describe(harvest, whole, spent, count=count)
                took = [end_meeting(service, "bench", address)]
            for number in range(1, 1 if quick else ENDS):
                say("media: one more meeting to end")
                slug = f"bench-{number}"
                with publishing(service, ffmpeg, film, slug) as address:
                    took.append(end_meeting(service, slug, address))
        finally:
            service.stop()
    what = "`meeting.end` to ENDLIST in the playlist"
    return [*figures, spread(AREA, what, took, unit="ms")]


def make_film(ffmpeg: str, path: Path) -> Path:
    """Make a 720p30 film of an even 2.5 Mbit/s with a key frame each 2 s."""
    subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
            "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30",
            "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
            "-t", str(FILM_SECONDS), "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", "-g", "60", "-bf", "0",
            "-b:v", "2500k", "-minrate", "2500k", "-maxrate", "2500k",
            "-bufsize", "1250k", "-x264-params", "nal-hrd=cbr:force-cfr=1",
            "-c:a", "aac", "-b:a", "96k", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


@contextmanager
def publishing(service: Service, ffmpeg: str, film: Path, slug: str) -> Iterator[str]:
    """Put a new meeting on air; give the address of its top playlist."""
    made = service.make_meeting(slug)
    publisher = Publisher(ffmpeg, film, publish_target(made))
    try:
        yield wait_until(lambda: top_playlist(service, made), seconds=30)
    finally:
        publisher.stop()


def top_playlist(service: Service, made: dict[str, Any]) -> str | None:
    """Return the first variant's address, once it has a closed segment."""
    path = re.sub(r"^https?://[^/]+", "", made["rooms"][0]["playback_url"])
    master = urljoin(service.url, path)
    status, body = service.ask("GET", master, token=None)
    if status != 200 or not (found := variants(body.decode())):
        return None
    address = urljoin(master, found[0][1])
    status, body = service.ask("GET", address, token=None)
    if status != 200 or not parse_playlist(body.decode()).segments:
        return None
    return address


def watch(address: str, *, count: int, seconds: float) -> Harvest:
    """Let a process of viewers watch; return what it saw."""
    argv = [sys.executable, "-m", "tests.bench.viewers", address]
    argv += ["--count", str(count), "--seconds", str(seconds)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Harvest)


class Spent(msgspec.Struct):
    """What the server's own process took: seconds of a core, of the wall."""

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0

    @property
    def busy(self) -> float:
        """The share of one core that it took."""
        return self.cpu_seconds / self.wall_seconds if self.wall_seconds else 0.0


@contextmanager
def metering(pid: int) -> Iterator[Spent]:
    """Measure what a process spends meanwhile; its encoders are not in it."""
    spent, process = Spent(), psutil.Process(pid)
    began, before = time.monotonic(), process.cpu_times()
    yield spent
    after = process.cpu_times()
    spent.cpu_seconds = after.user + after.system - before.user - before.system
    spent.wall_seconds = time.monotonic() - began


def read_whole(data: Path) -> dict[str, float]:
    """Return for each part's address (from its take on) when it was whole."""
    found: dict[str, float] = {}
    for path in (data / "media").glob("*/*/*/parts.jsonl"):
        for line in path.read_text().splitlines():
            part = json.loads(line)
            if part.get("wall"):
                address = f"{path.parent.name}/{part['rendition']}/p{part['part']}.m4s"
                found[address] = datetime.fromisoformat(part["wall"]).timestamp()
    return found


def describe(
    harvest: Harvest, whole: dict[str, float], spent: Spent, *, count: int
) -> list[Figure]:
    """Turn what viewers saw into figures, marked where the generator was late."""
    known = [each for each in harvest.seen if each.part in whole]
    note = (
        f"generator {harvest.lag_ms:.0f} ms late at p99, {harvest.busy:.0%} of a core"
    )
    if harvest.lag_ms > SATURATED_LAG_MS or harvest.busy > SATURATED_BUSY:
        note = f"GENERATOR SATURATED: {note}"
    if harvest.errors:
        note += f"; {len(harvest.errors)} viewers failed: {harvest.errors[0]}"
    people = f"{count} viewer" + ("s" if count > 1 else "")
    cost = f"server busy {spent.busy:.0%} of a core, {len(known)} parts served"
    playlists = [1000 * (each.playlist_at - whole[each.part]) for each in known]
    parts = [1000 * (each.part_at - whole[each.part]) for each in known]
    named, served = "part whole to playlist naming it", "part whole to part served"
    return [
        spread(AREA, f"{named}, {people}", playlists, unit="ms", note=cost),
        spread(AREA, f"{served}, {people}", parts, unit="ms", note=note),
    ]


def end_meeting(service: Service, slug: str, address: str) -> float:
    """End a meeting; return the milliseconds until its playlist said so."""
    began = time.monotonic()
    answer = service.command(slug, "meeting.end")
    assert answer["ok"], answer
    wait_until(
        lambda: b"#EXT-X-ENDLIST" in service.ask("GET", address, token=None)[1],
        seconds=15,
        every=0.005,
    )
    return 1000 * (time.monotonic() - began)
