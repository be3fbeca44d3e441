"""Questions and what was said to them, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup

from folkmoot.core.follow_up.answers import ASKING
from folkmoot.news.telling import is_readable
from folkmoot.pages.board.timetable import SessionView, text_of
from folkmoot.pages.frame.visits import Visit
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none, wire_moment
from folkmoot.pages.wording.prose import render_prose

Wire = Mapping[str, Any]
# What a question waits for: anything, the rest, the promised day, nothing.
Standing = Literal["waiting", "partly", "promised", "answered"]


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """What was said to a contribution, in one version; `former` were before it."""

    way: str
    by: str
    plain: str
    html: Markup
    version: int
    given_at: datetime
    partly: bool = False
    room_id: str = ""
    room_name: str = ""
    spoken_at: datetime | None = None
    watch_url: str = ""
    until: datetime | None = None
    overdue: bool = False
    former: tuple[AnswerView, ...] = ()


class QuestionView(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution with what was said to it; `due_at` is until when it should be."""

    contribution_id: str
    kind: str
    plain: str
    html: Markup
    author: str
    href: str
    posted_at: datetime
    support: int
    scope: str | None
    session: SessionView | None
    standing: Standing
    answer: AnswerView | None
    due_at: datetime | None = None
    overdue: bool = False
    room_id: str = ""
    may_answer: bool = False


class ResponseView(msgspec.Struct, frozen=True):
    """What the team promises: until when all is answered, and when it answers."""

    until: datetime | None
    text: str

    def __bool__(self) -> bool:
        return self.until is not None or bool(self.text)


def view_response(state: Wire) -> ResponseView:
    """Return the meeting's promise; false where there is none."""
    return ResponseView(
        read_moment_or_none(state["response_until"]),
        str((state["response"] or {}).get("text") or ""),
    )


def view_questions(visit: Visit) -> tuple[QuestionView, ...]:
    """Return what waits or waited for an answer: overdue first, then the longest."""
    table = _sessions(visit)
    views = [
        _view_question(visit, key, item, table)
        for key, item in visit.state["contributions"].items()
        if is_readable(item)
        and item["content"] is not None
        and (item["kind"] in ASKING or key in visit.state["answers"])
    ]
    return tuple(sorted(views, key=_order))


def view_question(visit: Visit, contribution_id: str) -> QuestionView | None:
    """Return one contribution with its answer; None where it can't be read."""
    item = visit.known("contributions").get(contribution_id)
    if item is None or not is_readable(item) or item["content"] is None:
        return None
    table = _sessions(visit)
    return _view_question(visit, contribution_id, item, table)


def view_answer(visit: Visit, contribution_id: str) -> AnswerView | None:
    """Return what stands as the answer, with what was said before."""
    answer = visit.known("answers").get(contribution_id)
    if answer is None or answer["content"] is None:
        return None
    former = (
        _view_answer(visit, one)
        for one in visit.known("former_answers").values()
        if one["contribution_id"] == contribution_id and one["content"] is not None
    )
    newest_first = sorted(former, key=lambda one: one.version, reverse=True)
    view = _view_answer(visit, answer)
    return msgspec.structs.replace(view, former=tuple(newest_first))


def say_wait(seconds: float) -> str:
    """Return a length of time in words, rounded down: `2 days`, `3 h 20 min`."""
    minutes = int(seconds // 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} days"
    if minutes >= 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if hours < 10 and rest else f"{hours} h"
    return f"{max(minutes, 1)} min"


def say_due(due_at: datetime, now: datetime) -> str:
    """Return how long is left, or for how long it has been due."""
    left = (due_at - now).total_seconds()
    return f"{say_wait(left)} left" if left > 0 else f"overdue by {say_wait(-left)}"


def _sessions(visit: Visit) -> dict[str, SessionView]:
    table = visit.timetable
    return {s.session_id: s for s in (*table.proposals, *table.placed)}


def _view_question(
    visit: Visit, key: str, item: Wire, table: Mapping[str, SessionView]
) -> QuestionView:
    answer = view_answer(visit, key)
    session = table.get(item["thread"].removeprefix("session:"))
    standing = _standing(answer)
    due_at = None
    if item["kind"] in ASKING and standing != "answered":
        promised = answer.until if answer is not None else None
        due_at = promised or read_moment_or_none(visit.state["response_until"])
    return QuestionView(
        contribution_id=key,
        kind=item["kind"],
        plain=text_of(item, "text"),
        html=render_prose(text_of(item, "text")),
        author=text_of(item, "author"),
        href=f"/m/{visit.head.slug}/c/{key}",
        posted_at=read_moment(item["posted_at"]),
        support=item["support"],
        scope=item["scope"],
        session=session,
        standing=standing,
        answer=answer,
        due_at=due_at,
        overdue=due_at is not None and due_at < visit.moments.now,
        room_id=(session.room_id or "") if session is not None else "",
        may_answer=may_answer(visit, session),
    )


def may_answer(visit: Visit, session: SessionView | None) -> bool:
    """Whether the reader speaks for the team, or hosts this session."""
    me = visit.me
    if me is None:
        return False
    return me.moderates or (session is not None and session.hosting)


def _standing(answer: AnswerView | None) -> Standing:
    if answer is None or answer.way == "withdrawn":
        return "waiting"
    if answer.way == "promise":
        return "promised"
    return "partly" if answer.partly else "answered"


def _order(question: QuestionView) -> tuple[int, float]:
    """Overdue first, then what waits, then what is promised, and what is answered."""
    if question.standing == "answered" and question.answer is not None:
        return 3, -question.answer.given_at.timestamp()
    if question.overdue and question.due_at is not None:
        return 0, question.due_at.timestamp()
    if question.standing == "promised" and question.due_at is not None:
        return 2, question.due_at.timestamp()
    return 1, question.posted_at.timestamp()


def _view_answer(visit: Visit, answer: Wire) -> AnswerView:
    room = next((r for r in visit.rooms if r.room_id == answer["room_id"]), None)
    spoken_at = read_moment_or_none(answer["spoken_at"])
    until = read_moment_or_none(answer["until"])
    watch_url = ""
    if room is not None and spoken_at is not None and room.playable:
        watch_url = moment_url(visit.head.slug, room.slug, spoken_at)
    text = text_of(answer, "text")
    return AnswerView(
        way=answer["way"],
        by=text_of(answer, "by"),
        plain=text,
        html=render_prose(text),
        version=answer["version"],
        given_at=read_moment(answer["given_at"]),
        partly=answer["partly"],
        room_id=answer["room_id"] or "",
        room_name=room.name if room is not None else "",
        spoken_at=spoken_at,
        watch_url=watch_url,
        until=until,
        overdue=until is not None and until < visit.moments.now,
    )


def moment_url(slug: str, room_slug: str, at: datetime) -> str:
    """Return the address of a moment, a few seconds before it.

    Whoever marks an answer does so when it has begun.
    """
    before = wire_moment(at - timedelta(seconds=5))
    return f"/m/{slug}?{urlencode({'room': room_slug, 'at': before})}"
