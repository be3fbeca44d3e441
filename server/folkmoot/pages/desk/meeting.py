"""The organisers' page of a meeting: rooms on air, queue, people, times."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from markupsafe import Markup

from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.journal.projection import KEY_LENGTH
from folkmoot.pages.desk.recording import answer_recording
from folkmoot.pages.desk.room import (
    PART_CHOICES,
    SEGMENT_CHOICES,
    RoomDesk,
    view_desk_rooms,
)
from folkmoot.pages.frame.forms import (
    Form,
    give_and_lead_on,
    give_command,
    lead_on,
    take_form,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.talk.thread import PostView, view_queue
from folkmoot.pages.watching.meeting import join_address, public_url
from folkmoot.pages.watching.recording import view_waiting
from folkmoot.pages.wording.days import DEFAULTS, read_day, read_local
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.qr import draw_qr
from folkmoot.store import catalogue, people

_INVITE_COOKIE = "folkmoot-invite"
_INVITE_SECONDS = 120
_BREAK_REASON = "Short break"


class InviteView(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation; `taken` names who took it up."""

    invite_id: str
    duty: str
    label: str
    revoked: bool
    taken: str


class Step(msgspec.Struct, frozen=True):
    """One of the steps to the first broadcast."""

    name: str
    done: bool


class DeskPage(MeetingBase, frozen=True, kw_only=True):
    """Everything that staff of a meeting act on."""

    do: str
    desk_rooms: tuple[RoomDesk, ...]
    queue: tuple[PostView, ...]
    takeouts: int
    invites: tuple[InviteView, ...]
    fresh_invite: str
    steps: tuple[Step, ...]
    qr: Markup
    join_address: str
    day_defaults: Mapping[str, str]
    break_reason: str = _BREAK_REASON

    def draw_qr(self, address: str) -> Markup:
        """Return an address to point a phone at."""
        return draw_qr(address)


async def show_desk(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}`; others are led to the sign-in's explanation."""
    return await answer_desk(request, await open_visit(request))


async def show_rooms(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/rooms.json`: how the rooms do, for the page's script."""
    visit = await open_visit(request)
    _need_staff(visit)
    rooms = await view_desk_rooms(request.app[PORTS], visit)
    renderer = request.app[RENDERER]
    data = [
        room.to_data(renderer.render_macro("_health.html", "panel", room.health))
        for room in rooms
    ]
    return web.json_response(data, headers={"Cache-Control": "no-store"})


async def post_desk(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/do`: a command from the desk."""
    return await take_form(request, _home(request), _do, _show_again)


async def _do(request: web.Request, form: Form, caller: Caller) -> web.StreamResponse:
    if form.type == "meeting.end" and "_confirmed" not in form.fields:
        raise Refusal("not_confirmed", "Please tick that you mean it.")
    return await give_and_lead_on(request, form, caller)


async def post_times(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/times`: a day of times, or one of them."""
    return await take_form(request, _home(request), _add_times, _show_again)


async def _add_times(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    for number, values in enumerate(_read_times(form, visit.head.timezone), 1):
        one = _slot_form(form, values, number)
        _ = await give_command(request, one, caller, seq=number)
    return lead_on(_home(request), "slot.add")


async def post_invite(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/invite`: make a link, shown once on the next page."""
    return await take_form(request, _home(request), _invite, _show_again)


async def _invite(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    _, secret = await request.app[PORTS].door.make_invite(
        visit.access,
        duty=form.fields.get("duty", ""),
        label=form.fields.get("label", "")[:300],
    )
    response = lead_on(f"{_home(request)}#team", "invite.make")
    response.set_cookie(
        _INVITE_COOKIE,
        secret,
        max_age=_INVITE_SECONDS,
        path=_home(request),
        httponly=True,
        samesite="Strict",
    )
    return response


async def post_camera_link(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/camera-link`: a new link makes the old one void."""
    return await take_form(request, _home(request), _renew_camera, _show_again)


async def _renew_camera(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    room_id = _room_to_run(visit, form.fields.get("room_id", ""))
    meeting_id, token = visit.row.meeting_id, random_text(KEY_LENGTH)
    await request.app[PORTS].database.run(
        lambda c: catalogue.renew_camera_token(c, meeting_id, room_id, token)
    )
    return lead_on(f"{_home(request)}#rooms", "camera.renew")


async def post_lengths(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/lengths`: how far behind a room's viewers will be."""
    return await take_form(request, _home(request), _set_lengths, _show_again)


async def _set_lengths(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    room_id = _room_to_run(visit, form.fields.get("room_id", ""))
    ports, meeting_id = request.app[PORTS], visit.row.meeting_id
    try:
        part = float(form.fields.get("part_seconds", ""))
        segment = float(form.fields.get("segment_seconds", ""))
    except ValueError:
        part = segment = 0.0
    if part not in PART_CHOICES or segment not in SEGMENT_CHOICES:
        raise Refusal("bad_form", "Please choose one of the lengths offered.")
    if ports.webcast is None or not await ports.webcast.set_lengths(
        meeting_id, room_id, part, segment
    ):
        raise Refusal(
            "lengths_fixed",
            "This room was on air or has an encoder now, so its lengths stay.",
        )
    await ports.database.run(
        lambda c: catalogue.set_lengths(
            c, meeting_id, room_id, part_seconds=part, segment_seconds=segment
        )
    )
    return lead_on(f"{_home(request)}#rooms", "room.edit")


def _home(request: web.Request) -> str:
    return f"/desk/{request.match_info['slug']}"


def _room_to_run(visit: Visit, room_id: str) -> str:
    """Return a room's id if the caller runs its broadcast, or refuse."""
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "Only who runs the broadcast may do that.")
    if not any(room.room_id == room_id for room in visit.rooms):
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    return room_id


async def answer_desk(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the desk, also after a refused form of it."""
    _need_staff(visit)
    ports = request.app[PORTS]
    slug = visit.head.slug
    rooms = await view_desk_rooms(ports, visit)
    address = join_address(request, visit)
    secret = request.cookies.get(_INVITE_COOKIE, "")
    page = DeskPage(
        **visit.base("desk", attempt=attempt, path=f"/desk/{slug}"),
        do=f"/desk/{slug}/do",
        desk_rooms=rooms,
        queue=view_queue(visit.reading),
        takeouts=len(view_waiting(ports, visit)),
        invites=await _view_invites(request, visit),
        fresh_invite=f"{public_url(request)}/invite/{secret}" if secret else "",
        steps=_steps(visit, rooms),
        qr=draw_qr(address),
        join_address=address,
        day_defaults=_day_defaults(visit),
    )
    response = request.app[RENDERER].respond("desk.html", page, status=status)
    if secret:
        response.del_cookie(_INVITE_COOKIE, path=f"/desk/{slug}")
    return response


def _need_staff(visit: Visit) -> None:
    if visit.me is None or not visit.me.staff:
        raise Refusal("not_allowed", "The desk is for the team of this meeting.")


async def _show_again(
    request: web.Request, visit: Visit, attempt: Attempt, status: int
) -> web.StreamResponse:
    """Render the desk, or the page of a recording, whose cuts are given here too."""
    if urlsplit(visit.path).path.endswith("/recording"):
        return await answer_recording(request, visit, attempt, status)
    return await answer_desk(request, visit, attempt, status)


def _read_times(form: Form, zone: str) -> list[dict[str, str]]:
    if form.type == "times.add":
        times = [(t.starts_at, t.ends_at, "") for t in read_day(form.values, zone)]
    else:
        starts_at = read_local(form.values, "starts", zone)
        ends_at = read_local(form.values, "ends", zone)
        times = [(starts_at, ends_at, form.values.get("label", ""))]
    return [
        {"starts_at": wire_moment(a), "ends_at": wire_moment(b), "label": label}
        for a, b, label in times
    ]


def _slot_form(form: Form, values: dict[str, str], number: int) -> Form:
    """Return the form of one time; the same form sent again is the same times."""
    client_id = form.fields.get("_client_id") or secrets.token_urlsafe(12)
    fields = {**values, "_client_id": client_id, "_client_seq": str(number)}
    return msgspec.structs.replace(form, type="slot.add", fields=fields)


async def _view_invites(request: web.Request, visit: Visit) -> tuple[InviteView, ...]:
    if visit.me is None or not visit.me.organises:
        return ()
    meeting_id = visit.row.meeting_id
    members = await request.app[PORTS].database.read(
        lambda c: people.members_of(c, meeting_id)
    )
    names = {member.member_id: member.name for member in members}
    taken: dict[str, list[str]] = {}
    for member_id, duties in visit.staff.get("duties", {}).items():
        for invite_id in set(duties.values()) - {None}:
            taken.setdefault(invite_id, []).append(names.get(member_id, ""))
    return tuple(
        InviteView(
            invite_id=key,
            duty=invite["duty"],
            label=(invite.get("content") or {}).get("label", ""),
            revoked=invite["revoked"],
            taken=", ".join(filter(None, taken.get(key, []))),
        )
        for key, invite in visit.staff.get("invites", {}).items()
    )


def _steps(visit: Visit, rooms: tuple[RoomDesk, ...]) -> tuple[Step, ...]:
    """Return the way to the first broadcast; nothing once it was gone."""
    if visit.head.phase == "ended" or any(r.room.ever_on_air for r in rooms):
        return ()
    return (
        Step("room", bool(rooms)),
        Step("connect", any(r.connected for r in rooms)),
        Step("air", False),
        Step("people", False),
    )


def _day_defaults(visit: Visit) -> dict[str, Any]:
    at = visit.head.starts_at or visit.moments.now
    return {**DEFAULTS, "day": visit.moments.local(at).date().isoformat()}
