"""Decisions on contributions by those who write them: post, edit, support, withdraw."""

from __future__ import annotations

import msgspec

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.attachments import adopt
from folkmoot.core.contributions import (
    feeds_of,
    need_contribution,
    need_own,
    need_readable,
)
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import BALLOTS, PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.sessions import need_standing
from folkmoot.core.state import MeetingState

MEETING_THREAD = "meeting"


def post_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.PostContribution,
    shelf: Shelf,
) -> None:
    """Add to a thread: at once, or after a moderator has looked at it."""
    if actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    if not (command.text.strip() or command.attachments):
        raise Refusal("nothing_written", "There is nothing written in this.")
    thread = _need_thread(state, command.thread)
    if command.reply_to is not None:
        need_readable(state, command.reply_to)
    waiting = state.moderation == "before" and not actor.moderates
    anonymous = command.label == "anonymous"
    contribution_id = draft.ids.new("c")
    refs = [msgspec.to_builtins(ref) for ref in command.attachments]
    attached = adopt(draft, actor, shelf, contribution_id, refs)
    content_id = draft.write(
        contribution_id,
        text=command.text,
        author=None if anonymous else actor.name,
        on_behalf_of=command.on_behalf_of,
        **({"attachments": attached} if attached else {}),
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
    contribution = need_own(state, actor, command.contribution_id)
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
    for feed in feeds_of(state, contribution):
        draft.say(feed, event)


def set_support(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.SetSupport
) -> None:
    """Support a contribution, once a person."""
    if actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    need_readable(state, command.contribution_id)
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


def withdraw_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    contribution_id: str,
    written: list[str],
) -> None:
    """Take one's own contribution back for good; all its texts are deleted."""
    contribution = need_contribution(state, contribution_id)
    if contribution.withdrawn:
        return
    need_own(state, actor, contribution_id)
    event = ev.ContributionWithdrawn(contribution_id=contribution_id)
    for feed in feeds_of(state, contribution):
        draft.say(feed, event)
    draft.erased.extend(written)


def _need_thread(state: MeetingState, thread: str) -> str:
    """Return the thread; that of a merged session is the other's."""
    kind, _, session_id = thread.partition(":")
    if thread == MEETING_THREAD:
        return thread
    if kind != "session":
        raise Refusal("no_such_thread", "There is no such thread in this meeting.")
    return f"session:{need_standing(state, session_id).session_id}"
