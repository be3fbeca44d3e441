"""Whose act something is: refuses what a person's duties don't allow, in its words."""

from __future__ import annotations

from folkmoot.core.decision import Actor
from folkmoot.core.refusals import Refusal


def need_organiser(actor: Actor, what: str = "of this meeting can do that") -> None:
    """Refuse whoever may not change the meeting itself."""
    if not actor.organises:
        raise _not_allowed(f"organisers {what}")


def need_facilitator(actor: Actor, what: str = "can do that") -> None:
    """Refuse whoever may not run the board and the broadcast."""
    if not actor.facilitates:
        raise _not_allowed(f"organisers and facilitators {what}")


def need_moderator(actor: Actor, what: str = "publish and hide") -> None:
    """Refuse whoever may not publish and hide."""
    if not actor.moderates:
        raise _not_allowed(f"moderators {what}")


def need_team(actor: Actor, what: str) -> None:
    """Refuse whoever does not read the staff feed."""
    if not actor.staff:
        raise _not_allowed(f"the team {what}")


def need_reporter(actor: Actor) -> None:
    """Refuse whoever may not write live updates."""
    if not actor.reports:
        raise _not_allowed("reporters and moderators write updates")


def need_helper(actor: Actor) -> None:
    """Refuse whoever may not take down what others wrote on paper."""
    if not actor.takes_down:
        raise _not_allowed("helpers at a table take down cards")


def _not_allowed(who_does_what: str) -> Refusal:
    return Refusal("not_allowed", f"Only {who_does_what}.")
