"""Decisions on actions: who does what until when, and how it goes.

An action is a line of the notes, wherever it came from: a session's notes, a
contribution, or the meeting as a whole. There is no second kind.
"""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.notes import MAX_NOTES, need_note, need_note_writer, need_space
from folkmoot.core.board.sessions import Text, need_member, need_standing
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.meeting.lifecycle import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState, Note
from folkmoot.core.talk.contributions import need_public


def add_action(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AddAction
) -> None:
    """Write an action down, with what it comes of."""
    session_id = contribution_id = None
    if command.contribution_id is not None:
        contribution = need_public(state, command.contribution_id)
        contribution_id = contribution.contribution_id
        kind, _, of_session = contribution.thread.partition(":")
        session_id = of_session if kind == "session" else None
    if command.session_id is not None:
        session_id = command.session_id
    if session_id is not None:
        session_id = need_standing(state, session_id).session_id
    need_note_writer(state, actor, session_id)
    need_space(state, session_id, MAX_NOTES)
    room_id = spoken_at = None
    if command.room_id is not None:
        room_id = need_room(state, command.room_id).room_id
        spoken_at = utc(command.at) or draft.now
        if spoken_at > draft.now:
            raise Refusal("bad_time", "The moment of an action lies behind us.")
    note_id = draft.ids.new("n")
    draft.say(
        PUBLIC,
        ev.NoteAdded(
            note_id=note_id,
            session_id=session_id,
            kind="action",
            author_id=actor.member_id,
            due=command.due,
            contribution_id=contribution_id,
            room_id=room_id,
            spoken_at=spoken_at,
            content_id=draft.write(
                note_id, text=command.text, who=command.who, author=actor.name
            ),
        ),
    )
    draft.data["note_id"] = note_id


def take_action(
    state: MeetingState, draft: Decision, actor: Actor, note_id: str, text: Text
) -> None:
    """Take an action on, in one's own name."""
    member_id = need_member(actor)
    note = _need_action(state, note_id)
    if note.owner_id == member_id:
        return
    if note.owner_id is not None or text.get("who"):
        raise Refusal("action_taken", "Somebody does this already.")
    if state.moderation == "before":
        # A name would else stand there that nobody has read before.
        need_note_writer(state, actor, note.session_id)
    written = {**text, "who": actor.name}
    draft.say(
        PUBLIC,
        ev.ActionTaken(
            note_id=note_id,
            version=note.version + 1,
            owner_id=member_id,
            content_id=draft.write(note_id, **written),
        ),
    )


def move_action(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.MoveAction,
    expect: int | None,
    progress: Text,
) -> None:
    """Say how an action stands: open, begun, done, or dropped and why."""
    note = _need_action(state, command.note_id)
    own = actor.member_id is not None and note.owner_id == actor.member_id
    if not (own and state.moderation == "after"):
        need_note_writer(state, actor, note.session_id)
    if expect is not None and expect != note.version:
        raise Refusal(
            "outdated",
            "Someone changed this in the meantime. Look at how it stands now.",
            data={"note_id": note.note_id, "seen": expect, "version": note.version},
        )
    words = command.text.strip()
    if command.status == "dropped" and not words:
        raise Refusal("reason_missing", "Please say why it isn't done.")
    if (note.status, progress.get("text", "")) == (command.status, words):
        return
    draft.say(
        PUBLIC,
        ev.ActionMoved(
            note_id=note.note_id,
            version=note.version + 1,
            status=command.status,
            content_id=draft.write(note.note_id, text=words, author=actor.name),
        ),
    )
    draft.data["version"] = note.version + 1


def _need_action(state: MeetingState, note_id: str) -> Note:
    note = need_note(state, note_id)
    if note.kind != "action" or note.removed:
        raise Refusal("no_such_note", "There is no such action.")
    return note
