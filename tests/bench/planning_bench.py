"""Planning: missed interests under a plan by popularity, and how long it takes.

The boards are made from seeds other than those that the planner was tuned on
(1 to 6); each must come without a broken rule and twice the same.
"""

from __future__ import annotations

import random
import statistics
import time

from folkmoot.core.planning import Grid, Problem, Suggestion, cost_cells, suggest
from tests.bench.report import Figure, Say, spread
from tests.core.planning_boards import (
    SIZES,
    Size,
    count_missed,
    find_faults,
    make_board,
    plan_by_popularity,
)

AREA = "planning"
SEEDS = range(101, 113)


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Measure each size of board."""
    figures = []
    for size in SIZES:
        say(f"{AREA}: {size.name}")
        figures += _measure_size(size, SEEDS[:3] if quick else SEEDS)
    return figures


def _measure_size(size: Size, seeds: range) -> list[Figure]:
    ours, theirs, shares, seconds, held = 0, 0, [], [], []
    for seed in seeds:
        board = make_board(size, seed)
        suggestion, took = _suggest(board)
        if _suggest(board)[0] != suggestion:
            raise AssertionError(f"{size.name}, seed {seed}: another answer")
        plan = {c.session_id: c.place for c in board.cards if c.place is not None}
        plan |= {g.session_id: (g.room_id, g.slot_id) for g in suggestion.ghosts}
        if faults := find_faults(board, plan):
            raise AssertionError(f"{size.name}, seed {seed}: {faults}")
        if len(plan) < size.sessions:
            raise AssertionError(f"{size.name}, seed {seed}: sessions left over")
        missed = count_missed(board, plan)
        rival = count_missed(board, plan_by_popularity(board))
        ours, theirs = ours + missed, theirs + rival
        shares.append(100 * (1 - missed / rival))
        seconds.append(took)
        held.append(_hold(board))
    note = f"seeds {seeds[0]} to {seeds[-1]}; {ours} missed against {theirs}"
    spans = f"least {min(shares):.0f} %, most {max(shares):.0f} %"
    return [
        Figure(
            area=AREA,
            what=f"fewer interests missed: {size.name}",
            unit="%",
            median=statistics.median(shares),
            samples=len(shares),
            note=f"{note}; all together {100 * (1 - ours / theirs):.0f} %; {spans}",
        ),
        spread(AREA, f"a timetable: {size.name}", seconds, unit="s"),
        spread(
            AREA,
            f"costs of a held card, all places: {size.name}",
            held,
            unit="ms",
            note="from the board's values, nothing kept",
        ),
    ]


def _suggest(board: Problem) -> tuple[Suggestion, float]:
    began = time.perf_counter()
    suggestion = suggest(board, random.Random(0).random)
    return suggestion, time.perf_counter() - began


def _hold(board: Problem) -> float:
    began = time.perf_counter()
    cost_cells(Grid(board), board.cards[0].session_id)
    return (time.perf_counter() - began) * 1000
