"""A room's markers as pages list them, and what was prepared to be marked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from folkmoot.pages.moments import read_moment
from folkmoot.pages.timetable import text_of


class ChapterView(msgspec.Struct, frozen=True, kw_only=True):
    """A point on the clock: agenda item, speaker or slide."""

    marker_id: str
    kind: str
    label: str
    at: datetime


def view_chapters(state: Mapping[str, Any], room_id: str) -> tuple[ChapterView, ...]:
    """Return a room's markers in order of time."""
    views = [
        ChapterView(
            marker_id=marker["marker_id"],
            kind=marker["kind"],
            label=text_of(marker, "label"),
            at=read_moment(marker["marked_at"]),
        )
        for marker in state["markers"].values()
        if marker["room_id"] == room_id
    ]
    return tuple(sorted((each for each in views if each.label), key=lambda c: c.at))
