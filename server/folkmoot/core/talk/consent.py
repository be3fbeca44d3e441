"""Decisions on consent: what a story, a picture or a voice may be used for.

Two stages, after the practice of lived-experience work (take part, then release): a
story is written for the team alone; staff read it; then its author looks once more
and releases it, or does not. It may be ended at any time, and ends by itself when
its time is over; then it is deleted as if it had been taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.events import Circle, ConsentAudience
from folkmoot.core.feeds import PARTICIPANTS, PUBLIC, STAFF, member_feed
from folkmoot.core.live import report
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import Consent, Contribution, MeetingState
from folkmoot.core.talk.contributions import feeds_of, need_own, post_again

REMINDED_BEFORE = timedelta(days=14)
"""How long before its end an author is asked whether it may go on."""


def needs_release(command: cmd.PostContribution) -> bool:
    """Whether its author has to release it once staff have read it."""
    for_team = command.consent is not None and command.consent.audience == "team"
    return command.kind == "story" or for_team


def circle_of(command: cmd.PostContribution, parent: Contribution | None) -> Circle:
    """Return who reads it once it is shown; a reply is for nobody but the first's."""
    among = command.consent is not None and command.consent.audience == "participants"
    if parent is not None and parent.circle == "participants":
        return "participants"
    return "participants" if among else "public"


def take_consent(
    draft: Decision,
    actor: Actor,
    contribution_id: str,
    command: cmd.PostContribution,
    attached: list[dict[str, Any]],
    circle: Circle,
) -> None:
    """Note what the author agrees to with posting a story, a picture or a voice.

    Where nothing was said, a story is for the team alone, and what is attached goes
    where its text goes.
    """
    two_stages = needs_release(command)
    if command.consent is None and not two_stages and not attached:
        return
    audience: ConsentAudience = "team" if two_stages else circle
    terms = command.consent or cmd.ConsentTerms(audience=audience)
    _check_terms(terms, draft.now)
    if terms.way != "self" and not (actor.takes_down or actor.moderates):
        raise Refusal(
            "not_allowed", "Only helpers note what somebody else has agreed to."
        )
    _tell(
        draft,
        str(actor.member_id),
        ev.ConsentGiven(
            contribution_id=contribution_id,
            purposes=tuple(dict.fromkeys(terms.purposes)),
            audience=terms.audience,
            until=terms.until,
            way=terms.way,
            two_stages=two_stages,
            content_id=_written_by(draft, contribution_id, terms, actor),
        ),
    )


def clear_contribution(
    state: MeetingState, draft: Decision, contribution: Contribution
) -> bool:
    """Staff have read what only its author can release; False for all else."""
    consent = state.consents.get(contribution.contribution_id)
    if consent is None or not consent.two_stages:
        return False
    if consent.released_at is not None:
        # What was released to the team alone stays with the team.
        return consent.audience == "team"
    own = state.authored.get(contribution.contribution_id)
    if consent.cleared_at is None or contribution.hidden:
        _tell(
            draft,
            own.member_id if own else None,
            ev.ContributionCleared(contribution_id=contribution.contribution_id),
        )
    return True


def release_contribution(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.ReleaseConsent
) -> None:
    """Let what staff have read be shown, to whom and how long its author says."""
    contribution = need_own(state, actor, command.contribution_id)
    consent = _need_consent(state, command.contribution_id)
    if consent.released_at is not None or not consent.two_stages:
        raise Refusal("released", "You have released this already.")
    if consent.cleared_at is None or contribution.hidden:
        raise Refusal(
            "not_read_yet", "The team reads it first. You are asked when they have."
        )
    terms = _renewed(consent, command)
    _check_terms(terms, draft.now)
    _tell(draft, actor.member_id, _given(draft, consent, terms, actor))
    _tell(
        draft,
        actor.member_id,
        ev.ConsentReleased(contribution_id=contribution.contribution_id),
    )
    released = ev.ContributionReleased(contribution_id=contribution.contribution_id)
    if terms.audience == "team":
        return
    draft.say(STAFF, released)
    draft.say(member_feed(str(actor.member_id)), released)
    # Whatever is said of it from now on goes where it is shown.
    among = terms.audience == "participants" or _answers_among(state, contribution)
    shown = replace(
        post_again(contribution), circle="participants" if among else "public"
    )
    feed = PARTICIPANTS if among else PUBLIC
    draft.say(feed, shown)
    if contribution.scope is not None:
        draft.say(
            feed,
            ev.ContributionLabelled(
                contribution_id=contribution.contribution_id, scope=contribution.scope
            ),
        )


def renew_consent(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.RenewConsent,
    shelf: Shelf,
) -> None:
    """Say anew for what and until when; what was shown cannot be unshown by it."""
    need_own(state, actor, command.contribution_id)
    consent = _need_consent(state, command.contribution_id)
    terms = _renewed(consent, command)
    _check_terms(terms, draft.now)
    shown = consent.released_at is not None or not consent.two_stages
    if shown and _reach(terms.audience) != _reach(consent.audience):
        raise Refusal(
            "audience_fixed",
            "Who may read this can't be changed so any more. "
            "Take it back; it is gone for everyone at once.",
        )
    given = _given(draft, consent, terms, actor)
    _tell(draft, actor.member_id, given)
    report.end_quotations(state, draft, given, shelf)


def end_consent(
    state: MeetingState, draft: Decision, contribution_id: str, *, expired: bool = False
) -> None:
    """Note that a consent is over, where there was one."""
    if contribution_id not in state.consents:
        return
    own = state.authored.get(contribution_id)
    event = ev.ConsentEnded(contribution_id=contribution_id, expired=expired)
    _tell(draft, own.member_id if own else None, event)


def expire_consents(state: MeetingState, draft: Decision, shelf: Shelf) -> None:
    """Delete everything whose time is over (the service itself)."""
    for consent in _running(state):
        due = ends_at(state, consent)
        if due is None or due > draft.now:
            continue
        contribution_id = consent.contribution_id
        contribution = state.contributions[contribution_id]
        event = ev.ContributionWithdrawn(contribution_id=contribution_id)
        for feed in feeds_of(state, contribution):
            draft.say(feed, event)
        end_consent(state, draft, contribution_id, expired=True)
        draft.erased.extend(shelf.written(contribution_id))
        draft.erased.extend(shelf.written(f"answer:{contribution_id}"))


def remind_authors(state: MeetingState, draft: Decision) -> None:
    """Ask authors whose consent ends soon whether it may go on (the service)."""
    for consent in _running(state):
        due = reminds_at(consent)
        if due is None or due > draft.now:
            continue
        own = state.authored.get(consent.contribution_id)
        event = ev.ConsentEnding(contribution_id=consent.contribution_id)
        _tell(draft, own.member_id if own else None, event)


def ends_at(state: MeetingState, consent: Consent) -> datetime | None:
    """Return when a consent is over; None while that is not in sight."""
    ends = [consent.until] if consent.until else []
    released = consent.released_at is not None or not consent.two_stages
    if consent.audience == "meeting" and released and state.ended_at is not None:
        ends.append(state.ended_at)
    return min(ends, default=None)


def reminds_at(consent: Consent) -> datetime | None:
    """Return when its author is to be asked; None where that is done or needless."""
    if consent.until is None or consent.reminded:
        return None
    # Of a short consent half its time, so that the question is worth asking.
    early = min(REMINDED_BEFORE, (consent.until - consent.given_at) / 2)
    return consent.until - early


def next_due(state: MeetingState) -> datetime | None:
    """Return the next moment at which the service has something to do here."""
    moments = [
        moment
        for consent in _running(state)
        for moment in (ends_at(state, consent), reminds_at(consent))
        if moment is not None
    ]
    return min(moments, default=None)


def _running(state: MeetingState) -> Iterable[Consent]:
    for consent in tuple(state.consents.values()):
        contribution = state.contributions.get(consent.contribution_id)
        if consent.ended_at is None and contribution and not contribution.withdrawn:
            yield consent


def _answers_among(state: MeetingState, contribution: Contribution) -> bool:
    """Whether a contribution answers one that is for the participants alone."""
    parent = state.contributions.get(contribution.reply_to or "")
    return parent is not None and parent.circle == "participants"


def _reach(audience: ConsentAudience) -> str:
    """Who reads it in the end: `meeting` is for everyone, if not for as long."""
    return "public" if audience == "meeting" else audience


def _need_consent(state: MeetingState, contribution_id: str) -> Consent:
    if (consent := state.consents.get(contribution_id)) is None:
        raise Refusal("no_such_consent", "Nothing was agreed for this contribution.")
    return consent


def _renewed(
    consent: Consent, command: cmd.ReleaseConsent | cmd.RenewConsent
) -> cmd.ConsentTerms:
    until = None if command.no_end else command.until or consent.until
    return cmd.ConsentTerms(
        purposes=command.purposes or list(consent.purposes),
        audience=command.audience or consent.audience,
        until=until,
    )


def _given(
    draft: Decision, consent: Consent, terms: cmd.ConsentTerms, actor: Actor
) -> ev.ConsentGiven:
    return ev.ConsentGiven(
        contribution_id=consent.contribution_id,
        purposes=tuple(dict.fromkeys(terms.purposes)),
        audience=terms.audience,
        until=terms.until,
        way=consent.way,
        two_stages=consent.two_stages,
        content_id=_written_by(draft, consent.contribution_id, terms, actor)
        if terms.by
        else consent.content_id,
    )


def _written_by(
    draft: Decision, contribution_id: str, terms: cmd.ConsentTerms, actor: Actor
) -> str | None:
    """Keep who noted what somebody has agreed to; oneself needs no note."""
    if terms.way == "self":
        return None
    return draft.write(contribution_id, by=terms.by.strip() or actor.name)


def _check_terms(terms: cmd.ConsentTerms, now: datetime) -> None:
    if terms.until is not None and terms.until <= now:
        raise Refusal("already_over", "Please choose a day that is still to come.")


def _tell(draft: Decision, member_id: str | None, event: ev.AnyEvent) -> None:
    """Tell staff and the author; nobody else ever hears of a consent."""
    draft.say(STAFF, event)
    if member_id is not None:
        draft.say(member_feed(member_id), event)
