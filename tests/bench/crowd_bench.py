"""A thousand people who write and support at once: how soon it is on every screen.

The real service on SQLite with every part running, and people in processes of their
own who follow the public feed and theirs. The clock runs from the moment a person
sends until the bytes are at another person's page. Contributions and supports come
at set moments, whether or not the service keeps up.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench.fanout_bench import Child, allow_many_files, python_argv, running
from tests.bench.report import Figure, Say
from tests.e2e.service import Service

AREA = "crowd"
PEOPLE = 1000
PROCESSES = 2
POSTS_PER_SECOND = 10
SUPPORTS_PER_SECOND = 100
SECONDS = 60
WARM_SECONDS = 10
SETTLE_SECONDS = 3
FIRST_POSTS = 40
# Joining is not what is measured.
ENV = {"FOLKMOOT_LIMITS_JOINS_PER_MINUTE": "100000"}


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures of the table."""
    people, seconds = (200, 15) if quick else (PEOPLE, SECONDS)
    found = measure_crowd(people=people, seconds=seconds, say=say)
    what = f"with {people} people, 10 contributions and 100 supports a second"
    reader = (
        f"{found['arrivals']} arrivals, longest {found['longest_ms']} ms; generator"
        f" {found['generator_busy']:.0%} busy, late p99 {found['late_p99_ms']} ms"
    )
    first, middle, last = (found["rss_mb"][part] for part in (0, 5, 10))
    return [
        _figure(
            "contribution sent → at every page", what, found["arrived"], note=reader
        ),
        _figure("sent → acknowledged", what, found["acknowledged"]),
        Figure(
            area=AREA,
            what=f"counts published a second, {what}",
            unit="/s",
            median=found["tallies_per_second"],
            note=f"{found['supports']} supports and {found['sent']} contributions",
        ),
        Figure(
            area=AREA,
            what=f"memory of the service, {what}",
            unit="MB",
            median=found["rss_mb"][-1],
            note=f"grew by {middle - first:.1f} MB in the first half of {seconds} s,"
            f" {last - middle:.1f} MB in the second: "
            + " ".join(f"{mb:.0f}" for mb in found["rss_mb"]),
        ),
        Figure(
            area=AREA,
            what=f"the service's processor, {what}",
            unit="cores",
            median=found["cores"],
        ),
    ]


def measure_crowd(
    *,
    people: int = PEOPLE,
    seconds: float = SECONDS,
    say: Say = lambda _: None,
    env: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return delays as counts by millisecond, the pace of counts, memory, processor."""
    allow_many_files()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        service = Service(Path(folder) / "data", env={**ENV, **(env or {})}).start()
        stack.callback(service.stop)
        say(f"crowd: {people} people join")
        members, posts = _prepare(service, people)
        groups = [
            stack.enter_context(running(python_argv("crowd_clients")))
            for _ in range(PROCESSES)
        ]
        for part, group in enumerate(groups):
            mine = members[part::PROCESSES]
            told = {
                "port": service.port,
                "meeting": "crowd",
                "tokens": [token for token, _ in mine],
                "feeds": [f"member:{member_id}" for _, member_id in mine],
                "posts": posts,
                "part": part,
                "parts": PROCESSES,
            }
            group.say(json.dumps(told))
        for group in groups:
            assert group.hear() == "ready"
        say("crowd: warms up")
        _run(groups, WARM_SECONDS)
        say(f"crowd: writes for {seconds:.0f} s")
        return _watched(service, groups, seconds)


def _watched(service: Service, groups: list[Child], seconds: float) -> dict[str, Any]:
    memory = [_memory_mb(service.pid)]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(seconds / 10):
            memory.append(_memory_mb(service.pid))

    watcher = threading.Thread(target=watch, name="crowd.memory")
    watcher.start()
    cpu, began = _cpu_seconds(service.pid), time.monotonic()
    try:
        told = _run(groups, seconds)
    finally:
        stop.set()
        watcher.join()
    memory[10:] = [_memory_mb(service.pid)]
    spent = time.monotonic() - began
    arrived, acknowledged = _sum(told, "arrived"), _sum(told, "acknowledged")
    late = _sum(told, "late")
    refused: Counter[str] = Counter()
    for one in told:
        refused.update(one["refused"])
    assert not refused, refused
    assert not any(one["lost"] for one in told), "the service hung up on people"
    sent = sum(one["sent"] for one in told)
    # Everyone's page got every contribution, its author's also in its own feed.
    wanted = sent * (sum(one["people"] for one in told) + 1)
    assert sum(arrived.values()) == wanted, f"{sum(arrived.values())} of {wanted}"
    return {
        "arrived": arrived,
        "arrivals": sum(arrived.values()),
        "longest_ms": max(arrived),
        "acknowledged": acknowledged,
        "sent": sent,
        "supports": sum(acknowledged.values()) - sent,
        "late_p99_ms": percentile(late, 0.99),
        "generator_busy": max(one["busy"] for one in told),
        "tallies_per_second": told[0]["tallies"] / seconds,
        "cores": (_cpu_seconds(service.pid) - cpu) / spent,
        "rss_mb": memory,
    }


def _run(groups: list[Child], seconds: float) -> list[dict[str, Any]]:
    wanted = {
        "seconds": seconds,
        "posts_per_second": POSTS_PER_SECOND,
        "supports_per_second": SUPPORTS_PER_SECOND,
        "begin": time.monotonic() + 0.5,
        "settle": SETTLE_SECONDS,
    }
    for group in groups:
        group.say(json.dumps(wanted))
    return [json.loads(group.hear()) for group in groups]


def _prepare(service: Service, people: int) -> tuple[list[tuple[str, str]], list[str]]:
    """Make the meeting and its first posts; return tokens with member ids, and posts."""
    made = {"title": "Crowd", "slug": "crowd", "rooms": [{"name": "Plenary"}]}
    status, answer = service.ask("POST", "/api/v1/meetings", made)
    assert status == 201, answer

    def join(number: int) -> tuple[str, str]:
        status, answer = service.ask(
            "POST", "/api/v1/meetings/crowd/join", {"name": f"P{number}"}, token=None
        )
        assert status == 200, answer
        return answer["token"], answer["member_id"]

    with ThreadPoolExecutor(8) as pool:
        members = list(pool.map(join, range(people)))
    posts = []
    for number in range(FIRST_POSTS):
        _, answer = service.ask(
            "POST",
            "/api/v1/meetings/crowd/commands",
            {
                "client_id": "first",
                "client_seq": number + 1,
                "type": "contribution.post",
                "data": {"text": f"What about street {number}?"},
            },
        )
        posts.append(answer["data"]["contribution_id"])
    return members, posts


def _figure(what: str, where: str, delays: Counter[int], note: str = "") -> Figure:
    return Figure(
        area=AREA,
        what=f"{what}, {where}",
        unit="ms",
        median=percentile(delays, 0.5),
        p95=percentile(delays, 0.95),
        p99=percentile(delays, 0.99),
        samples=sum(delays.values()),
        note=note,
    )


def percentile(counts: Counter[int], part: float) -> int:
    """Return the smallest value below which (or at which) `part` of all lies."""
    left = part * sum(counts.values())
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return 0


def _sum(told: list[dict[str, Any]], name: str) -> Counter[int]:
    merged: Counter[int] = Counter()
    for one in told:
        for value, count in one[name].items():
            merged[int(value)] += count
    return merged


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the service has ended")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    print(json.dumps(measure_crowd(say=print)))
