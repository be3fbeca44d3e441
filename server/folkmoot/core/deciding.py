"""From a command to a decision: the one door into the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from folkmoot.core import commands as cmd
from folkmoot.core.board import deciding as board
from folkmoot.core.board import proposing
from folkmoot.core.broadcast import deciding as broadcast
from folkmoot.core.broadcast import markers
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.follow_up import deciding as follow_up
from folkmoot.core.ids import IdSource
from folkmoot.core.live import deciding as live
from folkmoot.core.live import questions, report
from folkmoot.core.meeting import deciding as meeting
from folkmoot.core.moderation import deciding as moderation
from folkmoot.core.moderation import embargo, screening
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState
from folkmoot.core.talk import attachments, names
from folkmoot.core.talk import deciding as talk

_Decide = Callable[
    [MeetingState, Decision, cmd.Command, Actor, int | None, Shelf], None
]
# By the folder in which a command stands.
_SUBJECTS: dict[str, _Decide] = {
    subject.decide.__module__.rpartition(".")[0]: subject.decide
    for subject in (board, broadcast, follow_up, live, meeting, moderation, talk)
}


def decide(
    state: MeetingState,
    command: cmd.Command,
    *,
    actor: Actor,
    expect: int | None,
    shelf: Shelf,
    now: datetime,
    ids: IdSource,
) -> Decision:
    """Return what a command leads to, or raise `Refusal`. Changes nothing.

    `expect` is the version of the session that the actor saw. A command
    repeated leads to a decision without facts.
    """
    screening.check(state, shelf, actor, command, now)
    names.check_names(state, shelf, actor, command)

    def give(held: cmd.Command, author: Actor) -> Decision:
        apart = Decision(now=now, ids=ids)
        _decide(state, apart, held, author, None, shelf)
        return apart

    draft = Decision(now=now, ids=ids)
    match command:
        case cmd.HoldEmbargo():
            embargo.hold(state, draft, actor, command, give)
        case cmd.ChangeEmbargo():
            embargo.change(state, draft, actor, command, give, shelf)
        case cmd.ReleaseEmbargo():
            embargo.release(state, draft, actor, command.embargo_id, give, shelf)
        case cmd.DropEmbargo():
            embargo.drop(state, draft, actor, command.embargo_id, shelf)
        case cmd.ReleaseDue():
            embargo.release_due(state, draft, give, shelf)
        case _:
            _decide(state, draft, command, actor, expect, shelf)
    embargo.release_after(state, draft, give, shelf)
    attachments.grant_with_texts(draft, shelf)
    return draft


def _decide(
    state: MeetingState,
    draft: Decision,
    command: cmd.Command,
    actor: Actor,
    expect: int | None,
    shelf: Shelf,
) -> None:
    """Fill `draft` with what a command leads to, as its subject says."""
    match command:
        case cmd.PublishTallies():
            proposing.publish_tallies(state, draft)
            questions.count_live(state, draft)
        case cmd.PublishMarkers():
            markers.publish_markers(state, draft)
            report.publish_due(state, draft)
            questions.count_due(state, draft)
        case _:
            folder = type(command).__module__.rpartition(".")[0]
            if folder not in _SUBJECTS:
                raise Refusal("unknown_command", "There is no such command.")
            _SUBJECTS[folder](state, draft, command, actor, expect, shelf)
