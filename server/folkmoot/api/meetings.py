"""Meetings over the API: make, list, show, join, invite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec

from folkmoot.api.addresses import base_url, media_path
from folkmoot.api.bodies import json_response, read_json
from folkmoot.api.parts import body_limit, enter, identify
from folkmoot.api.problems import Problem
from folkmoot.api.series import find_or_add_series
from folkmoot.api.views import (
    MeetingList,
    find_row,
    show,
    show_created,
    summarise,
)
from folkmoot.core.commands import (
    CreateMeeting,
    Id,
    Long,
    RevokeInvite,
    RoomSpec,
    Short,
    SlotSpec,
    Title,
)
from folkmoot.core.decision import SYSTEM
from folkmoot.core.events import Moderation, OnAir, Visibility
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.meeting.lifecycle import make_slug
from folkmoot.core.refusals import Refusal
from folkmoot.gateway import copying
from folkmoot.journal import Refused
from folkmoot.keys import DATABASE, GATEWAY, IDENTITY, JOURNAL, SETTINGS
from folkmoot.store import catalogue

if TYPE_CHECKING:
    from aiohttp import web

    from folkmoot.journal import CreatedMeeting

SLUG_TRIES = 50


class NewMeeting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meeting to make; it opens at once unless `starts_at` lies ahead."""

    title: Title
    slug: str | None = None
    series: Short | None = None
    purpose: Long = ""
    scope: Long = ""
    starts_at: datetime | None = None
    timezone: str = "UTC"
    visibility: Visibility | None = None
    moderation: Moderation | None = None
    on_air: OnAir = "at_once"
    rooms: list[RoomSpec] = []
    slots: list[SlotSpec] = []
    demonstration: bool = False


class MeetingCopy(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """What is another in the copy; what isn't given is as in the template."""

    title: Title | None = None
    slug: Short | None = None
    starts_at: datetime | None = None


class JoinMeeting(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Who wants to take part, and by what right where the meeting isn't public."""

    name: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    code: Short | None = None
    invite: Short | None = None


class JoinedView(msgspec.Struct, frozen=True, kw_only=True):
    """What one is now; without `member_id` one may watch only."""

    member_id: str | None
    token: str | None
    name: str | None
    duties: list[str]


class NewInvite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invitation to make."""

    duty: Id
    label: Short = ""


class InviteView(msgspec.Struct, frozen=True, kw_only=True):
    """A new invitation; the link is told here and never again."""

    invite_id: str
    duty: str
    url: str


async def create_meeting(request: web.Request) -> web.Response:
    """Make a meeting (admin, or an organiser of the series)."""
    principal = await identify(request)
    if not principal.known:
        raise Problem(401, "sign_in_needed", "Only organisers make meetings.")
    asked = await read_json(request, NewMeeting, limit_bytes=body_limit(request))
    series_id = await find_or_add_series(request, principal, asked.series)
    if not await request.app[IDENTITY].may_create(principal, series_id):
        raise Refusal("not_allowed", "Only organisers make meetings.")
    made = await _create(request, asked, series_id)
    row, rooms = await request.app[DATABASE].read(find_row(made.meeting_id))
    snapshot = await request.app[JOURNAL].snapshot(made.meeting_id, PUBLIC)
    access = await request.app[IDENTITY].enter(principal, made.meeting_id)
    media = media_path(request, access, row.public_path)
    return json_response(show_created(request, row, rooms, snapshot, media), status=201)


async def copy_meeting(request: web.Request) -> web.Response:
    """Make a meeting with the rooms, times, scope and rules of this one (organisers)."""
    access = await enter(request)
    principal = await identify(request)
    if not await request.app[IDENTITY].may_create(principal, access.place.series_id):
        raise Refusal("not_allowed", "Only organisers make meetings.")
    asked = await read_json(request, MeetingCopy, limit_bytes=body_limit(request))
    if asked.starts_at is not None and asked.starts_at.tzinfo is None:
        raise Refusal("time_without_zone", "Give the start with its zone.")
    template = await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)
    title = asked.title or (template.state["content"] or {}).get("title") or "Meeting"
    command = copying.copy_meeting(
        template.state,
        slug=asked.slug or make_slug(title),
        title=title,
        starts_at=asked.starts_at,
    )
    made = await _submit(request, command, wished=asked.slug is not None)
    row, rooms = await request.app[DATABASE].read(find_row(made.meeting_id))
    snapshot = await request.app[JOURNAL].snapshot(made.meeting_id, PUBLIC)
    entered = await request.app[IDENTITY].enter(access.principal, made.meeting_id)
    media = media_path(request, entered, row.public_path)
    return json_response(show_created(request, row, rooms, snapshot, media), status=201)


async def list_meetings(request: web.Request) -> web.Response:
    """List public meetings, and for organisers those that they organise."""
    principal = await identify(request)
    rows = await request.app[DATABASE].read(
        lambda c: catalogue.list_meetings(c, rehearsals=False)
    )
    series = await request.app[IDENTITY].series_of(principal)
    base = base_url(request)
    shown = [
        summarise(row, base=base)
        for row in rows
        if row.visibility == "public" or principal.admin or row.series_id in series
    ]
    return json_response(MeetingList(shown))


async def show_meeting(request: web.Request) -> web.Response:
    """Show a meeting as everyone sees it."""
    access = await enter(request)
    row, _ = await request.app[DATABASE].read(find_row(access.meeting_id))
    snapshot = await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)
    media = media_path(request, access, row.public_path)
    return json_response(show(row, snapshot, base=base_url(request), media=media))


async def show_keys(request: web.Request) -> web.Response:
    """Show an organiser the join code and the keys of the rooms."""
    access = await enter(request)
    if not access.actor.organises:
        raise Refusal("not_allowed", "Only organisers see the keys.")
    row, rooms = await request.app[DATABASE].read(find_row(access.meeting_id))
    snapshot = await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)
    media = media_path(request, access, row.public_path)
    return json_response(show_created(request, row, rooms, snapshot, media))


async def join_meeting(request: web.Request) -> web.Response:
    """Take part in a meeting; the same device or token stays the same person."""
    principal = await identify(request)
    gateway = request.app[GATEWAY]
    slug = request.match_info["slug"]
    asked = await read_json(request, JoinMeeting, limit_bytes=body_limit(request))
    if not principal.admin:
        await gateway.limits.check("join", principal.person_id, crowd=slug)
    joined = await gateway.door.join(
        principal,
        slug,
        token=gateway.credentials.find_token(request) if principal.known else None,
        name=asked.name,
        code=asked.code,
        invite=asked.invite,
    )
    member = joined.member
    view = JoinedView(
        member_id=member.member_id if member else None,
        token=joined.token,
        name=member.name if member else None,
        duties=sorted(joined.duties),
    )
    return json_response(view)


async def make_invite(request: web.Request) -> web.Response:
    """Make a link that gives a duty (organisers)."""
    access = await enter(request)
    asked = await read_json(request, NewInvite, limit_bytes=body_limit(request))
    invite_id, secret = await request.app[GATEWAY].door.make_invite(
        access, duty=asked.duty, label=asked.label
    )
    url = f"{base_url(request)}/invite/{secret}"
    view = InviteView(invite_id=invite_id, duty=asked.duty, url=url)
    return json_response(view, status=201)


async def revoke_invite(request: web.Request) -> web.Response:
    """Void a link and every duty that it gave (organisers)."""
    access = await enter(request)
    answer = await request.app[JOURNAL].submit(
        access.meeting_id,
        RevokeInvite(invite_id=request.match_info["invite_id"]),
        actor=access.actor,
    )
    if isinstance(answer, Refused):
        raise Refusal(answer.code, answer.message)
    return json_response(answer.to_wire())


async def _create(
    request: web.Request, asked: NewMeeting, series_id: str | None
) -> CreatedMeeting:
    defaults = request.app[SETTINGS].meeting
    command = CreateMeeting(
        title=asked.title,
        slug=asked.slug or make_slug(asked.title),
        purpose=asked.purpose,
        scope=asked.scope,
        starts_at=asked.starts_at,
        timezone=asked.timezone,
        visibility=asked.visibility or defaults.visibility,
        moderation=asked.moderation or defaults.moderation,
        on_air=asked.on_air,
        series_id=series_id,
        rooms=asked.rooms,
        slots=asked.slots,
        demonstration=asked.demonstration,
    )
    return await _submit(request, command, wished=asked.slug is not None)


async def _submit(
    request: web.Request, command: CreateMeeting, *, wished: bool
) -> CreatedMeeting:
    journal = request.app[JOURNAL]
    base = command.slug
    for number in range(2, SLUG_TRIES):
        try:
            return await journal.create_meeting(command, actor=SYSTEM)
        except Refusal as refusal:
            # An address that was wished for is not quietly changed.
            if refusal.code != "slug_taken" or wished:
                raise
            slug = f"{base[:56]}-{number}"
            command = msgspec.structs.replace(command, slug=slug)
    raise Refusal("slug_taken", "Too many meetings have this title; give a slug.")
