"""Paper at the desk: print cards and ballot sheets, see what came back, owe answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web
from markupsafe import Markup

from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.cards import card_code
from folkmoot.gateway.stubs import show_secret
from folkmoot.pages.board.timetable import SessionView
from folkmoot.pages.frame.forms import give_and_lead_on, take_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.watching.meeting import public_url
from folkmoot.pages.wording.moments import read_moment
from folkmoot.pages.wording.qr import draw_qr
from folkmoot.store import people


class SeriesView(msgspec.Struct, frozen=True, kw_only=True):
    """Cards that were given out together; `used` of them came back."""

    series_id: str
    kind: str
    label: str
    first: str
    last: str
    count: int
    used: int


class TakenView(msgspec.Struct, frozen=True, kw_only=True):
    """A card that was taken down."""

    code: str
    name: str
    table: str
    helper: str
    at: datetime
    sessions: int
    interests: int
    contributions: int
    reply: str | None
    reply_to: str
    replied: bool
    served: int


class CardsPage(MeetingBase, frozen=True, kw_only=True):
    """What was given out, what came back, and which answers are owed."""

    do: str
    series_of_cards: tuple[SeriesView, ...]
    taken: tuple[TakenView, ...]
    owed: tuple[TakenView, ...]
    prints: bool


class PrintedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card to print; `secret` and `qr` stand on the owner's stub alone."""

    code: str
    secret: str
    qr: Markup
    card_qr: Markup


class PrintPage(MeetingBase, frozen=True, kw_only=True):
    """Cards or ballot sheets to print."""

    kind: str
    label: str
    printed: tuple[PrintedCard, ...]
    stub_address: str
    sessions: tuple[SessionView, ...]


async def show_cards(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/cards`."""
    return await _answer_cards(request, await open_visit(request))


async def post_cards(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/cards`: give numbers out, or tick an answer off."""
    home = f"/desk/{request.match_info['slug']}/cards"
    return await take_form(request, home, give_and_lead_on, _answer_cards)


async def show_print_cards(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/cards/{series}`: a sheet to print, with secrets on it."""
    visit = await open_visit(request)
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "Only organisers and facilitators print cards.")
    series = visit.staff["card_series"].get(request.match_info["series"])
    if series is None:
        raise Refusal("no_such_card", "There are no such cards.")
    numbers = range(series["first"], series["first"] + series["count"])
    stubs = request.app[PORTS].stubs
    assert stubs is not None
    secrets = await stubs.secrets(visit.row.meeting_id, numbers)
    base, slug = public_url(request), visit.head.slug
    fields = visit.base("print-cards")
    table = fields["timetable"]
    sessions = sorted((*table.proposals, *table.placed), key=lambda s: s.number)
    page = PrintPage(
        **fields,
        kind=series["kind"],
        label=(series.get("content") or {}).get("label", ""),
        printed=tuple(
            PrintedCard(
                code=card_code(number),
                secret=show_secret(secret),
                qr=draw_qr(f"{base}/stub/{slug}/{card_code(number)}/{secret}"),
                card_qr=draw_qr(f"{base}/m/{slug}/table?card={card_code(number)}"),
            )
            for number, secret in zip(numbers, secrets, strict=True)
        ),
        stub_address=f"{base.partition('://')[2]}/stub",
        sessions=tuple(sessions),
    )
    response = request.app[RENDERER].respond("print_cards.html", page)
    response.headers["Cache-Control"] = "no-store"
    return response


async def _answer_cards(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    if visit.me is None or not visit.me.staff:
        raise Refusal("not_allowed", "The desk is for the team of this meeting.")
    path = f"/desk/{visit.head.slug}/cards"
    taken = await _view_taken(request, visit)
    page = CardsPage(
        **visit.base("cards", attempt=attempt, path=path),
        do=path,
        series_of_cards=_view_series(visit.staff),
        taken=taken,
        owed=tuple(card for card in taken if card.reply and not card.replied),
        prints=visit.me.facilitates and visit.head.phase != "ended",
    )
    return request.app[RENDERER].respond("cards.html", page, status=status)


def _view_series(staff: Mapping[str, Any]) -> tuple[SeriesView, ...]:
    views = []
    for series in staff["card_series"].values():
        first, count = series["first"], series["count"]
        numbers = range(first, first + count)
        views.append(
            SeriesView(
                series_id=series["series_id"],
                kind=series["kind"],
                label=(series.get("content") or {}).get("label", ""),
                first=card_code(first),
                last=card_code(numbers[-1]),
                count=count,
                used=sum(str(number) in staff["cards"] for number in numbers),
            )
        )
    return tuple(reversed(views))


async def _view_taken(request: web.Request, visit: Visit) -> tuple[TakenView, ...]:
    meeting_id = visit.row.meeting_id
    members = await request.app[PORTS].database.read(
        lambda c: people.members_of(c, meeting_id)
    )
    names = {member.member_id: member.name for member in members}
    cards = sorted(
        visit.staff["cards"].values(),
        key=lambda card: card["redeemed_at"],
        reverse=True,
    )
    return tuple(_view_card(card, names) for card in cards)


def _view_card(card: Mapping[str, Any], names: Mapping[str, str]) -> TakenView:
    content = card.get("content") or {}
    return TakenView(
        code=card_code(card["number"]),
        name=content.get("name", ""),
        table=card["table"],
        helper=names.get(card["helper_id"] or "", ""),
        at=read_moment(card["redeemed_at"]),
        sessions=len(card["session_ids"]),
        interests=card["interests"],
        contributions=len(card["contribution_ids"]),
        reply=card["reply"],
        reply_to=content.get("reply_to") or "",
        replied=card["replied"],
        served=card["served"],
    )
