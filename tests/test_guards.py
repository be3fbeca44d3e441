"""The guards over all tests: each is seen to fail here, in a run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What each guard must fail, by name: the test, and the words it fails with.
BREACHES = {
    "task": (
        """
import asyncio
kept = []
async def test_it(): kept.append(asyncio.create_task(asyncio.sleep(60)))
""",
        "task left over",
    ),
    "error": (
        """
import asyncio
async def fail(): raise ValueError
async def test_it():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
""",
        "never retrieved",
    ),
    "thread": (
        """
import threading
def test_it(): threading.Thread(target=threading.Event().wait, args=(2,)).start()
""",
        "Threads left over",
    ),
    "address": (
        """
import socket
def test_it(): socket.create_connection(("192.0.2.1", 80), timeout=1)
""",
        "NetworkForbidden",
    ),
    "name": (
        """
import socket
def test_it(): socket.getaddrinfo("folkmoot.example", 80)
""",
        "NetworkForbidden",
    ),
    "blocking": (
        """
from pathlib import Path
from folkmoot.settings import load_settings
async def test_it(): load_settings(Path("config/folkmoot.toml"), environ={})
""",
        "Blocking call",
    ),
    "warning": (
        """
import warnings
def test_it(): warnings.warn("old", DeprecationWarning)
""",
        "DeprecationWarning",
    ),
}
TIDY = """
import asyncio, socket
from tests import guards
guards.THREAD_END_SECONDS = 0.01
async def test_it():
    await asyncio.to_thread(len, "a")
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    socket.getaddrinfo("localhost", 80)
    server.close()
    await server.wait_closed()
"""
MARKED = """
import pytest
from tests import machine
machine.find_redis = lambda: None
@pytest.mark.redis
def test_it(): pass
"""


@pytest.fixture(scope="module")
def report() -> str:
    """One run over all breaches, as text: a closing line for each."""
    sources = {name: source for name, (source, _) in BREACHES.items()}
    done = _run({"a_tidy": TIDY, **sources}, "-rA", "--tb=no")
    return done.stdout


@pytest.mark.parametrize("name", BREACHES)
def test_guard_fails_a_test_that_breaks_it(name: str, report: str) -> None:
    lines = [line for line in report.splitlines() if f"{name}.py::test_it" in line]
    failures = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    assert [BREACHES[name][1] in line for line in failures] == [True], report


def test_guards_leave_a_tidy_test_alone(report: str) -> None:
    lines = [line for line in report.splitlines() if "tidy.py::test_it" in line]
    assert [line.split()[0] for line in lines] == ["PASSED"], report


def test_missing_tool_skips_or_fails_as_required() -> None:
    assert "1 skipped" in _run({"marked": MARKED}, "--require=").stdout
    failed = _run({"marked": MARKED}, "--require=redis")
    assert failed.returncode == 1
    assert "redis is not on this machine" in failed.stdout
    assert _run({"marked": MARKED}, "--require=rediss").returncode == 4


def _run(sources: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run test modules under the real conftest, beside the other tests."""
    # A hidden directory: no other run collects it.
    with tempfile.TemporaryDirectory(prefix=".guarded-", dir=ROOT / "tests") as home:
        for name, source in sources.items():
            (Path(home) / f"{name}.py").write_text(source)
        paths = [str(path) for path in sorted(Path(home).iterdir())]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        return subprocess.run(
            [*command, "-p", "no:xdist", *options, *paths],
            cwd=ROOT,
            # Wide enough for the closing lines to tell why.
            env={**os.environ, "COLUMNS": "400"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
