"""The frame of a meeting: scope, rules of the timetable, rooms, times, a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.core.board.proposing import FEATURES
from folkmoot.core.decision import Actor
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.meeting.lifecycle import make_slug
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.copying import copy_meeting
from folkmoot.pages.frame.forms import Form, lead_on, run_command, take_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.wording.days import read_local
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.scope import LABELS, read_lines, write_lines

_TRIES = 50


class PreparePage(MeetingBase, frozen=True, kw_only=True):
    """Everything that is set before people come, and changed when things go wrong.

    `lines` is the scope as it is typed, `features` what can be said of a room.
    """

    do: str
    lines: Mapping[str, str]
    features: tuple[str, ...]
    rules: Mapping[str, str]
    in_use: frozenset[str]


async def show_prepare(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/prepare`."""
    return await _answer(request, await open_visit(request))


async def post_prepare(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/prepare`: one change of the frame, or a copy."""
    home = f"/desk/{request.match_info['slug']}/prepare"
    return await take_form(request, home, _change, _answer)


async def _change(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    _need_facilitator(visit)
    if form.type == "meeting.copy":
        return lead_on(f"/desk/{await _copy(request, form, visit)}", "copied")
    data = read_change(form, visit.head.timezone)
    await run_command(request, form, caller, data)
    return lead_on(form.next_path + form.fields.get("_at", ""), form.type)


def read_change(form: Form, zone: str) -> dict[str, Any]:
    """Return the data of the command that a form of this page gives."""
    values = form.values
    match form.type:
        case "meeting.edit" if "visibility" in values:
            return {"visibility": values["visibility"]}
        case "meeting.edit":
            return {"scope_items": read_lines(values)}
        case "slot.edit":
            return {
                "slot_id": values.get("slot_id", ""),
                "starts_at": wire_moment(read_local(values, "starts", zone)),
                "ends_at": wire_moment(read_local(values, "ends", zone)),
                "label": values.get("label", ""),
                "kind": "break" if values.get("kind") == "break" else "session",
            }
        case "room.edit":
            seats = values.get("capacity", "").strip()
            return {
                "room_id": values.get("room_id", ""),
                "name": values.get("name", "").strip(),
                "features": _features(values),
                "camera_free": values.get("camera_free", "").strip(),
                **({"capacity": int(seats)} if seats.isdecimal() else {}),
            }
        case "room.close":
            reason = values.get("reason", "")
            return {"room_id": values.get("room_id", ""), "reason": reason}
        case "room.reopen" | "room.remove":
            return {"room_id": values.get("room_id", "")}
        case "slot.remove":
            return {"slot_id": values.get("slot_id", "")}
        case "board.rules":
            names = ("mode", "counts", "proposals", "voting")
            return {name: values[name] for name in names if name in values}
        case _:
            raise Refusal("bad_form", "Something in this form can't be used.")


def _features(values: Mapping[str, str]) -> list[str]:
    """Return the ticked features and those typed with commas between."""
    ticked = [f for f in values.get("needs", "").split("\n") if f]
    typed = [f.strip() for f in values.get("more_features", "").split(",")]
    return list(dict.fromkeys(filter(None, (*ticked, *typed))))


async def _copy(request: web.Request, form: Form, visit: Visit) -> str:
    """Make a meeting like this one and return its address part."""
    ports = request.app[PORTS]
    if not await ports.identity.may_create(visit.principal, visit.row.series_id):
        raise Refusal("not_allowed", "Only organisers make meetings.")
    title = form.values.get("title", "").strip()
    if not title:
        raise Refusal("bad_form", "Please fill in the title.")
    starts_at = read_local(form.values, "starts", visit.head.timezone)
    snapshot = await ports.journal.snapshot(visit.row.meeting_id, PUBLIC)
    wanted = copy_meeting(
        snapshot.state, slug=make_slug(title), title=title[:200], starts_at=starts_at
    )
    wanted = msgspec.structs.replace(wanted, on_air="by_hand")
    actor = Actor(None, visit.principal.name, frozenset({"organise"}))
    base = wanted.slug
    for number in range(2, _TRIES):
        try:
            return (await ports.journal.create_meeting(wanted, actor=actor)).slug
        except Refusal as refusal:
            if refusal.code != "slug_taken":
                raise
            wanted = msgspec.structs.replace(wanted, slug=f"{base[:56]}-{number}")
    raise Refusal("slug_taken", "Many meetings have this title; choose another.")


async def _answer(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    _need_facilitator(visit)
    path = f"/desk/{visit.head.slug}/prepare"
    state = visit.state
    named = [f for room in visit.rooms for f in room.features]
    page = PreparePage(
        **visit.base("prepare", attempt=attempt, path=path),
        do=path,
        lines={label: write_lines(visit.head.scope_items, label) for label in LABELS},
        features=tuple(dict.fromkeys((*FEATURES, *named))),
        rules={
            "mode": state["board_mode"],
            "counts": state["counts"],
            "proposals": state["proposals"],
            "voting": state["voting"],
        },
        in_use=frozenset(
            session["room_id"]
            for session in state["sessions"].values()
            if session["room_id"] is not None
        ),
    )
    return request.app[RENDERER].respond("prepare.html", page, status=status)


def _need_facilitator(visit: Visit) -> None:
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "This is for the team of this meeting.")
