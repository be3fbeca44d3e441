"""The transcript editor over the API: cues with what waits, edits, who is where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_json, read_query
from folkmoot.api.parts import enter
from folkmoot.api.rooms import find_room, need_zone
from folkmoot.api.transcripts import SpanQuery
from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import moment
from folkmoot.keys import EDITOR
from folkmoot.store.cue_edits import CueEdit
from folkmoot.store.cues import CueRow, Origin, Provenance
from folkmoot.transcripts.editing import acts
from folkmoot.transcripts.editing.editor import Author
from folkmoot.transcripts.editing.people import Editing
from folkmoot.transcripts.editing.working import Conflict, read_known
from folkmoot.transcripts.recognition.lines import DOUBTFUL

if TYPE_CHECKING:
    from folkmoot.gateway.principals import Access

Place = tuple[str, str]
# A replacement in ten thousand cues is one edit.
_EDIT_BYTES = 8 * 1024 * 1024
_LOOK_BYTES = 4096


class CueView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cue for who edits it.

    `origin` stays whatever is done to it; `by_person` says that somebody changed it.
    `words` are the starts of the words in ms from the cue's own start, where they
    are known; `doubtful` the places of those that the machine was not sure of.
    """

    cue_id: str
    revision: int
    at: str
    end_at: str
    text: str
    origin: Origin
    provenance: Provenance
    speaker: str | None = None
    language: str | None = None
    by_person: bool = False
    checked_by: str | None = None
    waits: bool = False
    words: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()


class EditableTranscript(msgspec.Struct, frozen=True, kw_only=True):
    """All cues of a room, and the number of the last edit in them."""

    number: int
    cues: list[CueView]


class ConflictView(msgspec.Struct, frozen=True, kw_only=True):
    """An act that was not done, and the cue as it is now; null if it is gone."""

    act: acts.AnyAct
    cue_id: str
    now: CueView | None


class EditView(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit came to: cues as they are now, those gone, what was not done."""

    edit_id: str
    number: int
    cues: list[CueView]
    removed: list[str]
    conflicts: list[ConflictView]


class PastEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a cue: who, when, before and after."""

    number: int
    edit_id: str
    cue_id: str
    what: str
    at: str
    name: str
    before: CueView | None
    after: CueView | None


class CueHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All that was done to a cue, the newest first."""

    edits: list[PastEdit]


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where somebody is, and the last edit that its page knows."""

    client_id: str
    after: int
    cue_id: str | None = None
    writes: bool = False


class NewsView(msgspec.Struct, frozen=True, kw_only=True):
    """What was edited since, where the others are, and up to where there are words."""

    number: int
    more: bool
    cues: list[CueView]
    removed: list[str]
    edits: list[PastEdit]
    people: list[Editing]
    last_end: str | None


async def show_cues(request: web.Request) -> web.Response:
    """Return a room's cues as they are edited, those included that wait."""
    place, _ = await enter_editor(request)
    asked = read_query(request, SpanQuery)
    sheet = await request.app[EDITOR].read(
        place, from_at=need_zone(asked.from_at), to_at=need_zone(asked.to_at)
    )
    view = EditableTranscript(
        number=sheet.number, cues=[view_cue(row) for row in sheet.rows]
    )
    return json_response(view)


async def post_edit(request: web.Request) -> web.Response:
    """Edit cues of a room's transcript: what others changed meanwhile is told."""
    place, access = await enter_editor(request)
    edit = await read_json(request, acts.Edit, limit_bytes=_EDIT_BYTES)
    done = await request.app[EDITOR].apply(place, author_of(access), edit)
    view = EditView(
        edit_id=done.edit_id,
        number=done.number,
        cues=[view_cue(row) for row in done.rows],
        removed=done.removed,
        conflicts=[view_conflict(conflict) for conflict in done.conflicts],
    )
    return json_response(view)


async def post_look(request: web.Request) -> web.Response:
    """Say where one is in a room's transcript, and learn what others did."""
    place, access = await enter_editor(request)
    look = await read_json(request, Look, limit_bytes=_LOOK_BYTES)
    if len(look.client_id) > 64 or len(look.cue_id or "") > 64:
        raise Refusal("bad_edit", "This is no name of a page or a cue.")
    editor = request.app[EDITOR]
    news = await editor.news(place, look.after)
    last_end = await editor.last_end(place)
    people = await editor.people.note(
        place,
        Editing(
            client_id=look.client_id,
            name=author_of(access).name,
            cue_id=look.cue_id,
            writes=look.writes,
        ),
    )
    view = NewsView(
        number=news.number,
        more=news.more,
        cues=[view_cue(row) for row in news.rows],
        removed=news.removed,
        edits=[view_edit(edit) for edit in news.edits],
        people=list(people),
        last_end=moment(last_end) if last_end else None,
    )
    return json_response(view)


async def show_cue_history(request: web.Request) -> web.Response:
    """Return what was done to a cue: who, when, before and after."""
    place, _ = await enter_editor(request)
    edits = await request.app[EDITOR].history(place, request.match_info["cue"])
    return json_response(CueHistory(edits=[view_edit(one) for one in reversed(edits)]))


async def enter_editor(request: web.Request) -> tuple[Place, Access]:
    """Return the room of the address to who may edit its transcript."""
    access = await enter(request)
    room = await find_room(request, access)
    room_id: str = room["room_id"]
    if not (access.actor.facilitates or f"caption:{room_id}" in access.actor.duties):
        raise Refusal("not_allowed", "Only organisers and captioners do that.")
    return (access.meeting_id, room_id), access


def author_of(access: Access) -> Author:
    """Who edits, as the history says it."""
    name = access.member.name if access.member else access.principal.name
    return Author(
        by=access.actor.member_id or f"staff:{name}", name=name or "The organisers"
    )


def view_cue(row: CueRow) -> CueView:
    """Return a cue as it goes over the wire."""
    known = read_known(row) or []
    return CueView(
        cue_id=row.cue_id,
        revision=row.revision,
        at=moment(row.start_at),
        end_at=moment(row.end_at),
        text=row.text,
        origin=row.origin,
        provenance=row.provenance,
        speaker=row.speaker,
        language=row.language,
        by_person=row.by is not None and row.origin != "typed",
        checked_by=row.checked_by,
        waits=row.draft,
        words=tuple(round(span[0]) for span in known),
        doubtful=tuple(place for place, span in enumerate(known) if span[2] < DOUBTFUL),
    )


def view_conflict(conflict: Conflict) -> ConflictView:
    """Return an act that was not done as it goes over the wire."""
    return ConflictView(
        act=conflict.act,
        cue_id=conflict.cue_id,
        now=view_cue(conflict.now) if conflict.now else None,
    )


def view_edit(edit: CueEdit) -> PastEdit:
    """Return what was done to a cue as it goes over the wire."""
    return PastEdit(
        number=edit.number,
        edit_id=edit.edit_id,
        cue_id=edit.cue_id,
        what=edit.what,
        at=moment(edit.at),
        name=edit.name,
        before=view_cue(edit.before) if edit.before else None,
        after=view_cue(edit.after) if edit.after else None,
    )
