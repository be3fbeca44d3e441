"""Everything CI runs, in order, to the end even when a step fails.

Each step is a program; the last line says how many passed. A step is left out only
while what it checks isn't in the tree.

Tests that failed are run once more, alone: a loaded machine can make one late. Those
that pass then don't fail the check, but are named as unsteady: each is a fault of the
product or of the test, and is to be looked into.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
# The slowest are told, so that the check can be kept short.
PYTEST = ["-m", "pytest", "--durations", "25", "--durations-min", "3"]
TESTS = [*PYTEST, "-n", "2", "--dist", "loadgroup"]
# Each file has a server of its own, which its tests share.
FILES = [*PYTEST, "-n", "2", "--dist", "loadfile"]
# Where they are, so that not all else is read for them.
BROWSER = ["tests/e2e", "tests/pages/test_browser.py"]
# More at once are no accident, and would take long to fail again.
MOST_AGAIN = 8


class Step(msgspec.Struct, frozen=True):
    """One program to run, and the path without which there is nothing to check."""

    name: str
    argv: list[str]
    needs: str = "."
    again: bool = False
    """Whether its tests that failed get a second run, alone."""


def list_steps() -> list[Step]:
    """The steps in the order of their cost."""
    python = sys.executable
    marks = "not bench and not soak and not browser"
    return [
        Step("format", [str(BIN / "ruff"), "format", "--check"]),
        Step("lint", [str(BIN / "ruff"), "check", "--output-format", "concise"]),
        Step("imports", [str(BIN / "lint-imports")]),
        Step("types", [str(BIN / "mypy")]),
        Step("types of web", [python, "tests/front_end.py", "types"]),
        Step("tests of web", [python, "tests/front_end.py", "test"]),
        Step("tests", [python, *TESTS, "-m", marks], again=True),
        Step(
            "browser tests",
            [python, *FILES, *BROWSER, "-m", "browser and not live"],
            needs="tests/e2e",
            again=True,
        ),
        # One after the other: two encoders and two browsers at once starve on two cores.
        Step(
            "browser tests of live film",
            [python, *PYTEST, *BROWSER, "-m", "browser and live"],
            needs="tests/e2e",
            again=True,
        ),
        Step(
            "installed wheel",
            [python, "tests/smoke_wheel.py"],
            needs="server/folkmoot/cli.py",
        ),
    ]


def run_step(step: Step) -> tuple[int, list[str]]:
    """Run a step; return its exit code and the names of unsteady tests."""
    if step.again:
        return run_tests(step.argv)
    return run_program(step.argv), []


def run_tests(argv: list[str], root: Path = ROOT) -> tuple[int, list[str]]:
    """Run pytest, and what failed once more.

    Returns the exit code, and the tests that failed at first and passed alone.
    """
    with tempfile.TemporaryDirectory(prefix="folkmoot-check-") as cache:
        argv = [*argv, "-o", f"cache_dir={cache}"]
        code = run_program(argv, root)
        first = read_failed(Path(cache))
        if code != 1 or not 0 < len(first) <= MOST_AGAIN:
            return code, []
        print(f"==> once more, alone: {', '.join(first)}", flush=True)
        alone = ["-n", "0"] if "-n" in argv else []
        code = run_program([*argv, *alone, "--last-failed"], root)
        twice = read_failed(Path(cache))
    unsteady = [name for name in first if name not in twice]
    for name in unsteady if code in {0, 1} else []:
        print(f"==> UNSTEADY, failed first and passed alone: {name}", flush=True)
    return code, unsteady if code in {0, 1} else []


def read_failed(cache: Path) -> list[str]:
    """Return the tests that pytest notes as failed in its cache."""
    note = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(note.read_text("utf-8"))) if note.exists() else []


def run_program(argv: list[str], root: Path = ROOT) -> int:
    """Run a program to its end."""
    return subprocess.run(
        argv, cwd=root, stdin=subprocess.DEVNULL, check=False
    ).returncode


def main() -> int:
    """Run all steps; 1 if any failed."""
    failed, passed, unsteady = [], 0, []
    for step in list_steps():
        if not (ROOT / step.needs).exists():
            print(f"==> {step.name}: left out, no {step.needs} yet", flush=True)
            continue
        print(f"==> {step.name}", flush=True)
        start = time.monotonic()
        code, names = run_step(step)
        unsteady += names
        verdict = "passed" if code == 0 else f"FAILED (exit code {code})"
        print(f"==> {step.name}: {verdict}, {time.monotonic() - start:.0f} s")
        failed += [step.name] if code else []
        passed += code == 0
    if unsteady:
        print(f"==> unsteady, each a fault to be looked into: {', '.join(unsteady)}")
    if failed:
        print(f"==> failed: {', '.join(failed)}")
    print(f"{passed} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
