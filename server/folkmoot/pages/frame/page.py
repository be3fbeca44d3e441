"""What every page carries: who reads it, its address, and what was just tried."""

from __future__ import annotations

from typing import Any

import msgspec

from folkmoot.pages.wording.moments import Moments
from folkmoot.pages.wording.people import Avatar, draw_avatar


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads the page; `member_id` is absent for staff who never joined."""

    name: str
    member_id: str | None = None
    duties: frozenset[str] = frozenset()
    organises: bool = False
    facilitates: bool = False
    moderates: bool = False
    reports: bool = False

    @property
    def staff(self) -> bool:
        """Whether the reader sees what only staff see."""
        return self.moderates

    @property
    def avatar(self) -> Avatar:
        """The reader's initials."""
        return draw_avatar(self.name)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A form that was refused: shown again in its place, with what was typed."""

    type: str
    code: str
    message: str
    values: dict[str, str] = {}
    retry_after: float | None = None

    def concerns(self, kind: str, /, **match: str | None) -> bool:
        """Whether it came from the form of this command about these things."""
        return self.type == kind and all(
            self.values.get(name) == (value or None) for name, value in match.items()
        )


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a page's value that the layout needs."""

    name: str
    moments: Moments
    theme: str | None = None
    csrf: str = ""
    path: str = "/"
    me: Me | None = None
    staff: bool = False  # may open the desk
    flash: str | None = None
    attempt: Attempt | None = None
    data: dict[str, Any] = {}

    def tried(self, kind: str, /, **match: str | None) -> Attempt | None:
        """Return the refused attempt at this form, if there was one."""
        if self.attempt is not None and self.attempt.concerns(kind, **match):
            return self.attempt
        return None
