"""What a reader has contributed, and what it has agreed to: looked at, changed, ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from aiohttp import web

from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.talk.thread import AttachmentView, view_attachments
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none

Stage = Literal[
    "reading", "yours", "team", "among", "shown", "waiting", "hidden", "ended"
]
# The words of web/docs/words.md for what may be done with something, and by whom.
PURPOSES = {
    "meeting": "In this meeting and its record",
    "report": "Quoted in reports about it",
    "learning": "In teaching and research",
    "publicity": "In publicity for such meetings",
}
AUDIENCES = {
    "team": "The team alone",
    "participants": "Participants who have joined",
    "meeting": "Everyone, until the meeting ends",
    "public": "Everyone, also afterwards",
}


class OwnView(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution of the reader's, and how far its consent has come.

    `reading`: the team reads it; `yours`: it waits for its author's release.
    """

    contribution_id: str
    href: str
    kind: str
    text: str
    posted_at: datetime | None
    stage: Stage
    attachments: tuple[AttachmentView, ...] = ()
    agreed: bool = False
    two_stages: bool = False
    reached: tuple[str, ...] = ()
    released: bool = False
    purposes: tuple[str, ...] = ()
    audience: str = ""
    until: datetime | None = None
    ends_soon: bool = False
    expired: bool = False
    noted_by: str = ""


class ConsentsPage(MeetingBase, frozen=True, kw_only=True):
    """All of them, those that ask for something first."""

    do: str
    owns: tuple[OwnView, ...]
    purposes: dict[str, str]
    audiences: dict[str, str]


async def show_consents(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/mine/consents`."""
    return await answer_consents(request, await open_visit(request))


async def answer_consents(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the reader's contributions, also after a refused form of them."""
    page = ConsentsPage(
        **visit.base("mine", attempt=attempt),
        do=f"/m/{visit.head.slug}/do",
        owns=view_owns(visit),
        purposes=PURPOSES,
        audiences=AUDIENCES,
    )
    return request.app[RENDERER].respond("consents.html", page, status=status)


def view_owns(visit: Visit) -> tuple[OwnView, ...]:
    """Return the reader's contributions, the newest first, what asks for it on top."""
    own = visit.own or {}
    consents = own.get("consents", {})
    owns = [
        _view_own(visit, item, consents.get(contribution_id))
        for contribution_id, item in own.get("authored", {}).items()
    ]
    owns.sort(key=lambda one: (_moment(one), one.contribution_id), reverse=True)
    return tuple(
        sorted(owns, key=lambda one: not (one.stage == "yours" or one.ends_soon))
    )


def _moment(one: OwnView) -> float:
    return one.posted_at.timestamp() if one.posted_at else 0.0


def _view_own(
    visit: Visit, item: dict[str, Any], consent: dict[str, Any] | None
) -> OwnView:
    contribution_id = item["contribution_id"]
    content = item["content"] or {}
    base = {
        "contribution_id": contribution_id,
        "href": f"/m/{visit.head.slug}/c/{contribution_id}",
        "kind": item["kind"],
        "text": content.get("text", ""),
        "posted_at": read_moment_or_none(item["posted_at"]),
        "attachments": view_attachments(content, visit.head.slug),
        "stage": _stage(item, consent),
    }
    if consent is None:
        return OwnView(**base)
    until = consent["until"]
    return OwnView(
        **base,
        agreed=True,
        two_stages=consent["two_stages"],
        reached=_within_reach(consent),
        released=consent["released_at"] is not None,
        purposes=tuple(consent["purposes"]),
        audience=consent["audience"],
        until=read_moment(until) if until else None,
        ends_soon=consent["reminded"] and consent["ended_at"] is None,
        expired=consent["expired"],
        noted_by=(consent["content"] or {}).get("by", ""),
    )


def _within_reach(consent: dict[str, Any]) -> tuple[str, ...]:
    """Return who may still be chosen: once it was shown, nobody else."""
    if consent["two_stages"] and consent["released_at"] is None:
        return tuple(AUDIENCES)
    if consent["audience"] in {"team", "participants"}:
        return (consent["audience"],)
    return ("meeting", "public")


def _stage(item: dict[str, Any], consent: dict[str, Any] | None) -> Stage:
    if item["withdrawn"]:
        return "ended"
    if item["hidden"]:
        return "hidden"
    if consent is None or not consent["two_stages"]:
        return "waiting" if item["waiting"] else _shown(consent)
    if consent["released_at"] is not None:
        return "team" if consent["audience"] == "team" else _shown(consent)
    return "yours" if consent["cleared_at"] is not None else "reading"


def _shown(consent: dict[str, Any] | None) -> Stage:
    among = consent is not None and consent["audience"] == "participants"
    return "among" if among else "shown"
