"""The moderators' queue: worked through by keyboard, by pointer, or by forms alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.core.feeds import STAFF
from folkmoot.core.refusals import Refusal
from folkmoot.pages.frame.forms import (
    Form,
    check_form,
    give_and_lead_on,
    give_command,
    lead_on,
    read_form,
    take_form,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.moderation.waiting import (
    Decided,
    QueueItem,
    alarm_minutes,
    view_decided,
    view_waiting,
)

_RECENT = 80


class QueuePage(MeetingBase, frozen=True, kw_only=True):
    """What is to be decided, what was decided last, and who looks at what."""

    do: str
    here: str
    items: tuple[QueueItem, ...]
    counts: Mapping[str, int]
    late: int
    decided: tuple[Decided, ...]
    alarm_minutes: int
    calm: bool
    show: str = ""


async def show_queue(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/queue`."""
    return await _answer(request, await open_visit(request))


async def post_queue(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/queue`: one decision, or one for all that is ticked."""
    home = f"/desk/{request.match_info['slug']}/queue"
    return await take_form(request, home, _decide, _answer)


async def _decide(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    if form.type != "picked":
        return await give_and_lead_on(request, form, caller)
    await _decide_picked(request, form, caller)
    return lead_on(form.next_path, form.fields.get("_act", ""))


async def post_look(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/queue/look`: what I look at, what the others do."""
    slug = request.match_info["slug"]
    form = await read_form(request, f"/desk/{slug}/queue")
    caller = await check_form(request, form)
    visit = await open_visit(request, caller=caller)
    need_moderator(visit)
    who = str(visit.principal.person_id)
    looked_at = form.fields.get("contribution_id", "")[:64]
    name = visit.me.name if visit.me is not None else ""
    others = await request.app[PORTS].lookouts.note(
        visit.row.meeting_id, who, name, looked_at
    )
    return web.json_response(others, headers={"Cache-Control": "no-store"})


async def _decide_picked(request: web.Request, form: Form, caller: Caller) -> None:
    """Do the same with all that is ticked; the first refusal ends it."""
    sent = await request.post()
    picked = [str(value) for value in sent.getall("picked", ())]
    act = form.fields.get("_act", "")
    if act not in {"contribution.publish", "contribution.hide"}:
        raise Refusal("bad_form", "Please say what to do with them.")
    if not picked:
        raise Refusal("bad_form", "Please tick what you mean first.")
    reason = {
        "reason": form.fields.get("reason", ""),
        "category": form.fields.get("category", "") or "other",
    }
    for number, contribution_id in enumerate(dict.fromkeys(picked), 1):
        fields: dict[str, Any] = {
            "_client_id": form.fields.get("_client_id", ""),
            "contribution_id": contribution_id,
        }
        if act == "contribution.hide":
            fields |= reason
        one = msgspec.structs.replace(form, type=act, fields=fields)
        _ = await give_command(request, one, caller, seq=number)


async def _answer(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    need_moderator(visit)
    slug = visit.head.slug
    items = view_waiting(
        visit.state,
        visit.staff,
        now=visit.moments.now,
        me_id=visit.me.member_id if visit.me else None,
    )
    counts: dict[str, int] = {}
    for item in items:
        counts[item.why] = counts.get(item.why, 0) + 1
    show = visit.query.get("show", "")
    here = f"/desk/{slug}/queue"
    page = QueuePage(
        **visit.base("queue", attempt=attempt, path=here),
        do=here,
        here=here,
        items=tuple(item for item in items if show in {"", item.why}),
        counts=counts,
        late=sum(item.late for item in items),
        decided=view_decided(await _recent(request, visit), visit.state, visit.staff),
        alarm_minutes=alarm_minutes(visit.staff),
        calm=visit.state["calm"],
        show=show,
    )
    return request.app[RENDERER].respond("queue.html", page, status=status)


async def _recent(request: web.Request, visit: Visit) -> list[dict[str, Any]]:
    journal = request.app[PORTS].journal
    meeting_id = visit.row.meeting_id
    head = journal.heads(meeting_id).get(STAFF, 0)
    after = max(0, head - _RECENT)
    return (await journal.entries(meeting_id, STAFF, after=after)).entries


def need_moderator(visit: Visit) -> None:
    """Refuse the page to all but the moderators."""
    if visit.me is None or not visit.me.moderates:
        raise Refusal("not_allowed", "The queue is for the moderators of this meeting.")
