"""Cards laid out on a grid, and what each change of it is worth."""

from __future__ import annotations

import math

from folkmoot.core.planning.grid import NOWHERE, Grid


class Layout:
    """Which card is at which place, with each moment's people and hosts kept up.

    `once` are the people who want something in a moment, `lone` those who want
    exactly one thing: the people that its leaving would lose.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.at = [NOWHERE] * len(grid.cards)
        self.card_at = [NOWHERE] * len(grid.places)
        self.once = [0] * grid.moments
        self.lone = [0] * grid.moments
        self.busy = [0] * grid.moments
        self._of_moment: list[list[int]] = [[] for _ in range(grid.moments)]
        for place, moment in enumerate(grid.moment):
            self._of_moment[moment].append(place)

    def put(self, card: int, place: int) -> None:
        """Put a card at a place that is free, or `NOWHERE`."""
        before = self.at[card]
        if before != NOWHERE:
            self.card_at[before] = NOWHERE
            self.count(self.grid.moment[before])
        self.at[card] = place
        if place != NOWHERE:
            self.card_at[place] = card
            self.count(self.grid.moment[place])

    def swap(self, card: int, other: int) -> None:
        """Let two cards change places; one of them may have none."""
        here, there = self.at[card], self.at[other]
        self.put(other, NOWHERE)
        self.put(card, there)
        self.put(other, here)

    def count(self, moment: int) -> None:
        """Count a moment's people and hosts anew."""
        wants, hosts, card_at = self.grid.wants, self.grid.hosts, self.card_at
        once = twice = busy = 0
        for place in self._of_moment[moment]:
            card = card_at[place]
            if card != NOWHERE:
                want = wants[card]
                twice |= once & want
                once |= want
                busy |= hosts[card]
        self.once[moment] = once
        self.lone[moment] = once & ~twice
        self.busy[moment] = busy

    def fits(self, card: int, place: int) -> bool:
        """Whether a card without a place may go to this one."""
        grid = self.grid
        return (
            grid.cost[card][place] != math.inf
            and self.card_at[place] == NOWHERE
            and not self.busy[grid.moment[place]] & grid.hosts[card]
            and all(self.card_at[o] == NOWHERE for o in grid.overlapping[place])
        )

    def gain(self, card: int, place: int) -> float:
        """Return what putting a card without a place there is worth."""
        grid = self.grid
        new = grid.wants[card] & ~self.once[grid.moment[place]]
        return new.bit_count() + grid.unplaced_cost[card] - grid.cost[card][place]

    def value(self) -> float:
        """Return what the whole is worth; higher is better."""
        grid = self.grid
        met = sum(once.bit_count() for once in self.once)
        return met - sum(
            grid.unplaced_cost[card] if place == NOWHERE else grid.cost[card][place]
            for card, place in enumerate(self.at)
            if not grid.fixed[card]
        )

    def met(self) -> int:
        """Return how many "I would come" can be fulfilled: in a moment one a person.

        Votes only: hosts and tags, which help to plan, are not counted.
        """
        grid, met = self.grid, 0
        for places in self._of_moment:
            union = 0
            for place in places:
                if (card := self.card_at[place]) != NOWHERE:
                    union |= grid.voters[card]
            met += union.bit_count()
        return met
