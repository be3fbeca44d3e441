"""Decisions on duties: invitation links, what they give, and taking it back."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_organiser
from folkmoot.core.state import MeetingState

PLAIN_DUTIES = frozenset(
    {"organise", "facilitate", "moderate", "name", "report", "table"}
)
SCOPED_DUTIES = frozenset({"host", "camera", "caption"})


def is_duty(duty: str) -> bool:
    """Say whether `duty` is a word, or a word with what it is for (`camera:r_…`)."""
    name, _, scope = duty.partition(":")
    return name in SCOPED_DUTIES if scope else name in PLAIN_DUTIES


def make_invite(
    _state: MeetingState, draft: Decision, actor: Actor, command: cmd.MakeInvite
) -> None:
    """Make an invitation; the secret of its link is kept outside the journal."""
    need_organiser(actor, "invite staff")
    if not is_duty(command.duty):
        raise Refusal("no_such_duty", f"There is no duty {command.duty!r}.")
    if command.duty == "name" and not command.label.strip():
        raise Refusal("name_missing", "Please give the name for the list.")
    invite_id = draft.ids.new("i")
    draft.say(
        STAFF,
        ev.InviteMade(
            invite_id=invite_id,
            duty=command.duty,
            content_id=draft.write(invite_id, label=command.label),
        ),
    )
    draft.data["invite_id"] = invite_id


def revoke_invite(
    state: MeetingState, draft: Decision, actor: Actor, invite_id: str
) -> None:
    """Void a link and every duty that it gave."""
    need_organiser(actor, "revoke invitations")
    invite = state.invites.get(invite_id)
    if invite is None:
        raise Refusal("no_such_invite", "There is no such invitation.")
    if not invite.revoked:
        draft.say(STAFF, ev.InviteRevoked(invite_id=invite_id))


def grant_duty(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.GrantDuty
) -> None:
    """Give a duty; by invitation only while the invitation stands."""
    need_organiser(actor, "give duties")
    if command.invite_id is not None:
        invite = state.invites.get(command.invite_id)
        if invite is None or invite.revoked:
            raise Refusal("invite_revoked", "This invitation is no longer valid.")
    if command.duty in state.duties.get(command.member_id, {}):
        return
    draft.say(
        STAFF,
        ev.DutyGranted(
            member_id=command.member_id,
            duty=command.duty,
            invite_id=command.invite_id,
        ),
    )


def revoke_duty(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.RevokeDuty
) -> None:
    """Take a duty back."""
    need_organiser(actor, "take duties back")
    if command.duty in state.duties.get(command.member_id, {}):
        draft.say(STAFF, ev.DutyRevoked(member_id=command.member_id, duty=command.duty))


def remove_member(
    state: MeetingState, draft: Decision, actor: Actor, member_id: str
) -> None:
    """Let a member take part no longer; duties go with it."""
    need_organiser(actor, "remove people")
    if member_id == actor.member_id:
        raise Refusal("yourself", "You can't remove yourself.")
    if member_id not in state.removed:
        draft.say(STAFF, ev.MemberRemoved(member_id=member_id))


def readmit_member(
    state: MeetingState, draft: Decision, actor: Actor, member_id: str
) -> None:
    """Let a member who was removed take part again."""
    need_organiser(actor, "let people in again")
    if member_id in state.removed:
        draft.say(STAFF, ev.MemberReadmitted(member_id=member_id))


def count_attendance(draft: Decision, command: cmd.CountAttendance) -> None:
    """Record how many are present, by way, without identities."""
    draft.say(PUBLIC, ev.AttendanceCounted(counts=command.counts))
