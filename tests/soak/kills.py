"""Kills a server or its encoders while a room is on air, and looks what is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.service import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.service import Service

PART_SECONDS = 0.53
_AIR_SECONDS = 60.0
_POLL_SECONDS = 0.1


class Kills:
    """One meeting whose recording outlives `kill -9` at random moments."""

    def __init__(
        self,
        service: Service,
        ffmpeg: str,
        film: Path,
        *,
        seed: int,
        say: Callable[[str], None] = print,
    ) -> None:
        self.losses: list[float] = []
        self.rounds: list[float] = []  # seconds, each with its time on air
        self.gaps = 0
        self._service = service
        self._ffmpeg = ffmpeg
        self._film = film
        self._chance = random.Random(seed)
        self._say = say
        made = service.make_meeting(f"kills-{seed}")
        self._slug = made["slug"]
        self._room = made["rooms"][0]["id"]
        ingest = made["rooms"][0]["ingest"]
        self._key = ingest["stream_key"]
        self._publisher: Publisher | None = None

    def run(self, kills: int) -> None:
        """Kill so often; raises AssertionError for what was lost or not told."""
        try:
            for number in range(kills):
                began = time.monotonic()
                self._wait_on_air()
                time.sleep(self._chance.uniform(0.3, 3.0))
                before = self._recording()["spans"]
                self._kill("server" if number % 2 == 0 else "encoder")
                self._check_kept(before[-1])
                self.rounds.append(time.monotonic() - began)
            self._wait_on_air()
        finally:
            if self._publisher is not None:
                self._publisher.stop()
        answer = self._service.command(self._slug, "meeting.end")
        assert answer["ok"], answer
        self._check_gaps()

    def _kill(self, what: str) -> None:
        began = time.monotonic()
        if what == "server":
            self._service.kill()
            if self._publisher is not None:
                self._publisher.stop()
            self._service.start()
        else:
            for pid in _children(self._service.pid, "ffmpeg"):
                os.kill(pid, signal.SIGKILL)
        self._say(f"{what} killed, {time.monotonic() - began:.1f} s down")

    def _check_kept(self, last: dict[str, str]) -> None:
        """What was public before the kill is there after it, up to one part."""
        end = _moment(last["to_at"])
        found = [
            _moment(span["to_at"])
            for span in self._recording()["spans"]
            if span["from_at"] == last["from_at"]
        ]
        kept = max(found, default=_moment(last["from_at"]))
        lost = max(0.0, (end - kept).total_seconds())
        self.losses.append(lost)
        assert lost <= PART_SECONDS, (lost, last, self._recording())

    def _check_gaps(self) -> None:
        """Every hole between two stretches of recording is listed."""
        recording = self._recording()
        spans = recording["spans"]
        listed = [(gap["from_at"], gap["to_at"]) for gap in recording["gaps"]]
        holes = [
            (earlier["to_at"], later["from_at"]) for earlier, later in pairwise(spans)
        ]
        assert len(listed) >= len(holes)
        for hole in holes:
            assert any(_close(hole, gap) for gap in listed), (hole, listed)
        assert all(gap["reason"] for gap in recording["gaps"])
        self.gaps = len(listed)

    def _wait_on_air(self) -> None:
        deadline = time.monotonic() + _AIR_SECONDS
        end = None
        while time.monotonic() < deadline:
            self._publish()
            spans = self._recording()["spans"]
            now = _moment(spans[-1]["to_at"]) if spans else None
            if end is not None and now is not None and now > end:
                return
            end = now if end is None else end
            time.sleep(_POLL_SECONDS)
        raise AssertionError("The room did not come back on air.")

    def _publish(self) -> None:
        """Send, and send again after the connection broke, as OBS does."""
        running = self._publisher
        if running is None or running.process.poll() is not None:
            if running is not None:
                running.stop()
                time.sleep(_POLL_SECONDS)
            target = f"rtmp://127.0.0.1:{self._service.rtmp_port}/live/{self._key}"
            self._publisher = Publisher(self._ffmpeg, self._film, target)

    def _recording(self) -> dict[str, Any]:
        path = f"/api/v1/meetings/{self._slug}/rooms/{self._room}/recording"
        status, found = self._service.ask("GET", path)
        assert status == 200, found
        return dict(found)


def _close(hole: tuple[str, str], gap: tuple[str, str]) -> bool:
    return all(
        abs((_moment(one) - _moment(other)).total_seconds()) < PART_SECONDS
        for one, other in zip(hole, gap, strict=True)
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _children(pid: int, name: str) -> list[int]:
    """The processes below `pid` whose program has this name."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        head, _, rest = text.rpartition(")")
        parents[int(path.parent.name)] = (head.partition("(")[2], int(rest.split()[1]))
    found = []
    for child, (program, parent) in parents.items():
        up = parent
        while up not in (0, 1, pid) and up in parents:
            up = parents[up][1]
        if up == pid and program.startswith(name):
            found.append(child)
    return found
