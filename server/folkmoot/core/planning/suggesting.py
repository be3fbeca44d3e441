"""A timetable to suggest: ghost cards, why each stands where it does, what is left."""

from __future__ import annotations

from typing import Literal

import msgspec

from folkmoot.core.planning.grid import NOWHERE, Grid
from folkmoot.core.planning.layout import Layout
from folkmoot.core.planning.privacy import shown
from folkmoot.core.planning.problem import Cell, Keep, Problem
from folkmoot.core.planning.solving import ROUNDS, Chance, solve

Why = Literal[
    "room_closed",  # it stood in a place that can't be used any more
    "feature_missing",  # it stood without something it needs
    "host_clash",  # it stood against another session of its host
    "fewer_miss",  # it may stay, but fewer people lose something here
    "makes_room",  # it may stay, but another session fits only there
    "new",  # it had no place
]
LeftWhy = Literal[
    "no_place",  # more sessions than places
    "no_such_room",  # no room has what it needs
    "room_taken",  # rooms with what it needs are all taken
    "host_busy",  # its hosts are elsewhere at every free time
]


class Ghost(msgspec.Struct, frozen=True, kw_only=True):
    """A suggested place, with what is to be said for it.

    `lose` people want something else at that time as well, and would at the other
    times between `least` and `most`; None is fewer than three. `expected` people
    come. `version` is that of the card when it was read, and `stood` its place.
    """

    session_id: str
    version: int
    room_id: str
    slot_id: str
    stood: Cell | None
    why: Why
    lose: int | None
    least: int | None
    most: int | None
    expected: int
    capacity: int | None
    outside: int
    has: tuple[str, ...]
    missing: tuple[str, ...]
    wished: bool | None


class LeftOver(msgspec.Struct, frozen=True, kw_only=True):
    """A session without a place, and why."""

    session_id: str
    version: int
    why: LeftWhy


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Ghost cards for all that would change, and what comes of it.

    `wishes` are all "I would come" of this board; of these `met_before` and
    `met_after` can be fulfilled; None where that is fewer than three.
    """

    ghosts: tuple[Ghost, ...]
    left_over: tuple[LeftOver, ...]
    kept: int
    wishes: int | None
    met_before: int | None
    met_after: int | None


def suggest(
    problem: Problem, chance: Chance, *, keep: Keep = "all", rounds: int = ROUNDS
) -> Suggestion:
    """Return a timetable for a problem; the same chance gives the same answer."""
    grid = Grid(problem, keep=keep)
    before = _standing(grid)
    after = solve(grid, chance, rounds=rounds)
    ghosts, left_over, kept = [], [], 0
    for number, card in enumerate(grid.cards):
        place = after.at[number]
        if place == NOWHERE:
            why = _why_left_over(after, number)
            left_over.append(
                LeftOver(session_id=card.session_id, version=card.version, why=why)
            )
        elif place == grid.stands[number]:
            kept += 1
        else:
            ghosts.append(_ghost(after, number))
    return Suggestion(
        ghosts=tuple(ghosts),
        left_over=tuple(left_over),
        kept=kept,
        wishes=shown(sum(voters.bit_count() for voters in grid.voters)),
        met_before=shown(before.met()),
        met_after=shown(after.met()),
    )


def _standing(grid: Grid) -> Layout:
    """Return the board as it stands, rules or not, but for places that are closed."""
    layout = Layout(grid)
    for number, place in enumerate(grid.stands):
        if place != NOWHERE and (grid.fixed[number] or grid.usable[place]):
            layout.put(number, place)
    return layout


def _ghost(after: Layout, number: int) -> Ghost:
    grid = after.grid
    card, place = grid.cards[number], after.at[number]
    room_id, slot_id = grid.places[place]
    here = _lose(after, number, grid.moment[place])
    elsewhere = [
        _lose(after, number, moment)
        for moment in sorted({grid.moment[p] for p in grid.allowed[number]})
        if moment != grid.moment[place]
    ]
    return Ghost(
        session_id=card.session_id,
        version=card.version,
        room_id=room_id,
        slot_id=slot_id,
        stood=card.place,
        why=_why_here(after, number),
        lose=shown(here),
        least=shown(min(elsewhere)) if elsewhere else None,
        most=shown(max(elsewhere)) if elsewhere else None,
        expected=grid.expected(number),
        capacity=grid.place_room[place].capacity,
        outside=grid.outside(number, place),
        has=tuple(n for n in card.needs if n in grid.place_room[place].features),
        missing=grid.missing(number, place),
        wished=slot_id in card.wished if card.wished else None,
    )


def _lose(layout: Layout, number: int, moment: int) -> int:
    """Return how many who want this card want another of the moment as well."""
    grid, others = layout.grid, 0
    for other, place in enumerate(layout.at):
        if other != number and place != NOWHERE and grid.moment[place] == moment:
            others |= grid.voters[other]
    return (grid.voters[number] & others).bit_count()


def _why_here(after: Layout, number: int) -> Why:
    grid = after.grid
    stood = grid.stands[number]
    if grid.cards[number].place is None:
        return "new"
    if stood == NOWHERE or not grid.usable[stood]:
        return "room_closed"
    if grid.missing(number, stood):
        return "feature_missing"
    if any(
        grid.hosts[number] & grid.hosts[other]
        for other, place in enumerate(grid.stands)
        if other != number
        and place != NOWHERE
        and grid.moment[place] == grid.moment[stood]
    ):
        return "host_clash"
    taken_by = after.card_at[stood]
    if taken_by != NOWHERE and grid.keep == "all":
        return "makes_room"
    return "fewer_miss"


def _why_left_over(after: Layout, number: int) -> LeftWhy:
    grid = after.grid
    if not any(grid.usable):
        return "no_place"
    if not grid.allowed[number]:
        return "no_such_room"
    free = [
        p
        for p, usable in enumerate(grid.usable)
        if usable and after.card_at[p] == NOWHERE
    ]
    if not free:
        return "no_place"
    if any(place in set(grid.allowed[number]) for place in free):
        return "host_busy"
    return "room_taken"
