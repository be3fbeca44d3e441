"""What commands lead to: a meeting, its rooms and times, and its members."""

from __future__ import annotations

from folkmoot.core.command import Command
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.meeting import commands as cmd
from folkmoot.core.meeting import lifecycle, members
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState


def decide(
    state: MeetingState,
    draft: Decision,
    command: Command,
    actor: Actor,
    expect: int | None,
    shelf: Shelf,
) -> None:
    """Fill `draft` with what a command leads to."""
    match command:
        case cmd.CreateMeeting():
            lifecycle.create_meeting(state, draft, command)
        case cmd.EditMeeting():
            text = shelf.text(state.content_id) if state.content_id else {}
            lifecycle.edit_meeting(state, draft, actor, command, text)
        case cmd.OpenMeeting():
            lifecycle.open_meeting(state, draft, actor)
        case cmd.EndMeeting():
            lifecycle.end_meeting(state, draft, actor)
        case cmd.ReopenMeeting():
            lifecycle.reopen_meeting(state, draft, actor)
        case cmd.AddRoom():
            lifecycle.add_room(state, draft, actor, command)
        case cmd.EditRoom():
            text = shelf.text(lifecycle.need_room(state, command.room_id).content_id)
            lifecycle.edit_room(state, draft, actor, command, text)
        case cmd.CloseRoom():
            lifecycle.close_room(state, draft, actor, command)
        case cmd.ReopenRoom():
            lifecycle.reopen_room(state, draft, actor, command.room_id)
        case cmd.RemoveRoom():
            lifecycle.remove_room(state, draft, actor, command.room_id)
        case cmd.EditSlot():
            text = shelf.text(lifecycle.need_slot(state, command.slot_id).content_id)
            lifecycle.edit_slot(state, draft, actor, command, text)
        case cmd.AddSlot():
            lifecycle.add_slot(state, draft, actor, command)
        case cmd.RemoveSlot():
            lifecycle.remove_slot(state, draft, actor, command)
        case cmd.MakeInvite():
            members.make_invite(state, draft, actor, command)
        case cmd.RevokeInvite():
            members.revoke_invite(state, draft, actor, command.invite_id)
        case cmd.GrantDuty():
            members.grant_duty(state, draft, actor, command)
        case cmd.RevokeDuty():
            members.revoke_duty(state, draft, actor, command)
        case cmd.RemoveMember():
            members.remove_member(state, draft, actor, command.member_id)
        case cmd.ReadmitMember():
            members.readmit_member(state, draft, actor, command.member_id)
        case cmd.CountAttendance():
            members.count_attendance(draft, command)
        case _:
            raise Refusal("unknown_command", "There is no such command.")
