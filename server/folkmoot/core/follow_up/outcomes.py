"""Decisions on what came of a meeting: you said, we did, we can't because."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import Text
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_team
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.contributions import need_public

MAX_OUTCOMES = 200
_WORDS = ("theme", "said", "did", "cannot")


def write_outcome(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.WriteOutcome,
    expect: int | None,
    text: Text,
) -> None:
    """Write what came of a theme, or give it anew; what isn't given stays."""
    need_team(actor, "writes what came of it")
    standing = None
    if command.outcome_id is not None:
        standing = state.outcomes.get(command.outcome_id)
        if standing is None:
            raise Refusal("no_such_outcome", "There is no such theme any more.")
    given = {name: getattr(command, name) for name in _WORDS}
    written = {
        name: text.get(name, "") if words is None else words.strip()
        for name, words in given.items()
    }
    if not written["theme"]:
        raise Refusal("theme_missing", "Please say what it is about.")
    if standing is None and len(state.outcomes) >= MAX_OUTCOMES:
        raise Refusal("too_many_outcomes", "There are very many themes already.")
    version = 0 if standing is None else standing.version
    if expect is not None and expect != version:
        raise Refusal(
            "outdated",
            "Someone wrote here in the meantime. Look at what stands there now; what "
            "you typed is still here.",
            data={"outcome_id": command.outcome_id, "seen": expect, "version": version},
        )
    ids = standing.contribution_ids if standing is not None else ()
    if command.contribution_ids is not None:
        for one in set(command.contribution_ids).difference(ids):
            _ = need_public(state, one)
        ids = tuple(dict.fromkeys(command.contribution_ids))
    scope = command.scope
    if standing is not None:
        same = (standing.scope, standing.contribution_ids) == (scope, ids)
        if same and all(text.get(name, "") == written[name] for name in _WORDS):
            return
    outcome_id = command.outcome_id or draft.ids.new("o")
    draft.say(
        PUBLIC,
        ev.OutcomeWritten(
            outcome_id=outcome_id,
            version=version + 1,
            scope=scope,
            contribution_ids=ids,
            content_id=draft.write(outcome_id, **written),
        ),
    )
    draft.data |= {"outcome_id": outcome_id, "version": version + 1}


def remove_outcome(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    outcome_id: str,
    written: list[str],
) -> None:
    """Remove a theme that was written by mistake; its texts are deleted."""
    need_team(actor, "writes what came of it")
    if outcome_id not in state.outcomes:
        return
    draft.say(PUBLIC, ev.OutcomeRemoved(outcome_id=outcome_id))
    draft.erased.extend(written)
