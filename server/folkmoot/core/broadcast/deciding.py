"""What commands lead to: rooms on air, cuts, markers, signals."""

from __future__ import annotations

from folkmoot.core.broadcast import channels, cuts, markers, signals
from folkmoot.core.broadcast import commands as cmd
from folkmoot.core.command import Command
from folkmoot.core.decision import Actor, Decision, Shelf
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
        case cmd.StartChannel():
            channels.start_channel(state, draft, actor, command.room_id)
        case cmd.HoldChannel():
            channels.hold_channel(state, draft, actor, command)
        case cmd.DelayChannel():
            channels.delay_channel(state, draft, actor, command)
        case cmd.RequestCut():
            cuts.request_cut(state, draft, actor, command)
        case cmd.MakeCut():
            cuts.make_cut(state, draft, actor, command)
        case cmd.DeclineCut():
            cuts.decline_cut(state, draft, actor, command)
        case cmd.UndoCut():
            cuts.undo_cut(state, draft, actor, command.cut_id)
        case cmd.ReleaseChannel():
            channels.release_channel(state, draft, actor, command.room_id)
        case cmd.StopChannel():
            channels.stop_channel(state, draft, actor, command.room_id)
        case cmd.ChangeSource():
            channels.change_source(state, draft, command)
        case cmd.ChangeRecording():
            channels.change_recording(state, draft, command.room_id)
        case cmd.ChangeTranscript():
            channels.change_transcript(state, draft, command)
        case cmd.AddMarker():
            markers.add_marker(state, draft, actor, command, shelf)
        case cmd.PrepareMarkers():
            markers.prepare_markers(state, draft, actor, command, shelf)
        case cmd.EditMarker():
            marker = state.markers.get(command.marker_id)
            text = shelf.text(marker.content_id) if marker else {}
            markers.edit_marker(state, draft, actor, command, text)
        case cmd.RemoveMarker():
            markers.remove_marker(state, draft, actor, command.marker_id)
        case cmd.SendSignal():
            signals.send_signal(state, draft, actor, command)
        case cmd.SeeSignal():
            signals.see_signal(state, draft, actor, command.signal_id)
        case _:
            raise Refusal("unknown_command", "There is no such command.")
