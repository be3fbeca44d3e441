"""Points on the clock in playlists: what players show at their own playhead. Pure.

EXT-X-DATERANGE: draft-pantos-hls-rfc8216bis, 4.4.5.1. An agenda item ends where the
next one begins (END-ON-NEXT), and so do speakers and slides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.playlist import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_CLASS = "folkmoot"
_UNQUOTABLE = re.compile(r'["\x00-\x1f\x7f]')


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A marker that the public knows."""

    mark_id: str
    kind: str
    at: datetime
    label: str


def render_marks(
    marks: Sequence[Mark], *, from_at: datetime | None, until_at: datetime | None
) -> str:
    """The tags of what lies in a playlist from `from_at` to `until_at`.

    Of each kind the last one before the beginning is still going on there.
    """
    if from_at is None or until_at is None:
        return ""
    shown: dict[str, Mark] = {}
    inside = []
    for mark in sorted(marks, key=lambda each: (each.at, each.mark_id)):
        if mark.at < from_at:
            shown[mark.kind] = mark
        elif mark.at <= until_at:
            inside.append(mark)
    return "".join(_render(mark) for mark in (*shown.values(), *inside))


def _render(mark: Mark) -> str:
    label = _UNQUOTABLE.sub("\u2019", mark.label)
    return (
        f'#EXT-X-DATERANGE:ID="{mark.mark_id}",CLASS="{_CLASS}.{mark.kind}",'
        f'START-DATE="{format_time(mark.at)}",END-ON-NEXT=YES,X-LABEL="{label}"\n'
    )
