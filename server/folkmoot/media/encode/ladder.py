"""Which rungs the machine has power for; pure, time and facts come in.

A rung is dropped when its encoder, or the one of a leading rendition, falls behind
the source. It is taken up again after a calm time, which doubles each time that it
did not last. What is copied costs nothing and is never dropped; nor is the leading
rendition, whatever it costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

BEHIND_SECONDS = 3.0
"""A rung so far behind its source is late for players that hold back 1.5 s."""

LEADING_BEHIND_SECONDS = 1.5
CALM_BEHIND_SECONDS = 1.5
BUSY_PRESSURE = 50.0
"""Share of time in % in which some process waited for the CPU (PSI `some avg10`)."""

LEAST_IDLE = 0.1
"""Of all cores, where there is no pressure to read."""

_PATIENCE_SECONDS = 20.0
_MOST_PATIENCE_SECONDS = 600.0
_LASTING_SECONDS = 120.0
_DROP_EVERY_SECONDS = 4.0
_RAISE_EVERY_SECONDS = 8.0


class RungFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A rung of a room. `cost` orders rungs: the dearest goes first."""

    room: str
    name: str
    cost: float
    running: bool
    behind_seconds: float = 0.0
    overrun: bool = False


class LadderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All rungs of the machine; what is copied or leads is not among them.

    `leading_behind_seconds` is the worst of all rooms. `pressure` in %, `idle` from
    0 to 1, None where the machine doesn't say.
    """

    rungs: Sequence[RungFacts]
    leading_behind_seconds: float = 0.0
    pressure: float | None = None
    idle: float | None = None


class Dropped(msgspec.Struct, frozen=True):
    """A rung that is out, and why."""

    room: str
    name: str
    at: float


class LadderState(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered from one decision to the next."""

    dropped: tuple[Dropped, ...] = ()
    calm_from: float | None = None
    changed_at: float = float("-inf")
    raised_at: float = float("-inf")
    patience_seconds: float = _PATIENCE_SECONDS


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: drop this rung, or take it up again (`up`)."""

    room: str
    name: str
    up: bool


def decide(
    state: LadderState, facts: LadderFacts, now: float
) -> tuple[LadderState, Change | None]:
    """The next state, and at most one change."""
    state = _forget_gone(state, facts)
    if is_strained(facts):
        return _give_way(state, facts, now)
    if not is_calm(facts):
        return msgspec.structs.replace(state, calm_from=None), None
    calm_from = now if state.calm_from is None else state.calm_from
    state = msgspec.structs.replace(state, calm_from=calm_from)
    if now - state.raised_at > _LASTING_SECONDS and not state.dropped:
        state = msgspec.structs.replace(state, patience_seconds=_PATIENCE_SECONDS)
    waited = now - calm_from >= state.patience_seconds
    if not (state.dropped and waited) or now - state.changed_at < _RAISE_EVERY_SECONDS:
        return state, None
    last = state.dropped[-1]
    state = msgspec.structs.replace(
        state, dropped=state.dropped[:-1], changed_at=now, raised_at=now
    )
    return state, Change(room=last.room, name=last.name, up=True)


def is_strained(facts: LadderFacts) -> bool:
    """Whether encoders can't keep up."""
    late = any(
        rung.overrun or rung.behind_seconds > BEHIND_SECONDS
        for rung in facts.rungs
        if rung.running
    )
    return late or facts.leading_behind_seconds > LEADING_BEHIND_SECONDS


def is_calm(facts: LadderFacts) -> bool:
    """Whether there is power for one rung more."""
    if facts.leading_behind_seconds > LEADING_BEHIND_SECONDS / 2:
        return False
    if any(r.running and r.behind_seconds > CALM_BEHIND_SECONDS for r in facts.rungs):
        return False
    if facts.pressure is not None:
        return facts.pressure < BUSY_PRESSURE
    return facts.idle is None or facts.idle > LEAST_IDLE


def _give_way(
    state: LadderState, facts: LadderFacts, now: float
) -> tuple[LadderState, Change | None]:
    state = msgspec.structs.replace(state, calm_from=None)
    running = [rung for rung in facts.rungs if rung.running]
    if not running or now - state.changed_at < _DROP_EVERY_SECONDS:
        return state, None
    # Pictures before sound, the dear before the cheap, the late before the others.
    out = max(running, key=lambda r: (r.cost, r.overrun, r.behind_seconds, r.room))
    relapsed = now - state.raised_at < _LASTING_SECONDS
    patience = state.patience_seconds * (2 if relapsed else 1)
    state = msgspec.structs.replace(
        state,
        dropped=(*state.dropped, Dropped(out.room, out.name, now)),
        changed_at=now,
        patience_seconds=min(patience, _MOST_PATIENCE_SECONDS),
    )
    return state, Change(room=out.room, name=out.name, up=False)


def _forget_gone(state: LadderState, facts: LadderFacts) -> LadderState:
    """Rooms whose publisher went take their dropped rungs with them."""
    known = {(rung.room, rung.name) for rung in facts.rungs}
    kept = tuple(one for one in state.dropped if (one.room, one.name) in known)
    if len(kept) == len(state.dropped):
        return state
    return msgspec.structs.replace(state, dropped=kept)
