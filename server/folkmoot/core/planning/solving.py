"""Lay cards out: greedily by demand, then by simulated annealing, then rooms by fit.

Every step keeps the hard rules (one session a place, features, closed rooms, hosts
in one place at a time, pins), so that what comes out can be used at any moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from folkmoot.core.planning.fitting import fit_rooms
from folkmoot.core.planning.grid import NOWHERE, Grid
from folkmoot.core.planning.layout import Layout

Chance = Callable[[], float]
"""Gives numbers from 0 up to 1; a seeded source makes the same answer every time."""

# In interests met; tried on the boards of seeds 1 to 6 of tests/core/planning_boards.
START_TEMPERATURE = 2.0
END_TEMPERATURE = 0.3
ROUNDS = 200_000
"""Fixed, so that the answer does not depend on how fast or busy a machine is."""


def solve(grid: Grid, chance: Chance, *, rounds: int = ROUNDS) -> Layout:
    """Return a layout of as many cards as possible that misses few interests."""
    layout = Layout(grid)
    _stand(layout)
    loose = [n for n in range(len(grid.cards)) if not grid.fixed[n]]
    _place_by_demand(layout, [n for n in loose if layout.at[n] == NOWHERE])
    free = (
        loose if grid.keep != "all" else [n for n in loose if not _settled(layout, n)]
    )
    if free:
        anneal(layout, free, chance, rounds=rounds)
        _make_room(layout, loose)
        fit_rooms(layout, free)
    return layout


def _settled(layout: Layout, card: int) -> bool:
    """Whether a card stands where it is published."""
    return layout.at[card] == layout.grid.stands[card] != NOWHERE


def _stand(layout: Layout) -> None:
    """Put the published cards where they stand, as far as the rules let them.

    What is fixed goes first, even against the rules: people decided so.
    """
    grid = layout.grid
    standing = [n for n in range(len(grid.cards)) if grid.stands[n] != NOWHERE]
    standing.sort(key=lambda n: (not grid.fixed[n], *_demand(grid, n)))
    for card in standing:
        place = grid.stands[card]
        if grid.fixed[card] or layout.fits(card, place):
            layout.put(card, place)


def _place_by_demand(layout: Layout, cards: Sequence[int]) -> None:
    """Put each card where it is worth most: first those with the fewest places."""
    grid = layout.grid
    usable = sum(grid.usable)

    def order(card: int) -> tuple[object, ...]:
        scarce = len(grid.allowed[card]) * 2 < usable
        published = grid.stands[card] != NOWHERE
        return (not published, not scarce, *_demand(grid, card))

    for card in sorted(cards, key=order):
        best, most = NOWHERE, -math.inf
        for place in grid.allowed[card]:
            if layout.fits(card, place) and (worth := layout.gain(card, place)) > most:
                best, most = place, worth
        if best != NOWHERE:
            layout.put(card, best)


def _demand(grid: Grid, card: int) -> tuple[int, int]:
    return (-grid.wants[card].bit_count(), card)


def anneal(  # noqa: C901, PLR0915 (one loop, run a hundred thousand times a second)
    layout: Layout, free: Sequence[int], chance: Chance, *, rounds: int
) -> float:
    """Try moves and exchanges, take the worse ones ever less often; return the gain.

    What a change is worth follows from two unions: of the moment left, the people
    who wanted only this (`lone`), and of the one entered, those whom nothing else
    there would have drawn.
    """
    grid = layout.grid
    allowed, cost, wants, hosts = grid.allowed, grid.cost, grid.wants, grid.hosts
    moment, dropped, overlapping = grid.moment, grid.unplaced_cost, grid.overlapping
    at, card_at = layout.at, layout.card_at
    once, lone, busy = layout.once, layout.lone, layout.busy
    is_free = [False] * len(grid.cards)
    for card in free:
        is_free[card] = True
    choices = [card for card in free if allowed[card]]
    count, log = len(choices), math.log
    if not count:
        return 0.0
    cooling = (END_TEMPERATURE / START_TEMPERATURE) ** (1 / max(1, rounds))
    temperature = START_TEMPERATURE
    worth, best = 0.0, 0.0
    best_at = list(at)
    for _ in range(rounds):
        temperature *= cooling
        a = choices[int(chance() * count)]
        targets = allowed[a]
        there = targets[int(chance() * len(targets))]
        here = at[a]
        if here == there:
            continue
        b = card_at[there]
        if b != NOWHERE and not is_free[b]:
            continue
        if overlapping[there] and any(
            card_at[o] not in (NOWHERE, a) for o in overlapping[there]
        ):
            continue
        delta = -cost[a][there]
        moment_there = moment[there]
        moment_here = NOWHERE
        if here == NOWHERE:
            delta += dropped[a]
        else:
            moment_here = moment[here]
            delta += cost[a][here]
        if b != NOWHERE:
            delta += cost[b][there]
            if here == NOWHERE:
                delta -= dropped[b]
            else:
                # Infinite where b can't be: never taken.
                delta -= cost[b][here]
                if overlapping[here] and any(
                    card_at[o] not in (NOWHERE, b) for o in overlapping[here]
                ):
                    continue
        if moment_here != moment_there:
            want_a, rest, taken = wants[a], once[moment_there], busy[moment_there]
            if b != NOWHERE:
                want_b = wants[b]
                alone = want_b & lone[moment_there]
                delta -= alone.bit_count()
                rest ^= alone
                taken ^= hosts[b]
                if here != NOWHERE:
                    alone = want_a & lone[moment_here]
                    if (busy[moment_here] ^ hosts[a]) & hosts[b]:
                        continue
                    others = once[moment_here] ^ alone
                    delta += (want_b & ~others).bit_count() - alone.bit_count()
            elif here != NOWHERE:
                delta -= (want_a & lone[moment_here]).bit_count()
            if taken & hosts[a]:
                continue
            delta += (want_a & ~rest).bit_count()
        # 1 - chance: the logarithm of nothing is no number.
        if delta < 0 and delta < temperature * log(1.0 - chance()):
            continue
        at[a] = there
        card_at[there] = a
        if here != NOWHERE:
            card_at[here] = b
        if b != NOWHERE:
            at[b] = here
        layout.count(moment_there)
        if here != NOWHERE and moment_here != moment_there:
            layout.count(moment_here)
        worth += delta
        if worth > best + 1e-9:
            best = worth
            best_at[:] = at
    _restore(layout, best_at)
    return best


def _restore(layout: Layout, wanted: Sequence[int]) -> None:
    """Bring a layout back to where its cards were."""
    moved = [card for card, place in enumerate(wanted) if layout.at[card] != place]
    for card in moved:
        layout.put(card, NOWHERE)
    for card in moved:
        layout.put(card, wanted[card])


def _make_room(layout: Layout, loose: Sequence[int]) -> None:
    """Place what is left over by moving one other card out of its way."""
    grid = layout.grid
    over = [card for card in loose if layout.at[card] == NOWHERE]
    over.sort(key=lambda n: (grid.stands[n] == NOWHERE, *_demand(grid, n)))
    for card in over:
        before = layout.value()
        best, most = NO_WAY, 1e-9
        for way in _ways_in(layout, card):
            if (gain := layout.value() - before) > most:
                best, most = way, gain
        if best is not NO_WAY:
            place, other, way_out = best
            _put_aside(layout, other, NOWHERE)
            layout.put(card, place)
            _put_aside(layout, other, way_out)


Way = tuple[int, int, int]
"""The place to take, the card to move for it (or `NOWHERE`), and where that goes."""
NO_WAY: Way = (NOWHERE, NOWHERE, NOWHERE)


def _ways_in(layout: Layout, card: int) -> Iterator[Way]:
    """Lay a card out in every way that moves one other at most; undo each."""
    grid = layout.grid
    for place in grid.allowed[card]:
        other = layout.card_at[place]
        if other != NOWHERE and grid.fixed[other]:
            continue
        _put_aside(layout, other, NOWHERE)
        if layout.fits(card, place):
            layout.put(card, place)
            if other == NOWHERE:
                yield place, NOWHERE, NOWHERE
            else:
                for way_out in grid.allowed[other]:
                    if layout.fits(other, way_out):
                        layout.put(other, way_out)
                        yield place, other, way_out
                        layout.put(other, NOWHERE)
            layout.put(card, NOWHERE)
        _put_aside(layout, other, place)


def _put_aside(layout: Layout, other: int, place: int) -> None:
    if other != NOWHERE:
        layout.put(other, place)
