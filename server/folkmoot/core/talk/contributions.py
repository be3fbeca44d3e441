"""Find a contribution, for whom it exists, and the feeds that told of it."""

from __future__ import annotations

from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Shelf
from folkmoot.core.feeds import PARTICIPANTS, PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import Contribution, MeetingState


def readers_of(state: MeetingState, contribution: Contribution) -> list[str]:
    """Return the feeds whose readers may have a contribution's text now."""
    unshown = contribution.waiting or contribution.hidden
    feeds = [STAFF if unshown else feed_of(contribution)]
    return feeds + _own_feed(state, contribution)


def feeds_of(state: MeetingState, contribution: Contribution) -> list[str]:
    """Return the feeds that ever told of a contribution.

    What waits is in `staff`; what is hidden or waits again is in its readers' feed
    only if it ever was, so a withdrawal never betrays what was never published.
    """
    shown_in = feed_of(contribution)
    if contribution.never_public:
        feeds = [STAFF]
    elif (
        contribution.waiting
        or contribution.hidden
        or _concerns_staff(state, contribution.contribution_id)
    ):
        feeds = [shown_in, STAFF]
    else:
        feeds = [shown_in]
    return feeds + _own_feed(state, contribution)


def feed_of(contribution: Contribution) -> str:
    """Return the feed of those for whom a contribution is, once it is shown."""
    return PARTICIPANTS if contribution.circle == "participants" else PUBLIC


def author_of(state: MeetingState, contribution_id: str) -> str | None:
    """Return whose a contribution is, as the whole journal knows it."""
    own = state.authored.get(contribution_id)
    return None if own is None else own.member_id


def _concerns_staff(state: MeetingState, contribution_id: str) -> bool:
    return contribution_id in state.appeals


def _own_feed(state: MeetingState, contribution: Contribution) -> list[str]:
    author_id = author_of(state, contribution.contribution_id)
    return [] if author_id is None else [member_feed(author_id)]


def need_contribution(state: MeetingState, contribution_id: str) -> Contribution:
    if (contribution := state.contributions.get(contribution_id)) is None:
        raise Refusal("no_such_contribution", "There is no such contribution.")
    return contribution


def is_readable(contribution: Contribution) -> bool:
    """Whether all for whom a contribution is may read it."""
    return not (contribution.waiting or contribution.hidden or contribution.withdrawn)


def need_readable(state: MeetingState, contribution_id: str) -> Contribution:
    """Return one that all participants may read; others don't exist for them."""
    contribution = need_contribution(state, contribution_id)
    if not is_readable(contribution):
        raise Refusal("no_such_contribution", "There is no such contribution.")
    return contribution


def need_public(state: MeetingState, contribution_id: str) -> Contribution:
    """Return one that may be shown to everyone, on screens and in what is published."""
    contribution = need_readable(state, contribution_id)
    if contribution.circle != "public":
        raise Refusal(
            "participants_only",
            "This is for the participants alone, and can't be shown to everyone.",
        )
    return contribution


def need_own(state: MeetingState, actor: Actor, contribution_id: str) -> Contribution:
    contribution = need_contribution(state, contribution_id)
    own = state.authored.get(contribution_id)
    if own is None or own.member_id != actor.member_id:
        # The same words as for what doesn't exist: a waiting post of someone
        # else must not be found by trying ids.
        raise Refusal("no_such_contribution", "There is no such contribution.")
    if contribution.withdrawn:
        raise Refusal("withdrawn", "You have taken this contribution back.")
    return contribution


def post_again(contribution: Contribution) -> ev.ContributionPosted:
    """Return what brings a waiting or hidden contribution to its readers, whole."""
    return ev.ContributionPosted(
        contribution_id=contribution.contribution_id,
        thread=contribution.thread,
        kind=contribution.kind,
        content_id=contribution.content_id,
        posted_at=contribution.posted_at,
        author_id=contribution.author_id,
        reply_to=contribution.reply_to,
        room_id=contribution.room_id,
        about_at=contribution.about_at,
        confirmed=contribution.confirmed,
        circle=contribution.circle,
    )


def all_texts(shelf: Shelf, contribution_id: str) -> list[str]:
    """Return all texts of a contribution and of what was answered to it."""
    answered = shelf.written(f"answer:{contribution_id}")
    return [*shelf.written(contribution_id), *answered]
