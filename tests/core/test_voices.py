"""What a voice note says: heard by machine, corrected by people, read by who may hear."""

from __future__ import annotations

from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from tests.core.square import ADMIN, ANN, BEN, MODERATOR, Square

HEARD = "We need a bench"


@pytest.fixture
def square() -> Square:
    return Square()


def post_note(square: Square, said: str = "", **details: Any) -> tuple[str, str]:
    """Post a voice note; what `details` say came with the upload."""
    note = square.send_ahead("b_ann", "voice", seconds=2.0, **details)
    refs = [cmd.AttachmentRef(attachment_id=note, text=said)]
    draft = square.do(cmd.PostContribution(attachments=refs), ANN)
    return str(draft.data["contribution_id"]), note


def caption(
    square: Square, place: tuple[str, str], text: str, actor: Actor, heard: str = ""
) -> None:
    post, note = place
    square.do(
        cmd.CaptionVoice(
            contribution_id=post, attachment_id=note, text=text, heard=heard
        ),
        actor,
    )


def hear(square: Square, place: tuple[str, str], text: str = HEARD) -> None:
    caption(square, place, text, SYSTEM, heard="tiny.en")


def words(square: Square, place: tuple[str, str], feed: str = PUBLIC) -> Any:
    post = square.snapshot(feed)["contributions"].get(place[0])
    if post is None or post["content"] is None:
        return None
    (note,) = post["content"]["attachments"]
    return note.get("text"), note.get("heard")


def test_what_the_machine_heard_stands_with_the_note_and_says_so(
    square: Square,
) -> None:
    place = post_note(square)
    assert words(square, place) == (None, None)
    hear(square, place)
    assert words(square, place) == (HEARD, "tiny.en")
    post = square.snapshot(PUBLIC)["contributions"][place[0]]
    assert (post["edited"], post["formers"]) == (False, [])
    own = square.snapshot(member_feed("b_ann"))["authored"][place[0]]
    assert own["content"]["attachments"][0]["text"] == HEARD


def test_what_was_heard_before_the_post_comes_with_it(square: Square) -> None:
    assert words(square, post_note(square, text=HEARD, heard="tiny.en")) == (
        HEARD,
        "tiny.en",
    )
    written = post_note(square, "Two benches", text=HEARD, heard="tiny.en")
    assert words(square, written) == ("Two benches", None)


def test_its_author_and_moderators_correct_it_and_the_old_words_are_gone(
    square: Square,
) -> None:
    place = post_note(square)
    hear(square, place, "We need a wrench")
    caption(square, place, "We need a bench", ANN)
    assert words(square, place) == ("We need a bench", None)
    # Nobody says that a machine heard what a person writes.
    caption(square, place, "We need benches", MODERATOR, heard="forged")
    assert words(square, place) == ("We need benches", None)
    assert "wrench" not in str(square.texts)
    with pytest.raises(Refusal, match="no such contribution"):
        caption(square, place, "Rubbish", BEN)


def test_what_is_corrected_after_an_edit_is_in_no_former_text(square: Square) -> None:
    place = post_note(square)
    hear(square, place, "We need a wrench")
    for text in ("First", "Second"):
        edit = cmd.EditContribution(contribution_id=place[0], text=text)
        square.do(edit, ANN)
        assert words(square, place) == ("We need a wrench", "tiny.en")
    caption(square, place, "We need a bench", ANN)
    assert words(square, place) == ("We need a bench", None)
    assert "wrench" not in str(square.texts)
    # What else it said before is read as ever.
    post = square.snapshot(PUBLIC)["contributions"][place[0]]
    formers = [square.texts[one["content_id"]] for one in post["formers"]]
    assert "First" in str(formers)
    assert len(formers) == 2


def test_words_that_an_edit_leaves_are_still_the_machine_s(square: Square) -> None:
    early = post_note(square, text=HEARD, heard="tiny.en")
    late = post_note(square)
    hear(square, late)
    for post, note in (early, late):
        for said, heard in ((HEARD, "tiny.en"), ("Two benches", None)):
            refs = [cmd.AttachmentRef(attachment_id=note, text=said)]
            edit = cmd.EditContribution(
                contribution_id=post, text=f"About {said}", attachments=refs
            )
            square.do(edit, ANN)
            assert words(square, (post, note)) == (said, heard)


def test_a_machine_writes_only_where_no_person_has(square: Square) -> None:
    place = post_note(square, "By hand")
    hear(square, place)
    assert words(square, place) == ("By hand", None)


def test_words_go_with_the_note_wherever_it_goes(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), ADMIN)
    place = post_note(square)
    hear(square, place)
    assert words(square, place) is None
    assert words(square, place, STAFF) == (HEARD, "tiny.en")
    square.do(cmd.PublishContribution(contribution_id=place[0]), MODERATOR)
    assert words(square, place) == (HEARD, "tiny.en")
    square.do(cmd.HideContribution(contribution_id=place[0], reason="x"), MODERATOR)
    assert words(square, place) is None
    with pytest.raises(Refusal, match="hidden"):
        caption(square, place, "Back", ANN)
    square.do(cmd.WithdrawContribution(contribution_id=place[0]), ANN)
    assert HEARD not in str(square.texts)
    with pytest.raises(Refusal, match="taken this contribution back"):
        hear(square, place)


def test_where_posts_are_read_first_no_unread_words_appear(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), ADMIN)
    place = post_note(square)
    square.do(cmd.PublishContribution(contribution_id=place[0]), MODERATOR)
    for actor, heard in ((SYSTEM, "tiny.en"), (ANN, "")):
        with pytest.raises(Refusal, match="read before it appeared"):
            caption(square, place, HEARD, actor, heard)
    caption(square, place, HEARD, MODERATOR)
    assert words(square, place) == (HEARD, None)


def test_blocked_words_are_not_written_down(square: Square) -> None:
    square.do(cmd.SetWords(hold_words=["bench"]), MODERATOR)
    early = post_note(square, text=HEARD, heard="tiny.en")
    late = post_note(square)
    hear(square, late)
    for place in (early, late):
        assert words(square, place) == (None, None)
    with pytest.raises(Refusal):
        caption(square, late, HEARD, ANN)


def test_a_picture_says_nothing(square: Square) -> None:
    picture = square.send_ahead("b_ann", "image", width=4, height=3)
    refs = [cmd.AttachmentRef(attachment_id=picture)]
    draft = square.do(cmd.PostContribution(attachments=refs), ANN)
    with pytest.raises(Refusal, match="voice note"):
        hear(square, (str(draft.data["contribution_id"]), picture))
