"""Decisions on contributions by those who look after them, and appeals against them.

Publish, hide, put back, label; readers' flags; the author's appeal.
"""

from __future__ import annotations

from msgspec.structs import replace

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import need_member
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import STAFF, member_feed
from folkmoot.core.follow_up.answers import repeat_answers
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_moderator
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.consent import clear_contribution
from folkmoot.core.talk.contributions import (
    author_of,
    feed_of,
    need_contribution,
    need_own,
    need_readable,
    post_again,
)


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
    if clear_contribution(state, draft, contribution):
        # Read, and now its author's to release.
        return
    draft.say(
        STAFF,
        ev.ContributionReleased(contribution_id=contribution_id, by_id=actor.member_id),
    )
    if (author_id := author_of(state, contribution_id)) is not None:
        released = ev.ContributionReleased(contribution_id=contribution_id)
        draft.say(member_feed(author_id), released)
    draft.say(feed_of(contribution), post_again(contribution))
    if contribution.scope is not None:
        # The public has not read of it while it waited.
        draft.say(
            feed_of(contribution),
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

    `written` are all its texts and answers; none stays readable to others.
    """
    need_moderator(actor)
    contribution = need_contribution(state, command.contribution_id)
    if contribution.hidden or contribution.withdrawn:
        return
    was_public, shown_in = not contribution.waiting, feed_of(contribution)
    reason_id = draft.write(f"reason:{command.contribution_id}", reason=command.reason)
    if was_public:
        draft.say(
            shown_in, ev.ContributionHidden(contribution_id=command.contribution_id)
        )
        draft.revoked.extend((content_id, shown_in) for content_id in written)
    draft.say(
        STAFF,
        ev.ContributionHidden(
            contribution_id=command.contribution_id,
            reason_id=reason_id,
            text_id=contribution.content_id,
            category=command.category,
            by_id=actor.member_id,
        ),
    )
    if (author_id := author_of(state, command.contribution_id)) is not None:
        draft.say(
            member_feed(author_id),
            ev.ContributionHidden(
                contribution_id=command.contribution_id,
                reason_id=reason_id,
                category=command.category,
            ),
        )
    _settle(state, draft, actor, command.contribution_id)


def return_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    contribution_id: str,
    written: list[str],
) -> None:
    """Put a contribution back among what waits: a decision is undone."""
    need_moderator(actor)
    contribution = need_contribution(state, contribution_id)
    if contribution.withdrawn:
        raise Refusal("withdrawn", "The author has taken this contribution back.")
    if contribution.waiting:
        return
    if not (contribution.hidden or contribution.never_public):
        shown_in = feed_of(contribution)
        draft.say(shown_in, ev.ContributionHidden(contribution_id=contribution_id))
        draft.revoked.extend((content_id, shown_in) for content_id in written)
    draft.say(
        STAFF,
        replace(
            post_again(contribution), waiting=True, held=contribution.held or "mode"
        ),
    )
    returned = ev.ContributionReturned(contribution_id=contribution_id)
    draft.say(
        STAFF,
        ev.ContributionReturned(contribution_id=contribution_id, by_id=actor.member_id),
    )
    if (author_id := author_of(state, contribution_id)) is not None:
        draft.say(member_feed(author_id), returned)


def flag_contribution(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.FlagContribution
) -> None:
    """Ask the team to look at a contribution; it stands until somebody decides."""
    member_id = need_member(actor)
    need_readable(state, command.contribution_id)
    for flag in state.flags.values():
        same = flag.contribution_id == command.contribution_id
        if same and flag.member_id == member_id:
            return
    flag_id = draft.ids.new("f")
    flagged = ev.ContributionFlagged(
        flag_id=flag_id,
        contribution_id=command.contribution_id,
        category=command.category,
        flagged_at=draft.now,
        content_id=draft.write(flag_id, note=command.note),
    )
    draft.say(STAFF, flagged)
    draft.say(member_feed(member_id), replace(flagged, member_id=member_id))


def settle_flags(
    state: MeetingState, draft: Decision, actor: Actor, contribution_id: str
) -> None:
    """Say that the team has looked, and that the contribution stands."""
    need_moderator(actor)
    _settle(state, draft, actor, contribution_id)


def appeal(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.Appeal
) -> None:
    """Ask, once, that somebody looks again at what was hidden."""
    member_id = need_member(actor)
    contribution = need_own(state, actor, command.contribution_id)
    if not contribution.hidden:
        raise Refusal("not_hidden", "This contribution is not hidden.")
    if command.contribution_id in state.appeals:
        raise Refusal("appealed_already", "You have asked for this once already.")
    made = ev.AppealMade(
        contribution_id=command.contribution_id,
        appealed_at=draft.now,
        content_id=draft.write(
            _appeal_item(command.contribution_id), text=command.text
        ),
    )
    draft.say(STAFF, made)
    draft.say(member_feed(member_id), made)


def answer_appeal(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AnswerAppeal
) -> None:
    """Answer an appeal; what is granted is published again.

    Another one than who hid it answers, wherever there is another one.
    """
    need_moderator(actor)
    contribution_id = command.contribution_id
    found = state.appeals.get(contribution_id)
    if found is None or found.granted is not None:
        raise Refusal("no_such_appeal", "There is no such appeal to answer.")
    note = state.hidden_notes.get(contribution_id)
    hidden_by = note.by_id if note is not None else None
    mine = hidden_by is not None and hidden_by == actor.member_id
    if mine and _moderators(state) - {hidden_by}:
        raise Refusal(
            "another_moderator",
            "You hid this yourself. Please let one of the others answer.",
        )
    answer_id = draft.write(_appeal_item(contribution_id), text=command.text)
    answered = ev.AppealAnswered(
        contribution_id=contribution_id, granted=command.granted, content_id=answer_id
    )
    draft.say(STAFF, replace(answered, by_id=actor.member_id))
    if (author_id := author_of(state, contribution_id)) is not None:
        draft.say(member_feed(author_id), answered)
    if command.granted:
        publish_contribution(state, draft, actor, contribution_id)


def appeal_texts(contribution_id: str, shelf: Shelf) -> list[str]:
    """Return the ids of what was written in an appeal: it goes with a withdrawal."""
    return shelf.written(_appeal_item(contribution_id))


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
    draft.say(STAFF if unread else feed_of(contribution), event)


def _settle(
    state: MeetingState, draft: Decision, actor: Actor, contribution_id: str
) -> None:
    if any(
        flag.contribution_id == contribution_id and not flag.settled
        for flag in state.flags.values()
    ):
        draft.say(
            STAFF,
            ev.FlagsSettled(contribution_id=contribution_id, by_id=actor.member_id),
        )


def _moderators(state: MeetingState) -> set[str]:
    """Return who may publish and hide by a duty in this meeting."""
    return {
        member_id
        for member_id, duties in state.duties.items()
        if Actor(member_id, duties=frozenset(duties)).moderates
    }


def _appeal_item(contribution_id: str) -> str:
    return f"appeal:{contribution_id}"
