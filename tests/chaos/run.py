"""Fifty people behind a bad network, a server that dies: nothing lost, nothing twice.

`python -m tests.chaos.run --people 50 --kills 10`; 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.chaos.proxy import ChaosProxy, Weather
from tests.e2e.service import ROOT, Service
from tests.soak.promises import check_gapless, read_feed

SLUG = "chaos"
SETTLE_SECONDS = 240.0
_PATIENT = {"FOLKMOOT_LIMITS_JOINS_PER_MINUTE": "1000"}


class Chaos(msgspec.Struct, kw_only=True):
    """How it is played, and what came of it."""

    people: int
    kills: int
    seconds: float
    seed: int = 1
    pause_seconds: float = 2.0
    crash: float = 0.1
    weather: Weather = Weather()
    broken: list[str] = []
    figures: dict[str, Any] = {}

    async def run(self, home: Path, say: Callable[[str], None] = print) -> None:
        """Play it; `broken` says which promises were not kept."""
        service = Service(home / "data", env=_PATIENT)
        await asyncio.to_thread(service.start)
        try:
            await asyncio.to_thread(service.make_meeting, SLUG)
            async with ChaosProxy(
                service.url, seed=self.seed, weather=self.weather
            ) as proxy:
                report = await self._play(service, proxy, say)
                self.figures |= dict(proxy.seen)
            await asyncio.to_thread(self._check, service, report)
        finally:
            await asyncio.to_thread(service.stop)

    async def _play(
        self, service: Service, proxy: ChaosProxy, say: Callable[[str], None]
    ) -> dict[str, Any]:
        people = await asyncio.to_thread(self._join_all, service)
        node = await asyncio.create_subprocess_exec(
            find_node(), str(ROOT / "web" / "tests" / "chaos" / "start.mjs"),
            cwd=ROOT / "web",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=64 << 20,
        )  # fmt: skip
        assert node.stdin is not None
        assert node.stdout is not None
        try:
            orders = {
                "url": proxy.url,
                "slug": SLUG,
                "people": people,
                "pause": self.pause_seconds,
                "crash": self.crash,
            }
            node.stdin.write(json.dumps(orders).encode() + b"\n")
            await self._kill_now_and_then(service, say)
            node.stdin.write(b"over\n")
            proxy.clear_up()
            began = time.monotonic()
            async with asyncio.timeout(SETTLE_SECONDS):
                line = await node.stdout.readline()
                await node.wait()
            self.figures["settle_seconds"] = round(time.monotonic() - began, 1)
            return dict(json.loads(line))
        finally:
            if node.returncode is None:
                node.kill()
                await node.wait()

    def _join_all(self, service: Service) -> list[dict[str, str]]:
        people = []
        for number in range(1, self.people + 1):
            status, joined = service.ask(
                "POST",
                f"/api/v1/meetings/{SLUG}/join",
                {"name": f"Person {number}"},
                token=None,
            )
            assert status == 200, joined
            name = f"Person {number}"
            people.append({"name": name, **{k: joined[k] for k in _KEPT}})
        return people

    async def _kill_now_and_then(
        self, service: Service, say: Callable[[str], None]
    ) -> None:
        """Spread the kills over the time, each at a moment of its own."""
        chance = random.Random(self.seed)
        began = time.monotonic()
        span = self.seconds / (self.kills + 1)
        for number in range(1, self.kills + 1):
            at = span * (number + chance.uniform(-0.3, 0.3))
            await asyncio.sleep(max(1.0, at - (time.monotonic() - began)))
            await asyncio.to_thread(service.kill)
            await asyncio.to_thread(service.start)
            say(f"killed {number} of {self.kills}, after {at:.0f} s")
        await asyncio.sleep(max(2.0, self.seconds - (time.monotonic() - began)))

    # --- what was promised ----------------------------------------------------

    def _check(self, service: Service, report: dict[str, Any]) -> None:
        _, entries = read_feed(service, SLUG, "public")
        self.broken += check_gapless("public", entries)
        found = [
            (entry["data"]["content"]["text"], entry["data"]["contribution_id"])
            for entry in entries
            if entry["kind"] == "ContributionPosted"
        ]
        counted = Counter(text for text, _ in found)
        kept = [text for person in report["people"] for text in person["kept"]]
        self.broken += [f"stands {n} times: {t}" for t, n in counted.items() if n != 1]
        self.broken += [f"lost: {text}" for text in kept if text not in counted]
        self.broken += [f"never written: {t}" for t in counted if t not in set(kept)]
        for person in report["people"]:
            self.broken += _check_person(person, found, len(entries))
        self.figures |= {
            "kept": len(kept),
            "acknowledged": sum(len(p["acknowledged"]) for p in report["people"]),
            "reloads": sum(p["crashes"] for p in report["people"]),
            "entries": len(entries),
        }


_KEPT = ("token", "member_id")


def _check_person(
    person: dict[str, Any], found: list[tuple[str, str]], head: int
) -> list[str]:
    name, broken = person["name"], []
    mine = set(person["kept"])
    order = [text for text, _ in found if text in mine]
    if order != person["kept"]:
        broken.append(f"{name}: not in the order of writing")
    texts = {text for text, _ in found}
    broken += [
        f"{name}: acknowledged and missing: {text}"
        for text in person["acknowledged"]
        if text not in texts
    ]
    broken += [f"{name}: refused: {each}" for each in person["refused"]]
    broken += [f"{name}: feed with a gap: {each}" for each in person["gaps"]]
    if person["have"] != head:
        broken.append(f"{name}: has {person['have']} entries of {head}")
    if {(i, t) for i, t in person["shown"]} != {(i, t) for t, i in found}:
        broken.append(f"{name}: shows other contributions than the server has")
    return broken


def find_node() -> str:
    """Return the node with which the front end is built."""
    sys.path.insert(0, str(ROOT))
    import hatch_build

    node, _ = hatch_build.find_node()
    return str(node)


def main() -> int:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--pause", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", flush=True)

    chaos = Chaos(
        people=options.people,
        kills=options.kills,
        seconds=options.seconds,
        seed=options.seed,
        pause_seconds=options.pause,
    )
    with tempfile.TemporaryDirectory(prefix="folkmoot-chaos-") as home:
        asyncio.run(chaos.run(Path(home), say))
    print(json.dumps(chaos.figures, indent=2))
    if chaos.broken:
        print(f"{len(chaos.broken)} promises broken:")
        print("\n".join(f"  {each}" for each in chaos.broken[:40]))
        return 1
    print("Every promise was kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
