"""What a contribution speaks to, under which name, with which pictures and past."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import msgspec
import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.feeds import PUBLIC, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import Contribution
from folkmoot.core.talk.names import is_same
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


def _prepare(square: Square, *labels: str, published: bool = True) -> list[str]:
    """Prepare a room's items; return those that everyone reads."""
    room_id = square.rooms[1]
    items = [cmd.PreparedMarker(label=label) for label in labels]
    items.append(cmd.PreparedMarker(label="Ada Ruiz", kind="speaker"))
    square.do(
        cmd.PrepareMarkers(room_id=room_id, items=items, published=published),
        FACILITATOR,
    )
    agenda = square.full.agenda.get(room_id)
    return list(agenda.item_ids) if agenda else []


def test_what_is_on_the_published_agenda_has_a_thread_before_it_begins(
    square: Square,
) -> None:
    budget, rents = _prepare(square, "Budget", "Rents")
    post = square.post("Too high", thread=f"agenda:{rents}")
    assert moment(square, post) == (None, None)
    item = cmd.AddMarker(room_id=square.rooms[1], kind="agenda", label="Rents")
    assert square.do(item, FACILITATOR).data["marker_id"] == rents
    # Once more: another item, and the other room's is none of this agenda.
    assert square.do(item, FACILITATOR).data["marker_id"] != rents
    other = msgspec.structs.replace(item, room_id=square.rooms[0], label="Budget")
    assert square.do(other, FACILITATOR).data["marker_id"] != budget
    reply = square.post("Indeed", BEN, reply_to=post)
    assert shown(square, reply).thread == f"agenda:{rents}"


def test_an_item_of_the_agenda_stays_itself_when_it_moves_or_is_reworded(
    square: Square,
) -> None:
    first = _prepare(square, "Budget", "Rents", "Trees")
    moved = _prepare(square, "Trees", "Budget", "Rents")
    assert moved == [first[2], first[0], first[1]]
    assert _prepare(square, "Trees", "The budget", "Rents") == moved
    assert _prepare(square, "Trees", "Rents") == [moved[0], moved[2]]
    grown = _prepare(square, "Parks", "Trees", "Rents")
    assert grown[1:] == [moved[0], moved[2]]
    assert grown[0] not in first


def test_an_agenda_that_is_no_longer_published_is_read_by_nobody(
    square: Square,
) -> None:
    (item_id,) = _prepare(square, "Zebra crossing")
    assert "Zebra" in json.dumps(square.entries(PUBLIC))
    assert _prepare(square, "Zebra crossing", published=False) == []
    assert "Zebra" not in json.dumps(square.entries(PUBLIC))
    assert "Zebra" not in json.dumps(square.snapshot(PUBLIC))
    with pytest.raises(Refusal, match="no such thread"):
        square.post("Still?", thread=f"agenda:{item_id}")


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


# --- names on the organisers' list ---------------------------------------------------


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("Cllr Smith", True),
        ("CLLR. SMITH", True),
        ("cllr  smith", True),
        ("CllrSmith", True),
        ("Cllr Sm\u0456th", True),  # with a Cyrillic letter
        ("Cllr Sm1th", True),
        ("Çllr Smïth", True),
        ("Cllr Smith (official)", True),
        ("Smith, Cllr", True),
        ("Anna Smith", False),
        ("Smith", False),
        ("Cllr Smithson", False),
    ],
)
def test_a_listed_name_is_known_however_it_is_written(given: str, same: bool) -> None:
    assert is_same("Cllr Smith", given) == same


def test_a_listed_single_word_has_to_be_the_whole_name() -> None:
    assert is_same("Mayor", "MAYOR")
    assert not is_same("Mayor", "Jo Mayor")


def test_a_listed_name_is_its_owners_alone_and_confirmed(square: Square) -> None:
    link = cmd.MakeInvite(duty="name", label="Cllr Smith")
    invite_id = square.do(link, ORGANISER).data["invite_id"]
    smith = Actor("b_smith", "Jo", frozenset({"name"}))
    square.do(cmd.GrantDuty(member_id="b_smith", duty="name", invite_id=invite_id))
    post = square.post("On the record", smith)
    item = square.snapshot(PUBLIC)["contributions"][post]
    assert (item["content"]["author"], item["confirmed"]) == ("Cllr Smith", True)
    for said in (
        {"actor": Actor("b_x", "Cllr Smith")},
        {"label": "pseudonym", "pseudonym": "Cllr Smith"},
        {"on_behalf_of": "cllr smith"},
    ):
        with pytest.raises(Refusal) as refused:
            square.post("Not me", **said)
        assert refused.value.code == "name_listed"
    # Who has the name may still write without it, or under another.
    hidden = square.post("Off the record", smith, label="anonymous")
    item = square.snapshot(PUBLIC)["contributions"][hidden]
    assert (item["content"]["author"], item["confirmed"]) == (None, False)
    # With the link void nobody is confirmed any more; what was said stays.
    square.do(cmd.RevokeInvite(invite_id=invite_id), ORGANISER)
    later = square.post("Later", Actor("b_smith", "Jo"))
    assert not square.full.contributions[later].confirmed
    assert square.full.contributions[post].confirmed


def test_nobody_hosts_or_raises_a_hand_under_a_listed_name(square: Square) -> None:
    square.do(cmd.MakeInvite(duty="name", label="Cllr Smith"), ORGANISER)
    with pytest.raises(Refusal) as refused:
        square.propose("My session", Actor("b_x", "Cllr Smith"))
    assert refused.value.code == "name_listed"


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
