"""Runs the front end's own checks with the node that the build uses.

`front_end.py types` runs `tsc --noEmit`, `test` runs Vitest, `lock` renews
`web/package-lock.json`. While there are no sources, or no tests, it says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
sys.path.insert(0, str(ROOT))

import hatch_build  # noqa: E402 - only now on the path


def main(task: str) -> int:
    """Do the task; returns the exit code of the program that did it."""
    if not (WEB / "package.json").exists():
        print("==> web/package.json is not there: no front end to check")
        return 0
    commands = {
        "types": ["run", "types"],
        "test": ["test"],
        "lock": ["update", "--package-lock-only"],
    }
    if task == "test" and not list_tests():
        print("==> web: no Vitest tests")
        return 0
    node, npm = hatch_build.find_node()
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    print(f"==> web: npm {' '.join(commands[task])}", flush=True)
    return subprocess.run(
        [str(node), str(npm), *commands[task]],
        cwd=WEB,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def list_tests() -> list[Path]:
    """Vitest's files, beside the sources or with the other tests."""
    places = [WEB / "src", WEB / "tests", ROOT / "tests" / "web"]
    return [
        path
        for place in places
        for path in place.rglob("*.test.ts")
        if "node_modules" not in path.parts
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
