"""Decisions on contributions by those who look after them: publish, hide, label."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.answers import repeat_answers
from folkmoot.core.contributions import need_contribution, post_again
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState


def publish_contribution(
    state: MeetingState, draft: Decision, actor: Actor, contribution_id: str
) -> None:
    """Publish what waits, or show again what was hidden."""
    need_moderator(actor)
    contribution = need_contribution(state, contribution_id)
    if contribution.withdrawn:
        raise Refusal("withdrawn", "The author has taken this contribution back.")
    if not (contribution.waiting or contribution.hidden):
        return
    released = ev.ContributionReleased(contribution_id=contribution_id)
    draft.say(STAFF, released)
    if (own := state.authored.get(contribution_id)) is not None:
        draft.say(member_feed(own.member_id), released)
    draft.say(PUBLIC, post_again(contribution))
    if contribution.scope is not None:
        # The public has not read of it while it waited.
        draft.say(
            PUBLIC,
            ev.ContributionLabelled(
                contribution_id=contribution_id, scope=contribution.scope
            ),
        )
    repeat_answers(state, draft, contribution_id)


def hide_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.HideContribution,
    written: list[str],
) -> None:
    """Hide a contribution from everyone but staff and its author's own feed.

    `written` are all its texts and answers; none stays readable in `public`.
    """
    need_moderator(actor)
    contribution = need_contribution(state, command.contribution_id)
    if contribution.hidden or contribution.withdrawn:
        return
    was_public = not contribution.waiting
    reason_id = draft.write(f"reason:{command.contribution_id}", reason=command.reason)
    if was_public:
        draft.say(
            PUBLIC, ev.ContributionHidden(contribution_id=command.contribution_id)
        )
        draft.revoked.extend((content_id, PUBLIC) for content_id in written)
    draft.say(
        STAFF,
        ev.ContributionHidden(
            contribution_id=command.contribution_id,
            reason_id=reason_id,
            text_id=contribution.content_id,
        ),
    )
    if (own := state.authored.get(command.contribution_id)) is not None:
        draft.say(
            member_feed(own.member_id),
            ev.ContributionHidden(
                contribution_id=command.contribution_id, reason_id=reason_id
            ),
        )


def label_contribution(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.LabelContribution
) -> None:
    """Say what people can do about a contribution's subject, and so where it goes."""
    need_moderator(actor)
    contribution = need_contribution(state, command.contribution_id)
    if contribution.withdrawn:
        raise Refusal("withdrawn", "The author has taken this contribution back.")
    if contribution.scope == command.scope:
        return
    event = ev.ContributionLabelled(
        contribution_id=contribution.contribution_id, scope=command.scope
    )
    unread = contribution.waiting or contribution.never_public
    draft.say(STAFF if unread else PUBLIC, event)


def need_moderator(actor: Actor) -> None:
    if not actor.moderates:
        raise Refusal("not_allowed", "Only moderators publish and hide.")
