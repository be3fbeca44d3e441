"""Where contributions are read before they appear, nothing appears unread."""

from __future__ import annotations

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.refusals import Refusal
from tests.core.play import Play
from tests.core.vectors import ANN, ORG


def _published_post() -> tuple[Play, str]:
    play = Play()
    play.do(cmd.CreateMeeting(title="Square", slug="square", moderation="before"))
    play.do(cmd.OpenMeeting(), ORG)
    post = play.do(cmd.PostContribution(text="polite"), ANN).data["contribution_id"]
    return play, post


def test_waiting_post_can_be_changed_by_its_author() -> None:
    play, post = _published_post()
    play.do(cmd.EditContribution(contribution_id=post, text="politer"), ANN)
    assert "politer" not in str(play.entries("public", 0))


def test_published_post_is_not_changed_behind_the_moderators_back() -> None:
    play, post = _published_post()
    play.do(cmd.PublishContribution(contribution_id=post), ORG)
    with pytest.raises(Refusal) as refused:
        play.do(cmd.EditContribution(contribution_id=post, text="rude"), ANN)
    assert refused.value.code == "read_before"
    assert "rude" not in str(play.entries("public", 0))


def test_meeting_without_prior_reading_lets_authors_edit() -> None:
    play, post = _published_post()
    play.do(cmd.PublishContribution(contribution_id=post), ORG)
    play.do(cmd.EditMeeting(moderation="after"), ORG)
    play.do(cmd.EditContribution(contribution_id=post, text="clearer"), ANN)
    assert "clearer" in str(play.entries("public", 0))
