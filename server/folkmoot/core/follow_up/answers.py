"""Decisions on answers: in the room, in writing, or promised by a day.

Whatever is said first can be corrected later; each version stays readable, so that
nobody can change what was promised without its being seen.
"""

from __future__ import annotations

from datetime import datetime

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import hosts
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import PUBLIC, member_feed
from folkmoot.core.meeting.lifecycle import need_room, need_utc, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import Answer, Contribution, MeetingState
from folkmoot.core.talk.contributions import feed_of, need_readable

# What waits for an answer, and so for what the promise of the meeting counts.
ASKING = frozenset({"question", "concern"})
_NOTICES: dict[ev.AnswerWay, ev.NoticeKind] = {
    "room": "answered",
    "writing": "answered",
    "promise": "promised",
    "withdrawn": "answer_withdrawn",
}


def promise_response(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.PromiseResponse,
    text: dict[str, object],
) -> None:
    """Say until when every question is answered; null and no words take it back."""
    need_facilitator(actor, "promise for the team")
    until = utc(command.until)
    words = command.text.strip()
    if (until, words) == (state.response_until, text.get("text", "")):
        return
    content_id = draft.write("response", text=words)
    draft.say(PUBLIC, ev.ResponsePromised(until=until, content_id=content_id))


def answer_contribution(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.AnswerContribution,
    expect: int | None,
    text: dict[str, object],
) -> None:
    """Answer, or give the answer anew; `text` is what the one that stands says.

    Where the way isn't given it follows from the rest: a day is a promise, words
    are an answer in writing, and a bare answer was given in the room.
    """
    contribution = need_answerable(state, actor, command.contribution_id)
    standing = state.answers.get(contribution.contribution_id)
    _check_version(contribution, standing, expect)
    way = command.way or _way_of(command)
    words = command.text.strip()
    until = room_id = spoken_at = None
    if way == "promise":
        until = _need_day(command, draft.now)
    elif way == "writing":
        if not words:
            raise Refusal("answer_missing", "Please write the answer.")
    else:
        room_id, spoken_at = _need_moment(state, contribution, command, draft.now)
    given = {"text": words, "by": command.by.strip() or actor.name}
    same = standing is not None and (
        (standing.way, standing.partly, standing.until) == (way, command.partly, until)
        and (standing.room_id, standing.spoken_at) == (room_id, spoken_at)
        and text == given
    )
    if same:
        return
    version = 1 if standing is None else standing.version + 1
    draft.say(
        feed_of(contribution),
        ev.AnswerGiven(
            contribution_id=contribution.contribution_id,
            content_id=draft.write(_shelf_name(contribution), **given),
            way=way,
            version=version,
            given_at=draft.now,
            partly=command.partly,
            room_id=room_id,
            spoken_at=spoken_at,
            until=until,
        ),
    )
    corrects = standing is not None and (standing.way, standing.partly) == (
        way,
        command.partly,
    )
    kind: ev.NoticeKind = "answer_changed" if corrects else _NOTICES[way]
    _tell(state, draft, actor, contribution, kind)
    draft.data["version"] = version


def withdraw_answer(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.WithdrawAnswer,
    written: list[str],
) -> None:
    """Take an answer back with a reason; the question waits again.

    `erase` deletes what was said before (`written`); else it stays in the history.
    """
    contribution = need_answerable(state, actor, command.contribution_id)
    standing = state.answers.get(contribution.contribution_id)
    if standing is None:
        raise Refusal("no_answer", "This has not been answered.")
    if standing.way == "withdrawn" and not command.erase:
        return
    reason = {"text": command.reason.strip(), "by": actor.name}
    draft.say(
        feed_of(contribution),
        ev.AnswerGiven(
            contribution_id=contribution.contribution_id,
            content_id=draft.write(_shelf_name(contribution), **reason),
            way="withdrawn",
            version=standing.version + 1,
            given_at=draft.now,
            erased=command.erase,
        ),
    )
    if command.erase:
        draft.erased.extend(written)
    if standing.way != "withdrawn":
        _tell(state, draft, actor, contribution, "answer_withdrawn")


def repeat_answers(state: MeetingState, draft: Decision, contribution_id: str) -> None:
    """Say again what was answered to a contribution that is shown again."""
    if (standing := state.answers.get(contribution_id)) is None:
        return
    former = [
        answer
        for answer in state.former_answers.values()
        if answer.contribution_id == contribution_id
    ]
    for answer in (*sorted(former, key=lambda one: one.version), standing):
        draft.say(
            feed_of(state.contributions[contribution_id]),
            ev.AnswerGiven(
                contribution_id=contribution_id,
                content_id=answer.content_id,
                way=answer.way,
                version=answer.version,
                given_at=answer.given_at,
                partly=answer.partly,
                room_id=answer.room_id,
                spoken_at=answer.spoken_at,
                until=answer.until,
            ),
        )


def need_answerable(
    state: MeetingState, actor: Actor, contribution_id: str
) -> Contribution:
    """Return a contribution that everyone may read and the actor may speak to."""
    contribution = need_readable(state, contribution_id)
    if not speaks_for_team(state, actor, contribution):
        raise Refusal(
            "not_allowed", "Only the team and the hosts of its session answer for it."
        )
    return contribution


def speaks_for_team(
    state: MeetingState, actor: Actor, contribution: Contribution
) -> bool:
    """Whether the actor answers and shows a contribution for the team."""
    session = state.sessions.get(contribution.thread.removeprefix("session:"))
    return actor.moderates or (session is not None and hosts(actor, session))


def is_open(state: MeetingState, contribution: Contribution) -> bool:
    """Whether a contribution still waits for a whole answer."""
    if contribution.kind not in ASKING:
        return False
    answer = state.answers.get(contribution.contribution_id)
    return answer is None or answer.partly or answer.way in {"promise", "withdrawn"}


def _way_of(command: cmd.AnswerContribution) -> ev.AnswerWay:
    if command.until is not None:
        return "promise"
    spoken = command.room_id is not None or command.at is not None
    return "room" if spoken or not command.text.strip() else "writing"


def _need_day(command: cmd.AnswerContribution, now: datetime) -> datetime:
    if command.until is None:
        raise Refusal("day_missing", "Please say until when it will be answered.")
    until = need_utc(command.until)
    if until <= now:
        raise Refusal("bad_time", "A promise is for a time to come.")
    return until


def _need_moment(
    state: MeetingState,
    contribution: Contribution,
    command: cmd.AnswerContribution,
    now: datetime,
) -> tuple[str, datetime]:
    """Return where and when it was answered: as said, else where its session is, now."""
    spoken_at = utc(command.at) or now
    if spoken_at > now:
        raise Refusal("bad_time", "What was answered in the room lies behind us.")
    if command.room_id is not None:
        return need_room(state, command.room_id).room_id, spoken_at
    session = state.sessions.get(contribution.thread.removeprefix("session:"))
    rooms = list(state.rooms)
    if session is not None and session.room_id is not None:
        return session.room_id, spoken_at
    if len(rooms) == 1:
        return rooms[0], spoken_at
    raise Refusal("room_missing", "Please say in which room it was answered.")


def _check_version(
    contribution: Contribution, standing: Answer | None, expect: int | None
) -> None:
    version = 0 if standing is None else standing.version
    if expect is not None and expect != version:
        raise Refusal(
            "outdated",
            "Someone answered in the meantime. Look at what stands there now; what "
            "you typed is still here.",
            data={
                "contribution_id": contribution.contribution_id,
                "seen": expect,
                "version": version,
            },
        )


def _tell(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    contribution: Contribution,
    kind: ev.NoticeKind,
) -> None:
    """Tell the author and who supports it; of a correction the author alone."""
    own = state.authored.get(contribution.contribution_id)
    members = {own.member_id} if own is not None else set()
    if kind != "answer_changed":
        members |= set(state.support_votes.get(contribution.contribution_id, ()))
    members.discard(actor.member_id or "")
    for member_id in sorted(members):
        draft.say(
            member_feed(member_id),
            ev.Noticed(
                kind=kind,
                member_id=member_id,
                contribution_id=contribution.contribution_id,
            ),
        )


def _shelf_name(contribution: Contribution) -> str:
    """Answers have a shelf of their own: a question's history is its author's."""
    return f"answer:{contribution.contribution_id}"
