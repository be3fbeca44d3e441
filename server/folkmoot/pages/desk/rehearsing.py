"""Beginning a rehearsal and ending it, by form."""

from __future__ import annotations

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.desk.ready import answer_ready
from folkmoot.pages.frame.forms import check_form, form_status, lead_on, read_form
from folkmoot.pages.frame.ports import PORTS, Rehearsals
from folkmoot.pages.frame.visits import Caller, open_visit


async def post_rehearsal(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/rehearsal`: begin one, or delete this one."""
    slug = request.match_info["slug"]
    form = await read_form(request, f"/desk/{slug}/ready")
    caller: Caller | None = None
    try:
        caller = await check_form(request, form)
        access = await request.app[PORTS].identity.enter(caller.principal, slug)
        rehearsals = _rehearsals(request)
        if form.type == "rehearsal.end":
            real = await rehearsals.end(access)
            return lead_on(f"/desk/{real}/ready" if real else "/desk", form.type)
        made = await rehearsals.begin(access, borrow="borrow" in form.fields)
    except Refusal as refusal:
        if refusal.code == "cross_site":
            raise
        visit = await open_visit(request, path=form.next_path, caller=caller)
        attempt = form.attempt(refusal)
        return await answer_ready(request, visit, attempt, form_status(refusal.code))
    return lead_on(f"/desk/{made}", form.type)


def _rehearsals(request: web.Request) -> Rehearsals:
    rehearsals = request.app[PORTS].rehearsals
    if rehearsals is None:
        raise Refusal("not_available", "This service makes no rehearsals.")
    return rehearsals
