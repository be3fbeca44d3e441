"""What the team has prepared and holds back: the list, and a form for more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web
from markupsafe import Markup

from folkmoot.pages.frame.forms import (
    Form,
    carry_out,
    give_command,
    lead_on,
    receive_form,
    run_command,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.moderation.queue import need_moderator
from folkmoot.pages.moderation.waiting import place_of
from folkmoot.pages.talk.files import attach_files
from folkmoot.pages.talk.thread import AttachmentView, view_attachments
from folkmoot.pages.wording.days import read_local
from folkmoot.pages.wording.moments import read_moment_or_none, wire_moment
from folkmoot.pages.wording.prose import render_prose

Wire = Mapping[str, Any]


class HeldView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is held back, and until what."""

    embargo_id: str
    type: str
    html: Markup
    name: str
    when: str
    release_at: datetime | None
    session: str
    label: str
    failed: str
    attachments: tuple[AttachmentView, ...] = ()


class HeldPage(MeetingBase, frozen=True, kw_only=True):
    """What is held back, the next first."""

    do: str
    here: str
    held: tuple[HeldView, ...]
    sessions: tuple[tuple[str, str], ...]
    items: tuple[str, ...]
    day: str


async def show_held(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/held`."""
    return await _answer(request, await open_visit(request))


async def post_held(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/held`: hold back, longer, no longer."""
    home = f"/desk/{request.match_info['slug']}/held"
    async with receive_form(request, home) as (form, unkept):

        async def do(
            request: web.Request, form: Form, caller: Caller
        ) -> web.StreamResponse:
            if unkept is not None:
                raise unkept
            if form.type in {"embargo.hold", "embargo.change"}:
                await _give(request, form, caller)
            else:
                await give_command(request, form, caller)
            return lead_on(home, form.type)

        return await carry_out(request, form, do, _answer)


async def _give(request: web.Request, form: Form, caller: Caller) -> None:
    """Give the command with what belongs together in parts of its own."""
    visit = await open_visit(request, path=form.next_path, caller=caller)
    values = form.fields
    data: dict[str, Any] = {"when": values.get("when", "")}
    if data["when"] == "time":
        data["release_at"] = wire_moment(read_local(values, "at", visit.head.timezone))
    for name in ("session_id", "label"):
        if value := values.get(name, "").strip():
            data[name] = value
    if form.type == "embargo.hold":
        given: dict[str, Any] = {**_contribution(values)}
        if form.files:
            need_moderator(visit)
            given["attachments"] = await attach_files(
                request, caller.principal, form.fields, form.files
            )
        data |= {"type": "contribution.post", "data": given}
    else:
        data["embargo_id"] = values.get("embargo_id", "")
    await run_command(request, form, caller, data)


def _contribution(values: Mapping[str, str]) -> dict[str, str]:
    given = {"text": values.get("text", ""), "kind": values.get("kind", "note")}
    if thread := values.get("thread", "").strip():
        given["thread"] = thread
    return given


async def _answer(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    need_moderator(visit)
    state, home = visit.state, f"/desk/{visit.head.slug}/held"
    held = [_view(item, state) for item in visit.staff.get("embargoes", {}).values()]
    last = visit.moments.now.max.replace(tzinfo=visit.moments.now.tzinfo)
    page = HeldPage(
        **visit.base("held", attempt=attempt, path=home),
        do=home,
        here=home,
        held=tuple(sorted(held, key=lambda item: item.release_at or last)),
        sessions=tuple(
            (key, place_of(state, f"session:{key}")) for key in state["sessions"]
        ),
        items=_items(visit.staff),
        day=visit.moments.local(visit.moments.now).date().isoformat(),
    )
    return request.app[RENDERER].respond("held.html", page, status=status)


def _view(item: Wire, state: Wire) -> HeldView:
    content = item.get("content") or {}
    data = content.get("data") or {}
    words = data.get("text") or data.get("title") or data.get("label") or ""
    return HeldView(
        embargo_id=item["embargo_id"],
        type=item["type"],
        html=render_prose(str(words)),
        name=content.get("name") or "",
        when=item["when"],
        release_at=read_moment_or_none(item["release_at"]),
        session=place_of(state, f"session:{item['session_id']}")
        if item["session_id"]
        else "",
        label=content.get("label") or "",
        failed=(item.get("failed") or {}).get("reason", ""),
        attachments=view_attachments(content, state["slug"]),
    )


def _items(staff: Wire) -> tuple[str, ...]:
    """Return the agenda items that are prepared, to choose from."""
    labels = [
        str(item["label"])
        for prepared in staff.get("prepared", {}).values()
        for item in (prepared.get("content") or {}).get("items") or ()
        if item["kind"] == "agenda"
    ]
    return tuple(dict.fromkeys(labels))
