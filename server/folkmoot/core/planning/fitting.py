"""Within a time, give each session the room that suits it: an assignment problem."""

from __future__ import annotations

import math
from collections.abc import Sequence

from folkmoot.core.planning.grid import NOWHERE
from folkmoot.core.planning.layout import Layout

# For what can't be; finite, so that differences of it stay numbers.
_NEVER = 1e9


def fit_rooms(layout: Layout, free: Sequence[int]) -> None:
    """Exchange the rooms of each time so that their costs add up to the least.

    Who is there at that time stays, so no interest changes. Times that overlap
    others are passed over: there a room is bound by more than one of them.
    """
    grid = layout.grid
    free_cards = set(free)
    by_time: dict[str, list[int]] = {}
    for place, (_, slot_id) in enumerate(grid.places):
        if grid.usable[place] and not grid.overlapping[place]:
            by_time.setdefault(slot_id, []).append(place)
    for places in by_time.values():
        held = [(p, layout.card_at[p]) for p in places]
        cards = [card for _, card in held if card in free_cards]
        rooms = [p for p, card in held if card == NOWHERE or card in free_cards]
        if len(rooms) < 2 or not cards:
            continue
        chosen = assign(
            [[min(grid.cost[card][place], _NEVER) for place in rooms] for card in cards]
        )
        for card in cards:
            layout.put(card, NOWHERE)
        for card, column in zip(cards, chosen, strict=True):
            layout.put(card, rooms[column])


def assign(  # noqa: C901 (the method as it stands in the books)
    costs: Sequence[Sequence[float]],
) -> list[int]:
    """Return the column of each row so that the costs add up to the least.

    The Hungarian method with potentials, O(rows² x columns). There are at least as
    many columns as rows.
    """
    rows, columns = len(costs), len(costs[0])
    row_potential = [0.0] * (rows + 1)
    column_potential = [0.0] * (columns + 1)
    row_of = [0] * (columns + 1)  # 1-based; 0 is none
    way = [0] * (columns + 1)
    for row in range(1, rows + 1):
        row_of[0], column = row, 0
        least = [math.inf] * (columns + 1)
        used = [False] * (columns + 1)
        while row_of[column]:
            used[column] = True
            current, delta, following = row_of[column], math.inf, 0
            for other in range(1, columns + 1):
                if used[other]:
                    continue
                reduced = (
                    costs[current - 1][other - 1]
                    - row_potential[current]
                    - column_potential[other]
                )
                if reduced < least[other]:
                    least[other], way[other] = reduced, column
                if least[other] < delta:
                    delta, following = least[other], other
            for other in range(columns + 1):
                if used[other]:
                    row_potential[row_of[other]] += delta
                    column_potential[other] -= delta
                else:
                    least[other] -= delta
            column = following
        while column:
            row_of[column] = row_of[way[column]]
            column = way[column]
    chosen = [0] * rows
    for column in range(1, columns + 1):
        if row_of[column]:
            chosen[row_of[column] - 1] = column - 1
    return chosen
