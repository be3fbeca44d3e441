"""Keeps a meeting going under load while its server is killed now and then.

`python -m tests.soak --minutes 30`; ends with 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import machine
from tests.chaos.run import Chaos
from tests.soak.meeting import Soak, summary

KILL_EACH_SECONDS = 60.0


def main() -> int:
    """Run and tell; 1 for a broken promise, 2 where ffmpeg is missing."""
    options = _read_arguments()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", flush=True)

    if options.only != "meeting" and not _run_chaos(options, say):
        return 1
    return 0 if options.only == "chaos" else _run_meeting(options, say)


def _run_chaos(options: argparse.Namespace, say: Callable[[str], None]) -> bool:
    """Fifty people behind a bad network, ten kills; whether every promise was kept."""
    chaos = Chaos(people=options.people, kills=10, seconds=240.0, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="folkmoot-chaos-") as home:
        asyncio.run(chaos.run(Path(home), say))
    say(f"chaos: {chaos.figures}")
    for each in chaos.broken[:40]:
        say(f"chaos: broken: {each}")
    return not chaos.broken


def _run_meeting(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    ffmpeg = machine.find_ffmpeg()
    if ffmpeg is None:
        print("The soak needs ffmpeg; `make tools` says how to get it.")
        return 2
    seconds = 60 * options.minutes
    kills = options.kills
    if kills is None:
        kills = max(1, round(seconds / KILL_EACH_SECONDS))

    home = Path(tempfile.mkdtemp(prefix="folkmoot-soak-"))
    soak = Soak(
        home,
        ffmpeg=ffmpeg,
        seed=options.seed,
        people=options.people,
        kills=kills,
        seconds=seconds,
        say=say,
    )
    say(f"{options.minutes:g} minutes, {kills} kills, seed {options.seed}, in {home}")
    try:
        asyncio.run(soak.run())
    except Exception:
        print(f"The run broke off; what it left is in {home}.")
        raise
    finally:
        soak.close()
    print("\n".join(summary(soak)))
    if soak.broken:
        print(f"{len(soak.broken)} promises broken; what is left is in {home}:")
        print("\n".join(f"  {each}" for each in soak.broken[:40]))
        return 1
    print("Every promise was kept.")
    if not options.keep:
        shutil.rmtree(home, ignore_errors=True)
    return 0


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--kills", type=int, help="kill -9; about one a minute")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="the same kills again")
    parser.add_argument("--only", choices=["chaos", "meeting"])
    parser.add_argument("--keep", action="store_true", help="keep the data directory")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
