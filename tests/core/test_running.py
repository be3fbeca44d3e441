"""Sessions as they happen: their real times, hands, notes, who is where."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.feeds import BALLOTS, PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from tests.core.play import START
from tests.core.square import ANN, BEN, CAT, DAN, FACILITATOR, MODERATOR, Square


def placed(square: Square, title: str = "Trees", **where: int) -> str:
    session_id = square.propose(title, ANN)
    square.place(session_id, **where)
    return session_id


def spans(square: Square, session_id: str) -> list[tuple[int, float, float | None]]:
    """Return of each span the room's number and its ends in seconds from the first."""
    found = square.full.sessions[session_id].spans
    first = found[0].from_at
    return [
        (
            square.rooms.index(span.room_id),
            (span.from_at - first).total_seconds(),
            None if span.to_at is None else (span.to_at - first).total_seconds(),
        )
        for span in found
    ]


def test_a_sessions_real_time_follows_it_into_another_room() -> None:
    square = Square()
    trees = placed(square)
    square.do(cmd.StartSession(session_id=trees), ANN)
    square.place(trees, room=1)
    square.do(cmd.FinishSession(session_id=trees), ANN)
    assert spans(square, trees) == [(0, 0.0, 1.0), (1, 1.0, 2.0)]
    assert not square.full.sessions[trees].running


def test_said_twice_is_said_once_and_it_may_begin_again() -> None:
    square = Square()
    trees = placed(square)
    for command in (cmd.StartSession, cmd.StartSession, cmd.FinishSession) * 2:
        square.do(command(session_id=trees), ANN)
    square.do(cmd.FinishSession(session_id=trees), ANN)
    assert len(square.full.sessions[trees].spans) == 2


def test_the_next_session_ends_one_that_lasts_too_long() -> None:
    square = Square()
    trees, stalls = placed(square), placed(square, "Stalls", slot=1)
    square.do(cmd.StartSession(session_id=trees), ANN)
    square.do(cmd.StartSession(session_id=stalls), FACILITATOR)
    assert not square.full.sessions[trees].running
    assert square.full.sessions[stalls].running


def test_who_goes_back_to_the_proposals_is_over() -> None:
    square = Square()
    trees = placed(square)
    square.do(cmd.StartSession(session_id=trees), ANN)
    square.do(cmd.UnplaceSession(session_id=trees), ANN)
    assert not square.full.sessions[trees].running


def test_the_end_of_the_meeting_ends_all() -> None:
    square = Square()
    trees = placed(square)
    square.do(cmd.StartSession(session_id=trees), ANN)
    square.do(cmd.RaiseHand(session_id=trees), BEN)
    square.do(cmd.EndMeeting(), FACILITATOR_OR_MORE)
    assert not square.full.sessions[trees].running
    assert square.full.hands == {}


FACILITATOR_OR_MORE = FACILITATOR.__class__("b_org", "Ola", frozenset({"organise"}))


def test_a_session_lasts_longer_until_the_room_is_needed() -> None:
    square = Square()
    trees = placed(square)
    until = START + timedelta(minutes=140)
    square.do(cmd.ExtendSession(session_id=trees, until_at=until), ANN)
    assert square.full.sessions[trees].until_at == until
    stalls = placed(square, "Stalls", slot=1)
    done = square.do(
        cmd.ExtendSession(session_id=trees, until_at=until + timedelta(minutes=1)),
        FACILITATOR,
    )
    assert done.data["overlaps"] == stalls
    square.do(cmd.ExtendSession(session_id=trees, until_at=None), ANN)
    assert square.full.sessions[trees].until_at is None


def test_times_move_with_all_that_follow_and_people_are_told() -> None:
    square = Square()
    trees = placed(square, slot=1)
    square.want(trees, BEN)
    before = [slot.starts_at for slot in square.full.slots.values()]
    square.do(cmd.ShiftTimes(slot_id=square.slots[1], minutes=10), FACILITATOR)
    after = [slot.starts_at for slot in square.full.slots.values()]
    assert after == [before[0], before[1] + timedelta(minutes=10)]
    assert ("time_changed", trees) in square.told(BEN)


def test_a_hand_is_raised_once_and_lowered_by_its_owner_or_a_host() -> None:
    square = Square()
    trees = placed(square)
    hand = square.do(cmd.RaiseHand(session_id=trees), BEN).data["hand_id"]
    assert square.do(cmd.RaiseHand(session_id=trees), BEN).data["hand_id"] == hand
    other = square.do(cmd.RaiseHand(session_id=trees), CAT).data["hand_id"]
    square.do(cmd.LowerHand(hand_id=hand), BEN)
    square.do(cmd.LowerHand(hand_id=other, called=True), ANN)
    square.do(cmd.LowerHand(hand_id=other, called=True), ANN)
    assert square.full.hands == {}


def test_what_is_read_aloud_says_when() -> None:
    square = Square()
    post = square.post("Which?", BEN, thread=f"session:{placed(square)}")
    for _ in range(2):
        square.do(cmd.ReadAloud(contribution_id=post), ANN)
    first = square.full.contributions[post].read_aloud_at
    assert first is not None
    assert first < square.now


def line(square: Square, session_id: str, who: Any, text: str = "x") -> str:
    add = cmd.AddNote(session_id=session_id, kind="action", text=text, who="Eve")
    return str(square.do(add, who).data["note_id"])


def said(square: Square, note_id: str) -> dict[str, Any]:
    return square.text(square.full.notes[note_id].content_id)


def test_several_write_at_once_and_nothing_is_lost() -> None:
    square = Square()
    trees = placed(square)
    first, second = line(square, trees, ANN, "one"), line(square, trees, BEN, "two")
    square.do(cmd.EditNote(note_id=first, text="one, by Cat"), CAT, expect=1)
    square.do(cmd.EditNote(note_id=second, due=date(2026, 6, 1)), DAN, expect=1)
    with pytest.raises(Refusal) as caught:
        square.do(cmd.EditNote(note_id=first, text="one, by Dan"), DAN, expect=1)
    assert caught.value.data == {"note_id": first, "seen": 1, "version": 2}
    assert said(square, first) == {"text": "one, by Cat", "who": "Eve", "author": "Cat"}
    assert said(square, second)["text"] == "two"
    assert square.full.notes[second].due == date(2026, 6, 1)
    square.do(cmd.EditNote(note_id=second, due_clear=True), DAN)
    assert square.full.notes[second].due is None


def test_a_removed_line_can_be_put_back() -> None:
    square = Square()
    note = line(square, placed(square), BEN)
    square.do(cmd.RemoveNote(note_id=note), ANN, expect=1)
    assert square.full.notes[note].removed
    square.do(cmd.EditNote(note_id=note), CAT, expect=2)
    assert not square.full.notes[note].removed
    assert said(square, note)["text"] == "x"


@pytest.mark.parametrize("who", [BEN, MODERATOR])
def test_an_erased_line_leaves_no_text_in_any_version(who: Any) -> None:
    square = Square()
    note = line(square, placed(square), BEN, "private")
    square.do(cmd.EditNote(note_id=note, text="more private"), BEN)
    square.do(cmd.RemoveNote(note_id=note, erase=True), who)
    assert note not in square.full.notes
    assert "private" not in str(square.entries(PUBLIC, 0))


def test_a_photos_bytes_are_in_no_feed_and_go_with_it() -> None:
    square = Square()
    photo = cmd.AddPhoto(
        session_id=placed(square), image=b"\xff\xd8 big", small=b"s", width=4, height=3
    )
    data = square.do(photo, BEN).data
    assert square.text(data["image_id"])["small"] == "cw=="
    assert "cw==" not in str(square.entries(PUBLIC, 0)) + str(square.snapshot(PUBLIC))
    square.do(cmd.RemoveNote(note_id=data["note_id"], erase=True), BEN)
    assert square.text(data["image_id"]) == {}


def test_a_withdrawn_session_takes_its_notes_along() -> None:
    square = Square()
    trees = placed(square)
    line(square, trees, BEN, "secret plan")
    square.do(cmd.WithdrawSession(session_id=trees), ANN)
    assert square.full.notes == {}
    assert "secret plan" not in str(square.entries(PUBLIC, 0))


def test_notes_go_along_when_sessions_merge() -> None:
    square = Square()
    trees, stalls = placed(square), square.propose("Stalls", BEN)
    note = line(square, stalls, CAT)
    square.do(cmd.StartSession(session_id=trees), ANN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=stalls), BEN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=stalls), ANN)
    assert square.full.notes[note].session_id == trees
    assert square.full.sessions[trees].running


def test_rooms_show_how_many_and_nobody_shows_who() -> None:
    square = Square()
    plenary, small = square.rooms
    for who in (ANN, BEN, CAT):
        square.do(cmd.SetHere(room_id=plenary), who)
    square.do(cmd.SetHere(room_id=small), CAT)
    square.do(cmd.PublishTallies())
    assert square.snapshot(PUBLIC)["here"] == {plenary: 2, small: 1}
    square.do(cmd.SetHere(room_id=None), CAT)
    square.do(cmd.PublishTallies())
    assert square.snapshot(PUBLIC)["here"] == {plenary: 2, small: 0}
    assert square.snapshot(member_feed("b_ben"))["places"] == {"b_ben": plenary}
    for feed in (PUBLIC, STAFF):
        assert square.snapshot(feed)["places"] == {}
    assert BALLOTS in square.feeds
