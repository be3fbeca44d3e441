from __future__ import annotations

import pytest

from folkmoot.media.encode.ladder import (
    Change,
    LadderFacts,
    LadderState,
    RungFacts,
    decide,
    is_calm,
    is_strained,
)


def rung(name: str = "360p", room: str = "a", **fields: float) -> RungFacts:
    given = {"cost": 0.0 if name == "audio" else 1.0, "running": True, **fields}
    return RungFacts(room=room, name=name, **given)  # type: ignore[arg-type]


def facts(*rungs: RungFacts, **fields: float) -> LadderFacts:
    return LadderFacts(rungs=rungs or (rung(), rung("audio")), **fields)


def run(
    steps: list[tuple[float, LadderFacts]],
) -> tuple[LadderState, list[tuple[float, Change]]]:
    state, changes = LadderState(), []
    for now, found in steps:
        state, change = decide(state, found, now)
        if change is not None:
            changes.append((now, change))
    return state, changes


@pytest.mark.parametrize(
    ("found", "strained", "calm"),
    [
        (facts(), False, True),
        (facts(rung(behind_seconds=1.4)), False, True),
        (facts(rung(behind_seconds=2.0)), False, False),
        (facts(rung(behind_seconds=3.1)), True, False),
        (facts(rung(behind_seconds=3.1, running=False)), False, True),
        (facts(rung(overrun=True)), True, True),
        (facts(leading_behind_seconds=1.0), False, False),
        (facts(leading_behind_seconds=1.6), True, False),
        # A busy machine that keeps up is no reason to drop, and none to take up.
        (facts(pressure=80.0), False, False),
        (facts(pressure=10.0, idle=0.0), False, True),
        (facts(idle=0.05), False, False),
        (facts(idle=0.5), False, True),
    ],
)
def test_strain_and_calm_are_far_apart(
    found: LadderFacts, *, strained: bool, calm: bool
) -> None:
    assert is_strained(found) is strained
    assert is_calm(found) is calm


def test_pictures_go_before_sound_one_at_a_time() -> None:
    late = [rung("480p", cost=3.0), rung(), rung("audio")]
    state, changes = LadderState(), []
    for now in range(0, 20, 4):
        found = LadderFacts(rungs=late, leading_behind_seconds=5.0)
        state, change = decide(state, found, float(now))
        if change is None:
            continue
        changes.append(change.name)
        late = [
            rung(
                one.name, cost=one.cost, running=one.running and one.name != change.name
            )
            for one in late
        ]
    assert changes == ["480p", "360p", "audio"]


def test_the_room_that_is_late_gives_way_first() -> None:
    found = facts(rung(room="a"), rung(room="b", behind_seconds=4.0))
    _, change = decide(LadderState(), found, 0.0)
    assert change == Change(room="b", name="360p", up=False)


def test_changes_keep_their_distance() -> None:
    late = facts(rung(room="a", behind_seconds=4.0), rung(room="b", behind_seconds=4.0))
    _, changes = run([(float(now), late) for now in range(6)])
    assert [now for now, _ in changes] == [0.0, 4.0]


def test_a_rung_comes_back_after_a_calm_time_that_doubles_when_it_did_not_last() -> (
    None
):
    def back_after(state: LadderState, now: float) -> tuple[LadderState, float]:
        out = facts(rung(running=False), rung("audio"))
        began = now
        while True:
            state, change = decide(state, out, now)
            if change is not None:
                assert change == Change(room="a", name="360p", up=True)
                return state, now - began
            now += 1

    late = facts(rung(behind_seconds=4.0), rung("audio"))
    state, change = decide(LadderState(), late, 0.0)
    assert change == Change(room="a", name="360p", up=False)
    state, waited = back_after(state, 1.0)
    assert waited == 20.0
    state, change = decide(state, late, 30.0)
    assert change is not None
    state, waited = back_after(state, 31.0)
    assert waited == 40.0


def test_calm_that_is_broken_counts_anew() -> None:
    late = facts(rung(behind_seconds=4.0))
    out, busy = facts(rung(running=False)), facts(rung(running=False), pressure=90.0)
    steps = [(0.0, late)]
    steps += [(float(now), busy if now == 15 else out) for now in range(1, 40)]
    _, changes = run(steps)
    assert [now for now, change in changes if change.up] == [36.0]


def test_a_room_that_is_gone_takes_its_rungs_with_it() -> None:
    state, _ = decide(LadderState(), facts(rung(behind_seconds=4.0)), 0.0)
    assert len(state.dropped) == 1
    state, change = decide(state, facts(rung(room="b")), 1.0)
    assert (state.dropped, change) == ((), None)
