"""Decisions on contributions: post, edit, support, publish, hide, withdraw."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import BALLOTS, PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.sessions import need_standing
from folkmoot.core.state import Contribution, MeetingState

MEETING_THREAD = "meeting"


def post_contribution(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PostContribution
) -> None:
    """Add to a thread: at once, or after a moderator has looked at it."""
    if actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    thread = _need_thread(state, command.thread)
    if command.reply_to is not None:
        _need_readable(state, command.reply_to)
    waiting = state.moderation == "before" and not actor.moderates
    anonymous = command.label == "anonymous"
    contribution_id = draft.ids.new("c")
    content_id = draft.write(
        contribution_id,
        text=command.text,
        author=None if anonymous else actor.name,
        on_behalf_of=command.on_behalf_of,
        **actor.origin,
    )
    draft.say(
        STAFF if waiting else PUBLIC,
        ev.ContributionPosted(
            contribution_id=contribution_id,
            thread=thread,
            kind=command.kind,
            content_id=content_id,
            posted_at=draft.now,
            author_id=None if anonymous else actor.member_id,
            reply_to=command.reply_to,
            waiting=waiting,
        ),
    )
    draft.say(
        member_feed(actor.member_id),
        ev.ContributionAuthored(
            contribution_id=contribution_id,
            member_id=actor.member_id,
            content_id=content_id,
            thread=thread,
            kind=command.kind,
            posted_at=draft.now,
            reply_to=command.reply_to,
            waiting=waiting,
        ),
    )
    draft.data["contribution_id"] = contribution_id
    draft.data["waiting"] = waiting


def edit_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditContribution,
    text: dict[str, object],
) -> None:
    """Give one's own text anew; what is hidden or withdrawn stays as it is."""
    contribution = _need_own(state, actor, command.contribution_id)
    if contribution.hidden:
        raise Refusal("hidden", "This contribution is hidden and can't be changed.")
    if state.moderation == "before" and not (contribution.waiting or actor.moderates):
        # Else an edit would bring to everyone what nobody has read before.
        raise Refusal(
            "read_before",
            "In this meeting contributions are read before they appear. "
            "Take this one back and write it anew.",
        )
    event = ev.ContributionEdited(
        contribution_id=contribution.contribution_id,
        content_id=draft.write(
            contribution.contribution_id, **{**text, "text": command.text}
        ),
    )
    for feed in _feeds_of(state, contribution):
        draft.say(feed, event)


def set_support(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.SetSupport
) -> None:
    """Support a contribution, once a person."""
    if actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    _need_readable(state, command.contribution_id)
    standing = state.support_votes.get(command.contribution_id, {})
    if standing.get(actor.member_id, 0) == command.level:
        return
    event = ev.SupportSet(
        contribution_id=command.contribution_id,
        member_id=actor.member_id,
        level=command.level,
    )
    draft.say(BALLOTS, event)
    draft.say(member_feed(actor.member_id), event)


def publish_contribution(
    state: MeetingState, draft: Decision, actor: Actor, contribution_id: str
) -> None:
    """Publish what waits, or show again what was hidden."""
    _need_moderator(actor)
    contribution = _need(state, contribution_id)
    if contribution.withdrawn:
        raise Refusal("withdrawn", "The author has taken this contribution back.")
    if not (contribution.waiting or contribution.hidden):
        return
    released = ev.ContributionReleased(contribution_id=contribution_id)
    draft.say(STAFF, released)
    if (own := state.authored.get(contribution_id)) is not None:
        draft.say(member_feed(own.member_id), released)
    draft.say(
        PUBLIC,
        ev.ContributionPosted(
            contribution_id=contribution_id,
            thread=contribution.thread,
            kind=contribution.kind,
            content_id=contribution.content_id,
            posted_at=contribution.posted_at,
            author_id=contribution.author_id,
            reply_to=contribution.reply_to,
        ),
    )
    if contribution.scope is not None:
        # The public has not read of it while it waited.
        draft.say(
            PUBLIC,
            ev.ContributionLabelled(
                contribution_id=contribution_id, scope=contribution.scope
            ),
        )


def hide_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.HideContribution,
    written: list[str],
) -> None:
    """Hide a contribution from everyone but staff and its author's own feed.

    `written` are all its texts; none stays readable in `public`.
    """
    _need_moderator(actor)
    contribution = _need(state, command.contribution_id)
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
    _need_moderator(actor)
    contribution = _need(state, command.contribution_id)
    if contribution.withdrawn:
        raise Refusal("withdrawn", "The author has taken this contribution back.")
    if contribution.scope == command.scope:
        return
    event = ev.ContributionLabelled(
        contribution_id=contribution.contribution_id, scope=command.scope
    )
    unread = contribution.waiting or contribution.never_public
    draft.say(STAFF if unread else PUBLIC, event)


def withdraw_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    contribution_id: str,
    written: list[str],
) -> None:
    """Take one's own contribution back for good; all its texts are deleted."""
    contribution = _need(state, contribution_id)
    if contribution.withdrawn:
        return
    _need_own(state, actor, contribution_id)
    event = ev.ContributionWithdrawn(contribution_id=contribution_id)
    for feed in _feeds_of(state, contribution):
        draft.say(feed, event)
    draft.erased.extend(written)


def _feeds_of(state: MeetingState, contribution: Contribution) -> list[str]:
    """Return the feeds that told of a contribution and can read it now.

    What waits is in `staff`; what is hidden is in `public` only if it ever
    was, so a withdrawal never betrays something that was never published.
    """
    contribution_id = contribution.contribution_id
    if contribution.waiting or contribution.never_public:
        feeds = [STAFF]
    elif contribution.hidden:
        feeds = [PUBLIC, STAFF]
    else:
        feeds = [PUBLIC]
    if (own := state.authored.get(contribution_id)) is not None:
        feeds.append(member_feed(own.member_id))
    return feeds


def _need(state: MeetingState, contribution_id: str) -> Contribution:
    if (contribution := state.contributions.get(contribution_id)) is None:
        raise Refusal("no_such_contribution", "There is no such contribution.")
    return contribution


def _need_readable(state: MeetingState, contribution_id: str) -> Contribution:
    """Return a contribution that everyone may read; others don't exist for them."""
    contribution = _need(state, contribution_id)
    if contribution.waiting or contribution.hidden or contribution.withdrawn:
        raise Refusal("no_such_contribution", "There is no such contribution.")
    return contribution


def _need_own(state: MeetingState, actor: Actor, contribution_id: str) -> Contribution:
    contribution = _need(state, contribution_id)
    own = state.authored.get(contribution_id)
    if own is None or own.member_id != actor.member_id:
        # The same words as for what doesn't exist: a waiting post of someone
        # else must not be found by trying ids.
        raise Refusal("no_such_contribution", "There is no such contribution.")
    if contribution.withdrawn:
        raise Refusal("withdrawn", "You have taken this contribution back.")
    return contribution


def _need_thread(state: MeetingState, thread: str) -> str:
    """Return the thread; that of a merged session is the other's."""
    kind, _, session_id = thread.partition(":")
    if thread == MEETING_THREAD:
        return thread
    if kind != "session":
        raise Refusal("no_such_thread", "There is no such thread in this meeting.")
    return f"session:{need_standing(state, session_id).session_id}"


def _need_moderator(actor: Actor) -> None:
    if not actor.moderates:
        raise Refusal("not_allowed", "Only moderators publish and hide.")
