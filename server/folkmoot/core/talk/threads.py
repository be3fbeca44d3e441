"""Decisions on contributions by those who write them: post, edit, support, withdraw."""

from __future__ import annotations

from typing import Any

import msgspec

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import BALLOTS, PARTICIPANTS, PUBLIC, STAFF, member_feed
from folkmoot.core.moderation.screening import hold, mode_of, standing_rules
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.attachments import adopt, attached_ids
from folkmoot.core.talk.consent import (
    circle_of,
    end_consent,
    needs_release,
    take_consent,
)
from folkmoot.core.talk.contributions import (
    feeds_of,
    need_contribution,
    need_own,
    need_readable,
    readers_of,
)
from folkmoot.core.talk.names import confirmed_name
from folkmoot.core.talk.speech import find_moment, need_thread
from folkmoot.core.talk.voices import leave_no_words, still_heard, without_blocked

MAX_EDITS = 100


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
    parent = None
    if command.reply_to is not None:
        parent = need_readable(state, command.reply_to)
    thread = parent.thread if parent else need_thread(state, command.thread)
    moment = find_moment(state, command, thread, parent, draft.now)
    held = hold(state, shelf, actor, thread, command)
    waiting = held is not None or needs_release(command)
    contribution_id = draft.ids.new("c")
    confirmed = confirmed_name(state, shelf, actor) if command.label == "name" else None
    circle = circle_of(command, parent)
    refs = [msgspec.to_builtins(ref) for ref in command.attachments]
    attached = adopt(draft, actor, shelf, contribution_id, refs)
    attached = without_blocked(state, shelf, attached)
    content_id = draft.write(
        contribution_id,
        text=command.text,
        author=confirmed or _author(actor, command),
        on_behalf_of=command.on_behalf_of,
        **_statements(actor, command),
        **({"attachments": attached} if attached else {}),
    )
    draft.say(
        STAFF if waiting else PARTICIPANTS if circle == "participants" else PUBLIC,
        ev.ContributionPosted(
            contribution_id=contribution_id,
            thread=thread,
            kind=command.kind,
            content_id=content_id,
            posted_at=draft.now,
            author_id=actor.member_id if command.label == "name" else None,
            reply_to=command.reply_to,
            waiting=waiting,
            room_id=moment.room_id,
            about_at=moment.at,
            confirmed=confirmed is not None,
            held=held,
            circle=circle,
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
            room_id=moment.room_id,
            about_at=moment.at,
            held=held,
            key=command.key,
        ),
    )
    take_consent(draft, actor, contribution_id, command, attached, circle)
    draft.data["contribution_id"] = contribution_id
    draft.data["waiting"] = waiting
    if held is not None:
        draft.data["held"] = held
    rules = standing_rules(state)
    if rules is not None and command.rules == rules.version:
        accepted = ev.RulesAccepted(member_id=actor.member_id, version=rules.version)
        if state.rules_accepted.get(actor.member_id) != rules.version:
            draft.say(member_feed(actor.member_id), accepted)


def edit_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditContribution,
    shelf: Shelf,
) -> None:
    """Give one's own text anew; what is hidden or withdrawn stays as it is."""
    contribution = need_own(state, actor, command.contribution_id)
    text = shelf.text(contribution.content_id)
    if contribution.hidden:
        raise Refusal("hidden", "This contribution is hidden and can't be changed.")
    reads_first = mode_of(state, contribution.thread) == "before"
    consent = state.consents.get(command.contribution_id)
    released = consent is not None and consent.two_stages and consent.released_at
    if released or (reads_first and not (contribution.waiting or actor.moderates)):
        # Else an edit would bring to everyone what nobody has read before.
        raise Refusal(
            "read_before",
            "This was read before it appeared, and what is new in it was not. "
            "Take it back and write it anew.",
        )
    if len(contribution.formers) >= MAX_EDITS:
        raise Refusal(
            "edited_often",
            "This has been changed very often. Take it back and write it anew.",
        )
    text = {**text, "text": command.text}
    if command.attachments is not None:
        refs = [msgspec.to_builtins(ref) for ref in command.attachments]
        before = set(attached_ids(text))
        item_id = contribution.contribution_id
        attached = still_heard(adopt(draft, actor, shelf, item_id, refs), text)
        text["attachments"] = without_blocked(state, shelf, attached)
        draft.erased.extend(before.difference(attached_ids(text)))
    if not (command.text.strip() or text.get("attachments")):
        raise Refusal("nothing_written", "There is nothing written in this.")
    leave_no_words(state, draft, contribution, shelf)
    event = ev.ContributionEdited(
        contribution_id=contribution.contribution_id,
        content_id=draft.write(contribution.contribution_id, **text),
    )
    for feed in readers_of(state, contribution):
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
    end_consent(state, draft, contribution_id)
    draft.erased.extend(written)


def _author(actor: Actor, command: cmd.PostContribution) -> str | None:
    """Return the name under which the public reads it, if any."""
    if command.label == "anonymous":
        return None
    if command.label == "name":
        return actor.name
    if not (pseudonym := " ".join(command.pseudonym.split())):
        raise Refusal("pseudonym_missing", "Please give the name to show instead.")
    return pseudonym


def _statements(actor: Actor, command: cmd.PostContribution) -> dict[str, Any]:
    """Return what the author says of itself, and how this came here."""
    said: dict[str, Any] = {
        name: text
        for name in ("speaks_for", "stake")
        if (text := getattr(command, name).strip())
    }
    if command.behalf_way is not None and command.on_behalf_of:
        said["origin"] = {"way": command.behalf_way, "table": actor.table or ""}
    return {**said, **actor.origin}
