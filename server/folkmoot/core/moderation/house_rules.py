"""Decisions on how a meeting is moderated: rules, modes, pace, words, calm, mutes."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import need_member
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.moderation.screening import standing_rules
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator, need_moderator
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.contributions import author_of, need_contribution
from folkmoot.core.talk.speech import need_thread


def set_rules(state: MeetingState, draft: Decision, actor: Actor, text: str) -> None:
    """Give the ground rules a new version, which everyone is asked for anew."""
    need_facilitator(actor, "set the rules")
    rules = standing_rules(state)
    version = 1 if rules is None else rules.version + 1
    draft.say(
        PUBLIC,
        ev.GroundRulesSet(
            version=version,
            set_at=draft.now,
            content_id=draft.write(f"rules:{version}", text=text),
        ),
    )
    draft.data["version"] = version


def accept_rules(
    state: MeetingState, draft: Decision, actor: Actor, version: int
) -> None:
    """Keep with a member that it accepted the rules as they stand."""
    member_id = need_member(actor)
    rules = standing_rules(state)
    if rules is None or rules.version != version:
        raise Refusal(
            "other_rules",
            "The ground rules have changed. Please read them as they stand now.",
            data={"version": rules.version if rules else 0},
        )
    if state.rules_accepted.get(member_id) != version:
        draft.say(
            member_feed(member_id),
            ev.RulesAccepted(member_id=member_id, version=version),
        )


def set_moderation(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.SetModeration
) -> None:
    """Say for a thread, or for all, when contributions appear and how often one writes."""
    need_moderator(actor)
    thread = command.thread
    if thread != "all":
        thread = need_thread(state, thread)
    elif command.mode is not None:
        raise Refusal("one_thread", "Choose the thread that is to differ.")
    modes, slow = dict(state.thread_modes), dict(state.slow)
    if command.mode == "as_meeting":
        modes.pop(thread, None)
    elif command.mode is not None:
        modes[thread] = command.mode
    if command.slow_seconds is not None:
        slow[thread] = command.slow_seconds
    slow = {name: seconds for name, seconds in slow.items() if seconds}
    if (modes, slow) != (state.thread_modes, state.slow):
        draft.say(PUBLIC, ev.ModerationSet(thread_modes=modes, slow=slow))


def set_calm(state: MeetingState, draft: Decision, actor: Actor, *, on: bool) -> None:
    """Let newcomers' first contributions wait and change the join code; or end that.

    Those present stay. The code follows in the catalogue, with this entry.
    """
    need_moderator(actor)
    if state.calm != on:
        draft.say(PUBLIC, ev.CalmSet(calm=on))


def set_words(draft: Decision, actor: Actor, command: cmd.SetWords) -> None:
    """Give the words that hold or refuse anew, and when waiting is alarming."""
    need_moderator(actor)
    draft.say(
        STAFF,
        ev.ScreeningSet(
            alarm_minutes=command.alarm_minutes,
            content_id=draft.write(
                "screening", hold=command.hold_words, refuse=command.refuse_words
            ),
        ),
    )


def mute_member(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.MuteMember
) -> None:
    """Let someone pause: by id, or as the author of a contribution.

    Of an anonymous contribution not even the team learns whose it is.
    """
    need_moderator(actor)
    member_id = command.member_id
    if command.contribution_id is not None:
        need_contribution(state, command.contribution_id)
        member_id = author_of(state, command.contribution_id)
    if member_id is None:
        raise Refusal("nobody_meant", "Say who is to pause.")
    if member_id == actor.member_id:
        raise Refusal("yourself", "You can't do this to yourself.")
    minutes = command.minutes
    mute_id = draft.ids.new("x")
    told = ev.MemberMuted(
        mute_id=mute_id,
        muted_at=draft.now,
        until_at=draft.now + timedelta(minutes=minutes) if minutes else None,
        contribution_id=command.contribution_id,
        content_id=draft.write(mute_id, reason=command.reason),
        member_id=member_id,
    )
    shown = member_id if command.contribution_id is None else None
    draft.say(STAFF, replace(told, member_id=shown, by_id=actor.member_id))
    draft.say(member_feed(member_id), told)
    draft.data["mute_id"] = mute_id


def end_mute(state: MeetingState, draft: Decision, actor: Actor, mute_id: str) -> None:
    """Let someone write again."""
    need_moderator(actor)
    if (mute := state.mutes.get(mute_id)) is None:
        raise Refusal("no_such_mute", "This person may write already.")
    draft.say(STAFF, ev.MuteEnded(mute_id=mute_id))
    if mute.member_id is not None:
        draft.say(member_feed(mute.member_id), ev.MuteEnded(mute_id=mute_id))
