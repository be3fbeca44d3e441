"""An edit worked out on the cues that it is about. Pure.

Every act says which revision of a cue its author saw. Where the cue is another by
now, an act still holds if the two touch different sides of it: one corrects words
while another names the speaker. Where both change the same side, nothing of the act
is done, and its author is shown both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

import msgspec
from msgspec import UNSET

from folkmoot.core.refusals import Refusal
from folkmoot.store.cue_edits import CueEdit
from folkmoot.store.cues import CueRow
from folkmoot.transcripts.editing import acts, words

MOST_CHARACTERS = 4_000
MOST_NAME = 200
MOST_LENGTH = timedelta(minutes=10)
_LEAST_LENGTH = timedelta(milliseconds=10)
# The sides of a cue that are changed apart from each other.
SIDES = ("text", "speaker", "start_at", "end_at")
# What an edit did, as the history says it.
What = Literal[
    "words", "speaker", "time", "split", "merged", "deleted", "added",
    "renamed", "checked", "unchecked", "published", "undone",
]  # fmt: skip
# (cue id, revision) to the cue as it was then; None where that is not known.
Past = Callable[[str, int], CueRow | None]


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """An act that was not done: the cue is another by now, or gone (`now` None)."""

    act: acts.AnyAct
    cue_id: str
    now: CueRow | None


class Working:
    """The cues of an edit while it is worked out."""

    def __init__(
        self,
        place: tuple[str, str],
        rows: Mapping[str, CueRow],
        *,
        past: Past,
        edits: Mapping[str, list[CueEdit]],
        now: datetime,
        by: str,
        name: str,
    ) -> None:
        self._place = place
        self._before = dict(rows)
        self._rows = dict(rows)
        self._past = past
        self._edits = edits
        self._now = now
        self._by = by
        self._name = name
        self._what: dict[str, What] = {}
        self._last_revision: dict[str, int] = {}
        self.conflicts: list[Conflict] = []

    def changes(self) -> Iterable[tuple[str, What, CueRow | None, CueRow | None]]:
        """Yield what became of each cue: its id, what was done, before and after."""
        for cue_id, what in self._what.items():
            before, after = self._before.get(cue_id), self._rows.get(cue_id)
            if before != after:
                yield cue_id, what, before, after

    def do(self, act: acts.AnyAct) -> None:  # noqa: C901 (one case for each act)
        """Work out one act. Raises `Refusal` for what is never allowed."""
        match act:
            case acts.Change():
                self._change(act)
            case acts.Split():
                self._split(act)
            case acts.Merge():
                self._merge(act)
            case acts.Delete():
                if self._find(act, act.cue_id, act.revision, SIDES) is not None:
                    self._remove(act.cue_id, "deleted")
            case acts.Add():
                self._add(act)
            case acts.Rename():
                self._rename(act)
            case acts.Check():
                self._check(act)
            case acts.Publish():
                if row := self._find(act, act.cue_id, act.revision, ()):
                    self._put(row, "published", draft=False)
            case acts.Undo():
                self._undo(act)
            case _:
                assert_never(act)

    # --- the acts -----------------------------------------------------------

    def _change(self, act: acts.Change) -> None:
        wanted: dict[str, Any] = {}
        if act.text is not UNSET:
            wanted["text"] = need_text(act.text)
        if act.speaker is not UNSET:
            wanted["speaker"] = need_name(act.speaker)
        if act.at is not UNSET:
            wanted["start_at"] = whole_ms(act.at)
        if act.end_at is not UNSET:
            wanted["end_at"] = whole_ms(act.end_at)
        row = self._find(act, act.cue_id, act.revision, wanted, same_as=wanted)
        if row is None:
            return
        wanted = {
            side: value for side, value in wanted.items() if value != _of(row, side)
        }
        if not wanted:
            return
        need_times(
            wanted.get("start_at", row.start_at), wanted.get("end_at", row.end_at)
        )
        what: What = "words" if "text" in wanted else "time"
        if set(wanted) == {"speaker"}:
            what = "speaker"
        self._edit(row, what, **wanted)

    def _split(self, act: acts.Split) -> None:
        row = self._find(act, act.cue_id, act.revision, SIDES)
        if row is None:
            return
        first = need_text(act.text[: act.offset], "There is nothing before the caret.")
        second = need_text(act.text[act.offset :], "There is nothing after the caret.")
        self._need_new(act.new_id)
        whole = f"{first} {second}"
        spans = _spans(row, whole)
        count = len(first.split())
        length = row.end_at - row.start_at
        # Between the two words, where the second one begins.
        cut = max(timedelta(milliseconds=spans[count][0]), _LEAST_LENGTH)
        if cut > length - _LEAST_LENGTH:
            cut = length / 2
        at = whole_ms(row.start_at + cut)
        heard = read_known(row) is not None
        later = words.moved(
            spans[count:], -(at - row.start_at) / timedelta(milliseconds=1)
        )
        self._edit(
            row, "split", text=first, end_at=at,
            words=words.write_spans(spans[:count]) if heard else None,
        )  # fmt: skip
        self._last_revision[act.new_id] = 0
        self._edit(
            msgspec.structs.replace(row, cue_id=act.new_id), "split",
            text=second, start_at=at,
            words=words.write_spans(later) if heard else None,
        )  # fmt: skip

    def _merge(self, act: acts.Merge) -> None:
        row = self._find(act, act.cue_id, act.revision, SIDES)
        following = self._find(act, act.next_id, act.next_revision, SIDES)
        if row is None or following is None:
            return
        if act.cue_id == act.next_id:
            raise Refusal("bad_edit", "A cue can't be joined with itself.")
        text = f"{row.text} {following.text}"
        spans = [
            *_spans(row, row.text),
            *words.moved(
                _spans(following, following.text),
                (following.start_at - row.start_at) / timedelta(milliseconds=1),
            ),
        ]
        wanted = need_text(text if act.text is UNSET else act.text)
        start = min(row.start_at, following.start_at)
        end = max(row.end_at, following.end_at)
        need_times(start, end)
        heard = read_known(row) is not None or read_known(following) is not None
        self._remove(act.next_id, "merged")
        self._edit(
            row, "merged", text=wanted, start_at=start, end_at=end,
            speaker=row.speaker or following.speaker,
            # Nobody agreed yet that the words of a draft may be read.
            draft=row.draft or following.draft,
            words=(
                words.write_spans(words.carry_over(spans, text, wanted))
                if heard else None
            ),
        )  # fmt: skip

    def _add(self, act: acts.Add) -> None:
        self._need_new(act.cue_id)
        need_times(act.at, act.end_at)
        self._rows[act.cue_id] = CueRow(
            cue_id=act.cue_id,
            meeting_id=self._place[0],
            room_id=self._place[1],
            start_at=whole_ms(act.at),
            end_at=whole_ms(act.end_at),
            text=need_text(act.text),
            speaker=need_name(act.speaker),
            provenance="typed",
            by=self._by,
        )
        self._what[act.cue_id] = "added"

    def _rename(self, act: acts.Rename) -> None:
        to = need_name(act.to)
        for row in list(self._rows.values()):
            if row.speaker == act.speaker and to != act.speaker:
                self._put(row, "renamed", speaker=to)

    def _check(self, act: acts.Check) -> None:
        row = self._find(act, act.cue_id, act.revision, ("text",))
        if row is None or (act.checked and row.checked_by and not row.draft):
            return
        if act.checked:
            self._put(
                row, "checked", provenance="verified", draft=False,
                checked_by=self._name, checked_at=self._now,
            )  # fmt: skip
        elif row.checked_by or row.provenance == "verified":
            self._put(row, "unchecked", **_unchecked(row))

    def _undo(self, act: acts.Undo) -> None:
        """Put back what each cue was, unless the same side was changed since."""
        edits = [
            edit
            for edit in self._edits.get(act.edit_id, [])
            if act.cue_id in (None, edit.cue_id)
        ]
        kept = dict(self._rows), dict(self._what), len(self.conflicts)
        for edit in reversed(edits):
            self._undo_one(act, edit)
        # Half of a division would say words twice, or not at all.
        whole = any(edit.before is None or edit.after is None for edit in edits)
        if whole and len(self.conflicts) > kept[2]:
            self._rows, self._what = kept[0], kept[1]

    def _undo_one(self, act: acts.Undo, edit: CueEdit) -> None:
        now, before, after = self._rows.get(edit.cue_id), edit.before, edit.after
        if now == before:
            return
        if before is None:
            if _sides(after, now):
                self._refuse(act, edit.cue_id)
            else:
                self._remove(edit.cue_id, "undone")
        elif after is None or now is None:
            if now is not None or after is not None:
                self._refuse(act, edit.cue_id)
            else:
                self._put(before, "undone")
        elif now.revision == after.revision:
            self._put(now, "undone", **_restored(before, after, now))
        else:
            touched = _sides(before, after)
            if touched & _sides(after, now) or not touched:
                self._refuse(act, edit.cue_id)
                return
            self._edit(now, "undone", **{side: _of(before, side) for side in touched})

    # --- what all share -----------------------------------------------------

    def _find(
        self,
        act: acts.AnyAct,
        cue_id: str,
        revision: int,
        sides: Iterable[str],
        *,
        same_as: Mapping[str, Any] | None = None,
    ) -> CueRow | None:
        """The cue, if these sides of it are as they were; else the act is refused."""
        row = self._rows.get(cue_id)
        if row is None:
            self._refuse(act, cue_id)
            return None
        if row.revision == revision or cue_id in self._what:
            return row
        then = self._past(cue_id, revision)
        moved = set(sides) if then is None else _sides(then, row) & set(sides)
        # Two who write the same agree.
        moved = {
            side for side in moved if (same_as or {}).get(side, UNSET) != _of(row, side)
        }
        if moved:
            self._refuse(act, cue_id)
            return None
        return row

    def _refuse(self, act: acts.AnyAct, cue_id: str) -> None:
        now = self._rows.get(cue_id)
        self.conflicts.append(Conflict(act=act, cue_id=cue_id, now=now))

    def _edit(self, row: CueRow, what: What, **fields: Any) -> None:
        """Put other words, names or times: by whom, and checked by nobody yet."""
        text = fields.get("text", row.text)
        if "words" not in fields:
            known = read_known(row)
            if known is not None and text != row.text:
                known = words.carry_over(known, row.text, text)
            start = fields.get("start_at", row.start_at)
            if known is not None and start != row.start_at:
                shift = (row.start_at - start) / timedelta(milliseconds=1)
                known = words.moved(known, shift)
            fields["words"] = words.write_spans(known)
        said_by_person = "text" in fields and fields["text"] != row.text
        fields = {
            **_unchecked(row),
            **({"confidence": None} if said_by_person else {}),
            **fields,
            "provenance": "typed" if row.origin == "typed" else "corrected",
            "by": self._by,
        }
        self._put(row, what, **fields)

    def _put(self, row: CueRow, what: What, **fields: Any) -> None:
        last = self._last_revision.get(row.cue_id, row.revision)
        fresh = msgspec.structs.replace(row, **fields, revision=last + 1)
        self._rows[row.cue_id] = fresh
        self._what.setdefault(row.cue_id, what)

    def _remove(self, cue_id: str, what: What) -> None:
        self._rows.pop(cue_id, None)
        self._what[cue_id] = what

    def _need_new(self, cue_id: str) -> None:
        if not cue_id.startswith("q_") or not 4 <= len(cue_id) <= 60:
            raise Refusal("bad_edit", "A new cue's id begins with q_.")
        if cue_id in self._rows:
            raise Refusal("bad_edit", "There is a cue with this id already.")


def need_text(text: str, empty: str = "A cue can't be empty; delete it.") -> str:
    """Return words as they are kept: one line, single spaces. Raises `Refusal`."""
    tidy = " ".join(_visible(text).split())
    if not tidy:
        raise Refusal("empty_cue", empty)
    if len(tidy) > MOST_CHARACTERS:
        raise Refusal("too_long", f"A cue holds at most {MOST_CHARACTERS} characters.")
    return tidy


def need_name(name: str | None) -> str | None:
    """Return a speaker's name as it is kept; None for nobody. Raises `Refusal`."""
    tidy = " ".join(_visible(name or "").split())
    if len(tidy) > MOST_NAME:
        raise Refusal("too_long", f"A name has at most {MOST_NAME} characters.")
    return tidy or None


def need_times(start: datetime, end: datetime) -> None:
    """Refuse times that a cue can't have."""
    if start.tzinfo is None or end.tzinfo is None:
        raise Refusal("time_without_zone", "Give times with their zone.")
    if end <= start:
        raise Refusal("bad_times", "A cue ends after it begins.")
    if end - start > MOST_LENGTH:
        raise Refusal("bad_times", "A cue lasts at most ten minutes.")


def whole_ms(at: datetime) -> datetime:
    """Return a moment as it is kept, in whole milliseconds."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def read_known(row: CueRow) -> list[words.Span] | None:
    """What is known of when each word of a cue is said."""
    return words.read_spans(row.words, row.text)


def _spans(row: CueRow, text: str) -> list[words.Span]:
    """When each word of a text in a cue's place is said, guessed where unknown."""
    known = read_known(row)
    if known is None:
        length = (row.end_at - row.start_at) / timedelta(milliseconds=1)
        return words.guess_spans(text, length)
    return known if text == row.text else words.carry_over(known, row.text, text)


def _unchecked(row: CueRow) -> dict[str, Any]:
    kind: Any = row.origin
    if row.by is not None and kind != "typed":
        kind = "corrected"
    return {"checked_by": None, "checked_at": None, "provenance": kind}


def _restored(before: CueRow, after: CueRow, now: CueRow) -> dict[str, Any]:
    fields = msgspec.structs.asdict(before)
    del fields["revision"]
    if before.draft == after.draft:
        # All that waited may have been published since.
        fields["draft"] = now.draft
    return fields


def _visible(text: str) -> str:
    """Without what no screen shows and no file keeps."""
    return "".join(char if char.isprintable() else " " for char in text)


def _sides(one: CueRow | None, other: CueRow | None) -> set[str]:
    """On which sides two states of a cue differ."""
    if one is None or other is None:
        return set(SIDES) if one is not other else set()
    return {side for side in SIDES if _of(one, side) != _of(other, side)}


def _of(row: CueRow, side: str) -> Any:
    return getattr(row, side)
