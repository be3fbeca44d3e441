"""Live updates: who reads a draft, what comes out when, what stays of a mistake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.events import kind_of
from folkmoot.core.feeds import PUBLIC, REPORTERS, STAFF, may_read
from folkmoot.core.live.report import next_due_at
from folkmoot.core.refusals import Refusal
from tests.core.square import ANN, FACILITATOR, MODERATOR, Square

RIA = Actor("b_ria", "Ria", frozenset({"report"}))
ROY = Actor("b_roy", "Roy", frozenset({"report"}))


@pytest.fixture
def square() -> Square:
    return Square()


def written(square: Square, command: cmd.Command, actor: Actor = RIA) -> str:
    return str(square.do(command, actor).data["update_id"])


def public(square: Square) -> dict[str, Any]:
    updates: dict[str, Any] = square.snapshot(PUBLIC)["updates"]
    return updates


def told(square: Square, feed: str) -> list[str]:
    return [kind_of(e) for e in square.events(feed) if kind_of(e).startswith("Update")]


def test_draft_is_read_by_those_who_report_until_it_comes_out(square: Square) -> None:
    draft = written(square, cmd.DraftUpdate(text="The"))
    edit = cmd.EditUpdate(update_id=draft, text="The mayor")
    square.do(edit, ROY, expect=1)
    shown = square.snapshot(REPORTERS)["drafts"][draft]
    assert (shown["version"], shown["content"]["text"]) == (2, "The mayor")
    # Who began it stays its author.
    assert shown["content"]["author"] == "Ria"
    assert told(square, PUBLIC) == told(square, STAFF) == []
    square.do(cmd.PublishUpdate(update_id=draft), RIA, expect=2)
    assert square.snapshot(REPORTERS)["drafts"] == {}
    assert public(square)[draft]["content"]["text"] == "The mayor"


def test_only_who_reports_reads_drafts() -> None:
    for actor, reads in ((RIA, True), (MODERATOR, True), (ANN, False)):
        assert reads == may_read(
            REPORTERS, member_id="b_x", staff=actor.staff, reports=actor.reports
        )


def test_half_finished_words_are_deleted(square: Square) -> None:
    draft = written(square, cmd.DraftUpdate(text="The mayor is a"))
    square.do(cmd.EditUpdate(update_id=draft, text="The mayor is abroad"), RIA)
    texts = [text.get("text") for _, text in square.texts.values()]
    assert "The mayor is a" not in texts
    assert "The mayor is abroad" in texts


def test_the_later_of_two_writers_is_told_and_nothing_is_overwritten(
    square: Square,
) -> None:
    draft = written(square, cmd.DraftUpdate(text="x"))
    square.do(cmd.EditUpdate(update_id=draft, text="by Ria"), RIA, expect=1)
    with pytest.raises(Refusal) as caught:
        square.do(cmd.EditUpdate(update_id=draft, text="by Roy"), ROY, expect=1)
    assert caught.value.code == "outdated"
    assert caught.value.data == {"update_id": draft, "seen": 1, "version": 2}
    assert square.snapshot(REPORTERS)["drafts"][draft]["content"]["text"] == "by Ria"


def test_same_words_again_change_nothing(square: Square) -> None:
    draft = written(square, cmd.DraftUpdate(text="x"))
    assert square.do(cmd.EditUpdate(update_id=draft, text="x"), RIA).facts == []


def test_correction_stays_below_what_it_corrects(square: Square) -> None:
    update = written(square, cmd.PostUpdate(text="Twelve trees"))
    note = "There were ten trees."
    square.do(cmd.CorrectUpdate(update_id=update, text="Ten trees", note=note), ROY)
    square.do(cmd.EditUpdate(update_id=update, text="Ten trees."), RIA)
    shown = public(square)[update]
    assert (shown["edited"], shown["corrected"]) == (True, True)
    assert shown["content"]["text"] == "Ten trees."
    (correction,) = shown["content"]["corrections"]
    assert (correction["note"], correction["author"]) == (note, "Roy")


def test_taken_back_update_leaves_no_word_and_no_picture(square: Square) -> None:
    update = written(square, cmd.PostUpdate(text="Zebra"))
    square.do(cmd.EditUpdate(update_id=update, text="Zebras"), RIA)
    square.do(
        cmd.AddUpdatePicture(
            update_id=update, image=b"a", small=b"b", width=1, height=1
        ),
        RIA,
    )
    square.do(cmd.PinUpdate(update_id=update, pinned=True), RIA)
    square.do(cmd.WithdrawUpdate(update_id=update), RIA)
    assert square.written(update) == []
    shown = public(square)[update]
    assert (shown["content"], shown["gone"]) == (None, "withdrawn")
    assert (shown["pinned"], shown["image_id"]) == (False, None)
    assert "Zebra" not in str(square.entries(PUBLIC))


def test_update_waits_until_the_public_sees_its_moment(square: Square) -> None:
    room_id = square.rooms[0]
    square.do(cmd.DelayChannel(room_id=room_id, seconds=60), FACILITATOR)
    update = written(square, cmd.PostUpdate(text="Now!", room_id=room_id))
    at = square.now
    square.do(cmd.PublishMarkers())
    assert public(square) == {}
    assert next_due_at(square.full) == at + timedelta(seconds=60)
    square.now = at + timedelta(seconds=60)
    square.do(cmd.PublishMarkers())
    assert public(square)[update]["content"]["text"] == "Now!"
    assert next_due_at(square.full) is None


def test_update_on_seconds_that_were_taken_back_does_not_come_out(
    square: Square,
) -> None:
    room_id = square.rooms[0]
    square.do(cmd.DelayChannel(room_id=room_id, seconds=60), FACILITATOR)
    square.do(cmd.StartChannel(room_id=room_id), FACILITATOR)
    update = written(square, cmd.PostUpdate(text="A name", room_id=room_id))
    square.do(cmd.HoldChannel(room_id=room_id, dump_seconds=30), FACILITATOR)
    square.now += timedelta(minutes=5)
    square.do(cmd.PublishMarkers())
    assert public(square) == {}
    assert not square.snapshot(REPORTERS)["drafts"][update]["waiting"]


def test_what_waits_and_is_changed_is_a_draft_again(square: Square) -> None:
    room_id = square.rooms[0]
    square.do(cmd.DelayChannel(room_id=room_id, seconds=60), FACILITATOR)
    update = written(square, cmd.PostUpdate(text="Now!", room_id=room_id))
    square.do(cmd.EditUpdate(update_id=update, text="No", room_id=room_id), RIA)
    square.now += timedelta(minutes=5)
    square.do(cmd.PublishMarkers())
    assert public(square) == {}


def test_picture_can_be_read_by_whom_the_update_is_for(square: Square) -> None:
    draft = written(square, cmd.DraftUpdate(text="x"))
    add = cmd.AddUpdatePicture(
        update_id=draft, image=b"a", small=b"b", width=1, height=1
    )
    image_id = square.do(add, RIA).data["image_id"]
    assert square.grants[image_id, REPORTERS]
    assert (image_id, PUBLIC) not in square.grants
    square.do(cmd.PublishUpdate(update_id=draft), RIA)
    assert square.grants[image_id, PUBLIC]


def test_story_is_shown_in_updates_only_as_its_author_agreed(square: Square) -> None:
    for terms in ({"audience": "meeting"}, {"audience": "public"}):
        story = square.story("My bench", purposes=["meeting"], **terms)
        with pytest.raises(Refusal) as refused:
            written(square, cmd.PostUpdate(embed="contribution", embed_id=story))
        assert refused.value.code == "not_agreed"
    story = square.story("My bench", audience="public", purposes=["report"])
    shows: dict[str, Any] = {"embed": "contribution", "embed_id": story}
    alone = written(square, cmd.PostUpdate(**shows))
    spoken = written(square, cmd.PostUpdate(text="Ann tells of a bench", **shows))
    draft = written(square, cmd.DraftUpdate(text="Later", **shows))
    made = square.do(cmd.RenewConsent(contribution_id=story, purposes=["meeting"]), ANN)
    # Its author hears nothing of drafts.
    assert made.data == {}
    updates = public(square)
    assert updates[alone]["withdrawn"]
    assert updates[alone]["content"] is None
    assert (updates[spoken]["embed_id"], updates[spoken]["version"]) == (None, 2)
    assert updates[spoken]["content"]["text"] == "Ann tells of a bench"
    assert square.snapshot(REPORTERS)["drafts"][draft]["embed_id"] is None
