"""Everything CI runs, in order, to the end even when a step fails.

Each step is a program; the last line says how many passed. A step is left out only
while what it checks isn't in the tree.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
TESTS = ["-m", "pytest", "-n", "2", "--dist", "loadgroup"]


class Step(msgspec.Struct, frozen=True):
    """One program to run, and the path without which there is nothing to check."""

    name: str
    argv: list[str]
    needs: str = "."


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
        Step("tests", [python, *TESTS, "-m", marks]),
        # One after the other: two encoders and two browsers at once starve on two cores.
        Step(
            "browser tests",
            [python, "-m", "pytest", "-m", "browser"],
            needs="tests/e2e",
        ),
        Step(
            "installed wheel",
            [python, "tests/smoke_wheel.py"],
            needs="server/folkmoot/cli.py",
        ),
    ]


def main() -> int:
    """Run all steps; 1 if any failed."""
    failed, passed = [], 0
    for step in list_steps():
        if not (ROOT / step.needs).exists():
            print(f"==> {step.name}: left out, no {step.needs} yet", flush=True)
            continue
        print(f"==> {step.name}", flush=True)
        start = time.monotonic()
        code = subprocess.run(
            step.argv, cwd=ROOT, stdin=subprocess.DEVNULL, check=False
        ).returncode
        verdict = "passed" if code == 0 else f"FAILED (exit code {code})"
        print(f"==> {step.name}: {verdict}, {time.monotonic() - start:.0f} s")
        failed += [step.name] if code else []
        passed += code == 0
    if failed:
        print(f"==> failed: {', '.join(failed)}")
    print(f"{passed} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
