"""What is attached goes with the text: who may read one may have the other."""

from __future__ import annotations

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from tests.core.square import ADMIN, ANN, BEN, MODERATOR, Square


@pytest.fixture
def square() -> Square:
    return Square()


def _post(square: Square, *ids: str, actor: Actor = ANN, text: str = "") -> str:
    refs = [cmd.AttachmentRef(attachment_id=one, alt="a bench") for one in ids]
    draft = square.do(cmd.PostContribution(text=text, attachments=refs), actor)
    return str(draft.data["contribution_id"])


def _readers(square: Square, attachment_id: str) -> set[str]:
    standing = attachment_id in square.texts
    return {
        feed
        for (content_id, feed), granted in square.grants.items()
        if granted and standing and content_id == attachment_id
    }


def test_readers_of_the_text_have_what_is_attached(square: Square) -> None:
    picture = square.send_ahead("b_ann", "image", width=4, height=3)
    assert _readers(square, picture) == set()
    posted = _post(square, picture, text="Here")
    assert _readers(square, picture) == {PUBLIC, member_feed("b_ann")}
    wire = square.snapshot(PUBLIC)["contributions"][posted]["content"]
    assert wire["attachments"] == [
        {
            "attachment_id": picture,
            "kind": "image",
            "width": 4,
            "height": 3,
            "alt": "a bench",
        }
    ]


def test_before_moderation_only_staff_and_the_author_have_it(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), ADMIN)
    picture = square.send_ahead("b_ann", "image")
    posted = _post(square, picture)
    own = member_feed("b_ann")
    assert _readers(square, picture) == {STAFF, own}
    square.do(cmd.PublishContribution(contribution_id=posted), MODERATOR)
    assert PUBLIC in _readers(square, picture)
    square.do(cmd.HideContribution(contribution_id=posted, reason="x"), MODERATOR)
    assert _readers(square, picture) == {STAFF, own}
    square.do(cmd.PublishContribution(contribution_id=posted), MODERATOR)
    assert PUBLIC in _readers(square, picture)


def test_what_is_edited_keeps_it_and_what_is_withdrawn_loses_it(square: Square) -> None:
    picture = square.send_ahead("b_ann", "image")
    posted = _post(square, picture, text="one")
    square.do(cmd.EditContribution(contribution_id=posted, text="two"), ANN)
    wire = square.snapshot(PUBLIC)["contributions"][posted]["content"]
    assert wire["attachments"][0]["attachment_id"] == picture
    square.do(cmd.WithdrawContribution(contribution_id=posted), ANN)
    assert picture not in square.texts


def test_nobody_uses_what_others_sent_or_what_is_used(square: Square) -> None:
    picture = square.send_ahead("b_ann", "image")
    with pytest.raises(Refusal, match="not here any more"):
        _post(square, picture, actor=BEN)
    with pytest.raises(Refusal, match="not here any more"):
        _post(square, picture, picture)
    _post(square, picture)
    with pytest.raises(Refusal, match="not here any more"):
        _post(square, picture)
