"""The desk's front: one's own meetings, and the form that makes a new one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.core.commands import CreateMeeting
from folkmoot.core.decision import Actor
from folkmoot.core.meeting.lifecycle import make_slug
from folkmoot.core.refusals import Refusal
from folkmoot.pages.arriving.home import ListPage, MeetingCard, view_cards
from folkmoot.pages.arriving.joining import base
from folkmoot.pages.frame.form_data import explain
from folkmoot.pages.frame.forms import (
    Form,
    check_form,
    form_status,
    lead_on,
    read_form,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, identify
from folkmoot.pages.wording.days import DEFAULTS, read_day, read_local, read_rooms
from folkmoot.pages.wording.moments import ZONES
from folkmoot.store import catalogue
from folkmoot.store.catalogue import MeetingRow, SeriesRow

_TRIES = 20
_REMEMBERED = 500


class DeskHomePage(ListPage, frozen=True, kw_only=True):
    """Meetings that one organises, and the form for the next."""

    meetings: tuple[MeetingCard, ...]
    series_list: tuple[SeriesRow, ...]
    defaults: Mapping[str, str]
    zones: tuple[str, ...]


class Made:
    """Which forms have made a meeting, so that a form sent twice makes one."""

    def __init__(self) -> None:
        self._slugs: OrderedDict[str, str] = OrderedDict()

    def find(self, form_id: str) -> str | None:
        return self._slugs.get(form_id)

    def note(self, form_id: str, slug: str) -> None:
        self._slugs[form_id] = slug
        while len(self._slugs) > _REMEMBERED:
            self._slugs.popitem(last=False)


MADE: web.AppKey[Made] = web.AppKey("pages.made", Made)


async def show_desk_home(request: web.Request) -> web.Response:
    """Answer `/desk`."""
    return await _answer(request, await identify(request), None)


async def post_create(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/create`: make a meeting and go to its desk."""
    form = await read_form(request, "/desk")
    caller = await identify(request)
    form_id = f"{caller.token}:{form.fields.get('_client_id', '')}"
    slug = request.app[MADE].find(form_id)
    if slug is None:
        try:
            caller = await check_form(request, form)
            slug = await _create(request, form, caller)
        except Refusal as refusal:
            if refusal.code == "cross_site":
                raise
            return await _answer(request, caller, form.attempt(refusal))
        request.app[MADE].note(form_id, slug)
    return lead_on(f"/desk/{slug}", "created")


async def _create(request: web.Request, form: Form, caller: Caller) -> str:
    """Make the meeting and return its address part."""
    ports = request.app[PORTS]
    series_id = form.values.get("series_id") or None
    if not await ports.identity.may_create(caller.principal, series_id):
        raise Refusal("not_allowed", "Only organisers make meetings.")
    wanted = read_meeting(form.values, series_id=series_id)
    chosen = form.values.get("slug", "").strip()
    slug = chosen or make_slug(wanted.title)
    actor = Actor(
        member_id=None, name=caller.principal.name, duties=frozenset({"organise"})
    )
    for number in range(2, _TRIES):
        command = msgspec.structs.replace(wanted, slug=slug)
        try:
            made = await ports.journal.create_meeting(command, actor=actor)
        except Refusal as refusal:
            if refusal.code != "slug_taken" or chosen:
                raise
            slug = f"{make_slug(wanted.title)[:56]}-{number}"
        else:
            return made.slug
    raise Refusal("slug_taken", "Many meetings have this title; choose an address.")


def read_meeting(
    values: Mapping[str, str], *, series_id: str | None = None
) -> CreateMeeting:
    """Read the form that makes a meeting; its address is not set yet."""
    zone = values.get("timezone", "").strip() or "UTC"
    times = read_day(values, zone)
    data: dict[str, Any] = {
        "title": values.get("title", "").strip(),
        "slug": "new",
        "purpose": values.get("purpose", ""),
        "scope": values.get("scope", ""),
        "starts_at": read_local(values, "starts", zone),
        "timezone": zone,
        "visibility": values.get("visibility", "public"),
        "moderation": values.get("moderation", "after"),
        "on_air": "by_hand",
        "series_id": series_id,
        "rooms": read_rooms(values.get("rooms", "")),
        "slots": times,
    }
    try:
        return msgspec.convert(data, CreateMeeting, from_attributes=True)
    except msgspec.ValidationError as error:
        raise Refusal("bad_form", explain(str(error))) from error


async def _answer(
    request: web.Request, caller: Caller, attempt: Attempt | None
) -> web.Response:
    ports = request.app[PORTS]
    organised = await ports.identity.series_of(caller.principal)
    admin = caller.principal.admin
    if not admin and not organised:
        raise Refusal(
            "not_allowed",
            "The desk is for organisers. Open the sign-in link that the server "
            "printed when it started, or an invitation.",
        )
    rows = await ports.database.read(
        lambda c: catalogue.list_meetings(c, rehearsals=False)
    )
    mine = [row for row in rows if admin or row.series_id in organised]
    every = await ports.database.read(catalogue.list_series)
    page = DeskHomePage(
        **await base(request, "desk-home", attempt, caller),
        meetings=await view_cards(ports, sorted(mine, key=_rank)),
        series_list=tuple(s for s in every if admin or s.series_id in organised),
        defaults=_defaults(ports),
        zones=ZONES,
    )
    status = form_status(attempt.code) if attempt else 200
    return request.app[RENDERER].respond("desk_home.html", page, status=status)


def _rank(row: MeetingRow) -> int:
    return {"live": 0, "upcoming": 1}.get(row.phase, 2)


def _defaults(ports: Ports) -> dict[str, str]:
    """Return what the form starts with: tomorrow, an hour of times each."""
    tomorrow = ports.clock() + timedelta(days=1)
    return {
        **DEFAULTS,
        "day": tomorrow.date().isoformat(),
        "timezone": ports.timezone,
        "visibility": ports.default_visibility,
        "moderation": ports.default_moderation,
    }
