"""Beginning a rehearsal and ending it, by form."""

from __future__ import annotations

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.desk.ready import answer_ready
from folkmoot.pages.frame.forms import Form, lead_on, take_form
from folkmoot.pages.frame.ports import PORTS, Rehearsals
from folkmoot.pages.frame.visits import Caller


async def post_rehearsal(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/rehearsal`: begin one, or delete this one."""
    home = f"/desk/{request.match_info['slug']}/ready"
    return await take_form(request, home, _rehearse, answer_ready)


async def _rehearse(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    slug = request.match_info["slug"]
    access = await request.app[PORTS].identity.enter(caller.principal, slug)
    rehearsals = _rehearsals(request)
    if form.type == "rehearsal.end":
        real = await rehearsals.end(access)
        return lead_on(f"/desk/{real}/ready" if real else "/desk", form.type)
    made = await rehearsals.begin(access, borrow="borrow" in form.fields)
    return lead_on(f"/desk/{made}", form.type)


def _rehearsals(request: web.Request) -> Rehearsals:
    rehearsals = request.app[PORTS].rehearsals
    if rehearsals is None:
        raise Refusal("not_available", "This service makes no rehearsals.")
    return rehearsals
