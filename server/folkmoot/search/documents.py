"""What is put into an index: a document, and the moments inside its text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

Kind = Literal[
    "speech",
    "contribution",
    "session",
    "report",
    "agenda",
    "answer",
    "outcome",
    "action",
    "note",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A cue inside a passage: its characters, and milliseconds after `Document.at`.

    `speaker` and `agenda` count into the document's; -1 is none.
    """

    start: int
    end: int
    after_ms: int
    speaker: int = -1
    agenda: int = -1


class Document(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that can be found.

    `groups` name what it belongs to (`room:r_…`, `session:s_…`), so that all of
    a group can be removed at once. `url` is set where the hit has a page of its
    own; without it a hit opens the meeting at its moment. `sessions` are the ids of
    the sessions that it was said in or written to. `also` are narrower kinds
    by which it is found too: a contribution's own.
    """

    id: str
    kind: Kind
    meeting_id: str
    meeting_slug: str
    meeting_title: str
    at: datetime
    text: str
    title: str = ""
    room_id: str | None = None
    room_slug: str | None = None
    room_name: str | None = None
    speakers: tuple[str, ...] = ()
    agenda_items: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    language: str | None = None
    groups: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    url: str | None = None
    also: tuple[str, ...] = ()

    def moment(self, mark: int | None) -> datetime:
        """When the marked cue was said; without one, the document's own time."""
        if mark is None:
            return self.at
        return self.at + timedelta(milliseconds=self.marks[mark].after_ms)

    def speaker(self, mark: int | None) -> str | None:
        """Who says the marked cue; without one, the only or first speaker."""
        if mark is None:
            return self.speakers[0] if self.speakers else None
        number = self.marks[mark].speaker
        return self.speakers[number] if number >= 0 else None

    def agenda_item(self, mark: int | None) -> str | None:
        """The agenda item of the marked cue; without one, the only or first item."""
        if mark is None:
            return self.agenda_items[0] if self.agenda_items else None
        number = self.marks[mark].agenda
        return self.agenda_items[number] if number >= 0 else None
