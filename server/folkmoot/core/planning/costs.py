"""What each place would cost a card that somebody holds."""

from __future__ import annotations

import msgspec

from folkmoot.core.planning.grid import NOWHERE, Grid
from folkmoot.core.planning.privacy import shown


class CellCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a place would cost.

    `lose` people want something else that stands at this time as well; None is
    fewer than three. `taken_by` is the session that stands there, `clashes` are
    the sessions at this time that share a host; `missing` features are needed
    and not there. `outside` of those `expected` find no seat among `capacity`.
    """

    room_id: str
    slot_id: str
    lose: int | None = None
    taken_by: str | None = None
    clashes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    expected: int = 0
    capacity: int | None = None
    outside: int = 0
    closed: bool = False
    unwished: bool = False


def cost_cells(grid: Grid, session_id: str) -> list[CellCost] | None:
    """Return what each place would cost a session; None for an unknown one.

    The board is read as it stands, without the card that is held.
    """
    numbers = [n for n, card in enumerate(grid.cards) if card.session_id == session_id]
    if not numbers:
        return None
    held = numbers[0]
    card = grid.cards[held]
    wanted = [0] * grid.moments
    hosted: list[list[int]] = [[] for _ in range(grid.moments)]
    standing: dict[int, int] = {}
    for number, place in enumerate(grid.stands):
        if place == NOWHERE or number == held:
            continue
        standing[place] = number
        wanted[grid.moment[place]] |= grid.voters[number]
        if grid.hosts[number] & grid.hosts[held]:
            hosted[grid.moment[place]].append(number)
    expected = grid.expected(held)
    costs = []
    for place, (room_id, slot_id) in enumerate(grid.places):
        moment = grid.moment[place]
        taken_by = standing.get(place)
        costs.append(
            CellCost(
                room_id=room_id,
                slot_id=slot_id,
                lose=shown((grid.voters[held] & wanted[moment]).bit_count()),
                taken_by=None if taken_by is None else grid.cards[taken_by].session_id,
                clashes=tuple(
                    grid.cards[n].session_id for n in hosted[moment] if n != taken_by
                ),
                missing=grid.missing(held, place),
                expected=expected,
                capacity=grid.place_room[place].capacity,
                outside=grid.outside(held, place),
                closed=not grid.usable[place],
                unwished=bool(card.wished) and slot_id not in card.wished,
            )
        )
    return costs
