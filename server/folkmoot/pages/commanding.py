"""Commands that the forms of a meeting's public pages give: one address, one answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.notes import add_photo, answer_notes, read_upload
from folkmoot.pages.board.sheet import answer_board, answer_mine, answer_session
from folkmoot.pages.follow_up.outcomes import answer_follow_up
from folkmoot.pages.frame.forms import (
    Do,
    Form,
    check_form,
    form_status,
    give_and_lead_on,
    join_by_form,
    lead_on,
    receive_form,
    safe_path,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.visits import Caller, Visit, open_visit
from folkmoot.pages.live.questions import answer_questions
from folkmoot.pages.live.reading import answer_live, answer_update
from folkmoot.pages.talk.consents import answer_consents
from folkmoot.pages.watching.meeting import (
    answer_contribution,
    answer_meeting,
    answer_text,
)
from folkmoot.pages.watching.screen import answer_screen


async def post_command(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/do`."""
    home = f"/m/{request.match_info['slug']}"
    async with receive_form(request, home) as (form, unkept):
        return await _let_in(request, form, give_and_lead_on, unkept)


async def post_photo(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/s/{session}/photo`: a picture for the notes."""
    slug, session_id = request.match_info["slug"], request.match_info["session"]
    home = f"/m/{slug}/s/{session_id}"
    form = Form(type="photo.add", fields={}, next_path=home)
    try:
        fields, data = await read_upload(request)
    except Refusal as refusal:
        return await _show_again(request, form, refusal, None)
    path = safe_path(fields.get("_next", ""), home)
    form = Form(type="photo.add", fields=fields, next_path=path)

    async def add(
        request: web.Request, form: Form, caller: Caller
    ) -> web.StreamResponse:
        ports = request.app[PORTS]
        if ports.limits is not None:
            await ports.limits.check("command", caller.principal.person_id)
        access = await ports.identity.enter(caller.principal, slug)
        await add_photo(request, session_id, data, fields.get("text", ""), access)
        return lead_on(f"{form.next_path.partition('#')[0]}#notes", "photo.add")

    return await _let_in(request, form, add)


async def _let_in(
    request: web.Request,
    form: Form,
    do: Do,
    unkept: Refusal | None = None,
) -> web.StreamResponse:
    """Do what a form asks, for somebody who is let in by it where that is needed.

    `unkept` says why its files were not taken.
    """
    caller: Caller | None = None
    joined = None
    try:
        caller = await check_form(request, form)
        if unkept is not None:
            raise unkept
        caller, joined = await join_by_form(request, form, caller)
        response = await do(request, form, caller)
    except Refusal as refusal:
        response = await _show_again(request, form, refusal, caller)
    if joined is not None:
        request.app[PORTS].credentials.remember(response, joined)
    return response


async def _show_again(
    request: web.Request, form: Form, refusal: Refusal, caller: Caller | None
) -> web.StreamResponse:
    """Show the page on which a refused form stood, with what was typed."""
    # A page of another site gets nothing of this person's own shown.
    if refusal.code == "cross_site":
        raise refusal
    visit = await open_visit(request, path=form.next_path, caller=caller)
    return await answer_page(
        request, visit, form.attempt(refusal), form_status(refusal.code)
    )


async def answer_page(  # noqa: C901 (one flat table of pages)
    request: web.Request, visit: Visit, attempt: Attempt, status: int
) -> web.StreamResponse:
    """Show the page on which a form stood; the meeting's own if it is gone."""
    parts = urlsplit(visit.path).path.split("/")[3:]
    try:
        match parts:
            case ["questions"]:
                return await answer_questions(request, visit, attempt, status)
            case ["live"]:
                return await answer_live(request, visit, attempt, status)
            case ["live", update_id] if update_id != "write":
                return await answer_update(request, visit, update_id, attempt, status)
            case ["board"]:
                return await answer_board(request, visit, attempt, status)
            case ["follow-up"]:
                return await answer_follow_up(request, visit, attempt, status)
            case ["text"]:
                return await answer_text(request, visit, attempt, status)
            case ["mine", "consents"]:
                return await answer_consents(request, visit, attempt, status)
            case ["mine"]:
                return await answer_mine(request, visit, attempt, status)
            case ["s", session_id]:
                return await answer_session(request, visit, session_id, attempt, status)
            case ["s", session_id, "notes"]:
                return answer_notes(request, visit, session_id, attempt, status)
            case ["rooms", room, "screen"]:
                return answer_screen(request, visit, room, attempt, status)
            case ["c", contribution_id]:
                return await answer_contribution(
                    request, visit, contribution_id, attempt, status
                )
            case _:
                pass
    except Refusal:
        # What the form was about was taken back while somebody typed.
        pass
    return await answer_meeting(request, visit, attempt, status)
