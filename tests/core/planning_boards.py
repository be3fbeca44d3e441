"""Made-up boards with interests that hang together, and the plan they are held to.

People care for two or three topics; sessions of a topic they care for draw them
more, popular sessions draw everyone more (Pareto). A quarter of the sessions have
a second host, a few hosts have two sessions, every tenth session is pinned.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from folkmoot.core.planning import Card, Hall, Problem, Time
from folkmoot.core.planning.problem import Cell

MORNING = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Size:
    """How large a board is."""

    sessions: int
    rooms: int
    times: int
    people: int

    @property
    def name(self) -> str:
        return (
            f"{self.sessions} sessions, {self.rooms} rooms x {self.times} times, "
            f"{self.people} people"
        )


SIZES = (Size(40, 5, 8, 120), Size(60, 6, 10, 200), Size(150, 10, 15, 500))


def make_board(size: Size, seed: int, *, pinned: float = 0.1) -> Problem:
    """Return a board that no one has planned; only the pinned sessions stand."""
    chance = random.Random(f"board {size} {seed}")
    topics = max(6, size.sessions // 8)
    rooms = tuple(
        Hall(
            room_id=f"r{n:02d}",
            capacity=chance.choice((15, 20, 30, 40, 60, 90)),
            features=("step-free",) if n % 3 else ("step-free", "hearing-loop"),
        )
        for n in range(size.rooms)
    )
    times = tuple(
        Time(
            slot_id=f"t{n:02d}",
            starts_at=MORNING + timedelta(hours=n),
            ends_at=MORNING + timedelta(hours=n, minutes=45),
        )
        for n in range(size.times)
    )
    topic_of = [chance.randrange(topics) for _ in range(size.sessions)]
    draw = [chance.paretovariate(1.6) for _ in range(size.sessions)]
    voters: list[list[str]] = [[] for _ in range(size.sessions)]
    for person in range(size.people):
        cares = set(chance.sample(range(topics), chance.choice((2, 3))))
        weights = [
            draw[n] * (8.0 if topic_of[n] in cares else 1.0)
            for n in range(size.sessions)
        ]
        for n in _draw(chance, weights, min(size.sessions, chance.randint(4, 13))):
            voters[n].append(f"m{person:04d}")
    hosts = [_draw_hosts(chance, size.people) for _ in range(size.sessions)]
    spots = _draw_pins(chance, hosts, rooms, times, round(pinned * size.sessions))
    cards = tuple(
        Card(
            session_id=f"s{n:03d}",
            hosts=hosts[n],
            voters=tuple(voters[n]),
            needs=("hearing-loop",) if chance.random() < 0.08 else (),
            place=spots.get(n),
            pinned=n in spots,
        )
        for n in range(size.sessions)
    )
    return Problem(rooms=rooms, times=times, cards=cards)


def plan_by_popularity(problem: Problem) -> dict[str, Cell]:
    """Return the plan of a careful person who looks at popularity alone.

    Sessions are dealt to the times in turn, those that need something special and
    then the most popular first, into the largest free room that has what they need;
    where a host is busy, the next time gets the session.
    """
    taken: dict[Cell, str] = {}
    busy: dict[str, set[str]] = {time.slot_id: set() for time in problem.times}
    for card in problem.cards:
        if card.pinned and card.place is not None:
            taken[card.place] = card.session_id
            busy[card.place[1]].update(card.hosts)
    rooms = sorted(problem.rooms, key=lambda r: (-(r.capacity or 0), r.room_id))
    turn = 0
    ranked = sorted(
        problem.cards, key=lambda c: (not c.needs, -len(c.voters), c.session_id)
    )
    for card in (card for card in ranked if not card.pinned):
        for step in range(len(problem.times)):
            slot_id = problem.times[(turn + step) % len(problem.times)].slot_id
            free = [
                room.room_id
                for room in rooms
                if (room.room_id, slot_id) not in taken
                and set(card.needs) <= set(room.features)
            ]
            if free and not busy[slot_id].intersection(card.hosts):
                taken[free[0], slot_id] = card.session_id
                busy[slot_id].update(card.hosts)
                turn = (turn + step + 1) % len(problem.times)
                break
    return {session_id: cell for cell, session_id in taken.items()}


def count_missed(problem: Problem, plan: dict[str, Cell]) -> int:
    """Return how many "I would come" a plan can't fulfil, counted person by person.

    Counted apart from the planner, in the plainest way.
    """
    missed = 0
    slot_of = {session_id: cell[1] for session_id, cell in plan.items()}
    wanted: dict[str, list[str]] = {}
    for card in problem.cards:
        for person in card.voters:
            wanted.setdefault(person, []).append(card.session_id)
    for sessions in wanted.values():
        times = {slot_of[s] for s in sessions if s in slot_of}
        missed += len(sessions) - len(times)
    return missed


def find_faults(problem: Problem, plan: dict[str, Cell]) -> list[str]:
    """Return every hard rule that a plan breaks, in words."""
    cards = {card.session_id: card for card in problem.cards}
    features = {room.room_id: set(room.features) for room in problem.rooms}
    faults = []
    seen: dict[Cell, str] = {}
    hosting: dict[tuple[str, str], str] = {}
    for session_id, cell in plan.items():
        card = cards[session_id]
        if cell in seen:
            faults.append(f"{session_id} and {seen[cell]} both at {cell}")
        seen[cell] = session_id
        if card.pinned and cell != card.place:
            faults.append(f"{session_id} is pinned to {card.place}, not {cell}")
        if not card.pinned and not set(card.needs) <= features[cell[0]]:
            faults.append(f"{session_id} needs {card.needs} at {cell}")
        if cell in problem.closed:
            faults.append(f"{session_id} is in a closed place {cell}")
        for host in card.hosts:
            if (host, cell[1]) in hosting:
                other = hosting[host, cell[1]]
                faults.append(f"{host} hosts {session_id} and {other} at {cell[1]}")
            hosting[host, cell[1]] = session_id
    return faults


def _draw(chance: random.Random, weights: list[float], count: int) -> Iterable[int]:
    """Draw without putting back, by weight (Efraimidis and Spirakis)."""
    keys = [(chance.random() ** (1 / weight), n) for n, weight in enumerate(weights)]
    return sorted(n for _, n in sorted(keys, reverse=True)[:count])


def _draw_hosts(chance: random.Random, people: int) -> tuple[str, ...]:
    count = 2 if chance.random() < 0.25 else 1
    return tuple(f"m{n:04d}" for n in chance.sample(range(people), count))


def _draw_pins(
    chance: random.Random,
    hosts: list[tuple[str, ...]],
    rooms: tuple[Hall, ...],
    times: tuple[Time, ...],
    count: int,
) -> dict[int, Cell]:
    """Pin some sessions anywhere, but no host twice at one time."""
    spots: dict[int, Cell] = {}
    busy: set[tuple[str, str]] = set()
    while len(spots) < count:
        number = chance.randrange(len(hosts))
        cell = (chance.choice(rooms).room_id, chance.choice(times).slot_id)
        here = {(host, cell[1]) for host in hosts[number]}
        if number in spots or cell in spots.values() or here & busy:
            continue
        spots[number] = cell
        busy |= here
    return spots
