"""What came of a meeting: you said, we did, we can't because."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from aiohttp import web
from markupsafe import Markup

from folkmoot.news.telling import is_readable
from folkmoot.pages.board.timetable import text_of
from folkmoot.pages.follow_up.answers import (
    QuestionView,
    ResponseView,
    say_due,
    say_wait,
    view_questions,
    view_response,
)
from folkmoot.pages.follow_up.evidence import Attendances, Evidence, view_evidence
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none
from folkmoot.pages.wording.prose import render_prose
from folkmoot.pages.wording.scope import LABELS, ScopeView

Wire = Mapping[str, Any]
ATTENDANCES: web.AppKey[Attendances] = web.AppKey("attendances", Attendances)
STATES = {"open": "To do", "doing": "Begun", "done": "Done", "dropped": "Dropped"}
KINDS = {
    "question": "Questions",
    "idea": "Ideas",
    "concern": "Concerns",
    "offer": "Offers",
    "need": "Needs",
    "action": "Actions",
    "story": "Stories",
    "note": "Notes",
}


class SourceView(msgspec.Struct, frozen=True):
    """A contribution that stands behind an outcome."""

    contribution_id: str
    href: str
    plain: str


class OutcomeView(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one theme; empty texts are not said yet."""

    outcome_id: str
    version: int
    theme: str
    scope: str | None
    said: str
    did: str
    cannot: str
    written_at: datetime
    sources: tuple[SourceView, ...]

    def html(self, name: str) -> Markup:
        """Return one of its texts as HTML."""
        return render_prose(getattr(self, name))


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """An action: who does it until when, and how it stands."""

    note_id: str
    version: int
    text: str
    who: str
    due: date | None
    overdue: bool
    status: str
    words: str
    progress: str
    moved_at: datetime | None
    source_href: str
    source: str
    may_take: bool
    may_move: bool


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What people can do about something, with all that belongs to it."""

    label: str | None
    scope: ScopeView | None
    outcomes: tuple[OutcomeView, ...]
    questions: tuple[QuestionView, ...]


class FollowUpPage(MeetingBase, frozen=True, kw_only=True):
    """What came of a meeting, for everyone; the team writes it here."""

    response: ResponseView
    parts: tuple[Part, ...]
    promised: tuple[QuestionView, ...]
    overdue: int
    waiting: int
    answered: int
    asked: int
    actions: tuple[ActionView, ...]
    evidence: Evidence
    readable: tuple[SourceView, ...]
    writes: bool = False
    promises: bool = False

    def say_due(self, at: datetime) -> str:
        """Return how long is left until then."""
        return say_due(at, self.moments.now)

    def say_length(self, seconds: float) -> str:
        """Return a length of time in words."""
        return say_wait(seconds)

    @property
    def percent(self) -> tuple[float, float]:
        """Return which parts of the questions are answered, and are promised."""
        whole = max(self.asked, 1)
        promised = sum(q.standing == "promised" for q in self.promised)
        return round(100 * self.answered / whole, 1), round(100 * promised / whole, 1)


async def show_follow_up(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/follow-up`."""
    return await answer_follow_up(request, await open_visit(request))


async def answer_follow_up(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render what came of a meeting, also after a refused form of it."""
    questions = view_questions(visit)
    asked = [one for one in questions if one.kind in {"question", "concern"}]
    counts = await request.app[ATTENDANCES].of(
        visit.row.meeting_id, visit.public.epoch, visit.public.seq
    )
    me = visit.me
    writes = me is not None and me.moderates
    page = FollowUpPage(
        **visit.base("follow-up", attempt=attempt),
        response=view_response(visit.state),
        parts=view_parts(visit, questions),
        promised=tuple(q for q in questions if q.standing == "promised"),
        overdue=sum(q.overdue for q in asked),
        waiting=sum(q.standing in {"waiting", "partly"} for q in asked),
        answered=sum(q.standing == "answered" for q in asked),
        asked=len(asked),
        actions=view_actions(visit),
        evidence=view_evidence(visit.state, counts, KINDS),
        readable=_readable(visit) if writes else (),
        writes=writes,
        promises=me is not None and me.facilitates,
    )
    return request.app[RENDERER].respond("follow_up.html", page, status=status)


def view_parts(visit: Visit, questions: tuple[QuestionView, ...]) -> tuple[Part, ...]:
    """Return outcomes and questions by what people can do about them."""
    outcomes = [
        _view_outcome(visit, one)
        for one in visit.state["outcomes"].values()
        if one["content"] is not None
    ]
    scopes = {part.label: part for part in visit.head.scope_items}
    parts = (
        Part(
            label=label,
            scope=scopes.get(label or ""),
            outcomes=tuple(one for one in outcomes if one.scope == label),
            questions=tuple(one for one in questions if one.scope == label),
        )
        for label in (*LABELS, None)
    )
    return tuple(
        part for part in parts if part.scope or part.outcomes or part.questions
    )


def view_actions(visit: Visit) -> tuple[ActionView, ...]:
    """Return the actions of a meeting: what is to do first, by its day."""
    order = {"doing": 0, "open": 0, "done": 1, "dropped": 2}
    views = [
        _view_action(visit, note)
        for note in visit.state["notes"].values()
        if note["kind"] == "action" and not note["removed"] and note["content"]
    ]
    return tuple(
        sorted(views, key=lambda one: (order[one.status], one.due or date.max))
    )


def _view_action(visit: Visit, note: Wire) -> ActionView:
    slug = visit.head.slug
    me = visit.me
    writes = me is not None and me.moderates
    member_id = me.member_id if me is not None else None
    session = visit.timetable.find(note["session_id"] or "")
    source, href = "", ""
    asked = visit.state["contributions"].get(note["contribution_id"] or "")
    if asked is not None and is_readable(asked) and asked["content"]:
        source = text_of(asked, "text")
        href = f"/m/{slug}/c/{note['contribution_id']}"
    elif session is not None:
        source, href = session.title, f"{session.href}#{note['note_id']}"
    due = date.fromisoformat(note["due"]) if note["due"] else None
    standing = note["status"] in {"open", "doing"}
    today = visit.moments.local(visit.moments.now).date()
    own = member_id is not None and note["owner_id"] == member_id
    after = visit.state["moderation"] == "after"
    hosts = session is not None and session.hosting
    who = text_of(note, "who")
    return ActionView(
        note_id=note["note_id"],
        version=note["version"],
        text=text_of(note, "text"),
        who=who,
        due=due,
        overdue=standing and due is not None and due < today,
        status=note["status"],
        words=STATES[note["status"]],
        progress=str((note["progress"] or {}).get("text") or ""),
        moved_at=read_moment_or_none(note["moved_at"]),
        source_href=href,
        source=source,
        may_take=(
            standing
            and not who
            and note["owner_id"] is None
            and member_id is not None
            and (after or writes or hosts)
        ),
        may_move=writes or hosts or (own and after),
    )


def _view_outcome(visit: Visit, outcome: Wire) -> OutcomeView:
    sources = (
        _view_source(visit, key, visit.state["contributions"].get(key))
        for key in outcome["contribution_ids"]
    )
    return OutcomeView(
        outcome_id=outcome["outcome_id"],
        version=outcome["version"],
        theme=text_of(outcome, "theme"),
        scope=outcome["scope"],
        said=text_of(outcome, "said"),
        did=text_of(outcome, "did"),
        cannot=text_of(outcome, "cannot"),
        written_at=read_moment(outcome["written_at"]),
        sources=tuple(one for one in sources if one is not None),
    )


def _view_source(visit: Visit, key: str, item: Wire | None) -> SourceView | None:
    if item is None or not is_readable(item) or item["content"] is None:
        return None
    return SourceView(key, f"/m/{visit.head.slug}/c/{key}", text_of(item, "text"))


def _readable(visit: Visit) -> tuple[SourceView, ...]:
    """Return what can stand behind an outcome, the most supported first."""
    items = visit.state["contributions"]
    ordered = sorted(items, key=lambda key: -items[key]["support"])
    views = (_view_source(visit, key, items[key]) for key in ordered)
    return tuple(view for view in views if view is not None)[:200]
