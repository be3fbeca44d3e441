"""Decisions on a session's notes: lines that many write together, and photographs.

A line is one item with a version, so that two who write at once meet only where
they change the same line, and then both are shown what stands.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import Text, hosts, need_member, need_standing
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_team
from folkmoot.core.state import MeetingState, Note, Session

MAX_NOTES = 500
MAX_PHOTOS = 40


def add_note(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AddNote
) -> None:
    """Add a line."""
    session = _need_writer(state, actor, command.session_id)
    need_space(state, session.session_id, MAX_NOTES)
    note_id = draft.ids.new("n")
    draft.say(
        PUBLIC,
        ev.NoteAdded(
            note_id=note_id,
            session_id=session.session_id,
            kind=command.kind,
            author_id=actor.member_id,
            due=command.due,
            content_id=draft.write(
                note_id, text=command.text, who=command.who, author=actor.name
            ),
        ),
    )
    draft.data["note_id"] = note_id


def add_photo(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AddPhoto
) -> None:
    """Add a photograph; its bytes are a text of their own, that no state carries."""
    session = _need_writer(state, actor, command.session_id)
    need_space(state, session.session_id, MAX_PHOTOS, photos=True)
    note_id = draft.ids.new("n")
    image_id = draft.write(
        note_id,
        jpeg=b64encode(command.image).decode(),
        small=b64encode(command.small).decode(),
    )
    draft.grants.append((image_id, PUBLIC))
    draft.say(
        PUBLIC,
        ev.NoteAdded(
            note_id=note_id,
            session_id=session.session_id,
            kind="photo",
            author_id=actor.member_id,
            image_id=image_id,
            width=command.width,
            height=command.height,
            content_id=draft.write(
                note_id, text=command.text, who="", author=actor.name
            ),
        ),
    )
    draft.data |= {"note_id": note_id, "image_id": image_id}


def edit_note(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditNote,
    expect: int | None,
    text: Text,
) -> None:
    """Give a line anew, if it still is as the writer saw it."""
    note = need_note(state, command.note_id)
    need_note_writer(state, actor, note.session_id)
    _check_version(note, expect)
    given: dict[str, Any] = {
        name: value
        for name in ("text", "who")
        if (value := getattr(command, name)) is not None
    }
    due = None if command.due_clear else command.due or note.due
    kind = note.kind if note.kind == "photo" else command.kind or note.kind
    same = all(text.get(name) == value for name, value in given.items())
    if same and (due, kind) == (note.due, note.kind) and not note.removed:
        return
    draft.say(
        PUBLIC,
        ev.NoteEdited(
            note_id=note.note_id,
            version=note.version + 1,
            kind=kind,
            due=due,
            content_id=draft.write(
                note.note_id, **{**text, **given, "author": actor.name}
            ),
        ),
    )
    draft.data["version"] = note.version + 1


def remove_note(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.RemoveNote,
    expect: int | None,
    written: list[str],
) -> None:
    """Take a line out; it can be put back, unless its texts are erased too."""
    note = need_note(state, command.note_id)
    session = need_note_writer(state, actor, note.session_id)
    own = note.author_id is not None and note.author_id == actor.member_id
    if command.erase and not (own or actor.moderates):
        raise Refusal(
            "not_allowed", "Only who wrote a line and moderators delete it for good."
        )
    if not (own or actor.moderates or (session is not None and hosts(actor, session))):
        raise Refusal(
            "not_your_note", "Only who wrote a line, hosts and moderators remove it."
        )
    if note.removed and not command.erase:
        return
    _check_version(note, expect)
    draft.say(
        PUBLIC,
        ev.NoteRemoved(
            note_id=note.note_id, version=note.version + 1, erased=command.erase
        ),
    )
    if command.erase:
        draft.erased.extend(written)


def _need_writer(state: MeetingState, actor: Actor, session_id: str) -> Session:
    """Return a session in whose notes the actor may write."""
    session = need_standing(state, session_id)
    if hosts(actor, session) or actor.moderates:
        return session
    need_member(actor)
    if state.moderation == "before":
        raise Refusal(
            "hosts_write",
            "In this meeting texts are read before they appear: "
            "hosts and moderators write the notes.",
        )
    return session


def need_note_writer(
    state: MeetingState, actor: Actor, session_id: str | None
) -> Session | None:
    """Return in whose notes the actor may write; None: what is the whole meeting's."""
    if session_id is not None:
        return _need_writer(state, actor, session_id)
    need_team(actor, "writes actions of the meeting")
    return None


def need_note(state: MeetingState, note_id: str) -> Note:
    if (note := state.notes.get(note_id)) is None:
        raise Refusal("no_such_note", "There is no such line in the notes.")
    return note


def need_space(
    state: MeetingState, session_id: str | None, most: int, *, photos: bool = False
) -> None:
    """Refuse more than so many lines or photographs; no session: the meeting's own."""
    count = sum(
        note.session_id == session_id and (note.kind == "photo") == photos
        for note in state.notes.values()
    )
    if count >= most:
        raise Refusal("notes_full", "These notes hold no more.")


def _check_version(note: Note, expect: int | None) -> None:
    if expect is not None and expect != note.version:
        raise Refusal(
            "outdated",
            "Someone changed this line in the meantime. Look at what stands there "
            "now; what you typed is still here.",
            data={"note_id": note.note_id, "seen": expect, "version": note.version},
        )
