"""What becomes of cues when people edit them, alone and at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.core.refusals import Refusal
from folkmoot.store.cue_edits import CueEdit
from folkmoot.store.cues import CueRow
from folkmoot.transcripts.editing import acts, words
from folkmoot.transcripts.editing.working import Working

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
PLACE = ("m_1", "r_1")


def cue(number: int, text: str, **given: Any) -> CueRow:
    """A cue of four seconds."""
    start = START + timedelta(seconds=4 * number)
    known: dict[str, Any] = {
        "cue_id": f"q_{number}",
        "meeting_id": PLACE[0],
        "room_id": PLACE[1],
        "start_at": start,
        "end_at": start + timedelta(seconds=4),
        "text": text,
        "source_hash": "file",
    }
    return CueRow(**{**known, **given})


class Room:
    """A room's cues and their history, without a database."""

    def __init__(self, *rows: CueRow) -> None:
        self.rows = {row.cue_id: row for row in rows}
        self.edits: list[CueEdit] = []

    def do(self, *some: acts.AnyAct, by: str = "ann") -> Working:
        """Do an edit."""
        edit_id = f"edit-{len(self.edits)}"
        undone: dict[str, list[CueEdit]] = {}
        for edit in self.edits:
            undone.setdefault(edit.edit_id, []).append(edit)
        working = Working(
            PLACE, self.rows, past=self.past, edits=undone, now=START, by=by, name=by
        )
        for act in some:
            working.do(act)
        for cue_id, what, before, after in working.changes():
            self.edits.append(
                CueEdit(
                    meeting_id=PLACE[0],
                    room_id=PLACE[1],
                    number=len(self.edits) + 1,
                    edit_id=edit_id,
                    cue_id=cue_id,
                    what=what,
                    at=START,
                    by=by,
                    name=by,
                    before=before,
                    after=after,
                )
            )
            if after is None:
                del self.rows[cue_id]
            else:
                self.rows[cue_id] = after
        return working

    def past(self, cue_id: str, revision: int) -> CueRow | None:
        """The cue as it was."""
        for edit in self.edits:
            for row in (edit.before, edit.after):
                if row and (row.cue_id, row.revision) == (cue_id, revision):
                    return row
        return None

    @property
    def said(self) -> list[str]:
        """The words of all cues in order."""
        ordered = sorted(self.rows.values(), key=lambda row: row.start_at)
        return [row.text for row in ordered]

    def undo_last(self) -> Working:
        """Take the last edit back."""
        return self.do(acts.Undo(edit_id=self.edits[-1].edit_id))


def change(row: CueRow, **given: Any) -> acts.Change:
    """A change of a cue as somebody saw it."""
    return acts.Change(cue_id=row.cue_id, revision=row.revision, **given)


def test_words_are_corrected_and_the_origin_stays() -> None:
    heard = cue(0, "god morning", model="tiny", provenance="machine", source_hash=None)
    room = Room(heard)
    assert room.do(change(heard, text=" good\n morning ")).conflicts == []
    now = room.rows["q_0"]
    assert (now.text, now.origin, now.provenance) == (
        "good morning",
        "machine",
        "corrected",
    )
    assert (now.revision, now.by) == (2, "ann")
    # Said twice is said once.
    room.do(change(now, text="good morning"))
    assert len(room.edits) == 1


def test_two_who_touch_different_sides_of_a_cue_both_keep_theirs() -> None:
    seen = cue(0, "the brigde is closed")
    room = Room(seen)
    room.do(change(seen, text="The bridge is closed."))
    done = room.do(change(seen, speaker="Ann Lee"), by="ben")
    assert done.conflicts == []
    now = room.rows["q_0"]
    assert (now.text, now.speaker) == ("The bridge is closed.", "Ann Lee")
    late = START + timedelta(seconds=9)
    assert room.do(change(seen, end_at=late), by="eve").conflicts == []
    assert room.rows["q_0"].end_at == late


def test_two_who_write_the_same_words_agree_and_others_see_both() -> None:
    seen = cue(0, "one")
    room = Room(seen)
    room.do(change(seen, text="won"))
    assert room.do(change(seen, text="won"), by="ben").conflicts == []
    done = room.do(change(seen, text="One!"), by="ben")
    [conflict] = done.conflicts
    assert isinstance(conflict.act, acts.Change)
    assert conflict.now is not None
    assert (conflict.act.text, conflict.now.text) == ("One!", "won")
    assert room.said == ["won"]


@pytest.mark.parametrize(
    "act",
    [
        acts.Delete(cue_id="q_0", revision=1),
        acts.Merge(cue_id="q_0", revision=1, next_id="q_1", next_revision=1),
        acts.Split(cue_id="q_0", revision=1, text="one two", offset=3, new_id="q_new"),
        acts.Check(cue_id="q_0", revision=1),
    ],
)
def test_nothing_is_done_to_words_that_its_author_did_not_see(act: acts.AnyAct) -> None:
    room = Room(cue(0, "one two"), cue(1, "three"))
    room.do(change(room.rows["q_0"], text="one and two"))
    assert len(room.do(act, by="ben").conflicts) == 1
    assert room.said == ["one and two", "three"]


def test_a_cue_is_divided_where_its_word_is_said() -> None:
    spans = [[0, 500, 0.9], [500, 900, 0.4], [2500, 3900, 0.9]]
    heard = cue(0, "good morning everyone", words=words.write_spans(spans), model="m")
    room = Room(heard)
    text = "Good morning. Everyone"
    room.do(acts.Split(cue_id="q_0", revision=1, text=text, offset=14, new_id="q_new"))
    assert room.said == ["Good morning.", "Everyone"]
    first, second = room.rows["q_0"], room.rows["q_new"]
    assert first.end_at == second.start_at == START + timedelta(milliseconds=2500)
    assert words.read_spans(second.words, "x") == [[0, 1400, 1]]
    assert words.read_spans(first.words, "x y") == [[0, 500, 1], [500, 900, 1]]
    # Without knowledge the time goes by the length of the words.
    guessed = Room(cue(0, "aaa bbb ccc ddd"))
    guessed.do(
        acts.Split(
            cue_id="q_0", revision=1, text="aaa bbb ccc ddd", offset=7, new_id="q_new"
        )
    )
    assert guessed.rows["q_new"].start_at == START + timedelta(seconds=2)


def test_cues_are_joined_and_undone_and_redone() -> None:
    room = Room(cue(0, "one"), cue(1, "two", speaker="Ann"))
    room.do(acts.Merge(cue_id="q_0", revision=1, next_id="q_1", next_revision=1))
    assert room.said == ["one two"]
    assert room.rows["q_0"].speaker == "Ann"
    assert room.rows["q_0"].end_at == START + timedelta(seconds=8)
    room.undo_last()
    assert room.said == ["one", "two"]
    assert room.rows["q_0"].speaker is None
    room.undo_last()
    assert room.said == ["one two"]


def test_half_of_an_undo_is_not_done() -> None:
    room = Room(cue(0, "one two"))
    room.do(
        acts.Split(cue_id="q_0", revision=1, text="one two", offset=3, new_id="q_n1")
    )
    edit_id = room.edits[-1].edit_id
    room.do(change(room.rows["q_n1"], text="too"), by="ben")
    assert room.do(acts.Undo(edit_id=edit_id)).conflicts
    assert room.said == ["one", "too"]


def test_an_undo_keeps_what_others_did_on_other_sides() -> None:
    room = Room(cue(0, "one"))
    room.do(change(room.rows["q_0"], text="won"))
    mine = room.edits[-1].edit_id
    room.do(change(room.rows["q_0"], speaker="Ann"), by="ben")
    assert room.do(acts.Undo(edit_id=mine)).conflicts == []
    assert (room.rows["q_0"].text, room.rows["q_0"].speaker) == ("one", "Ann")


def test_a_speaker_is_named_otherwise_everywhere() -> None:
    room = Room(
        cue(0, "a", speaker="Speaker 1"), cue(1, "b"), cue(2, "c", speaker="Speaker 1")
    )
    room.do(acts.Rename(speaker="Speaker 1", to=" Ann  Lee "))
    assert [row.speaker for row in room.rows.values()] == ["Ann Lee", None, "Ann Lee"]
    room.undo_last()
    assert [row.speaker for row in room.rows.values()] == [
        "Speaker 1",
        None,
        "Speaker 1",
    ]


def test_who_checks_words_publishes_them_and_a_change_takes_the_mark_off() -> None:
    heard = cue(0, "one", provenance="machine", model="m", draft=True)
    room = Room(heard)
    room.do(acts.Check(cue_id="q_0", revision=1))
    now = room.rows["q_0"]
    assert (now.provenance, now.checked_by, now.draft) == ("verified", "ann", False)
    room.do(change(now, text="won"))
    now = room.rows["q_0"]
    assert (now.provenance, now.checked_by) == ("corrected", None)
    room.do(acts.Check(cue_id="q_0", revision=now.revision))
    room.do(acts.Check(cue_id="q_0", revision=now.revision + 1, checked=False))
    now = room.rows["q_0"]
    assert (now.provenance, now.checked_by, now.draft) == ("corrected", None, False)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (acts.Change(cue_id="q_0", revision=1, text=" \n"), "empty_cue"),
        (acts.Change(cue_id="q_0", revision=1, text="x" * 4001), "too_long"),
        (acts.Change(cue_id="q_0", revision=1, speaker="x" * 201), "too_long"),
        (acts.Change(cue_id="q_0", revision=1, end_at=START), "bad_times"),
        (
            acts.Change(cue_id="q_0", revision=1, end_at=START + timedelta(hours=1)),
            "bad_times",
        ),
        (
            acts.Change(cue_id="q_0", revision=1, at=datetime(2026, 5, 4, 9)),  # noqa: DTZ001
            "time_without_zone",
        ),
        (
            acts.Split(cue_id="q_0", revision=1, text="one", offset=3, new_id="q_n1"),
            "empty_cue",
        ),
        (
            acts.Split(cue_id="q_0", revision=1, text="a b", offset=1, new_id="nope"),
            "bad_edit",
        ),
        (
            acts.Merge(cue_id="q_0", revision=1, next_id="q_0", next_revision=1),
            "bad_edit",
        ),
    ],
)
def test_what_no_cue_can_be_is_refused(act: acts.AnyAct, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        Room(cue(0, "one")).do(act)
    assert refused.value.code == code


WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6)
LINE = st.lists(WORD, min_size=1, max_size=8)


@given(old=LINE, new=LINE)
def test_every_word_of_a_changed_text_has_its_time(
    old: list[str], new: list[str]
) -> None:
    spans = words.guess_spans(" ".join(old), 4000)
    carried = words.carry_over(spans, " ".join(old), " ".join(new))
    assert len(carried) == len(new)
    assert all(0 <= start <= end <= 4000 for start, end, _ in carried)
    assert [s for s, _, _ in carried] == sorted(s for s, _, _ in carried)
    if old == new:
        assert carried == spans


@given(data=st.data())
def test_what_is_divided_joined_and_undone_loses_no_word(data: st.DataObject) -> None:
    said = data.draw(st.lists(LINE, min_size=2, max_size=5))
    room = Room(*(cue(n, " ".join(line)) for n, line in enumerate(said)))
    whole = [word for line in said for word in line]
    first = room.said
    for step in range(data.draw(st.integers(1, 6))):
        ordered = sorted(room.rows.values(), key=lambda row: row.start_at)
        row = data.draw(st.sampled_from(ordered))
        place = ordered.index(row)
        if len(row.text.split()) > 1 and data.draw(st.booleans()):
            gaps = [at for at, char in enumerate(row.text) if char == " "]
            room.do(
                acts.Split(
                    cue_id=row.cue_id,
                    revision=row.revision,
                    text=row.text,
                    offset=data.draw(st.sampled_from(gaps)),
                    new_id=f"q_new{step}",
                )
            )
        elif place + 1 < len(ordered):
            following = ordered[place + 1]
            room.do(
                acts.Merge(
                    cue_id=row.cue_id,
                    revision=row.revision,
                    next_id=following.cue_id,
                    next_revision=following.revision,
                )
            )
        assert " ".join(room.said).split() == whole
        for each in room.rows.values():
            assert each.start_at <= each.end_at
    for edit_id in dict.fromkeys(edit.edit_id for edit in reversed(room.edits)):
        assert room.do(acts.Undo(edit_id=edit_id)).conflicts == []
    assert room.said == first


def test_an_edit_reads_as_it_was_written() -> None:
    edit = acts.Edit(
        edit_id="a" * 8,
        acts=(
            acts.Change(cue_id="q_0", revision=1, speaker=None),
            acts.Undo(edit_id="b" * 8),
        ),
    )
    told = msgspec.json.encode(edit)
    assert msgspec.json.decode(told, type=acts.Edit) == edit
    assert b'"speaker":null' in told
    assert b"text" not in told
