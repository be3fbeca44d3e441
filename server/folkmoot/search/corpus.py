"""What the indexer needs to know of meetings; the store gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from folkmoot.search.documents import Document

# Public may be read by everybody; restricted holds only what is not public.
Audience = Literal["public", "restricted"]


class TranscriptCue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cue on the meeting's clock; `cue_id` stays when its text is corrected.

    `session` is the id of the session that it was said in.
    """

    cue_id: str
    start_at: datetime
    end_at: datetime
    text: str
    speaker: str | None = None
    language: str | None = None
    agenda_item: str | None = None
    session: str | None = None


class RoomContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a room's passages say of their meeting, and who may find them.

    `audience` None: nobody, the room's passages are removed.
    """

    meeting_id: str
    meeting_slug: str
    meeting_title: str
    room_id: str
    room_slug: str
    room_name: str
    audience: Audience | None = "public"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one or several entries do to the index.

    First `remove` and `remove_groups` leave both indexes, then `add` enters that
    of `audience`; the transcripts of `rooms` are read again.
    """

    add: tuple[Document, ...] = ()
    remove: tuple[str, ...] = ()
    remove_groups: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    audience: Audience = "public"


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Changes after a cursor, in order; `seq` is the cursor once they are done."""

    seq: int
    changes: tuple[Change, ...] = ()
    more: bool = False


class Corpus(Protocol):
    """Meetings as the indexer reads them. `seq` is a journal's own number."""

    async def heads(self) -> Mapping[str, int]:
        """The last number of every meeting's journal, by meeting id."""
        ...

    async def changes(self, meeting_id: str, after: int) -> Changes:
        """What changed after a number; after 0, all that is to be found."""
        ...

    async def room(self, meeting_id: str, room_id: str) -> RoomContext:
        """The room as it is now."""
        ...

    async def cues(self, meeting_id: str, room_id: str) -> Sequence[TranscriptCue]:
        """The room's public cues as they are now, in order of time."""
        ...
