"""Planning: what a place costs, and a timetable to suggest. Pure, like all of `core`.

In a time a person attends one session, so the interests met there are the people
who want at least one of its sessions: the union of sets. Sets of people are whole
numbers with one bit a person, and a union is one `|`.
"""

from folkmoot.core.planning.costs import CellCost, cost_cells
from folkmoot.core.planning.grid import Grid
from folkmoot.core.planning.problem import Card, Hall, Keep, Problem, Time
from folkmoot.core.planning.suggesting import Ghost, LeftOver, Suggestion, suggest

__all__ = [
    "Card",
    "CellCost",
    "Ghost",
    "Grid",
    "Hall",
    "Keep",
    "LeftOver",
    "Problem",
    "Suggestion",
    "Time",
    "cost_cells",
    "suggest",
]
