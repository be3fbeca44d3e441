"""What is held back is nowhere before its moment, and whole at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.moderation.embargo import is_item
from tests.core.square import ANN, FACILITATOR, MODERATOR, ORGANISER, SYSTEM, Square

WORD = "quince"


def _hold(square: Square, **moment: Any) -> str:
    held = cmd.HoldEmbargo(type="contribution.post", data={"text": WORD}, **moment)
    return str(square.do(held, MODERATOR).data["embargo_id"])


def _public(square: Square) -> str:
    return str(square.entries(PUBLIC)) + str(square.snapshot(PUBLIC))


def test_held_contribution_is_let_out_at_its_moment_as_its_authors() -> None:
    square = Square()
    _hold(square, when="time", release_at=square.now + timedelta(minutes=5))
    square.do(cmd.ReleaseDue(), SYSTEM)
    assert WORD not in _public(square)
    square.now += timedelta(minutes=5)
    square.do(cmd.ReleaseDue(), SYSTEM)
    (shown,) = square.snapshot(PUBLIC)["contributions"].values()
    assert shown["content"]["text"] == WORD
    assert (shown["content"]["author"], shown["author_id"]) == ("Mo", "b_mod")
    assert square.snapshot(STAFF)["embargoes"] == {}


def test_start_of_a_session_lets_out_in_the_same_step() -> None:
    square = Square()
    session_id = square.propose("Trees")
    square.place(session_id)
    _hold(square, when="session", session_id=session_id)
    square.do(cmd.StartSession(session_id=session_id), FACILITATOR)
    assert WORD in _public(square)


def test_agenda_item_lets_out_when_the_public_sees_it() -> None:
    square = Square()
    room_id = square.rooms[0]
    _hold(square, when="agenda", label="4")
    square.do(cmd.DelayChannel(room_id=room_id, seconds=30), FACILITATOR)
    for label in ("3. Minutes", "14. Other", "4. Budget"):
        mark = cmd.AddMarker(room_id=room_id, kind="agenda", label=label)
        square.do(mark, FACILITATOR)
        assert WORD not in _public(square)
    square.now += timedelta(seconds=31)
    square.do(cmd.PublishMarkers(), SYSTEM)
    assert WORD in _public(square)


@pytest.mark.parametrize(
    ("label", "wanted", "same"),
    [
        ("4. Budget", "4", True),
        ("4. Budget", "4.", True),
        ("Budget", "budget ", True),
        ("14. Budget", "4", False),
        ("4a Budget", "4", False),
        ("Budget of 4", "4", False),
        ("The budget", "the", False),
    ],
)
def test_item_is_meant_by_label_or_number(label: str, wanted: str, same: bool) -> None:
    assert is_item(label, wanted) is same


def test_dropped_and_let_out_leave_no_other_text() -> None:
    square = Square()
    square.do(cmd.DropEmbargo(embargo_id=_hold(square, when="by_hand")), ORGANISER)
    assert WORD not in str(square.texts)
    embargo_id = _hold(square, when="by_hand")
    square.do(cmd.ReleaseEmbargo(embargo_id=embargo_id), ORGANISER)
    (contribution_id,) = square.full.contributions
    withdraw = cmd.WithdrawContribution(contribution_id=contribution_id)
    square.do(withdraw, MODERATOR)
    assert WORD not in str(square.texts)


def test_what_can_not_be_given_any_more_stays_held_with_the_reason() -> None:
    square = Square()
    session_id = square.propose("Trees", ANN)
    note = {"session_id": session_id, "kind": "discussed", "text": WORD}
    held = cmd.HoldEmbargo(
        type="note.add", data=note, when="time", release_at=square.now
    )
    square.do(held, FACILITATOR)
    square.do(cmd.WithdrawSession(session_id=session_id), ANN)
    square.do(cmd.ReleaseDue(), SYSTEM)
    (kept,) = square.snapshot(STAFF)["embargoes"].values()
    assert kept["failed"]["reason"] == "There is no such session in this meeting."
    assert WORD not in _public(square)
    facts = square.do(cmd.ReleaseDue(), SYSTEM).facts
    assert not facts


def test_what_is_held_keeps_its_pictures_for_the_team_until_it_is_out() -> None:
    square = Square()
    one, other = (square.send_ahead("b_mod", "image", width=4) for _ in range(2))
    data = {"text": "Soon", "attachments": [{"attachment_id": one, "alt": "A map"}]}
    hold = cmd.HoldEmbargo(type="contribution.post", data=data, when="by_hand")
    embargo = square.do(hold, MODERATOR).data["embargo_id"]
    assert square.uploads[one].item_id == embargo
    assert (one, PUBLIC) not in square.grants
    assert square.grants[one, STAFF]
    # Another moment changes nothing of it; another picture takes its place.
    open_ = cmd.ChangeEmbargo(embargo_id=embargo, when="open")
    square.do(open_, MODERATOR)
    assert one in square.texts
    data = {**data, "attachments": [{"attachment_id": other, "alt": "A plan"}]}
    change = cmd.ChangeEmbargo(embargo_id=embargo, when="by_hand", data=data)
    square.do(change, MODERATOR)
    assert one not in square.texts
    square.do(cmd.ReleaseEmbargo(embargo_id=embargo), MODERATOR)
    (post,) = square.snapshot(PUBLIC)["contributions"].values()
    (attached,) = post["content"]["attachments"]
    assert attached["attachment_id"] == other
    assert square.grants[other, PUBLIC]
    assert square.uploads[other].item_id == post["contribution_id"]


def test_what_is_dropped_takes_its_pictures_along() -> None:
    square = Square()
    one = square.send_ahead("b_mod", "image", width=4)
    data = {"text": "Soon", "attachments": [{"attachment_id": one}]}
    hold = cmd.HoldEmbargo(type="contribution.post", data=data, when="by_hand")
    embargo = square.do(hold, MODERATOR).data["embargo_id"]
    square.do(cmd.DropEmbargo(embargo_id=embargo), MODERATOR)
    assert one not in square.texts
