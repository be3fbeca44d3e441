"""Acknowledged commands a second, and fsyncs per command, on both databases.

`measure_journal()` returns the figures as a dict, `measure()` as lines of the
table; `python -m tests.bench.journal_bench` prints the former as JSON. The
databases are as safe as in
service: SQLite with synchronous=FULL, PostgreSQL with fsync on.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.journal import Accepted, ClientStamp, Journal
from folkmoot.store import Database
from tests import machine
from tests.bench.report import Figure, Say, absent
from tests.servers import PostgresServer

SUBMITTERS = (1, 10, 100)
SECONDS = 3.0
ROOT = Path(__file__).parents[2]


class DurablePostgres(PostgresServer):
    """A PostgreSQL that waits for the disk, as in service."""

    def _argv(self) -> list[str]:
        return ["fsync=on" if part == "fsync=off" else part for part in super()._argv()]

    def syncs(self) -> int:
        """How often the write-ahead log was synced so far."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres"
        ) as connection:
            row = connection.execute("SHOW server_version_num").fetchone()
            # From 18 on the figure stands with the others about input and output.
            question = (
                "SELECT wal_sync FROM pg_stat_wal"
                if row is None or int(row[0]) < 180_000
                else "SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal'"
            )
            (count,) = connection.execute(question).fetchone() or (0,)
        return int(count)


def measure_journal(
    *, submitters: tuple[int, ...] = SUBMITTERS, seconds: float = SECONDS
) -> dict[str, Any]:
    """Return figures by database and number of people who submit at once.

    For each: `commands_per_second`, `p50_ms`, `p99_ms` until the answer, and
    `fsyncs_per_command` (None where it can't be counted here).
    """
    return {
        "sqlite": {str(n): _measure_sqlite(n, seconds) for n in submitters},
        "postgresql": _measure_postgres(submitters, seconds),
    }


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures as lines of the one table."""
    say("journal: both databases, 1, 10 and 100 people at once")
    found = measure_journal(seconds=1.0 if quick else SECONDS)
    lines: list[Figure] = []
    for database, by_people in found.items():
        if by_people is None:
            lines.append(absent("journal", f"{database} as a whole", "not found here"))
            continue
        for people, figures in by_people.items():
            lines += _lines(f"{database}, {people} at once", figures)
    return lines


def _lines(what: str, figures: dict[str, Any]) -> list[Figure]:
    syncs = figures["fsyncs_per_command"]
    return [
        Figure(
            area="journal",
            what=f"acknowledged commands a second: {what}",
            unit="1/s",
            median=figures["commands_per_second"],
            samples=figures["commands"],
        ),
        Figure(
            area="journal",
            what=f"from command to answer: {what}",
            unit="ms",
            median=figures["p50_ms"],
            p99=figures["p99_ms"],
            samples=figures["commands"],
        ),
        absent("journal", f"fsyncs per command: {what}", "needs strace")
        if syncs is None
        else Figure(
            area="journal",
            what=f"fsyncs per command: {what}",
            unit="",
            median=syncs,
        ),
    ]


async def submit_for(
    url: str, submitters: int, seconds: float, slug: str
) -> dict[str, float]:
    """Let people post one after the other's answer, and return how that went."""
    database = await Database.open(url)
    journal = Journal(database)
    await journal.start()
    made = await journal.create_meeting(
        cmd.CreateMeeting(title="Bench", slug=slug), actor=SYSTEM
    )
    waits: list[float] = []
    end = time.perf_counter() + seconds

    async def person(number: int) -> None:
        member_id, sent = f"b_{number}", 0
        while time.perf_counter() < end:
            sent += 1
            started = time.perf_counter()
            answer = await journal.submit(
                made.meeting_id,
                cmd.PostContribution(text="As long as what people write, mostly."),
                actor=Actor(member_id, "Someone"),
                client=ClientStamp(member_id, "bench", sent),
            )
            waits.append(time.perf_counter() - started)
            assert isinstance(answer, Accepted), answer

    started = time.perf_counter()
    await asyncio.gather(*(person(number) for number in range(submitters)))
    took = time.perf_counter() - started
    await journal.aclose()
    await database.aclose()
    waits.sort()
    return {
        "commands": len(waits),
        "commands_per_second": round(len(waits) / took, 1),
        "p50_ms": round(waits[len(waits) // 2] * 1000, 2),
        "p99_ms": round(waits[len(waits) * 99 // 100] * 1000, 2),
    }


def _measure_sqlite(submitters: int, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as home:
        figures: dict[str, Any] = asyncio.run(
            submit_for(f"{home}/a.db", submitters, seconds, "bench")
        )
        figures["fsyncs_per_command"] = _count_syncs(f"{home}/b.db", submitters)
    return figures


def _count_syncs(path: str, submitters: int) -> float | None:
    """Return fsyncs per command, counted by strace in a run of its own."""
    if (strace := shutil.which("strace")) is None:
        return None
    counts = f"{path}.strace"
    argv = [strace, "-f", "--seccomp-bpf", "-c", "-e", "trace=fsync,fdatasync"]
    argv += ["-o", counts, sys.executable, "-m", "tests.bench.journal_bench"]
    done = subprocess.run(
        [*argv, path, str(submitters)],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'server'}"},
    )
    if done.returncode:
        return None
    commands = json.loads(done.stdout)["commands"]
    rows = Path(counts).read_text("utf-8").splitlines()
    found = [re.split(r"\s+", row.strip()) for row in rows]
    syncs = sum(int(row[3]) for row in found if row[-1] in ("fsync", "fdatasync"))
    return round(syncs / commands, 3)


def _measure_postgres(
    submitters: tuple[int, ...], seconds: float
) -> dict[str, Any] | None:
    programs = machine.find_postgres()
    if programs is None:
        return None
    server = DurablePostgres(programs)
    figures: dict[str, Any] = {}
    try:
        server.start()
        for number in submitters:
            before = server.syncs()
            found: dict[str, Any] = asyncio.run(
                submit_for(server.url(), number, seconds, f"bench-{number}")
            )
            # The server reports its counts about once a second.
            time.sleep(1.5)
            syncs = server.syncs() - before
            found["fsyncs_per_command"] = round(syncs / found["commands"], 3)
            figures[str(number)] = found
    finally:
        server.remove()
    return figures


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run = submit_for(sys.argv[1], int(sys.argv[2]), 1.0, "bench")
        print(json.dumps(asyncio.run(run)))
    else:
        print(json.dumps(measure_journal(), indent=2))
