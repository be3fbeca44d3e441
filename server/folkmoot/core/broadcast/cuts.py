"""Decisions on what is taken out of recordings: asked by anyone, done by staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.meeting.lifecycle import need_room, need_utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import CutRequest, MeetingState, Room

MAX_OPEN_REQUESTS = 20
LONGEST = timedelta(hours=12)


def request_cut(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.RequestCut
) -> None:
    """Ask staff to take seconds out; why is read by nobody else."""
    room = need_room(state, command.room_id)
    from_at, to_at = _need_span(draft, command.from_at, command.to_at)
    if actor.member_id is None and not actor.facilitates:
        raise Refusal("not_a_member", "Join the meeting first.")
    waiting = [
        request
        for request in state.cut_requests.values()
        if request.member_id == actor.member_id and _is_open(room, request)
    ]
    if len(waiting) >= MAX_OPEN_REQUESTS:
        raise Refusal(
            "too_many_requests", "Please wait until the team has read what you asked."
        )
    cut_id = draft.ids.new("u")
    event = ev.CutRequested(
        cut_id=cut_id,
        room_id=room.room_id,
        from_at=from_at,
        to_at=to_at,
        content_id=draft.write(cut_id, reason=command.reason, name=actor.name),
        member_id=actor.member_id,
    )
    draft.say(STAFF, event)
    if actor.member_id is not None:
        draft.say(member_feed(actor.member_id), event)
    draft.data["cut_id"] = cut_id


def make_cut(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.MakeCut
) -> None:
    """Take seconds out, as asked or on the team's own account."""
    need_facilitator(actor, "cut recordings")
    request = None
    if command.cut_id is not None:
        request = _need_request(state, command.cut_id)
    room_id = command.room_id or (request.room_id if request else None)
    from_at = command.from_at or (request.from_at if request else None)
    to_at = command.to_at or (request.to_at if request else None)
    if room_id is None or from_at is None or to_at is None:
        raise Refusal("no_span", "Say which room, from when and until when.")
    room = need_room(state, room_id)
    start, end = _need_span(draft, from_at, to_at)
    cut_id = request.cut_id if request else draft.ids.new("u")
    done = room.cuts.get(cut_id)
    if done is not None and (done.from_at, done.to_at) == (start, end):
        return
    draft.say(
        PUBLIC,
        ev.RecordingCut(
            cut_id=cut_id,
            room_id=room.room_id,
            from_at=start,
            to_at=end,
            category=command.category,
        ),
    )
    draft.data["cut_id"] = cut_id


def decline_cut(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.DeclineCut
) -> None:
    """Leave the recording as it is, with a word to who asked."""
    need_facilitator(actor, "cut recordings")
    request = _need_request(state, command.cut_id)
    if request.cut_id in need_room(state, request.room_id).cuts:
        raise Refusal("already_cut", "This is cut already; bring it back instead.")
    if request.declined_id is not None:
        return
    event = ev.CutDeclined(
        cut_id=request.cut_id,
        content_id=draft.write(request.cut_id, note=command.note),
    )
    draft.say(STAFF, event)
    if request.member_id is not None:
        draft.say(member_feed(request.member_id), event)


def undo_cut(state: MeetingState, draft: Decision, actor: Actor, cut_id: str) -> None:
    """Bring back what was cut."""
    need_facilitator(actor, "cut recordings")
    for room in state.rooms.values():
        if cut_id in room.cuts:
            draft.say(PUBLIC, ev.RecordingRestored(cut_id=cut_id, room_id=room.room_id))
            return
    raise Refusal("no_such_cut", "Nothing was cut under this name.")


def _is_open(room: Room, request: CutRequest) -> bool:
    return request.declined_id is None and request.cut_id not in room.cuts


def _need_span(
    draft: Decision, from_at: datetime, to_at: datetime
) -> tuple[datetime, datetime]:
    start, end = need_utc(from_at), need_utc(to_at)
    if end <= start:
        raise Refusal("bad_time", "The end must come after the beginning.")
    if end - start > LONGEST:
        raise Refusal("bad_time", "That is longer than twelve hours.")
    if start > draft.now:
        raise Refusal("bad_time", "That has not been yet.")
    return start, end


def _need_request(state: MeetingState, cut_id: str) -> CutRequest:
    if (request := state.cut_requests.get(cut_id)) is None:
        raise Refusal("no_such_cut", "Nobody asked for this.")
    return request
