"""What is for participants alone: theirs to read, and in nothing that is public."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.feeds import PARTICIPANTS, PUBLIC, STAFF, may_read, member_feed
from folkmoot.core.refusals import Refusal
from tests.core.play import START
from tests.core.square import ANN, BEN, MODERATOR, ORGANISER, Square

AMONG = cmd.ConsentTerms(audience="participants")
OWN = member_feed("b_ann")


@pytest.fixture
def square() -> Square:
    return Square()


def _post(square: Square, text: str = "The heron", **more: Any) -> str:
    return square.post(text, consent=AMONG, **more)


def _shared(square: Square, key: str) -> dict[str, Any]:
    return dict(square.snapshot(PARTICIPANTS)["contributions"][key])


def _public(square: Square) -> str:
    return str((square.entries(PUBLIC), square.snapshot(PUBLIC)))


@pytest.mark.parametrize(
    ("actor", "reads"),
    [
        (Actor(None), False),
        (Actor("b_x"), True),
        (Actor(None, duties=frozenset({"moderate"})), True),
        (Actor(None, duties=frozenset({"report"})), False),
    ],
)
def test_those_who_have_joined_and_staff_read_the_feed(
    actor: Actor, reads: bool
) -> None:
    asked = {"member_id": actor.member_id, "staff": actor.staff}
    assert may_read(PARTICIPANTS, **asked, reports=actor.reports) == reads


def test_all_that_happens_to_it_stays_among_participants(square: Square) -> None:
    post = _post(square, kind="question")
    reply = square.post("And the otter", BEN, reply_to=post)
    assert _shared(square, post)["content"]["text"] == "The heron"
    # Whoever answers what is for participants writes for them, whatever it chose.
    assert _shared(square, reply)["circle"] == "participants"
    square.do(cmd.EditContribution(contribution_id=post, text="The grey heron"), ANN)
    square.do(cmd.SetSupport(contribution_id=post, level=1), BEN)
    square.do(cmd.PublishTallies(), SYSTEM)
    square.do(cmd.LabelContribution(contribution_id=post, scope="open"), MODERATOR)
    square.do(cmd.ReadAloud(contribution_id=post), MODERATOR)
    square.do(cmd.AnswerContribution(contribution_id=post, text="Yes"), MODERATOR)
    shown = _shared(square, post)
    assert (shown["support"], shown["scope"]) == (1, "open")
    assert shown["content"]["text"] == "The grey heron"
    assert square.snapshot(PARTICIPANTS)["answers"][post]["content"]["text"] == "Yes"
    hide = cmd.HideContribution(contribution_id=post, reason="Rude")
    square.do(hide, MODERATOR)
    assert _shared(square, post)["content"] is None
    assert "heron" not in str(square.entries(PARTICIPANTS))
    square.do(cmd.PublishContribution(contribution_id=post), MODERATOR)
    assert _shared(square, post)["content"]["text"] == "The grey heron"
    square.do(cmd.ReturnContribution(contribution_id=post), MODERATOR)
    assert post in square.snapshot(STAFF)["contributions"]
    square.do(cmd.PublishContribution(contribution_id=post), MODERATOR)
    square.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    assert _shared(square, post)["withdrawn"]
    for feed in (PARTICIPANTS, STAFF, OWN):
        assert "heron" not in str((square.entries(feed), square.snapshot(feed)))
    told = _public(square)
    for secret in (post, reply, "heron", "otter"):
        assert secret not in told


def test_what_waits_comes_to_participants_when_it_is_read(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), ORGANISER)
    post = _post(square)
    assert post not in square.snapshot(PARTICIPANTS)["contributions"]
    square.do(cmd.PublishContribution(contribution_id=post), MODERATOR)
    assert _shared(square, post)["circle"] == "participants"
    assert post not in _public(square)


def test_a_story_can_be_released_to_participants(square: Square) -> None:
    story = square.post("My heron", kind="story")
    square.do(cmd.PublishContribution(contribution_id=story), MODERATOR)
    release = cmd.ReleaseConsent(contribution_id=story, audience="participants")
    square.do(release, ANN)
    assert _shared(square, story)["content"]["text"] == "My heron"
    assert story not in _public(square)
    assert story not in square.snapshot(STAFF)["contributions"]
    square.do(cmd.WithdrawContribution(contribution_id=story), ANN)
    assert "heron" not in str(square.snapshot(PARTICIPANTS))


@pytest.mark.parametrize("audience", ["team", "meeting", "public"])
def test_who_reads_it_is_not_changed_once_it_is_shown(
    square: Square, audience: Any
) -> None:
    post = _post(square)
    with pytest.raises(Refusal) as refused:
        square.do(cmd.RenewConsent(contribution_id=post, audience=audience), ANN)
    assert refused.value.code == "audience_fixed"
    later = START + timedelta(days=30)
    square.do(cmd.RenewConsent(contribution_id=post, until=later), ANN)


@pytest.mark.parametrize(
    "shows",
    [
        lambda key: cmd.SpotlightContribution(contribution_id=key, level=1),
        lambda key: cmd.SpotlightContribution(contribution_id=key, level=1, queue=True),
        lambda key: cmd.AddAction(contribution_id=key, text="Do"),
        lambda key: cmd.WriteOutcome(theme="Birds", said="x", contribution_ids=[key]),
        lambda key: cmd.PostUpdate(text="x", embed="contribution", embed_id=key),
    ],
)
def test_it_is_not_shown_where_everyone_looks(square: Square, shows: Any) -> None:
    with pytest.raises(Refusal) as refused:
        square.do(shows(_post(square)), MODERATOR)
    assert refused.value.code == "participants_only"


def test_its_time_over_it_is_gone_for_participants(square: Square) -> None:
    until = START + timedelta(hours=1)
    terms = cmd.ConsentTerms(audience="participants", until=until)
    post = square.post("The heron", consent=terms)
    square.now = until + timedelta(minutes=1)
    square.do(cmd.ExpireConsents(), SYSTEM)
    assert _shared(square, post)["withdrawn"]
    assert "heron" not in str(square.entries(PARTICIPANTS))
    assert post not in _public(square)


def test_the_author_knows_its_own_name_for_it_and_nobody_else(square: Square) -> None:
    post = square.post("Heron", key="device-name")
    assert square.snapshot(OWN)["authored"][post]["key"] == "device-name"
    assert "device-name" not in _public(square)
