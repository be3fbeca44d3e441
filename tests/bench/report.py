"""Figures, the table that people read, and the JSON that programs read."""

from __future__ import annotations

import math
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from tests import machine

ROOT = Path(__file__).parents[2]
BUSY = 0.5  # programs a core that wait already when we begin

Say = Callable[[str], None]
"""Tells people how far a measurement is; takes one line."""


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measured thing.

    `median` is the only number where there is no distribution. `ratio` says how
    many times the rival's median ours is. `note` says how it was measured, or for
    what reason it could not be: then `absent` is true.
    """

    area: str
    what: str
    unit: str = ""
    median: float | None = None
    p95: float | None = None
    p99: float | None = None
    ratio: float | None = None
    samples: int | None = None
    note: str = ""
    absent: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    date: str
    commit: str
    machine: dict[str, Any]
    quick: bool
    seconds: float
    figures: list[Figure]


def spread(
    area: str, what: str, values: Sequence[float], *, unit: str, note: str = ""
) -> Figure:
    """Return median, p95 and p99 of `values`, which are in `unit`."""
    if not values:
        return absent(area, what, note or "nothing was measured")
    return Figure(
        area=area,
        what=what,
        unit=unit,
        median=quantile(values, 0.50),
        p95=quantile(values, 0.95),
        p99=quantile(values, 0.99),
        samples=len(values),
        note=note,
    )


def absent(area: str, what: str, reason: str) -> Figure:
    """Return the line for what could not be measured here."""
    return Figure(area=area, what=what, note=reason, absent=True)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of all don't exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def make_report(
    figures: list[Figure], *, where: dict[str, Any], quick: bool, seconds: float
) -> Report:
    """Say beside the figures when, where and of which version they are."""
    return Report(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_commit(),
        machine=where,
        quick=quick,
        seconds=round(seconds, 1),
        figures=figures,
    )


def describe_machine() -> dict[str, Any]:
    """Return what of this machine the figures depend on, and how busy it is now."""
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu_model(),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "ffmpeg": _first_line([machine.find_ffmpeg() or "ffmpeg", "-version"]),
    }


def print_report(report: Report, console: Console) -> None:
    """Print the table, a section an area."""
    where = report.machine
    console.print(
        f"{where['cpu']}, {where['cores']} cores, Python {where['python']}, "
        f"{report.date}, commit {report.commit[:10] or 'unknown'}",
        highlight=False,
    )
    if where["load"] > BUSY * where["cores"]:
        console.print(
            f"The machine was busy before this began (load {where['load']}): "
            "what depends on time looks worse than it is.",
            style="bold yellow",
        )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("what", overflow="fold", ratio=5)
    for name in ("median", "p95", "p99"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("note", overflow="fold", ratio=4, style="dim")
    area = None
    for figure in report.figures:
        if figure.area != area:
            if area is not None:
                table.add_section()
            area = figure.area
            table.add_row(f"[bold]{area}[/bold]")
        numbers = (figure.median, figure.p95, figure.p99)
        table.add_row(
            figure.what,
            *(["not run", "", ""] if figure.absent else map(show_number, numbers)),
            figure.unit,
            "" if figure.ratio is None else f"{show_number(figure.ratio)} x",
            figure.note,
            style="yellow" if figure.absent else None,
        )
    console.print(table)


def show_number(value: float | None) -> str:
    """Show three digits that count; thousands with a separator."""
    if value is None:
        return ""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def write_json(report: Report, path: Path) -> None:
    """Write the run for programs."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def _commit() -> str:
    return _first_line(["git", "-C", str(ROOT), "rev-parse", "HEAD"])


def _cpu_model() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _first_line(argv: list[str]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    lines = done.stdout.splitlines()
    return lines[0] if done.returncode == 0 and lines else ""
