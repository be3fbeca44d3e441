"""The transcripts of rooms, for who edits them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.commands import ChangeTranscript
from folkmoot.core.decision import SYSTEM
from folkmoot.core.refusals import Refusal
from folkmoot.journal import Refused
from folkmoot.store import cue_edits, cues
from folkmoot.store.cue_edits import CueEdit
from folkmoot.store.cues import CueRow
from folkmoot.transcripts.editing import acts
from folkmoot.transcripts.editing.people import People
from folkmoot.transcripts.editing.working import Conflict, Working

if TYPE_CHECKING:
    import sqlalchemy as sa

    from folkmoot.journal import Journal
    from folkmoot.store.database import Database

Place = tuple[str, str]
_MOST_EDITS = 500


class Author(msgspec.Struct, frozen=True):
    """Who edits: a member, or staff that never joined."""

    by: str
    name: str


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All cues of a room in order of time, as they were after edit `number`."""

    number: int
    rows: list[CueRow]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit came to: the cues as they are now, those gone, what was not done."""

    edit_id: str
    number: int
    rows: list[CueRow]
    removed: list[str]
    conflicts: list[Conflict]


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What was edited after a number; `more` says that there is further news."""

    number: int
    rows: list[CueRow]
    removed: list[str]
    edits: list[CueEdit]
    more: bool


class TranscriptEditor:
    """Reads and edits cues; every edit is kept with what was before."""

    def __init__(
        self,
        *,
        journal: Journal,
        database: Database,
        clock: Callable[[], datetime],
        people: People | None = None,
    ) -> None:
        self._journal = journal
        self._database = database
        self._clock = clock
        self.people = people or People(clock)

    async def read(
        self,
        place: Place,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
    ) -> Sheet:
        """Return a room's cues with those that wait; none of what was cut."""

        def work(connection: sa.Connection) -> Sheet:
            number = cue_edits.last_number(connection, *place)
            span = {"from_at": from_at, "to_at": to_at}
            rows = [
                *cues.cues_of(connection, *place, **span),  # type: ignore[arg-type]
                *cues.cues_of(connection, *place, drafts=True, **span),  # type: ignore[arg-type]
            ]
            rows.sort(key=lambda row: (row.start_at, row.end_at, row.cue_id))
            return Sheet(number=number, rows=rows)

        return await self._database.read(work)

    async def last_end(self, place: Place) -> datetime | None:
        """Return up to where a room has words, those that wait included."""
        return await self._database.read(
            lambda connection: cues.last_end(connection, *place)
        )

    async def apply(self, place: Place, author: Author, edit: acts.Edit) -> Done:
        """Do an edit, once; tell everyone what changed. Raises `Refusal`.

        An act whose cue is another by now is not done and comes back among the
        conflicts; the other acts of the edit are.
        """
        _need_sound(edit)
        done, spans = await self._database.run(
            lambda connection: self._apply(connection, place, author, edit)
        )
        if spans:
            command = ChangeTranscript(
                room_id=place[1],
                from_at=min(row.start_at for row in spans),
                to_at=max(row.end_at for row in spans),
            )
            answer = await self._journal.submit(place[0], command, actor=SYSTEM)
            if isinstance(answer, Refused):
                raise Refusal(answer.code, answer.message)
        return done

    async def news(self, place: Place, after: int) -> News:
        """Return what was edited after a number."""

        def work(connection: sa.Connection) -> News:
            edits = cue_edits.edits_after(connection, *place, after, limit=_MOST_EDITS)
            ids = dict.fromkeys(edit.cue_id for edit in edits)
            rows = cues.pick_cues(connection, *place, cue_ids=ids)
            return News(
                number=edits[-1].number if edits else after,
                rows=list(rows.values()),
                removed=[cue_id for cue_id in ids if cue_id not in rows],
                edits=[one for one in edits if not _is_cut(connection, place, one)],
                more=len(edits) == _MOST_EDITS,
            )

        return await self._database.read(work)

    async def history(self, place: Place, cue_id: str) -> list[CueEdit]:
        """Return all that was done to a cue; nothing of what was cut."""

        def work(connection: sa.Connection) -> list[CueEdit]:
            edits = cue_edits.edits_of_cue(connection, *place, cue_id)
            return [edit for edit in edits if not _is_cut(connection, place, edit)]

        return await self._database.read(work)

    async def find(self, place: Place, cue_id: str) -> CueRow | None:
        """Return one cue."""
        found = await self._database.read(
            lambda connection: cues.pick_cues(connection, *place, cue_ids=[cue_id])
        )
        return found.get(cue_id)

    def _apply(
        self, connection: sa.Connection, place: Place, author: Author, edit: acts.Edit
    ) -> tuple[Done, list[CueRow]]:
        cue_edits.lock_room(connection, place[0])
        before = cue_edits.edits_with_id(connection, *place, edit.edit_id)
        if before:
            # Told again too: it may be sent again because we ended before we told.
            done = self._repeat(connection, place, edit.edit_id, before)
            return done, _readable(before)
        undone = {
            act.edit_id: cue_edits.edits_with_id(connection, *place, act.edit_id)
            for act in edit.acts
            if isinstance(act, acts.Undo)
        }
        ids = {*_ids_of(edit), *(e.cue_id for edits in undone.values() for e in edits)}
        names = [act.speaker for act in edit.acts if isinstance(act, acts.Rename)]
        rows = cues.pick_cues(connection, *place, cue_ids=ids, speakers=names)

        fresh_ids = [
            act.new_id if isinstance(act, acts.Split) else act.cue_id
            for act in edit.acts
            if isinstance(act, acts.Split | acts.Add)
        ]
        if cues.any_taken(connection, fresh_ids):
            raise Refusal("bad_edit", "There is a cue with this id already.")

        def past(cue_id: str, revision: int) -> CueRow | None:
            for one in cue_edits.edits_of_cue(connection, *place, cue_id):
                for row in (one.before, one.after):
                    if row is not None and row.revision == revision:
                        return row
            return None

        working = Working(
            place, rows, past=past, edits=undone, now=self._clock(),
            by=author.by, name=author.name,
        )  # fmt: skip
        for act in edit.acts:
            working.do(act)
        number = cue_edits.last_number(connection, *place)
        made: list[CueEdit] = []
        for count, (cue_id, what, was, now) in enumerate(working.changes(), start=1):
            made.append(
                CueEdit(
                    meeting_id=place[0], room_id=place[1], number=number + count,
                    edit_id=edit.edit_id, cue_id=cue_id, what=what, at=self._clock(),
                    by=author.by, name=author.name, before=was, after=now,
                )
            )  # fmt: skip
        _need_free(connection, place, made)
        cues.remove_cues(connection, [one.cue_id for one in made if one.after is None])
        fresh = [one.after for one in made if one.after is not None]
        cues.add_cues(connection, fresh)
        cue_edits.add_edits(connection, made)
        done = Done(
            edit_id=edit.edit_id,
            number=number + len(made),
            rows=fresh,
            removed=[one.cue_id for one in made if one.after is None],
            conflicts=working.conflicts,
        )
        return done, _readable(made)

    def _repeat(
        self,
        connection: sa.Connection,
        place: Place,
        edit_id: str,
        before: list[CueEdit],
    ) -> Done:
        """What an edit came to that was sent again."""
        ids = [one.cue_id for one in before]
        rows = cues.pick_cues(connection, *place, cue_ids=ids)
        return Done(
            edit_id=edit_id,
            number=cue_edits.last_number(connection, *place),
            rows=list(rows.values()),
            removed=[cue_id for cue_id in ids if cue_id not in rows],
            conflicts=[],
        )


def _readable(edits: Iterable[CueEdit]) -> list[CueRow]:
    """The cues before and after, as far as they are for everyone."""
    rows = (row for one in edits for row in (one.before, one.after))
    return [row for row in rows if row is not None and not row.draft]


def _need_sound(edit: acts.Edit) -> None:
    if not edit.acts:
        raise Refusal("bad_edit", "An edit has at least one act.")
    if len(edit.acts) > acts.MOST_ACTS:
        raise Refusal("bad_edit", f"An edit has at most {acts.MOST_ACTS} acts.")
    if not 8 <= len(edit.edit_id) <= 64:
        raise Refusal("bad_edit", "An edit's id has 8 to 64 characters.")


def _ids_of(edit: acts.Edit) -> Iterable[str]:
    for act in edit.acts:
        match act:
            case acts.Merge():
                yield from (act.cue_id, act.next_id)
            case acts.Split():
                yield from (act.cue_id, act.new_id)
            case acts.Undo() | acts.Rename():
                pass
            case _:
                yield act.cue_id


def _need_free(connection: sa.Connection, place: Place, made: list[CueEdit]) -> None:
    """Refuse to put words where the recording was cut: nobody would read them."""
    for one in made:
        was, now = one.before, one.after
        if now is None or (
            was and (was.start_at, was.end_at) == (now.start_at, now.end_at)
        ):
            continue
        if _is_cut(connection, place, one):
            raise Refusal("cut_here", "These seconds were taken out of the recording.")


def _is_cut(connection: sa.Connection, place: Place, edit: CueEdit) -> bool:
    return any(
        cues.is_withheld(connection, *place, from_at=row.start_at, to_at=row.end_at)
        for row in (edit.before, edit.after)
        if row is not None
    )
