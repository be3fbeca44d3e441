"""What a contribution speaks to, under which name, with which pictures and past."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.feeds import PUBLIC, member_feed
from folkmoot.core.state import Contribution
from tests.core.play import START
from tests.core.square import (
    ANN,
    BEN,
    FACILITATOR,
    MODERATOR,
    ORGANISER,
    Square,
)


@pytest.fixture
def square() -> Square:
    return Square()


def on_air(square: Square, *rooms: int) -> None:
    for room in rooms:
        square.do(cmd.StartChannel(room_id=square.rooms[room]), ORGANISER)


def shown(square: Square, post: str) -> Contribution:
    return square.states[PUBLIC].contributions[post]


def moment(square: Square, post: str) -> tuple[str | None, datetime | None]:
    return (item := shown(square, post)).room_id, item.about_at


# --- the moment ------------------------------------------------------------------


def test_off_air_a_post_speaks_to_no_moment(square: Square) -> None:
    assert moment(square, square.post("Hello")) == (None, None)


def test_on_air_a_post_speaks_to_what_the_public_sees(square: Square) -> None:
    delay = cmd.DelayChannel(room_id=square.rooms[0], seconds=30)
    square.do(delay, ORGANISER)
    on_air(square, 0)
    post = square.post("Hello")
    seen_at = square.now - timedelta(seconds=30)
    assert moment(square, post) == (square.rooms[0], seen_at)


def test_with_two_rooms_on_air_a_post_speaks_to_the_moment_in_both(
    square: Square,
) -> None:
    on_air(square, 0, 1)
    post = square.post("Hello")
    assert moment(square, post) == (None, square.now)


def test_a_said_moment_holds_and_is_never_to_come(square: Square) -> None:
    said = {"room_id": square.rooms[1], "at": START}
    assert moment(square, square.post("Then", **said)) == (square.rooms[1], START)
    later = square.post("Soon", at=square.now + timedelta(hours=1))
    assert moment(square, later) == (None, square.now)


def test_a_reply_stands_where_its_parent_does(square: Square) -> None:
    said = {"room_id": square.rooms[1], "at": START}
    session = f"session:{square.propose('Trees')}"
    top = square.post("There", thread=session, **said)
    reply = square.post("Yes", BEN, reply_to=top)
    assert shown(square, reply).thread == session
    assert moment(square, reply) == (square.rooms[1], START)


def test_an_agenda_item_has_a_thread_that_speaks_to_its_beginning(
    square: Square,
) -> None:
    item = cmd.AddMarker(room_id=square.rooms[1], kind="agenda", label="Rents")
    marker = square.full.markers[square.do(item, FACILITATOR).data["marker_id"]]
    post = square.post("Too high", thread=f"agenda:{marker.marker_id}")
    assert moment(square, post) == (square.rooms[1], marker.marked_at)
    # And when it is taken off, what was said stays.
    square.do(cmd.RemoveMarker(marker_id=marker.marker_id), FACILITATOR)
    assert shown(square, square.post("Still", BEN, reply_to=post)).thread == (
        f"agenda:{marker.marker_id}"
    )


def test_after_a_session_its_thread_speaks_to_its_beginning(square: Square) -> None:
    trees = square.propose("Trees")
    square.place(trees)
    square.do(cmd.StartSession(session_id=trees), ANN)
    began_at = square.now
    square.do(cmd.FinishSession(session_id=trees), ANN)
    post = square.post("Good", thread=f"session:{trees}")
    assert moment(square, post) == (square.rooms[0], began_at)


# --- names -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "author"), [("anonymous", None), ("pseudonym", "Night Owl")]
)
def test_another_label_tells_the_public_nothing_of_the_author(
    square: Square, label: str, author: str | None
) -> None:
    post = square.post("Psst", label=label, pseudonym=" Night  Owl ")
    public = str(square.entries(PUBLIC)) + str(square.snapshot(PUBLIC))
    assert "b_ann" not in public
    assert "Ann" not in public
    assert square.snapshot(PUBLIC)["contributions"][post]["content"]["author"] == author
    assert post in square.states[member_feed("b_ann")].authored


def test_whom_one_speaks_for_and_ones_stake_stand_with_the_post(
    square: Square,
) -> None:
    said = {"speaks_for": "The allotments", "stake": "I rent one"}
    called = {"on_behalf_of": "Eve", "behalf_way": "phone"}
    post = square.post("Water!", **said, **called)
    content = square.snapshot(PUBLIC)["contributions"][post]["content"]
    assert content["speaks_for"] == "The allotments"
    assert content["stake"] == "I rent one"
    assert content["on_behalf_of"] == "Eve"
    assert content["origin"] == {"way": "phone", "table": ""}


# --- former texts ------------------------------------------------------------------


def test_an_edit_keeps_the_former_text_with_its_time(square: Square) -> None:
    post = square.post("Frist")
    written_at = square.now
    square.do(cmd.EditContribution(contribution_id=post, text="First"), ANN)
    item = shown(square, post)
    (former,) = item.formers
    assert former.written_at == written_at
    assert square.text(former.content_id)["text"] == "Frist"
    assert item.edited_at == square.now
    assert len(square.full.contributions[post].formers) == 1


def test_a_hidden_posts_former_texts_stay_hidden(square: Square) -> None:
    post = square.post("secret word")
    square.do(cmd.EditContribution(contribution_id=post, text="kind word"), ANN)
    square.do(cmd.HideContribution(contribution_id=post, reason="x"), MODERATOR)
    square.do(cmd.PublishContribution(contribution_id=post), MODERATOR)
    assert shown(square, post).formers == ()
    assert "secret word" not in str(square.entries(PUBLIC))


def test_what_was_written_before_it_was_published_is_no_former_text() -> None:
    square = Square(moderation="before")
    post = square.post("hasty word")
    square.do(cmd.EditContribution(contribution_id=post, text="calm word"), ANN)
    square.do(cmd.PublishContribution(contribution_id=post), MODERATOR)
    assert shown(square, post).formers == ()
    assert "hasty" not in str(square.entries(PUBLIC))


# --- what is attached ----------------------------------------------------------------


def test_an_edit_that_leaves_a_picture_out_deletes_it(square: Square) -> None:
    one, two = (square.send_ahead("b_ann", "image") for _ in range(2))
    refs = [cmd.AttachmentRef(attachment_id=sent) for sent in (one, two)]
    post = square.post("Look", attachments=refs)
    square.do(cmd.EditContribution(contribution_id=post, text="Look!"), ANN)
    assert {one, two} <= square.texts.keys()
    fewer = cmd.EditContribution(contribution_id=post, attachments=refs[1:])
    square.do(fewer, ANN)
    assert one not in square.texts
    content = square.snapshot(PUBLIC)["contributions"][post]["content"]
    assert [sent["attachment_id"] for sent in content["attachments"]] == [two]
