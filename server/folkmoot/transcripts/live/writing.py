"""Captions become cues of the transcript, and are shown at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from folkmoot.core.commands import ChangeTranscript
from folkmoot.core.decision import SYSTEM
from folkmoot.core.ids import RandomIds
from folkmoot.core.wire import moment
from folkmoot.store import cues
from folkmoot.store.cues import CueRow
from folkmoot.transcripts.live.hearing import to_moment
from folkmoot.transcripts.live.ports import Rooms, Show
from folkmoot.transcripts.recognition.lines import Line
from folkmoot.transcripts.recognition.words import Word, join_words

if TYPE_CHECKING:
    from folkmoot.journal import Journal
    from folkmoot.store.database import Database

Place = tuple[str, str]


class CueWriter:
    """Writes cues of live captions and tells of them."""

    def __init__(
        self,
        journal: Journal,
        database: Database,
        *,
        show: Show,
        rooms: Rooms,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._database = database
        self._show = show
        self._rooms = rooms
        self._clock = clock
        self._ids = RandomIds()

    async def written_until(self, place: Place) -> datetime | None:
        """Up to where a room has live captions, of an earlier run perhaps."""
        return await self._database.read(
            lambda connection: cues.captioned_until(connection, *place)
        )

    def new_id(self) -> str:
        """A cue's id."""
        return self._ids.new("q")

    def show_growing(
        self, place: Place, cue_id: str, line: Line | None, tentative: Sequence[Word]
    ) -> None:
        """Show a line that still grows, and behind it what may change."""
        words = line.words if line else ()
        first = next(iter((*words, *tentative)), None)
        if first is None:
            return
        last = (*words, *tentative)[-1]
        self._tell(
            place,
            start_at=to_moment(first.start_ms),
            end_at=to_moment(last.end_ms),
            caption={
                "cue_id": cue_id,
                "text": line.text if line else "",
                "tentative": join_words(tuple(tentative)),
                "doubtful": line.doubtful if line else (),
                "final": False,
                "by": "machine",
            },
        )

    def show_typed(
        self,
        place: Place,
        cue_id: str,
        start_at: datetime,
        end_at: datetime,
        text: str,
    ) -> None:
        """Show a line while a person types it."""
        self._tell(
            place,
            start_at=start_at,
            end_at=end_at,
            caption={
                "cue_id": cue_id,
                "text": "",
                "tentative": text,
                "doubtful": (),
                "final": False,
                "by": "person",
            },
        )

    def show_final(self, place: Place, row: CueRow, doubtful: Sequence[int]) -> None:
        """Show a line that won't change any more."""
        self._tell(
            place,
            start_at=row.start_at,
            end_at=row.end_at,
            caption={
                "cue_id": row.cue_id,
                "text": row.text,
                "tentative": "",
                "doubtful": tuple(doubtful),
                "final": True,
                "by": "machine" if row.provenance == "machine" else "person",
            },
        )

    def machine_row(
        self,
        place: Place,
        cue_id: str,
        line: Line,
        *,
        model: str,
        language: str | None,
        draft: bool,
    ) -> CueRow:
        """A line as a cue."""
        meeting_id, room_id = place
        return CueRow(
            cue_id=cue_id,
            meeting_id=meeting_id,
            room_id=room_id,
            start_at=to_moment(line.start_ms),
            end_at=to_moment(max(line.end_ms, line.start_ms + 1)),
            text=line.text,
            language=language,
            provenance="machine",
            model=model,
            confidence=round(line.confidence, 3),
            words=_word_times(line),
            draft=draft,
        )

    async def keep(self, place: Place, rows: Sequence[CueRow]) -> None:
        """Store cues, and tell of those that are no drafts."""
        if not rows:
            return
        await self._database.run(lambda connection: cues.add_cues(connection, rows))
        public = [row for row in rows if not row.draft]
        if public:
            await self.tell_changed(
                place,
                min(row.start_at for row in public),
                max(row.end_at for row in public),
            )

    async def tell_changed(
        self, place: Place, from_at: datetime, to_at: datetime
    ) -> None:
        """Tell that a stretch of the transcript changed."""
        command = ChangeTranscript(room_id=place[1], from_at=from_at, to_at=to_at)
        await self._journal.submit(place[0], command, actor=SYSTEM)

    def _tell(
        self,
        place: Place,
        *,
        start_at: datetime,
        end_at: datetime,
        caption: dict[str, Any],
    ) -> None:
        meeting_id, room_id = place
        if self._rooms.is_cut(meeting_id, room_id, start_at, end_at):
            return
        standing = self._journal.standing(meeting_id)
        self._show(
            meeting_id,
            {
                "meeting": standing.slug if standing else "",
                "room": room_id,
                "at": moment(start_at),
                "end_at": moment(end_at),
                **caption,
            },
        )


def _word_times(line: Line) -> str:
    """Times and confidence of each word of the text that spaces part, as JSON."""
    spans: list[list[float]] = []
    for index, word in enumerate(line.words):
        span = [
            word.start_ms - line.start_ms,
            word.end_ms - line.start_ms,
            word.confidence,
        ]
        if word.joined and index:
            before = spans[-1]
            before[1] = span[1]
            before[2] = min(before[2], span[2])
        else:
            spans.extend([span] * max(1, len(word.text.split())))
    return json.dumps(spans, separators=(",", ":"))
