"""Edits and the journal: what is kept is told, also after a kill in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from folkmoot.journal import Journal
from folkmoot.store import Database, cues
from folkmoot.transcripts.editing import acts
from folkmoot.transcripts.editing.editor import Author, TranscriptEditor
from tests.journal.meeting import Meeting, make_meeting

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
ANN = Author(by="b_ann", name="Ann")


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Meeting]:
    database = await Database.open(tmp_path / "folkmoot.db")
    journal = Journal(database)
    await journal.start()
    yield await make_meeting(journal)
    await journal.aclose()
    await database.aclose()


async def test_an_edit_that_was_kept_and_not_told_is_told_when_sent_again(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else readers and the search keep words that somebody took out."""
    database = meeting.journal._database
    (room_id,) = (await meeting.state())["rooms"]
    place = (meeting.meeting_id, str(room_id))
    row = cues.CueRow(
        cue_id="q_one",
        meeting_id=place[0],
        room_id=place[1],
        start_at=AT,
        end_at=AT + timedelta(seconds=2),
        text="Ann Smith said so.",
    )
    await database.run(lambda c: cues.add_cues(c, [row]))
    editor = TranscriptEditor(
        journal=meeting.journal, database=database, clock=lambda: AT
    )
    change = acts.Change(cue_id="q_one", revision=1, text="A resident said so.")
    edit = acts.Edit(edit_id="edit-0001", acts=(change,))

    async def end_here(*_: Any, **__: Any) -> Any:
        raise OSError("The service ends here.")

    with monkeypatch.context() as patch:
        patch.setattr(meeting.journal, "submit", end_here)
        with pytest.raises(OSError, match="ends here"):
            await editor.apply(place, ANN, edit)
    kinds = [entry["kind"] for entry in await meeting.feed()]
    assert "TranscriptChanged" not in kinds

    done = await editor.apply(place, ANN, edit)
    assert [each.text for each in done.rows] == ["A resident said so."]
    assert [each.revision for each in done.rows] == [2]
    last = (await meeting.feed())[-1]
    assert last["kind"] == "TranscriptChanged"
    assert last["data"]["room_id"] == room_id
