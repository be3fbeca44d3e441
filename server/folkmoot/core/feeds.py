"""Feeds: who reads what of a journal. Secrecy is the feed, never a filter."""

from __future__ import annotations

PUBLIC = "public"
PARTICIPANTS = "participants"
STAFF = "staff"
BALLOTS = "ballots"
REPORTERS = "reporters"
_MEMBER = "member:"


def member_feed(member_id: str) -> str:
    """Return the name of the feed that only this member reads."""
    return f"{_MEMBER}{member_id}"


def is_feed(name: str) -> bool:
    """Say whether `name` can be a feed's name."""
    return name in {PUBLIC, PARTICIPANTS, STAFF, BALLOTS, REPORTERS} or (
        name.startswith(_MEMBER) and len(name) > len(_MEMBER)
    )


def may_read(
    feed: str, *, member_id: str | None, staff: bool, reports: bool = False
) -> bool:
    """Say whether a member of the meeting may read a feed.

    Everyone reads `public`, whoever has joined `participants`, staff read `staff`,
    those who report `reporters`, a member its own feed, and nobody `ballots`.
    """
    if feed == PUBLIC:
        return True
    if feed == PARTICIPANTS:
        return staff or member_id is not None
    if feed == STAFF:
        return staff
    if feed == REPORTERS:
        return reports
    return member_id is not None and feed == member_feed(member_id)
