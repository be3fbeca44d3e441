"""What encoding costs the machine: the two set-ups that two cores must carry.

A real server and real encoders for what it makes; publishers send 720p30 at
2.5 Mbit/s that is copied. Counted is CPU time of the server and of each ffmpeg it
started, in % of one core, over the time that the rooms were watched by nobody.
"""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from tests import machine
from tests.bench.media_bench import make_film
from tests.bench.report import Figure, Say, absent
from tests.e2e.service import Publisher, Service, publish_target, wait_until

AREA = "ladder"
SECONDS, QUICK_SECONDS = 20.0, 6.0
SETTLE_SECONDS = 4.0
SET_UPS = (
    ("one room, full picture copied, 360p and sound made", 1, "360p:500,audio:48"),
    ("four rooms, full picture copied, sound made", 4, "audio:48"),
)


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return CPU figures of both set-ups, and what the desk said of them."""
    ffmpeg = machine.find_ffmpeg()
    if ffmpeg is None:
        return [absent(AREA, "encoding", "needs ffmpeg")]
    seconds = QUICK_SECONDS if quick else SECONDS
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        film = make_film(ffmpeg, Path(folder) / "film.mp4")
        for number, (what, rooms, ladder) in enumerate(SET_UPS):
            say(f"ladder: {what}")
            home = Path(folder) / str(number)
            home.mkdir()
            figures += carry(ffmpeg, film, home, what, rooms, ladder, seconds)
    return figures


def carry(
    ffmpeg: str,
    film: Path,
    home: Path,
    what: str,
    rooms: int,
    ladder: str,
    seconds: float,
) -> list[Figure]:
    """Publish to so many rooms; return what that took."""
    service = Service(home / "data", env={"FOLKMOOT_MEDIA_LADDER": ladder})
    with ExitStack() as ending:
        ending.callback(service.stop)
        service.start()
        names = [{"name": f"Room {number}"} for number in range(rooms)]
        made = service.make_meeting("bench", rooms=names)
        for number in range(rooms):
            target = publish_target(made, number)
            ending.callback(Publisher(ffmpeg, film, target).stop)
        wanted = 1 + ladder.count(",") + 1
        wait_until(lambda: all_made(service, rooms, wanted), seconds=40)
        time.sleep(SETTLE_SECONDS)
        before, began = spent(service.pid), time.monotonic()
        time.sleep(seconds)
        after, wall = spent(service.pid), time.monotonic() - began
        said = look(service)
    share = {name: 100 * (after[name] - before.get(name, 0.0)) / wall for name in after}
    dropped = sum("left out" in room["panel"] for room in said if room["panel"])
    whole = sum(share.values())
    note = ", ".join(f"{name} {value:.0f} %" for name, value in sorted(share.items()))
    note += f"; {dropped} rooms left rungs out" if dropped else "; nothing left out"
    return [
        Figure(
            area=AREA, what=f"CPU, {what}", unit="% of a core", median=whole, note=note
        )
    ]


def look(service: Service) -> list[dict[str, Any]]:
    """Return what the desk shows of the rooms."""
    status, rooms = service.ask("GET", "/desk/bench/rooms.json")
    assert status == 200, rooms
    return rooms if isinstance(rooms, list) else list(json.loads(rooms))


def all_made(service: Service, rooms: int, wanted: int) -> bool:
    """Whether every room makes all its renditions."""
    panels = [room["panel"] for room in look(service)]
    made = sum(panel.count('data-state="made"') for panel in panels)
    copied = sum(panel.count('data-state="copied"') for panel in panels)
    return made + copied == rooms * wanted


def spent(pid: int) -> dict[str, float]:
    """Return CPU seconds of the server and of the encoders that it runs."""
    server = psutil.Process(pid)
    times = server.cpu_times()
    found = {"server": times.user + times.system, "encoders": 0.0}
    for child in server.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        found["encoders"] += times.user + times.system
    return found
