"""Decisions on the meeting itself: create, open, end, rooms, times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.notices import tell, who_cares
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator, need_organiser
from folkmoot.core.state import MeetingState, Room, Session, Slot

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
MAX_ROOMS = 100
MAX_SLOTS = 500


def make_slug(text: str) -> str:
    """Return an address part for a title: ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-")
    return slug or "meeting"


def create_meeting(
    state: MeetingState, draft: Decision, command: cmd.CreateMeeting
) -> None:
    """Make the meeting; it opens at once unless its start lies ahead."""
    if state.phase != "none":
        raise Refusal("meeting_exists", "This meeting is made already.")
    if not SLUG.fullmatch(command.slug):
        raise Refusal(
            "bad_slug",
            "An address has 1 to 64 small letters, digits and hyphens.",
        )
    _check_timezone(command.timezone)
    if len(command.rooms) > MAX_ROOMS:
        raise Refusal("too_many_rooms", f"A meeting has at most {MAX_ROOMS} rooms.")
    if len(command.slots) > MAX_SLOTS:
        raise Refusal("too_many_times", f"A meeting has at most {MAX_SLOTS} times.")
    draft.say(
        PUBLIC,
        ev.MeetingCreated(
            content_id=draft.write(
                "meeting",
                title=command.title,
                purpose=command.purpose,
                scope=command.scope,
                scope_items=_scope_text(command.scope_items),
            ),
            slug=command.slug,
            timezone=command.timezone,
            visibility=command.visibility,
            moderation=command.moderation,
            on_air=command.on_air,
            starts_at=utc(command.starts_at),
            series_id=command.series_id,
            demonstration=command.demonstration,
        ),
    )
    slugs: set[str] = set()
    for room in command.rooms:
        slugs.add(_say_room(draft, room, slugs))
    for slot in command.slots:
        _say_slot(draft, slot)
    if command.board is not None:
        rules = command.board
        draft.say(
            PUBLIC,
            ev.BoardRulesChanged(
                mode=rules.mode or "open",
                counts=rules.counts or "shown",
                proposals=rules.proposals or "open",
                voting=rules.voting or "open",
            ),
        )
    if command.on_air == "at_once" and (
        command.starts_at is None or command.starts_at <= draft.now
    ):
        draft.say(PUBLIC, ev.MeetingOpened())
        for room_id in draft.data.get("room_ids", []):
            draft.say(PUBLIC, ev.ChannelStarted(room_id=room_id))


def open_meeting(state: MeetingState, draft: Decision, actor: Actor) -> None:
    """Open the meeting; where rooms go on air at once, they do."""
    need_organiser(actor)
    if state.phase == "live":
        return
    if state.phase == "ended":
        raise Refusal(
            "meeting_ended", "The meeting has ended. Reopen it to go on with it."
        )
    draft.say(PUBLIC, ev.MeetingOpened())
    if state.on_air == "at_once":
        _start_channels(draft, state.rooms.values())


def reopen_meeting(state: MeetingState, draft: Decision, actor: Actor) -> None:
    """Open an ended meeting again, under a new playlist path."""
    need_organiser(actor)
    if state.phase != "ended":
        raise Refusal("not_ended", "Only a meeting that has ended can be reopened.")
    draft.say(PUBLIC, ev.MeetingReopened())
    if state.on_air == "at_once":
        _start_channels(draft, state.rooms.values())


def end_meeting(state: MeetingState, draft: Decision, actor: Actor) -> None:
    """End the meeting for good."""
    need_organiser(actor)
    if state.phase == "ended":
        return
    draft.say(PUBLIC, ev.MeetingEnded())


def edit_meeting(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditMeeting,
    text: dict[str, object],
) -> None:
    """Change what the meeting says of itself, and who finds it.

    `text` is what stands.
    """
    need_organiser(actor)
    given: dict[str, object] = {
        name: value
        for name in ("title", "purpose", "scope")
        if (value := getattr(command, name)) is not None
    }
    if command.scope_items is not None:
        given["scope_items"] = _scope_text(command.scope_items)
    draft.say(
        PUBLIC,
        ev.MeetingEdited(
            content_id=draft.write("meeting", **{**text, **given}),
            moderation=command.moderation or state.moderation,
            starts_at=utc(command.starts_at) or state.starts_at,
            visibility=None
            if command.visibility == state.visibility
            else command.visibility,
        ),
    )


def add_room(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AddRoom
) -> None:
    """Add a room."""
    need_organiser(actor)
    if len(state.rooms) >= MAX_ROOMS:
        raise Refusal("too_many_rooms", f"A meeting has at most {MAX_ROOMS} rooms.")
    _say_room(draft, command, {room.slug for room in state.rooms.values()})


def edit_room(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditRoom,
    text: dict[str, object],
) -> None:
    """Change a room's name, capacity or features."""
    need_organiser(actor)
    room = need_room(state, command.room_id)
    given = {
        field: value
        for field in ("name", "camera_free")
        if (value := getattr(command, field)) is not None
    }
    draft.say(
        PUBLIC,
        ev.RoomEdited(
            room_id=room.room_id,
            content_id=draft.write(room.room_id, **{**text, **given}),
            capacity=command.capacity or room.capacity,
            features=room.features
            if command.features is None
            else tuple(command.features),
        ),
    )


def close_room(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.CloseRoom
) -> None:
    """Close a room; what is still to come in it waits for another."""
    need_facilitator(actor)
    room = need_room(state, command.room_id)
    if room.closed:
        return
    content_id = draft.write(room.room_id, reason=command.reason)
    draft.say(PUBLIC, ev.RoomClosed(room_id=room.room_id, content_id=content_id))
    for session in _still_to_come(state, draft.now):
        if session.room_id == room.room_id:
            _tell_place(state, draft, actor, "room_closed", session)


def reopen_room(
    state: MeetingState, draft: Decision, actor: Actor, room_id: str
) -> None:
    """Use a closed room again."""
    need_facilitator(actor)
    room = need_room(state, room_id)
    if room.closed:
        draft.say(PUBLIC, ev.RoomReopened(room_id=room.room_id))


def remove_room(
    state: MeetingState, draft: Decision, actor: Actor, room_id: str
) -> None:
    """Remove a room in which nothing stands and nothing was ever broadcast."""
    need_organiser(actor)
    room = need_room(state, room_id)
    if any(s.room_id == room.room_id for s in state.sessions.values()):
        raise Refusal("room_in_use", "Sessions stand in this room; move them first.")
    marked = any(m.room_id == room.room_id for m in state.markers.values())
    kept = room.recording_revision or room.transcript_revision or room.ever_on_air
    if marked or kept or room.connected or room.channel != "off":
        raise Refusal(
            "room_kept", "There is a broadcast or recording of this room. Close it."
        )
    draft.say(PUBLIC, ev.RoomRemoved(room_id=room.room_id))


def add_slot(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AddSlot
) -> None:
    """Add a time."""
    need_organiser(actor)
    if len(state.slots) >= MAX_SLOTS:
        raise Refusal("too_many_times", f"A meeting has at most {MAX_SLOTS} times.")
    _say_slot(draft, command)


def edit_slot(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditSlot,
    text: dict[str, object],
) -> None:
    """Move a time, name it, or make it a break; those concerned are told."""
    need_facilitator(actor)
    slot = need_slot(state, command.slot_id)
    starts_at = utc(command.starts_at) or slot.starts_at
    ends_at = utc(command.ends_at) or slot.ends_at
    if ends_at <= starts_at:
        raise Refusal("bad_time", "A time must end after it starts.")
    kind = command.kind or slot.kind
    standing = [s for s in state.sessions.values() if s.slot_id == slot.slot_id]
    if kind == "break" and standing:
        raise Refusal("time_in_use", "Sessions stand at this time; move them first.")
    label = {} if command.label is None else {"label": command.label}
    draft.say(
        PUBLIC,
        ev.SlotEdited(
            slot_id=slot.slot_id,
            starts_at=starts_at,
            ends_at=ends_at,
            kind=kind,
            content_id=draft.write(slot.slot_id, **{**text, **label}),
        ),
    )
    if (starts_at, ends_at) != (slot.starts_at, slot.ends_at):
        for session in standing:
            _tell_place(state, draft, actor, "time_changed", session)


def remove_slot(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.RemoveSlot
) -> None:
    """Remove a time that holds no session."""
    need_organiser(actor)
    need_slot(state, command.slot_id)
    if any(s.slot_id == command.slot_id for s in state.sessions.values()):
        raise Refusal("time_in_use", "Sessions stand at this time; move them first.")
    draft.say(PUBLIC, ev.SlotRemoved(slot_id=command.slot_id))


def need_room(state: MeetingState, room_id: str) -> Room:
    """Return the room with this id or slug, or refuse."""
    if (room := state.rooms.get(room_id)) is not None:
        return room
    for room in state.rooms.values():
        if room.slug == room_id:
            return room
    raise Refusal("no_such_room", "There is no such room in this meeting.")


def need_slot(state: MeetingState, slot_id: str) -> Slot:
    """Return the slot, or refuse."""
    if (slot := state.slots.get(slot_id)) is None:
        raise Refusal("no_such_time", "There is no such time in this meeting.")
    return slot


def need_live_or_coming(state: MeetingState) -> None:
    """Refuse what can't be done after the end."""
    if state.phase == "ended":
        raise Refusal("meeting_ended", "The meeting has ended.")


def _still_to_come(state: MeetingState, now: datetime) -> list[Session]:
    return [
        session
        for session in state.sessions.values()
        if (slot := state.slots.get(session.slot_id or "")) and slot.ends_at > now
    ]


def _tell_place(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    kind: ev.NoticeKind,
    session: Session,
) -> None:
    members = who_cares(state, session) - {actor.member_id or ""}
    tell(
        draft,
        kind,
        session,
        members,
        room_id=session.room_id,
        slot_id=session.slot_id,
    )


def _scope_text(items: list[cmd.ScopeItem]) -> list[dict[str, str]]:
    return [
        {"label": item.label, "text": item.text, "holder": item.holder}
        for item in items
    ]


def _start_channels(draft: Decision, rooms: Iterable[Room]) -> None:
    for room in rooms:
        draft.say(
            PUBLIC,
            ev.ChannelStarted(room_id=room.room_id, connected=room.connected),
        )


def _say_room(draft: Decision, spec: cmd.RoomSpec, slugs: set[str]) -> str:
    slug = base = make_slug(spec.slug or spec.name)
    number = 2
    while slug in slugs:
        slug, number = f"{base}-{number}", number + 1
    room_id = draft.ids.new("r")
    text = {"name": spec.name}
    if spec.camera_free:
        text["camera_free"] = spec.camera_free
    draft.say(
        PUBLIC,
        ev.RoomAdded(
            room_id=room_id,
            slug=slug,
            content_id=draft.write(room_id, **text),
            capacity=spec.capacity,
            features=tuple(spec.features),
        ),
    )
    draft.data.setdefault("room_ids", []).append(room_id)
    return slug


def _say_slot(draft: Decision, spec: cmd.SlotSpec) -> None:
    starts_at, ends_at = need_utc(spec.starts_at), need_utc(spec.ends_at)
    if ends_at <= starts_at:
        raise Refusal("bad_time", "A time must end after it starts.")
    slot_id = draft.ids.new("t")
    draft.say(
        PUBLIC,
        ev.SlotAdded(
            slot_id=slot_id,
            starts_at=starts_at,
            ends_at=ends_at,
            kind=spec.kind,
            content_id=draft.write(slot_id, label=spec.label),
        ),
    )
    draft.data.setdefault("slot_ids", []).append(slot_id)


def utc(at: datetime | None) -> datetime | None:
    """Return an aware UTC moment, None for None; a naive one is refused."""
    return None if at is None else need_utc(at)


def need_utc(at: datetime) -> datetime:
    """Return an aware UTC moment; a naive one is refused as ambiguous."""
    if at.tzinfo is None:
        raise Refusal(
            "time_without_zone",
            "Give times with their zone, such as 2026-05-04T09:30:00Z.",
        )
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise Refusal("bad_time", "There is no such time.") from error


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Refusal("bad_timezone", f"There is no time zone {name!r}.") from error
