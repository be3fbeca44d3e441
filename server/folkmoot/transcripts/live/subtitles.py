"""The words of rooms as players ask for them, segment by segment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from folkmoot.core.broadcast.airtime import shown_until
from folkmoot.core.feeds import PUBLIC
from folkmoot.store import cues
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.segments import render_segment

if TYPE_CHECKING:
    from folkmoot.journal import Journal
    from folkmoot.store.database import Database
    from folkmoot.transcripts.live.captioner import Captioner

_LEAST_SECONDS = 0.1


class SpokenWords:
    """Reads the cues that the public may read."""

    def __init__(
        self,
        captioner: Captioner,
        *,
        journal: Journal,
        database: Database,
        clock: Callable[[], datetime],
    ) -> None:
        self._captioner = captioner
        self._journal = journal
        self._database = database
        self._clock = clock

    async def offers(self, meeting_id: str, room_id: str) -> bool:
        """Whether a room has words, or will have."""
        if self._captioner.status(meeting_id, room_id).kind != "off":
            return True
        found = await self._database.read(
            lambda connection: cues.cues_of(connection, meeting_id, room_id, limit=1)
        )
        return bool(found)

    def settled_until(self, meeting_id: str, room_id: str) -> datetime | None:
        """Up to where they are settled; None: all of them are."""
        return self._captioner.settled_until(meeting_id, room_id)

    async def segment(
        self,
        meeting_id: str,
        room_id: str,
        *,
        from_at: datetime,
        to_at: datetime,
        zero_at: datetime,
    ) -> bytes:
        """WebVTT of a span, timed from `zero_at`, which is media time 0."""
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        until = shown_until(state["rooms"][room_id], self._clock())
        rows = await self._database.read(
            lambda connection: cues.cues_of(
                connection,
                meeting_id,
                room_id,
                from_at=from_at,
                to_at=to_at,
                until=until,
            )
        )
        found = []
        for row in rows:
            start = (row.start_at - zero_at) / timedelta(seconds=1)
            end = (row.end_at - zero_at) / timedelta(seconds=1)
            found.append(
                Cue(
                    start_seconds=max(0.0, start),
                    end_seconds=max(0.0, start + _LEAST_SECONDS, end),
                    text=row.text,
                    speaker=row.speaker,
                    language=row.language,
                )
            )
        return render_segment(found)
