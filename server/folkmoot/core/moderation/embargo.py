"""Decisions on what is held back: any command, until a moment or until something happens.

What is held is the command itself, in `staff` alone. When its moment comes it is
given as if its author gave it then, in the transaction of whatever let it out:
nothing of it is in a public entry before, and nothing can lie between.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import need_standing
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.meeting.lifecycle import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_team
from folkmoot.core.state import Embargo, MeetingState
from folkmoot.core.talk.attachments import HELD, attached_ids

# What the team writes for others to read; what runs the meeting is done, not held.
HOLDABLE = frozenset(
    {
        "contribution.post",
        "contribution.answer",
        "report.post",
        "marker.add",
        "note.add",
        "session.propose",
        "session.edit",
        "meeting.edit",
    }
)
MAX_HELD = 200
# Gives a command as somebody, apart; raises `Refusal`.
Give = Callable[[cmd.Command, Actor], Decision]


def hold(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.HoldEmbargo,
    give: Give,
) -> None:
    """Hold a command back; what would be refused now is refused now."""
    need_team(actor, "of a meeting holds things back")
    if command.type not in HOLDABLE:
        raise Refusal("not_holdable", "This can’t be prepared and held back.")
    if len(state.embargoes) >= MAX_HELD:
        raise Refusal("too_much_held", f"At most {MAX_HELD} things are held back.")
    tried = give(_read(command.type, command.data), actor)
    embargo_id = draft.ids.new(HELD.rstrip("_"))
    attached = _keep_attached(draft, tried, embargo_id)
    _say(
        state,
        draft,
        command,
        Embargo(
            embargo_id=embargo_id,
            content_id="",
            type=command.type,
            held_at=draft.now,
            when=command.when,
            by_id=actor.member_id,
            duties=tuple(sorted(actor.duties)),
        ),
        {"data": command.data, "name": actor.name, **attached},
    )
    draft.data["embargo_id"] = embargo_id


def change(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.ChangeEmbargo,
    give: Give,
    shelf: Shelf,
) -> None:
    """Hold back until another moment, or with another text."""
    need_team(actor, "of a meeting holds things back")
    embargo = _need(state, command.embargo_id)
    text = shelf.text(embargo.content_id)
    if command.data is not None:
        tried = give(_read(embargo.type, command.data), _author(embargo, text))
        text = {"name": text.get("name", ""), "data": command.data}
        text |= _keep_attached(draft, tried, embargo.embargo_id)
    still = set(attached_ids(text))
    draft.erased.extend(
        key for key in shelf.written(embargo.embargo_id) if key not in still
    )
    _say(state, draft, command, embargo, text)


def release(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    embargo_id: str,
    give: Give,
    shelf: Shelf,
) -> None:
    """Let something out now. Raises `Refusal` where it can't be given."""
    need_team(actor, "of a meeting holds things back")
    embargo = _need(state, embargo_id)
    text = shelf.text(embargo.content_id)
    draft.include(
        give(_read(embargo.type, text.get("data", {})), _author(embargo, text))
    )
    _end(draft, embargo, shelf, released=True, by_id=actor.member_id)


def drop(
    state: MeetingState, draft: Decision, actor: Actor, embargo_id: str, shelf: Shelf
) -> None:
    """Never let something out."""
    need_team(actor, "of a meeting holds things back")
    embargo = _need(state, embargo_id)
    _end(draft, embargo, shelf, released=False, by_id=actor.member_id)


def release_due(state: MeetingState, draft: Decision, give: Give, shelf: Shelf) -> None:
    """Let out what is held back until a moment that is past."""
    for embargo in due(state, draft.now):
        _let_out(draft, embargo, give, shelf)


def release_after(
    state: MeetingState, draft: Decision, give: Give, shelf: Shelf
) -> None:
    """Let out what waits for something that this decision makes public."""
    if not state.embargoes:
        return
    out: set[str] = set()
    for fact in list(draft.facts):
        if fact.feed != PUBLIC:
            continue
        for embargo in list(state.embargoes.values()):
            if (
                embargo.embargo_id not in out
                and embargo.failed_id is None
                and _waits_for(state, draft, embargo, fact.event, shelf)
            ):
                out.add(embargo.embargo_id)
                _let_out(draft, embargo, give, shelf)


def due(state: MeetingState, now: datetime) -> list[Embargo]:
    """Return what is held back until a moment that is past, in order."""
    found = [
        embargo
        for embargo in state.embargoes.values()
        if embargo.when == "time"
        and embargo.failed_id is None
        and embargo.release_at is not None
        and embargo.release_at <= now
    ]
    return sorted(found, key=lambda embargo: (embargo.release_at, embargo.held_at))


def is_item(label: str, wanted: str) -> bool:
    """Whether an agenda item is meant: by its label, or by the number it begins with."""
    label, wanted = label.casefold().strip(), wanted.casefold().strip()
    if label == wanted:
        return True
    number = re.match(r"\w+", label)
    return (
        number is not None
        and any(d.isdigit() for d in wanted)
        and (number[0] == wanted.rstrip(".)"))
    )


def _waits_for(
    state: MeetingState,
    draft: Decision,
    embargo: Embargo,
    event: ev.AnyEvent,
    shelf: Shelf,
) -> bool:
    match event:
        case ev.MeetingOpened() | ev.MeetingReopened():
            return embargo.when == "open"
        case ev.SessionStarted():
            held = state.standing(embargo.session_id or "")
            return embargo.when == "session" and held == event.session_id
        case ev.MarkerAdded() if embargo.when == "agenda" and event.kind == "agenda":
            if embargo.room_id not in {None, event.room_id}:
                return False
            written = draft.contents.get(event.content_id)
            text = written.text if written else shelf.text(event.content_id)
            wanted = shelf.text(embargo.content_id).get("label", "")
            return is_item(str(text.get("label", "")), str(wanted))
        case _:
            return False


def _let_out(draft: Decision, embargo: Embargo, give: Give, shelf: Shelf) -> None:
    """Give what is held; where that fails, the team is told and it stays held."""
    text = shelf.text(embargo.content_id)
    try:
        made = give(_read(embargo.type, text.get("data", {})), _author(embargo, text))
    except Refusal as refusal:
        reason_id = draft.write(embargo.embargo_id, reason=refusal.message)
        draft.say(
            STAFF,
            ev.EmbargoFailed(embargo_id=embargo.embargo_id, content_id=reason_id),
        )
        return
    draft.include(made)
    _end(draft, embargo, shelf, released=True)


def _end(
    draft: Decision,
    embargo: Embargo,
    shelf: Shelf,
    *,
    released: bool,
    by_id: str | None = None,
) -> None:
    draft.say(
        STAFF,
        ev.EmbargoEnded(embargo_id=embargo.embargo_id, released=released, by_id=by_id),
    )
    # What was given has its own text; a withdrawal of it may find no other.
    draft.erased.extend(
        key for key in shelf.written(embargo.embargo_id) if key not in draft.adopted
    )


def _say(
    state: MeetingState,
    draft: Decision,
    wanted: cmd.HoldEmbargo | cmd.ChangeEmbargo,
    embargo: Embargo,
    text: dict[str, Any],
) -> None:
    release_at = utc(wanted.release_at)
    missing = {
        "time": release_at is None,
        "session": wanted.session_id is None,
        "agenda": not wanted.label.strip(),
    }
    if missing.get(wanted.when):
        raise Refusal("no_moment", "Please say when it is to be let out.")
    if wanted.when == "session":
        need_standing(state, wanted.session_id or "")
    if wanted.room_id is not None:
        need_room(state, wanted.room_id)
    content_id = draft.write(
        embargo.embargo_id, **{**text, "label": wanted.label.strip()}
    )
    draft.say(
        STAFF,
        ev.Embargoed(
            embargo_id=embargo.embargo_id,
            content_id=content_id,
            type=embargo.type,
            held_at=embargo.held_at,
            when=wanted.when,
            release_at=release_at if wanted.when == "time" else None,
            session_id=wanted.session_id if wanted.when == "session" else None,
            room_id=wanted.room_id if wanted.when == "agenda" else None,
            by_id=embargo.by_id,
            duties=embargo.duties,
        ),
    )


def _keep_attached(
    draft: Decision, tried: Decision, embargo_id: str
) -> dict[str, list[dict[str, Any]]]:
    """Keep what is attached with what is held: only the team may have it yet."""
    for attachment_id in tried.adopted:
        draft.adopted[attachment_id] = embargo_id
        draft.grants.append((attachment_id, STAFF))
    described = [
        one
        for written in tried.contents.values()
        for one in written.text.get("attachments") or ()
    ]
    return {"attachments": described} if described else {}


def _read(kind: str, data: dict[str, Any]) -> cmd.Command:
    try:
        return cmd.read_command(kind, data)
    except cmd.BadCommand as error:
        raise Refusal("bad_item", f"This can’t be read: {error}.") from error


def _author(embargo: Embargo, text: dict[str, Any]) -> Actor:
    return Actor(
        member_id=embargo.by_id,
        name=str(text.get("name", "")),
        duties=frozenset(embargo.duties),
    )


def _need(state: MeetingState, embargo_id: str) -> Embargo:
    if (embargo := state.embargoes.get(embargo_id)) is None:
        raise Refusal("not_held", "This isn’t held back any more.")
    return embargo
