"""A problem with numbers for names: bit sets, places, and the cost of each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from folkmoot.core.planning.problem import Card, Cell, Hall, Keep, Problem, Time

T = TypeVar("T", bound=Hashable)

NOWHERE = -1

SHOW_UP = 0.69
"""Of those who said "I would come" this share came (SchellingBoard's figures of one
event with 259 people; the range around it is wide)."""

# In interests met: what a rule that may be broken is worth.
PLACED = 50.0  # a session that stands anywhere
WISHED_TIME = 8.0
OUTSIDE = 1.0  # one person who finds no seat
ROOMINESS = 0.05  # among rooms that all suffice, the fuller session gets the larger
MOVE_TIME: dict[Keep, float] = {"all": 25.0, "most": 3.0, "none": 0.02}
MOVE_ROOM: dict[Keep, float] = {"all": 12.0, "most": 1.0, "none": 0.01}
# A published card that loses its place altogether, beyond what placing is worth.
DROP: dict[Keep, float] = {"all": 500.0, "most": 25.0, "none": 5.0}


class Grid:
    """Cards, places and moments as indexes into lists.

    A *place* is room x time. A *moment* is a time, or several that overlap: nobody
    can be in two sessions of one moment. Cards are in the order of their ids, so
    that the same problem gives the same grid in whatever order it was read.
    """

    def __init__(self, problem: Problem, *, keep: Keep = "all") -> None:
        self.keep = keep
        self.rooms = problem.rooms
        self.times = tuple(
            sorted(problem.times, key=lambda t: (t.starts_at, t.slot_id))
        )
        self.cards = tuple(sorted(problem.cards, key=lambda card: card.session_id))
        self._index_people()
        moment_of = _find_moments(self.times)
        self.moments = max(moment_of, default=NOWHERE) + 1
        self.places: list[Cell] = []
        self.place_room: list[Hall] = []
        self.place_time: list[Time] = []
        self.moment: list[int] = []
        self.usable: list[bool] = []
        for time, moment in zip(self.times, moment_of, strict=True):
            for room in self.rooms:
                self.places.append((room.room_id, time.slot_id))
                self.place_room.append(room)
                self.place_time.append(time)
                self.moment.append(moment)
                self.usable.append(
                    time.open and (room.room_id, time.slot_id) not in problem.closed
                )
        self.at = {cell: place for place, cell in enumerate(self.places)}
        self.overlapping = self._find_overlapping()
        self.stands = [
            NOWHERE if card.place is None else self.at.get(card.place, NOWHERE)
            for card in self.cards
        ]
        self.fixed = [self._is_fixed(number) for number in range(len(self.cards))]

    @cached_property
    def allowed(self) -> list[tuple[int, ...]]:
        """The places that each card may have."""
        return [self._find_allowed(card) for card in self.cards]

    @cached_property
    def cost(self) -> list[list[float]]:
        """What each place costs each card by itself."""
        return [self._place_costs(number) for number in range(len(self.cards))]

    @cached_property
    def unplaced_cost(self) -> list[float]:
        """What it costs to leave each card without a place."""
        return [
            PLACED + (DROP[self.keep] if card.place is not None else 0.0)
            for card in self.cards
        ]

    def expected(self, number: int) -> int:
        """Return how many people a card will bring, hosts among them."""
        card = self.cards[number]
        return math.ceil(SHOW_UP * self.voters[number].bit_count()) + len(card.hosts)

    def missing(self, number: int, place: int) -> tuple[str, ...]:
        """Return the features that a card needs and a place doesn't have."""
        has = set(self.place_room[place].features)
        return tuple(need for need in self.cards[number].needs if need not in has)

    def outside(self, number: int, place: int) -> int:
        """Return how many of those expected find no seat."""
        capacity = self.place_room[place].capacity
        return 0 if capacity is None else max(0, self.expected(number) - capacity)

    def _index_people(self) -> None:
        """Give each person, host and tag a bit.

        `wants` is what coverage counts: those who would come, the hosts, who are
        bound to, and each tag, as one person who wants all of its sessions: without
        a single vote sessions about one thing are then spread over the day.
        `voters` is what is shown of it, without the card's own hosts.
        """
        hosts = _number(host for card in self.cards for host in card.hosts)
        names = _number(
            (
                *(("person", name) for card in self.cards for name in card.voters),
                *(("person", name) for card in self.cards for name in card.hosts),
                *(("tag", tag) for card in self.cards for tag in card.tags),
            )
        )
        self.hosts = [_mask(hosts[host] for host in card.hosts) for card in self.cards]
        self.voters = [
            _mask(names["person", n] for n in card.voters if n not in card.hosts)
            for card in self.cards
        ]
        self.wants = [
            voters
            | _mask(names["person", name] for name in card.hosts)
            | _mask(names["tag", tag] for tag in card.tags)
            for voters, card in zip(self.voters, self.cards, strict=True)
        ]

    def _is_fixed(self, number: int) -> bool:
        """Whether a card stays: its time has begun, or it is pinned and may stand."""
        place = self.stands[number]
        if place == NOWHERE:
            return False
        if not self.place_time[place].open:
            return True
        return self.cards[number].pinned and self.usable[place]

    def _find_allowed(self, card: Card) -> tuple[int, ...]:
        needs = set(card.needs)
        return tuple(
            place
            for place, room in enumerate(self.place_room)
            if self.usable[place] and needs.issubset(room.features)
        )

    def _place_costs(self, number: int) -> list[float]:
        """Return what each place costs a card by itself, infinite where it can't be."""
        card, stands = self.cards[number], self.stands[number]
        costs = [math.inf] * len(self.places)
        wished = set(card.wished)
        expected = self.expected(number)
        for place in self.allowed[number]:
            cost = OUTSIDE * self.outside(number, place)
            if capacity := self.place_room[place].capacity:
                cost += ROOMINESS * min(1.0, expected / capacity)
            if wished and self.place_time[place].slot_id not in wished:
                cost += WISHED_TIME
            if stands not in {NOWHERE, place}:
                same_time = self.place_time[stands] is self.place_time[place]
                cost += (MOVE_ROOM if same_time else MOVE_TIME)[self.keep]
            costs[place] = cost
        return costs

    def _find_overlapping(self) -> list[tuple[int, ...]]:
        """Return for each place those of the same room whose times overlap its own."""
        in_moment = Counter(self.moment)
        return [
            tuple(
                other
                for other, room in enumerate(self.place_room)
                if other != place
                and room is self.place_room[place]
                and self.moment[other] == self.moment[place]
                and _overlap(self.place_time[other], self.place_time[place])
            )
            if in_moment[self.moment[place]] > len(self.rooms)
            else ()
            for place in range(len(self.places))
        ]


def _find_moments(times: Sequence[Time]) -> list[int]:
    """Number the moments of times that are in the order of their start."""
    moments: list[int] = []
    moment, until = NOWHERE, None
    for time in times:
        if until is None or time.starts_at >= until:
            moment, until = moment + 1, time.ends_at
        else:
            until = max(until, time.ends_at)
        moments.append(moment)
    return moments


def _overlap(one: Time, other: Time) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _number(names: Iterable[T]) -> dict[T, int]:
    return {name: bit for bit, name in enumerate(dict.fromkeys(names))}


def _mask(bits: Iterable[int]) -> int:
    mask = 0
    for bit in bits:
        mask |= 1 << bit
    return mask
