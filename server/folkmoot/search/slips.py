"""How many slips part two words."""

from __future__ import annotations


def distance(left: str, right: str) -> int:
    """Return the slips between two words (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        ahead = [i]
        for j, b in enumerate(right, start=1):
            cost = min(row[j] + 1, ahead[-1] + 1, row[j - 1] + (a != b))
            swapped = i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b
            ahead.append(min(cost, before[j - 2] + 1) if swapped else cost)
        before, row = row, ahead
    return row[-1]
