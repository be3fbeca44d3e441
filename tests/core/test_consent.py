"""Consent: nothing is shown by being written, and nothing longer than agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.consent import next_due
from tests.core.square import ADMIN, ANN, BEN, MODERATOR, ORGANISER, Square

OWN = member_feed("b_ann")


@pytest.fixture
def square() -> Square:
    return Square()


def _public(square: Square) -> str:
    """Return all that the public ever got and gets, as text."""
    return str((square.entries(PUBLIC), square.snapshot(PUBLIC)))


def _read(square: Square, story: str) -> None:
    square.do(cmd.PublishContribution(contribution_id=story), MODERATOR)


def test_a_story_is_not_public_before_staff_and_its_author_say_so(
    square: Square,
) -> None:
    story = square.post("My mother's bench", kind="story")
    assert "bench" not in _public(square)
    assert story not in _public(square)
    _read(square, story)
    assert story not in _public(square)
    assert square.snapshot(OWN)["consents"][story]["cleared_at"] is not None
    release = cmd.ReleaseConsent(contribution_id=story, audience="public")
    square.do(release, ANN)
    shown = square.snapshot(PUBLIC)["contributions"][story]
    assert shown["content"]["text"] == "My mother's bench"
    assert square.snapshot(PUBLIC)["consents"] == {}
    assert "Consent" not in _public(square)


def test_moderators_and_organisers_release_nothing_of_others(square: Square) -> None:
    story = square.post("Bench", kind="story")
    for actor in (MODERATOR, ORGANISER, ADMIN, MODERATOR):
        square.do(cmd.PublishContribution(contribution_id=story), actor)
    for actor in (MODERATOR, BEN):
        with pytest.raises(Refusal) as refused:
            square.do(cmd.ReleaseConsent(contribution_id=story), actor)
        assert refused.value.code == "no_such_contribution"
    assert story not in _public(square)


def test_what_is_for_the_team_stays_with_the_team(square: Square) -> None:
    story = square.post("Bench", kind="story")
    _read(square, story)
    square.do(cmd.ReleaseConsent(contribution_id=story, audience="team"), ANN)
    _read(square, story)
    assert story not in _public(square)
    assert square.snapshot(STAFF)["contributions"][story]["waiting"]
    quiet = square.post("Quiet", consent=cmd.ConsentTerms(audience="team"))
    _read(square, quiet)
    assert quiet not in _public(square)


def test_a_hidden_story_shown_again_goes_back_to_its_author(square: Square) -> None:
    story = square.post("Bench", kind="story")
    square.do(cmd.HideContribution(contribution_id=story, reason="x"), MODERATOR)
    with pytest.raises(Refusal, match="reads it first"):
        square.do(cmd.ReleaseConsent(contribution_id=story), ANN)
    _read(square, story)
    assert story not in _public(square)
    square.do(cmd.ReleaseConsent(contribution_id=story, audience="public"), ANN)
    assert story in _public(square)


def test_what_is_changed_after_reading_is_read_again(square: Square) -> None:
    story = square.post("Bench", kind="story")
    _read(square, story)
    square.do(cmd.EditContribution(contribution_id=story, text="Worse"), ANN)
    with pytest.raises(Refusal, match="reads it first"):
        square.do(cmd.ReleaseConsent(contribution_id=story), ANN)
    _read(square, story)
    square.do(cmd.ReleaseConsent(contribution_id=story, audience="public"), ANN)
    with pytest.raises(Refusal, match="write it anew"):
        square.do(cmd.EditContribution(contribution_id=story, text="New"), ANN)


def test_it_ends_by_itself_and_its_texts_are_deleted(square: Square) -> None:
    until = square.now + timedelta(days=60)
    terms = cmd.ConsentTerms(audience="public", until=until)
    story = square.post("Bench", kind="story", consent=terms)
    _read(square, story)
    square.do(cmd.ReleaseConsent(contribution_id=story), ANN)
    assert next_due(square.full) == until - timedelta(days=14)
    assert not square.do(cmd.RemindOfConsents()).facts
    square.now = until - timedelta(days=14)
    square.do(cmd.RemindOfConsents())
    assert not square.do(cmd.RemindOfConsents()).facts
    assert next_due(square.full) == until
    assert not square.do(cmd.ExpireConsents()).facts
    square.now = until
    square.do(cmd.ExpireConsents())
    assert square.snapshot(PUBLIC)["contributions"][story]["withdrawn"]
    assert "Bench" not in _public(square)
    assert square.written(story) == []
    assert square.snapshot(OWN)["consents"][story]["expired"]
    assert next_due(square.full) is None


def test_a_renewal_moves_the_end(square: Square) -> None:
    until = square.now + timedelta(days=1)
    terms = cmd.ConsentTerms(audience="public", until=until)
    picture = square.post("Bench", consent=terms)
    assert picture in _public(square)
    later = until + timedelta(days=365)
    square.do(cmd.RenewConsent(contribution_id=picture, until=later), ANN)
    square.now = until
    assert not square.do(cmd.ExpireConsents()).facts
    square.do(cmd.RenewConsent(contribution_id=picture, no_end=True), ANN)
    assert next_due(square.full) is None


def test_in_the_meeting_only_ends_with_the_meeting(square: Square) -> None:
    story = square.post("Bench", kind="story")
    _read(square, story)
    square.do(cmd.ReleaseConsent(contribution_id=story, audience="meeting"), ANN)
    assert not square.do(cmd.ExpireConsents()).facts
    square.do(cmd.EndMeeting(), ORGANISER)
    square.do(cmd.ExpireConsents())
    assert "Bench" not in _public(square)


def test_taking_it_back_ends_the_consent(square: Square) -> None:
    story = square.post("Bench", kind="story")
    square.do(cmd.WithdrawContribution(contribution_id=story), ANN)
    assert story not in _public(square)
    assert square.snapshot(OWN)["consents"][story]["ended_at"] is not None
    assert square.written(story) == []


def test_what_is_attached_has_a_consent_of_its_own(square: Square) -> None:
    picture = square.send_ahead("b_ann", "image")
    refs = [cmd.AttachmentRef(attachment_id=picture)]
    posted = square.post("Here", attachments=refs)
    consent = square.snapshot(OWN)["consents"][posted]
    assert (consent["audience"], consent["two_stages"]) == ("public", False)


def test_nobody_learns_of_a_consent_but_staff_and_its_author(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), ADMIN)
    story = square.post("Bench", kind="story", label="anonymous")
    staff = str((square.entries(STAFF), square.snapshot(STAFF)))
    assert "b_ann" not in staff
    assert story in staff
    ben = member_feed("b_ben")
    square.post("Hello", BEN)
    assert story not in str((square.entries(ben), square.snapshot(ben)))
