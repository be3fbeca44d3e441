"""A transcript that was imported, edited and exported comes back as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from folkmoot.store.cues import CueRow
from folkmoot.transcripts import formats
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.editing import acts
from folkmoot.transcripts.formats import Format
from tests.transcripts.editing.test_working import PLACE, Room, change

ZERO = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
# What a person types: marks that mean something in one format or another included.
WORD = st.text(
    st.sampled_from("abÉß<>&;\"'.,!?日") | st.characters(categories=["Ll", "Nd"]),
    min_size=1,
    max_size=6,
)
WORDS = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
# SubRip and plain text know a speaker by a name that looks like one.
NAMES = st.sampled_from([None, "Ann Lee", "Cllr Ben Oduya", "Ms O'Neill"])
PLAIN = st.lists(
    st.sampled_from(["the", "bridge", "is", "closed", "since", "March", "né", "日本"]),
    min_size=1,
    max_size=6,
).map(" ".join)


def imported(cues: list[Cue]) -> Room:
    """The cues of a file as a room's."""
    return Room(
        *(
            CueRow(
                cue_id=f"q_{place}",
                meeting_id=PLACE[0],
                room_id=PLACE[1],
                start_at=ZERO + timedelta(seconds=cue.start_seconds),
                end_at=ZERO + timedelta(seconds=cue.end_seconds),
                text=cue.text,
                speaker=cue.speaker,
                source_hash="file",
            )
            for place, cue in enumerate(cues)
        )
    )


def exported(room: Room) -> list[Cue]:
    """The room's cues as an export has them."""
    rows = sorted(room.rows.values(), key=lambda row: (row.start_at, row.cue_id))
    return [
        Cue(
            start_seconds=round((row.start_at - ZERO).total_seconds(), 3),
            end_seconds=round((row.end_at - ZERO).total_seconds(), 3),
            text=row.text,
            speaker=row.speaker,
        )
        for row in rows
    ]


def edit(data: st.DataObject, room: Room, said: st.SearchStrategy[str]) -> None:
    """Do some of what editors do."""
    for step in range(data.draw(st.integers(1, 6))):
        rows = sorted(room.rows.values(), key=lambda row: row.start_at)
        row = data.draw(st.sampled_from(rows))
        what = data.draw(st.sampled_from(["words", "name", "time", "split", "merge"]))
        place = rows.index(row)
        if what == "words":
            room.do(change(row, text=data.draw(said)))
        elif what == "name":
            room.do(change(row, speaker=data.draw(NAMES)))
        elif what == "time":
            room.do(change(row, end_at=row.start_at + timedelta(milliseconds=2345)))
        elif what == "split" and " " in row.text:
            room.do(
                acts.Split(
                    cue_id=row.cue_id,
                    revision=row.revision,
                    text=row.text,
                    offset=row.text.index(" "),
                    new_id=f"q_new{step}",
                )
            )
        elif what == "merge" and place + 1 < len(rows):
            room.do(
                acts.Merge(
                    cue_id=row.cue_id,
                    revision=row.revision,
                    next_id=rows[place + 1].cue_id,
                    next_revision=rows[place + 1].revision,
                )
            )


def file_of(
    data: st.DataObject, fmt: Format, said: st.SearchStrategy[str]
) -> list[Cue]:
    """The cues of a file in a format, as importing it gives them."""
    cues = [
        Cue(
            start_seconds=4.0 * place,
            end_seconds=4.0 * place + 4,
            text=text,
            speaker=data.draw(NAMES),
        )
        for place, text in enumerate(data.draw(st.lists(said, min_size=1, max_size=6)))
    ]
    return formats.parse(formats.render(cues, fmt), name=f"a.{fmt}")


@given(data=st.data(), fmt=st.sampled_from(["vtt", "ttml", "json"]))
def test_edited_cues_come_back_whole(data: st.DataObject, fmt: Format) -> None:
    room = imported(file_of(data, fmt, WORDS))
    edit(data, room, WORDS)
    cues = exported(room)
    assert formats.parse(formats.render(cues, fmt), name=f"a.{fmt}") == cues


@given(data=st.data())
def test_edited_cues_come_back_from_subrip(data: st.DataObject) -> None:
    room = imported(file_of(data, "srt", PLAIN))
    edit(data, room, PLAIN)
    cues = exported(room)
    assert formats.parse(formats.render(cues, "srt"), name="a.srt") == cues


@given(data=st.data())
def test_edited_words_and_speakers_come_back_from_text(data: st.DataObject) -> None:
    """A text to read has a time for each turn, not for each cue."""
    room = imported(file_of(data, "txt", PLAIN))
    edit(data, room, PLAIN)
    cues = exported(room)
    turns: list[tuple[float, str | None, str]] = []
    for cue in cues:
        if turns and turns[-1][1] == cue.speaker:
            start, who, text = turns.pop()
            turns.append((start, who, f"{text} {cue.text}"))
        else:
            turns.append((cue.start_seconds, cue.speaker, cue.text))
    back = formats.parse(formats.render(cues, "txt"), name="a.txt")
    assert [(cue.start_seconds, cue.speaker, cue.text) for cue in back] == turns
