"""Series over the API: make them, say who organises them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from aiohttp import web
from sqlalchemy.exc import IntegrityError

from folkmoot.api.addresses import base_url
from folkmoot.api.bodies import json_response, read_json
from folkmoot.api.parts import PARTS, body_limit, identify
from folkmoot.api.problems import Problem
from folkmoot.core.commands import Id, Long, Short, Title
from folkmoot.core.ids import RandomIds
from folkmoot.core.meeting.lifecycle import SLUG, make_slug
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.names import clean_name
from folkmoot.keys import DATABASE, IDENTITY
from folkmoot.store import catalogue, people

if TYPE_CHECKING:
    from folkmoot.gateway.principals import Principal
    from folkmoot.store.catalogue import SeriesRow


class NewSeries(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A series to make: the meetings of one body or project."""

    title: Title
    slug: str | None = None
    scope: Long = ""


class NewOrganiser(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Who is to organise a series: somebody new, or one who is to sign in anew."""

    name: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    person_id: Id | None = None


class SeriesView(msgspec.Struct, frozen=True, kw_only=True):
    """A series as everyone sees it."""

    slug: str
    title: str
    scope: str
    url: str


class SeriesList(msgspec.Struct, frozen=True):
    """Series by title."""

    series: list[SeriesView]


class OrganiserView(msgspec.Struct, frozen=True, kw_only=True):
    """An organiser; `url` signs in once, within 24 hours, and is told only here."""

    person_id: str
    name: str
    url: str | None = None


class OrganiserList(msgspec.Struct, frozen=True):
    """Who organises a series, by name."""

    organisers: list[OrganiserView]


async def create_series(request: web.Request) -> web.Response:
    """Make a series (admin)."""
    await _need_admin(request)
    asked = await read_json(request, NewSeries, limit_bytes=body_limit(request))
    row = await add_series(
        request, asked.slug or make_slug(asked.title), asked.title, asked.scope
    )
    return json_response(_view(request, row), status=201)


async def list_series(request: web.Request) -> web.Response:
    """List the series that one organises (admin: all)."""
    principal = await identify(request)
    rows = await request.app[DATABASE].read(catalogue.list_series)
    own = await request.app[IDENTITY].series_of(principal)
    shown = [row for row in rows if principal.admin or row.series_id in own]
    return json_response(SeriesList([_view(request, row) for row in shown]))


async def add_organiser(request: web.Request) -> web.Response:
    """Let somebody organise a series; answers a link to sign in once (admin)."""
    await _need_admin(request)
    row = await _find(request)
    asked = await read_json(request, NewOrganiser, limit_bytes=body_limit(request))
    database, identity = request.app[DATABASE], request.app[IDENTITY]
    if asked.person_id is None:
        _, added = await identity.add_person(clean_name(asked.name))
        person_id, name = str(added.person_id), added.name
    else:
        wanted = asked.person_id
        known = await database.read(lambda c: people.person_by_id(c, wanted))
        if known is None:
            raise Refusal("no_such_person", "There is no such person.")
        person_id, name = known.person_id, known.name
    await database.run(lambda c: catalogue.add_organiser(c, row.series_id, person_id))
    identity.forget_organiser(person_id)
    secret = await identity.tokens.make_sign_in(person_id)
    url = f"{base_url(request)}/sign-in/{secret}"
    view = OrganiserView(person_id=person_id, name=name, url=url)
    return json_response(view, status=201)


async def list_organisers(request: web.Request) -> web.Response:
    """List who organises a series (admin)."""
    await _need_admin(request)
    row = await _find(request)
    found = await request.app[DATABASE].read(
        lambda c: [
            people.person_by_id(c, person_id)
            for person_id in catalogue.organisers_of(c, row.series_id)
        ]
    )
    shown = [
        OrganiserView(person_id=person.person_id, name=person.name)
        for person in found
        if person is not None
    ]
    shown.sort(key=lambda view: (view.name, view.person_id))
    return json_response(OrganiserList(shown))


async def remove_organiser(request: web.Request) -> web.Response:
    """Take the series from an organiser, everywhere within two seconds (admin)."""
    await _need_admin(request)
    row = await _find(request)
    person_id = request.match_info["person_id"]
    await request.app[DATABASE].run(
        lambda c: catalogue.remove_organiser(c, row.series_id, person_id)
    )
    request.app[IDENTITY].forget_organiser(person_id)
    return web.Response(status=204)


async def find_or_add_series(
    request: web.Request, principal: Principal, series: Short | None
) -> str | None:
    """Return a series' id by its slug, title or id; the admin's new one is made.

    Raises `no_such_series` for others.
    """
    if not series:
        return None
    row = await request.app[DATABASE].read(
        lambda c: (
            catalogue.series_by_slug(c, series)
            or catalogue.series_by_id(c, series)
            or catalogue.series_by_slug(c, make_slug(series))
        )
    )
    if row is None:
        if not principal.admin:
            raise Refusal("no_such_series", "There is no such series.")
        row = await add_series(request, make_slug(series), series, "")
    return row.series_id


async def add_series(
    request: web.Request, slug: str, title: str, scope: str
) -> SeriesRow:
    """Add a series. Raises `slug_taken` and `bad_slug`."""
    if not SLUG.fullmatch(slug):
        raise Refusal("bad_slug", "An address has small letters, digits and hyphens.")
    row = catalogue.SeriesRow(
        series_id=RandomIds().new("e"),
        slug=slug,
        title=title,
        scope=scope,
        created_at=request.app[PARTS].clock(),
    )
    try:
        await request.app[DATABASE].run(lambda c: catalogue.add_series(c, row))
    except IntegrityError as error:
        raise Refusal("slug_taken", f"There is a series {slug} already.") from error
    return row


async def _find(request: web.Request) -> SeriesRow:
    slug = request.match_info["slug"]
    row = await request.app[DATABASE].read(lambda c: catalogue.series_by_slug(c, slug))
    if row is None:
        raise Refusal("no_such_series", "There is no such series.")
    return row


async def _need_admin(request: web.Request) -> None:
    if not (await identify(request)).admin:
        raise Problem(403, "not_allowed", "Only the admin manages series.")


def _view(request: web.Request, row: SeriesRow) -> SeriesView:
    return SeriesView(
        slug=row.slug,
        title=row.title,
        scope=row.scope,
        url=f"{base_url(request)}/series/{row.slug}",
    )
