"""Runs the measurements one after the other and prints one table."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench.report import (
    Figure,
    Say,
    absent,
    describe_machine,
    make_report,
    print_report,
    write_json,
)

AREAS = (
    "page",
    "glass",
    "archive",
    "media",
    "edge",
    "ladder",
    "journal",
    "fanout",
    "crowd",
    "board",
    "search",
    "corpus",
    "planning",
    "captions",
    "editor",
)


def main(arguments: list[str] | None = None) -> int:
    """Measure; 1 if an area failed."""
    options = _read_arguments(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140)
    progress = Console(stderr=True)
    began, where = time.monotonic(), describe_machine()

    def say(line: str) -> None:
        progress.print(f"[{time.monotonic() - began:4.0f} s] {line}", markup=False)

    figures: list[Figure] = []
    failed = False
    for area in options.only:
        say(f"{area}: begins")
        try:
            more = {
                "captions": {"speech": options.speech},
                "corpus": {
                    "transcripts": options.transcripts,
                    "kept": options.indexes,
                },
            }.get(area, {})
            figures += measure(area, quick=options.quick, say=say, **more)
        except Exception as error:  # noqa: BLE001 (the other areas go on)
            failed = True
            traceback.print_exc()
            reason = f"failed: {type(error).__name__}: {error}"
            figures.append(absent(area, f"{area} as a whole", reason[:300]))
    report = make_report(
        figures,
        where=where,
        quick=options.quick,
        seconds=time.monotonic() - began,
    )
    print_report(report, console)
    write_json(report, options.json)
    console.print(f"{report.seconds:.0f} s; as JSON in {options.json}")
    return int(failed)


def measure(area: str, *, quick: bool, say: Say, **more: Any) -> list[Figure]:
    """Run one area's module: `tests/bench/<area>_bench.py`."""
    try:
        module = importlib.import_module(f"tests.bench.{area}_bench")
    except ModuleNotFoundError as error:
        return [absent(area, f"{area} as a whole", f"needs {error.name}")]
    figures: list[Figure] = module.measure(quick=quick, say=say, **more)
    return figures


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--only",
        default=",".join(AREAS),
        help=f"areas, with commas between: {','.join(AREAS)}",
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
    parser.add_argument(
        "--speech", type=Path, help="folder with two_cities.wav, for captions"
    )
    parser.add_argument(
        "--transcripts", type=Path, help="folder of WebVTT files, for corpus"
    )
    parser.add_argument(
        "--indexes", type=Path, help="folder where the indexes of corpus are kept"
    )
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    if unknown := [area for area in options.only if area not in AREAS]:
        parser.error(
            f"no such area: {', '.join(unknown)}; there are {', '.join(AREAS)}"
        )
    return options


if __name__ == "__main__":
    sys.exit(main())
