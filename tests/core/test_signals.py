"""The team's back channel: who hears a signal, and who takes it up."""

from __future__ import annotations

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.events import kind_of
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import SIGNALS_KEPT
from tests.core.square import ANN, FACILITATOR, MODERATOR, Square

REPORTER = Actor("b_rep", "Rae", frozenset({"report"}))


@pytest.fixture
def square() -> Square:
    return Square()


def camera(square: Square, room: int, name: str) -> Actor:
    """Somebody with the duty of a room's camera."""
    actor = Actor(f"b_{name}", name, frozenset({f"camera:{square.rooms[room]}"}))
    grant(square, actor)
    return actor


def grant(square: Square, actor: Actor) -> None:
    for duty in actor.duties:
        square.do(cmd.GrantDuty(member_id=actor.member_id or "", duty=duty))


def heard(square: Square, feed: str) -> list[str]:
    return [kind_of(e) for e in square.events(feed) if kind_of(e).startswith("Signal")]


def test_those_who_look_after_the_room_hear_it_and_nobody_else(square: Square) -> None:
    here, there = camera(square, 0, "cam"), camera(square, 1, "far")
    grant(square, REPORTER)
    grant(square, MODERATOR)
    sent = cmd.SendSignal(signal="no_sound", room_id=square.rooms[0], text="left mike")
    signal_id = square.do(sent, FACILITATOR).data["signal_id"]
    assert heard(square, STAFF) == ["SignalSent"]
    assert heard(square, member_feed(here.member_id or "")) == ["SignalSent"]
    assert heard(square, member_feed("b_rep")) == ["SignalSent"]
    # Staff read theirs in the staff feed; others are not concerned.
    for feed in (PUBLIC, *map(member_feed, (there.member_id or "", "b_mod", "b_ann"))):
        assert heard(square, feed) == []
    shown = square.snapshot(member_feed("b_cam"))["signals"][signal_id]
    assert shown["content"] == {"name": "Fay", "text": "left mike"}
    assert "left mike" not in str(square.snapshot(PUBLIC))


def test_the_first_who_takes_it_up_stands_beside_it(square: Square) -> None:
    here = camera(square, 0, "cam")
    sent = cmd.SendSignal(signal="two_minutes", room_id=square.rooms[0])
    signal_id = square.do(sent, FACILITATOR).data["signal_id"]
    square.do(cmd.SeeSignal(signal_id=signal_id), here)
    assert square.do(cmd.SeeSignal(signal_id=signal_id), MODERATOR).facts == []
    assert square.snapshot(STAFF)["signals"][signal_id]["seen"] == {"name": "cam"}


def test_a_camera_hears_the_answer_to_its_own_call(square: Square) -> None:
    here = camera(square, 0, "cam")
    call = cmd.SendSignal(signal="help", room_id=square.rooms[1])
    signal_id = square.do(call, here).data["signal_id"]
    square.do(cmd.SeeSignal(signal_id=signal_id), FACILITATOR)
    assert heard(square, member_feed("b_cam")) == ["SignalSent", "SignalSeen"]


def test_only_the_newest_are_kept_to_show(square: Square) -> None:
    first = square.do(cmd.SendSignal(signal="all_well"), FACILITATOR).data["signal_id"]
    for _ in range(SIGNALS_KEPT):
        square.do(cmd.SendSignal(signal="all_well"), FACILITATOR)
    assert len(square.full.signals) == SIGNALS_KEPT
    with pytest.raises(Refusal) as refusal:
        square.do(cmd.SeeSignal(signal_id=first), FACILITATOR)
    assert refusal.value.code == "no_such_signal"


def test_signals_are_for_the_team(square: Square) -> None:
    sent = cmd.SendSignal(signal="no_sound", room_id=square.rooms[0])
    with pytest.raises(Refusal) as refusal:
        square.do(sent, ANN)
    assert refusal.value.code == "not_allowed"
    signal_id = square.do(sent, FACILITATOR).data["signal_id"]
    other = camera(square, 1, "far")
    for actor in (ANN, other):
        with pytest.raises(Refusal) as refusal:
            square.do(cmd.SeeSignal(signal_id=signal_id), actor)
        assert refusal.value.code == "not_allowed"
    with pytest.raises(Refusal) as refusal:
        square.do(cmd.SendSignal(signal="help", room_id="r_nowhere"), FACILITATOR)
    assert refusal.value.code == "no_such_room"
