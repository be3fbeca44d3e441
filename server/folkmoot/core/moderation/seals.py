"""Decisions on threats: hidden, kept as evidence, passed on, released by organisers."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import STAFF
from folkmoot.core.moderation.reviewing import hide_contribution
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_moderator, need_organiser
from folkmoot.core.state import MeetingState, Seal
from folkmoot.core.talk.contributions import need_contribution
from folkmoot.core.wire import moment


def seal_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.SealContribution,
    shelf: Shelf,
) -> None:
    """Hide a threat and keep a copy that neither its author nor time erases."""
    need_moderator(actor)
    contribution = need_contribution(state, command.contribution_id)
    if contribution.withdrawn:
        raise Refusal("withdrawn", "The author has taken this contribution back.")
    if any(s.contribution_id == command.contribution_id for s in state.seals.values()):
        return
    written = shelf.written(command.contribution_id)
    seal_id = draft.ids.new("z")
    # Under an item of its own: a withdrawal erases only the contribution's.
    content_id = draft.write(
        seal_id,
        reason=command.reason,
        texts=[shelf.text(content_id) for content_id in written],
        kind=contribution.kind,
        thread=contribution.thread,
        posted_at=moment(contribution.posted_at),
    )
    draft.say(
        STAFF,
        ev.ContributionSealed(
            seal_id=seal_id,
            contribution_id=command.contribution_id,
            sealed_at=draft.now,
            content_id=content_id,
            by_id=actor.member_id,
        ),
    )
    hide = cmd.HideContribution(
        contribution_id=command.contribution_id,
        reason=command.reason,
        category="threat",
    )
    # What was answered to a threat is not evidence, and goes with it.
    answers = shelf.written(f"answer:{command.contribution_id}")
    hide_contribution(state, draft, actor, hide, [*written, *answers])
    draft.data["seal_id"] = seal_id


def pass_on_seal(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PassOnSeal
) -> None:
    """Note to whom a sealed copy was handed."""
    need_organiser(actor, "hand out or end sealed copies")
    seal = _need_seal(state, command.seal_id)
    draft.say(
        STAFF,
        ev.SealPassedOn(
            seal_id=seal.seal_id,
            content_id=draft.write(f"passed:{seal.seal_id}", to=command.to),
            by_id=actor.member_id,
        ),
    )


def release_seal(
    state: MeetingState, draft: Decision, actor: Actor, seal_id: str, shelf: Shelf
) -> None:
    """Keep a sealed copy no longer; that it was kept stays on record."""
    need_organiser(actor, "hand out or end sealed copies")
    seal = _need_seal(state, seal_id)
    draft.say(STAFF, ev.SealReleased(seal_id=seal.seal_id, by_id=actor.member_id))
    draft.erased.extend(shelf.written(seal_id))


def _need_seal(state: MeetingState, seal_id: str) -> Seal:
    if (seal := state.seals.get(seal_id)) is None:
        raise Refusal("no_such_seal", "There is no such sealed copy.")
    return seal
