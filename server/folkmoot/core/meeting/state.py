"""Who is invited, and whether a meeting is on."""

from __future__ import annotations

from typing import Literal

from folkmoot.core.item import Item

Phase = Literal["none", "upcoming", "live", "ended"]


class Invite(Item, kw_only=True):
    """A link that gives a duty."""

    invite_id: str
    content_id: str
    duty: str
    revoked: bool = False
