"""Quick questions on pages: to answer, to see what came of them, to prepare and ask."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.core.feeds import PUBLIC
from folkmoot.core.live.questions import HIDDEN
from folkmoot.pages.board.exports import respond_file
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.live.asked import AskedView, labels_of, view_asked, view_one

Wire = Mapping[str, Any]
FEW = "fewer than 5"


class Preset(msgspec.Struct, frozen=True):
    """A question that is asked often; `kind` and its answers come with it."""

    text: str
    kind: str
    options: tuple[str, ...] = ()
    low: str = ""
    high: str = ""


PRESETS = (
    Preset("Is this understood?", "choice", ("Yes", "Partly", "No")),
    Preset("Do you feel heard?", "choice", ("Yes", "Partly", "No")),
    Preset("Can you influence this?", "choice", ("Yes", "A little", "No")),
    Preset("Is it going too fast?", "scale", (), "Too slow", "Too fast"),
)


class QuestionsPage(MeetingBase, frozen=True, kw_only=True):
    """All quick questions of a meeting, the newest first.

    `ahead` are those that the public, behind by the delay, hasn't seen yet.
    """

    ahead: int
    open: tuple[AskedView, ...]
    closed: tuple[AskedView, ...]
    prepared: tuple[AskedView, ...]
    presets: tuple[Preset, ...] = PRESETS


async def show_questions(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/questions`."""
    return await answer_questions(request, await open_visit(request))


async def answer_questions(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the questions, and for facilitators what asks them."""
    questions = view_asked(visit)
    page = QuestionsPage(
        **visit.base("questions", attempt=attempt),
        ahead=sum(q.state == "ahead" for q in questions),
        open=tuple(q for q in questions if q.state == "open"),
        closed=tuple(q for q in questions if q.state == "closed"),
        prepared=tuple(
            view_one(visit, question, state="prepared")
            for question in visit.staff.get("prepared_questions", {}).values()
        ),
    )
    return request.app[RENDERER].respond("questions.html", page, status=status)


async def show_csv(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/questions.csv`: what is told of the answers, and no more."""
    ports = request.app[PORTS]
    principal = await ports.credentials.identify(request)
    access = await ports.identity.enter(principal, request.match_info["slug"])
    state = (await ports.journal.snapshot(access.meeting_id, PUBLIC)).state
    return respond_file(
        request,
        write_csv(state),
        "text/csv; charset=utf-8",
        public=access.place.visibility == "public",
        name=f"{access.place.slug}-questions.csv",
    )


def write_csv(state: Wire) -> bytes:
    """Return one line an answer and audience, of what is settled."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        ("question", "asked_at", "closed_at", "audience", "answer", "count", "of")
    )
    for question in state["questions"].values():
        labels = labels_of(question)
        for audience, counts in question["counts"].items():
            total = question["totals"][audience]
            for label, count in zip(labels, counts, strict=True):
                table.writerow(
                    (
                        _harmless((question["content"] or {}).get("text", "")),
                        question["opened_at"],
                        question["closed_at"],
                        audience,
                        _harmless(label),
                        FEW if count == HIDDEN else count,
                        "" if total == HIDDEN else total,
                    )
                )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
