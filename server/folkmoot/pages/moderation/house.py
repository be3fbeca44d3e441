"""How a meeting is moderated, at the desk: rules, words, pace, pauses, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.pages.frame.forms import (
    Form,
    give_and_lead_on,
    give_command,
    take_form,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.moderation.queue import need_moderator
from folkmoot.pages.moderation.waiting import alarm_minutes, blocked_words, place_of
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none
from folkmoot.store import people

Wire = Mapping[str, Any]


class ThreadView(msgspec.Struct, frozen=True, kw_only=True):
    """A thread with how it is moderated; no name: the meeting's own, `all`: any."""

    thread: str
    name: str
    mode: str
    slow_seconds: int


class MuteView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who pauses: by name, or as the author of a contribution."""

    mute_id: str
    name: str
    href: str
    until: Any
    reason: str


class SealView(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that is kept as evidence."""

    seal_id: str
    at: Any
    reason: str
    texts: tuple[str, ...]
    passed_on: int


class HousePage(MeetingBase, frozen=True, kw_only=True):
    """Everything that the team sets about moderation."""

    do: str
    here: str
    rules: str
    rules_version: int
    threads: tuple[ThreadView, ...]
    words: Mapping[str, list[str]]
    alarm_minutes: int
    mutes: tuple[MuteView, ...]
    seals: tuple[SealView, ...]


async def show_house(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/house`."""
    return await _answer(request, await open_visit(request))


async def post_house(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/house`."""
    home = f"/desk/{request.match_info['slug']}/house"
    return await take_form(request, home, give_and_lead_on, _answer)


async def post_evidence(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/evidence`: a sealed copy as a file, and to whom it goes.

    The one place where the author of a contribution without a name is told, to
    organisers alone, because a threat was made; that it was is on record.
    """
    home = f"/desk/{request.match_info['slug']}/house"
    return await take_form(request, home, _pass_on, _answer)


async def _pass_on(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    visit = await open_visit(request, path=form.next_path, caller=caller)
    seal_id = form.fields.get("seal_id", "")
    seal = visit.staff.get("seals", {}).get(seal_id)
    _ = await give_command(
        request, msgspec.structs.replace(form, type="seal.pass_on"), caller
    )
    assert seal is not None  # else the command was refused
    report = await _report(request, visit, seal, form.fields.get("to", ""))
    return web.Response(
        body=msgspec.json.format(msgspec.json.encode(report)),
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="evidence-{seal_id}.json"',
            "Cache-Control": "no-store",
        },
    )


async def _report(
    request: web.Request, visit: Visit, seal: Wire, to: str
) -> dict[str, Any]:
    ports, meeting_id = request.app[PORTS], visit.row.meeting_id
    contribution_id = seal["contribution_id"]
    author_id = await ports.journal.examine(
        meeting_id,
        lambda state: (
            own.member_id
            if (own := state.authored.get(contribution_id)) is not None
            else None
        ),
    )
    members = await ports.database.read(lambda c: people.members_of(c, meeting_id))
    author = next((m for m in members if m.member_id == author_id), None)
    return {
        "what": "Contribution kept as evidence of a threat",
        "meeting": {"slug": visit.head.slug, "title": visit.head.title},
        "handed_to": to,
        "handed_at": visit.moments.iso(visit.moments.now),
        "sealed_at": seal["sealed_at"],
        "contribution_id": contribution_id,
        "evidence": seal.get("content"),
        "author": None
        if author is None
        else {
            "member_id": author.member_id,
            "name_given": author.name,
            "joined_at": visit.moments.iso(author.created_at),
        },
    }


async def _answer(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    need_moderator(visit)
    state, home = visit.state, f"/desk/{visit.head.slug}/house"
    rules = list(state["ground_rules"].values())[-1:]
    page = HousePage(
        **visit.base("house", attempt=attempt, path=home),
        do=home,
        here=home,
        rules=((rules[0].get("content") or {}).get("text", "") if rules else ""),
        rules_version=rules[0]["version"] if rules else 0,
        threads=_view_threads(state),
        words=blocked_words(visit.staff),
        alarm_minutes=alarm_minutes(visit.staff),
        mutes=await _view_mutes(request, visit),
        seals=_view_seals(visit) if visit.me and visit.me.organises else (),
    )
    return request.app[RENDERER].respond("house.html", page, status=status)


def _view_threads(state: Wire) -> tuple[ThreadView, ...]:
    threads = ["all", "meeting"]
    threads += [f"session:{key}" for key in state["sessions"]]
    return tuple(
        ThreadView(
            thread=thread,
            name=place_of(state, thread),
            mode=state["thread_modes"].get(thread, ""),
            slow_seconds=state["slow"].get(thread, 0),
        )
        for thread in threads
    )


async def _view_mutes(request: web.Request, visit: Visit) -> tuple[MuteView, ...]:
    meeting_id = visit.row.meeting_id
    members = await request.app[PORTS].database.read(
        lambda c: people.members_of(c, meeting_id)
    )
    names = {member.member_id: member.name for member in members}
    views = []
    for mute in visit.staff.get("mutes", {}).values():
        until = read_moment_or_none(mute["until_at"])
        if until is not None and until <= visit.moments.now:
            continue
        contribution_id = mute["contribution_id"]
        views.append(
            MuteView(
                mute_id=mute["mute_id"],
                name=names.get(mute["member_id"] or "", ""),
                href=f"/m/{visit.head.slug}/c/{contribution_id}"
                if contribution_id
                else "",
                until=until,
                reason=(mute.get("content") or {}).get("reason", ""),
            )
        )
    return tuple(views)


def _view_seals(visit: Visit) -> tuple[SealView, ...]:
    return tuple(
        SealView(
            seal_id=seal["seal_id"],
            at=read_moment(seal["sealed_at"]),
            reason=(seal.get("content") or {}).get("reason", ""),
            texts=tuple(
                str(text.get("text", ""))
                for text in (seal.get("content") or {}).get("texts", ())
            ),
            passed_on=seal["passed_on"],
        )
        for seal in visit.staff.get("seals", {}).values()
    )
