"""Decisions on quick questions: prepare, ask, answer, close, and what is told of it.

Answers are secret: they stand in `ballots` and in each one's own feed. What is told
of them hides every number below `FLOOR`, and keeps it from being worked out: see
`count_row`. While answers can still come in only shares in tens are told, and those
anew only after `FLOOR` people answered; whole numbers are told once, at the end.

A question opens and closes where each viewer is: somebody who is 20 s behind answers
20 s later. For all it is over at the close, plus the room's delay, plus `GRACE`. An
answer that was given in time by its giver's own playhead and could not be sent is
taken for `LATE` longer. Nobody can prove when they tapped without a line, so such
answers are few, short, and counted apart as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import need_member
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import BALLOTS, PUBLIC, STAFF, member_feed
from folkmoot.core.meeting.lifecycle import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_facilitator
from folkmoot.core.state import Ballot, MeetingState, Question

MAX_PREPARED = 100
MAX_ASKED = 300
FLOOR = 5
HIDDEN = -1
"""Stands for a number below `FLOOR`, nought included."""
GRACE = timedelta(seconds=30)
LATE = timedelta(minutes=10)
SCALE = 5
# A viewer's clock and the room's may differ by this much.
_SLACK = timedelta(seconds=2)


def prepare_question(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PrepareQuestion
) -> None:
    """Write a question down, to be asked at its moment; or ask it at once."""
    need_facilitator(actor, "ask quick questions")
    options = [option.strip() for option in command.options]
    if command.kind == "scale":
        options = []
    elif len(options) < 2 or len(set(options)) < len(options) or "" in options:
        raise Refusal("bad_options", "Give two or more answers that differ.")
    if command.room_id is not None:
        need_room(state, command.room_id)
    question_id = draft.ids.new("q")
    content_id = draft.write(
        question_id,
        text=command.text,
        options=options,
        low=command.low,
        high=command.high,
    )
    given: dict[str, Any] = {
        "question_id": question_id,
        "content_id": content_id,
        "kind": command.kind,
        "options": len(options) or SCALE,
        "results": command.results,
        "by_audience": command.by_audience,
        "room_id": command.room_id,
    }
    draft.data["question_id"] = question_id
    if command.ask:
        _need_open(state)
        draft.say(PUBLIC, ev.QuestionOpened(**given))
        return
    if len(state.prepared_questions) >= MAX_PREPARED:
        raise Refusal("too_many_questions", "Remove a prepared question first.")
    draft.say(STAFF, ev.QuestionPrepared(**given))


def open_question(
    state: MeetingState, draft: Decision, actor: Actor, question_id: str
) -> None:
    """Ask a prepared question now."""
    need_facilitator(actor, "ask quick questions")
    if question_id in state.questions:
        return
    question = state.prepared_questions.get(question_id)
    if question is None:
        raise _no_such_question()
    _need_open(state)
    draft.say(STAFF, ev.QuestionRemoved(question_id=question_id, asked=True))
    draft.say(
        PUBLIC,
        ev.QuestionOpened(
            question_id=question_id,
            content_id=question.content_id,
            kind=question.kind,
            options=question.options,
            results=question.results,
            by_audience=question.by_audience,
            room_id=question.room_id,
        ),
    )


def close_question(
    state: MeetingState, draft: Decision, actor: Actor, question_id: str
) -> None:
    """Close a question where the room is; who is behind has as much time."""
    need_facilitator(actor, "close quick questions")
    question = _need(state, question_id)
    if question.closed_at is not None:
        return
    until = draft.now + _delay(state, question) + GRACE
    draft.say(
        PUBLIC,
        ev.QuestionClosed(
            question_id=question_id, answers_until=until, settles_at=until + LATE
        ),
    )


def remove_question(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    question_id: str,
    written: list[str],
) -> None:
    """Take a question away, with its answers if it was asked."""
    need_facilitator(actor, "remove quick questions")
    if question_id in state.prepared_questions:
        draft.say(STAFF, ev.QuestionRemoved(question_id=question_id))
    else:
        _need(state, question_id)
        draft.say(PUBLIC, ev.QuestionRemoved(question_id=question_id))
    draft.erased.extend(written)


def answer_question(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.AnswerQuestion
) -> None:
    """Answer, or answer otherwise; null takes the answer back."""
    member_id = need_member(actor)
    question = _need(state, command.question_id)
    if command.choice is not None and command.choice >= question.options:
        raise Refusal("no_such_option", "There is no such answer to choose.")
    late = _check_moment(question, utc(command.at), draft.now)
    audience = command.audience or ("room" if member_id in state.places else "remote")
    ballots = state.question_ballots.get(question.question_id, {})
    standing = ballots.get(member_id)
    if standing is None and command.choice is None:
        return
    if standing and (standing.choice, standing.audience) == (command.choice, audience):
        return
    event = ev.QuestionAnswered(
        question_id=question.question_id,
        member_id=member_id,
        choice=command.choice,
        audience=audience,
        late=late,
    )
    draft.say(BALLOTS, event)
    draft.say(member_feed(member_id), event)


def count_live(state: MeetingState, draft: Decision) -> None:
    """Tell the shares of what is asked, where enough people answered since."""
    for question in state.questions.values():
        if question.results == "live" and not _is_over(question, draft.now):
            _tell_shares(state, draft, question)


def count_due(state: MeetingState, draft: Decision) -> None:
    """Tell shares where answering is over, and numbers where nothing comes any more."""
    for question in state.questions.values():
        if question.settled:
            continue
        if question.settles_at is not None and question.settles_at <= draft.now:
            _settle(state, draft, question)
        elif _is_over(question, draft.now) and not question.told:
            _tell_shares(state, draft, question, over=True)


def next_due_at(state: MeetingState) -> datetime | None:
    """When something of a question is told next; None if nothing is."""
    due = [
        at
        for question in state.questions.values()
        if not question.settled
        and (at := question.settles_at if question.told else question.answers_until)
    ]
    return min(due, default=None)


def count_row(
    choices: Iterable[int | None], options: int
) -> tuple[tuple[int, ...], int]:
    """Return how often each option was chosen and how many answered, as may be told.

    A number below `FLOOR` is hidden. The sum is told only where it doesn't help to
    work a hidden one out: where nothing is hidden, or where every hidden number may,
    for all that is told, still be anything from nought to `FLOOR` - 1 and the hidden
    ones together are no small group either.
    """
    counts = [0] * options
    for choice in choices:
        if choice is not None:
            counts[choice] += 1
    told = tuple(count if count >= FLOOR else HIDDEN for count in counts)
    hidden = [count for count in counts if count < FLOOR]
    rest = sum(hidden)
    spread = FLOOR <= rest <= (FLOOR - 1) * (len(hidden) - 1)
    total = sum(counts)
    if (hidden and not spread) or total < FLOOR:
        total = HIDDEN
    return told, total


def share_row(counts: Sequence[int]) -> tuple[int, ...]:
    """Return tens of a hundred of what may be told, among that alone; 100 in all."""
    whole = sum(count for count in counts if count != HIDDEN)
    if not whole:
        return tuple(counts)
    # The largest remainders are rounded up (Hamilton's method).
    tens = [0 if count == HIDDEN else count * 10 // whole for count in counts]
    rests = [-1 if count == HIDDEN else count * 10 % whole for count in counts]
    order = sorted(range(len(counts)), key=lambda option: -rests[option])
    for option in order[: 10 - sum(tens)]:
        tens[option] += 1
    return tuple(
        HIDDEN if count == HIDDEN else 10 * ten
        for count, ten in zip(counts, tens, strict=True)
    )


def _rows(state: MeetingState, question: Question) -> dict[str, list[Ballot]]:
    """The answers that are counted together."""
    ballots = state.question_ballots.get(question.question_id, {}).values()
    if not question.by_audience:
        return {"all": list(ballots)}
    return {
        audience: [b for b in ballots if b.audience == audience]
        for audience in ("room", "remote")
    }


def _tell_shares(
    state: MeetingState, draft: Decision, question: Question, *, over: bool = False
) -> None:
    ballots = state.question_ballots.get(question.question_id, {}).values()
    fresh = sum(
        question.counted_at is None or ballot.at > question.counted_at
        for ballot in ballots
    )
    # Who sees two tellings can't find a single person between them.
    shares = dict(question.shares)
    if fresh >= FLOOR:
        shares = {
            name: share_row(count_row((b.choice for b in row), question.options)[0])
            for name, row in _rows(state, question).items()
        }
    elif not over:
        return
    draft.say(
        PUBLIC,
        ev.QuestionCounted(question_id=question.question_id, shares=shares, over=over),
    )


def _settle(state: MeetingState, draft: Decision, question: Question) -> None:
    rows = {
        name: count_row((b.choice for b in row), question.options)
        for name, row in _rows(state, question).items()
    }
    ballots = state.question_ballots.get(question.question_id, {}).values()
    late = sum(ballot.late and ballot.choice is not None for ballot in ballots)
    draft.say(
        PUBLIC,
        ev.QuestionSettled(
            question_id=question.question_id,
            counts={name: counts for name, (counts, _) in rows.items()},
            totals={name: total for name, (_, total) in rows.items()},
            late=late if late >= FLOOR else HIDDEN,
        ),
    )


def _check_moment(question: Question, at: datetime | None, now: datetime) -> bool:
    """Whether an answer comes late; refuses one that its moment doesn't allow."""
    closed_at, until = question.closed_at, question.answers_until
    if at is not None and at < question.opened_at - _SLACK:
        raise Refusal("not_asked_yet", "This wasn't asked yet at that moment.")
    if closed_at is None or until is None or question.settles_at is None:
        return False
    in_time = at is not None and at <= closed_at + _SLACK
    if now <= until and (at is None or in_time):
        return False
    if in_time and now <= question.settles_at and not question.settled:
        return True
    raise Refusal("question_closed", "This question is closed.")


def _is_over(question: Question, now: datetime) -> bool:
    return question.answers_until is not None and question.answers_until <= now


def _delay(state: MeetingState, question: Question) -> timedelta:
    """How far behind the public may be where the question was asked."""
    rooms = [
        room
        for room in state.rooms.values()
        if question.room_id in {None, room.room_id}
    ]
    return timedelta(seconds=max((room.delay_seconds for room in rooms), default=0.0))


def _need(state: MeetingState, question_id: str) -> Question:
    if (question := state.questions.get(question_id)) is None:
        raise _no_such_question()
    return question


def _no_such_question() -> Refusal:
    # Also for one that is prepared: nobody finds it by trying ids.
    return Refusal("no_such_question", "There is no such question.")


def _need_open(state: MeetingState) -> None:
    if state.phase != "live":
        raise Refusal("not_open", "The meeting isn't open.")
    if len(state.questions) >= MAX_ASKED:
        raise Refusal("too_many_questions", "Enough was asked in this meeting.")
