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
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
VIEWERS = (1, 50, 200, 600)
SECONDS = 15.0
QUICK_VIEWERS = (1, 50)
QUICK_SECONDS = 6.0
PROCESSES = 3  # of the generator: with two it was late itself at 1,500
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
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        home = Path(folder)
        say("media: making a 720p30 film")
        film = make_film(ffmpeg, home / "film.mp4")
        service = Service(home / "data")
        try:
            service.start()
            with publishing(service, ffmpeg, film, "bench") as address:
                figures += measure_viewers(service, address, quick=quick, say=say)
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


def measure_viewers(
    service: Service, address: str, *, quick: bool, say: Say
) -> list[Figure]:
    """Measure the service alone, as `folkmoot serve` runs."""
    figures: list[Figure] = []
    for count in QUICK_VIEWERS if quick else VIEWERS:
        figures += measure_crowd(
            service, address, Crowd(count, "origin"), quick=quick, say=say
        )
    return figures


class Crowd(msgspec.Struct, frozen=True):
    """How many watch, by what door, and the process that it adds to the server's."""

    count: int
    door: str
    door_pid: int | None = None
    seconds: float = SECONDS
    note: str = ""


def measure_crowd(
    service: Service, address: str, crowd: Crowd, *, quick: bool, say: Say
) -> list[Figure]:
    """Let a crowd watch, and describe what it saw."""
    seconds = QUICK_SECONDS if quick else crowd.seconds
    say(f"media: {crowd.count} viewers by the {crowd.door} for {seconds:.0f} s")
    pids = {"server": service.pid}
    if crowd.door_pid is not None:
        pids["nginx"] = crowd.door_pid
    with metering(pids) as spent:
        harvest = watch(address, count=crowd.count, seconds=seconds)
    playlist = service.ask("GET", address, token=None)[1].decode()
    target = parse_playlist(playlist).part_target
    whole = read_whole(service.data)
    return describe(harvest, whole, spent, crowd=crowd, part_target=target)


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
    """Let processes of viewers watch at once; return what all of them saw."""
    shares = [
        count // PROCESSES + (number < count % PROCESSES) for number in range(PROCESSES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        told = [
            Path(folder) / str(number) for number, share in enumerate(shares) if share
        ]
        running = [
            subprocess.Popen(
                [
                    sys.executable, "-m", "tests.bench.viewers", address,
                    "--count", str(share), "--seconds", str(seconds), "--to", str(path),
                ]
            )
            for path, share in zip(told, shares, strict=False)
        ]  # fmt: skip
        assert [each.wait() for each in running] == [0] * len(running)
        harvests = [
            msgspec.json.decode(path.read_bytes(), type=Harvest) for path in told
        ]
    return Harvest(
        seen=[seen for each in harvests for seen in each.seen],
        errors=[error for each in harvests for error in each.errors],
        lag_ms=max(each.lag_ms for each in harvests),
        busy=max(each.busy for each in harvests),
        received_bytes=sum(each.received_bytes for each in harvests),
    )


class Spent(msgspec.Struct):
    """What processes took: seconds of a core each; and of the wall, and idle ones."""

    cpu_seconds: dict[str, float] = {}
    wall_seconds: float = 0.0
    idle_seconds: float = 0.0

    def __str__(self) -> str:
        shares = [
            f"{name} {seconds / self.wall_seconds:.0%}"
            for name, seconds in [
                *self.cpu_seconds.items(),
                ("idle", self.idle_seconds),
            ]
        ]
        return ", ".join(shares)


@contextmanager
def metering(pids: Mapping[str, int]) -> Iterator[Spent]:
    """Measure what processes spend meanwhile, the server's encoders apart."""
    spent = Spent()
    began, before, idle = time.monotonic(), _cpu_seconds(pids), _idle_seconds()
    yield spent
    after = _cpu_seconds(pids)
    spent.cpu_seconds = {
        name: seconds - before.get(name, 0.0) for name, seconds in after.items()
    }
    spent.wall_seconds = time.monotonic() - began
    spent.idle_seconds = _idle_seconds() - idle


def _idle_seconds() -> float:
    """Of all cores together, since the machine started."""
    times = psutil.cpu_times()
    return float(times.idle + getattr(times, "iowait", 0.0))


def _cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """Of each process; of its children under the names that they have."""
    found: dict[str, float] = defaultdict(float)
    for name, pid in pids.items():
        parent = psutil.Process(pid)
        found[name] += _used(parent)
        for child in parent.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                found[child.name()] += _used(child)
    return found


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


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
    harvest: Harvest,
    whole: dict[str, float],
    spent: Spent,
    *,
    crowd: Crowd,
    part_target: float,
) -> list[Figure]:
    """Turn what viewers saw into figures, marked where the generator was late."""
    known = [each for each in harvest.seen if each.part in whole]
    playlists = [1000 * (each.playlist_at - whole[each.part]) for each in known]
    parts = [1000 * (each.part_at - whole[each.part]) for each in known]
    late = sum(each > 1000 * part_target for each in parts)
    served = f"{len(known)} parts served, {late} later than {1000 * part_target:.0f} ms"
    if parts:
        served += f", the last after {max(parts):.0f} ms"
    note = f"busy: each of {PROCESSES} generators {harvest.busy:.0%} of a core, {spent}"
    note += f"; generator {harvest.lag_ms:.0f} ms late at p99"
    if harvest.lag_ms > SATURATED_LAG_MS or harvest.busy > SATURATED_BUSY:
        note = f"GENERATOR SATURATED: {note}"
    if harvest.errors:
        note += f"; {len(harvest.errors)} failed: {harvest.errors[0]}"
    people = f"{crowd.count} viewer" + ("s" if crowd.count > 1 else "")
    people += "" if crowd.door == "origin" else f" through the {crowd.door}"
    people += crowd.note
    return [
        spread(
            AREA,
            f"part whole to playlist naming it, {people}",
            playlists,
            unit="ms",
            note=note,
        ),
        spread(
            AREA, f"part whole to part served, {people}", parts, unit="ms", note=served
        ),
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
