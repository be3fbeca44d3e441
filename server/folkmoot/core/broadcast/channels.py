"""Decisions on a room's broadcast: on air, paused, off air; what media report."""

from __future__ import annotations

from datetime import timedelta

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.meeting.lifecycle import need_live_or_coming, need_room, need_utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import MeetingState


def start_channel(
    state: MeetingState, draft: Decision, actor: Actor, room_id: str
) -> None:
    """Go on air; the first room on air opens the meeting."""
    need_facilitator(actor, "run the broadcast")
    need_live_or_coming(state)
    room = need_room(state, room_id)
    if room.channel == "on":
        return
    if state.phase == "upcoming":
        draft.say(PUBLIC, ev.MeetingOpened())
    draft.say(PUBLIC, ev.ChannelStarted(room_id=room.room_id, connected=room.connected))


def hold_channel(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.HoldChannel
) -> None:
    """Pause the broadcast; nothing of what follows becomes public."""
    need_facilitator(actor, "run the broadcast")
    room = need_room(state, command.room_id)
    if room.channel == "off":
        raise Refusal("off_air", "This room is off air; there is nothing to pause.")
    taken = timedelta(seconds=command.dump_seconds)
    draft.say(
        PUBLIC,
        ev.ChannelHeld(
            room_id=room.room_id,
            content_id=draft.write(room.room_id, reason=command.reason),
            from_at=draft.now - taken if taken else None,
            cut_id=draft.ids.new("u") if taken else None,
        ),
    )


def delay_channel(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.DelayChannel
) -> None:
    """Let the public be further behind, or less."""
    need_facilitator(actor, "run the broadcast")
    room = need_room(state, command.room_id)
    if command.seconds == room.delay_seconds:
        return
    if room.channel == "on" and command.seconds > room.delay_seconds:
        # The public would see nothing new until the longer delay is over.
        raise Refusal(
            "on_air", "Pause the broadcast first, then make the delay longer."
        )
    draft.say(PUBLIC, ev.ChannelDelayed(room_id=room.room_id, seconds=command.seconds))


def release_channel(
    state: MeetingState, draft: Decision, actor: Actor, room_id: str
) -> None:
    """End the pause."""
    need_facilitator(actor, "run the broadcast")
    room = need_room(state, room_id)
    if room.channel == "on":
        return
    if room.channel == "off":
        raise Refusal("off_air", "This room is off air, not paused.")
    draft.say(
        PUBLIC, ev.ChannelReleased(room_id=room.room_id, connected=room.connected)
    )


def stop_channel(
    state: MeetingState, draft: Decision, actor: Actor, room_id: str
) -> None:
    """Go off air."""
    need_facilitator(actor, "run the broadcast")
    room = need_room(state, room_id)
    if room.channel != "off":
        draft.say(PUBLIC, ev.ChannelStopped(room_id=room.room_id))


def change_source(
    state: MeetingState, draft: Decision, command: cmd.ChangeSource
) -> None:
    """Note that a publisher came or went; the public learns it only on air."""
    room = need_room(state, command.room_id)
    if room.connected == command.connected:
        return
    event = ev.SourceChanged(room_id=room.room_id, connected=command.connected)
    draft.say(STAFF, event)
    if room.channel == "on":
        draft.say(PUBLIC, event)


def change_recording(state: MeetingState, draft: Decision, room_id: str) -> None:
    """Note that a room's recording changed."""
    room = need_room(state, room_id)
    draft.say(PUBLIC, ev.RecordingChanged(room_id=room.room_id))


def change_transcript(
    state: MeetingState, draft: Decision, command: cmd.ChangeTranscript
) -> None:
    """Note that a room's cues changed between two moments."""
    room = need_room(state, command.room_id)
    draft.say(
        PUBLIC,
        ev.TranscriptChanged(
            room_id=room.room_id,
            from_at=need_utc(command.from_at),
            to_at=need_utc(command.to_at),
            revision=room.transcript_revision + 1,
        ),
    )
