"""The page for the hour before: what is green, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.desk.room import RoomDesk, view_desk_rooms
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS, Finding, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, RehearsalView, Visit, open_visit
from folkmoot.pages.watching.meeting import public_url
from folkmoot.store import people

Light = Literal["good", "look", "todo"]
_LIGHTS: Mapping[str, Light] = {"ok": "good", "warn": "look", "missing": "todo"}
_NEAR = frozenset({"localhost", "127.0.0.1", "::1", ""})
_DUTY_WORDS = {
    "organise": "organises",
    "facilitate": "runs timetable and broadcast",
    "moderate": "moderates",
    "report": "writes live updates",
    "table": "helps at a table",
    "camera": "looks after a camera",
    "caption": "writes captions",
    "host": "hosts",
}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that should stand: green, worth a look, or to be done.

    `advice` says what to do; `href` is where.
    """

    light: Light
    what: str
    advice: str = ""
    href: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Checks of one subject."""

    name: str
    title: str
    checks: tuple[Check, ...]

    @property
    def light(self) -> Light:
        """The worst of its checks."""
        lights = {check.light for check in self.checks}
        return next((x for x in ("todo", "look") if x in lights), "good")


class ReadyPage(MeetingBase, frozen=True, kw_only=True):
    """Everything that can be known before the doors open."""

    groups: tuple[Group, ...]
    rehearsed: RehearsalView | None
    left: int
    do: str


async def show_ready(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/ready`."""
    return await answer_ready(request, await open_visit(request))


async def answer_ready(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the page for the hour before, also after a refused form of it."""
    if visit.me is None or not visit.me.staff:
        raise Refusal("not_allowed", "The desk is for the team of this meeting.")
    ports = request.app[PORTS]
    slug = visit.head.slug
    rooms = await view_desk_rooms(ports, visit)
    groups = (
        _group("meeting", "The meeting", _check_meeting(visit)),
        _group("rooms", "Rooms and cameras", _check_rooms(visit, rooms)),
        _group("people", "Team and screens", await _check_people(ports, visit)),
        _group("reach", "The way in", _check_reach(visit, public_url(request))),
        _group("machine", "This machine", _check_machine(await ports.examine())),
    )
    page = ReadyPage(
        **visit.base("desk", attempt=attempt, path=f"/desk/{slug}/ready"),
        rehearsed=visit.rehearsed,
        groups=tuple(group for group in groups if group.checks),
        left=sum(check.light == "todo" for g in groups for check in g.checks),
        do=f"/desk/{slug}/do",
    )
    return request.app[RENDERER].respond("ready.html", page, status=status)


def _group(name: str, title: str, checks: Iterator[Check]) -> Group:
    return Group(name=name, title=title, checks=tuple(checks))


def _check_meeting(visit: Visit) -> Iterator[Check]:
    head, desk = visit.head, f"/desk/{visit.head.slug}"
    if head.purpose:
        yield Check(light="good", what="The page says what the meeting is for")
    else:
        yield Check(
            light="look",
            what="Nobody can read what the meeting is for",
            advice="Write the purpose, and what can be influenced.",
            href=f"{desk}#about",
        )
    times = visit.state["slots"]
    if times:
        yield Check(light="good", what=f"The timetable has {_count(times, 'time')}")
    else:
        yield Check(
            light="look",
            what="The timetable has no times",
            advice="Without times no session can be placed.",
            href=f"{desk}#times",
        )
    if head.phase == "upcoming":
        yield Check(
            light="look",
            what="The meeting is not open yet",
            advice="It opens when the first room goes on air, or with “Open the "
            "meeting” at the desk.",
            href=desk,
        )
    elif head.phase == "ended":
        yield Check(
            light="todo",
            what="The meeting has ended",
            advice="Open it again at the desk.",
            href=desk,
        )
    else:
        yield Check(light="good", what="The meeting is open")


def _check_rooms(visit: Visit, rooms: Sequence[RoomDesk]) -> Iterator[Check]:
    desk = f"/desk/{visit.head.slug}#rooms"
    if not rooms:
        yield Check(
            light="todo",
            what="There is no room",
            advice="Each room has its own broadcast and its own key.",
            href=desk,
        )
    for card in rooms:
        name = card.room.name
        if not card.connected:
            yield Check(
                light="todo",
                what=f"{name}: no picture arrives",
                advice="Connect an encoder with the room's key, or open its camera "
                "link on a phone. The public sees nothing until you go on air.",
                href=desk,
            )
            continue
        figures = ", ".join(card.health.figures)
        yield Check(light="good", what=f"{name}: picture arrives", advice=figures)
        for problem in card.health.problems:
            yield Check(
                light="todo" if problem.level == "bad" else "look",
                what=f"{name}: {problem.sentence}",
                advice=problem.mend,
                href=desk,
            )


async def _check_people(ports: Ports, visit: Visit) -> Iterator[Check]:
    desk = f"/desk/{visit.head.slug}"
    meeting_id = visit.row.meeting_id
    members = await ports.database.read(lambda c: people.members_of(c, meeting_id))
    checks = []
    online = ports.online(meeting_id)
    duties = visit.staff.get("duties", {})
    for member in members:
        if not (held := duties.get(member.member_id)):
            continue
        does = ", ".join(_say_duty(visit, duty) for duty in sorted(held))
        here = member.person_id in online
        checks.append(
            Check(
                light="good" if here else "look",
                what=f"{member.name} {does}" + ("" if here else ": not here"),
                advice="" if here else "No page of this meeting is open there now.",
            )
        )
    given = {by for held in duties.values() for by in held.values()}
    for key, invite in visit.staff.get("invites", {}).items():
        if key in given or invite["revoked"]:
            continue
        label = (invite.get("content") or {}).get("label", "")
        checks.append(
            Check(
                light="look",
                what=f"Nobody used the link for {label or 'a helper'} yet "
                f"({_say_duty(visit, invite['duty'])})",
                advice="Send it again, or make it void.",
                href=f"{desk}#team",
            )
        )
    if not checks:
        checks.append(
            Check(
                light="look",
                what="Nobody helps you yet",
                advice="Invite somebody to moderate, to look after a camera or to "
                "help at a table.",
                href=f"{desk}#team",
            )
        )
    screens = ports.screens(meeting_id)
    checks.append(
        Check(light="good", what=f"{_count(screens, 'big screen')} connected")
        if screens
        else Check(
            light="look",
            what="No big screen shows the meeting",
            advice="Open it on the projector's computer.",
            href=f"/m/{visit.head.slug}/wall",
        )
    )
    return iter(checks)


def _say_duty(visit: Visit, duty: str) -> str:
    name, _, scope = duty.partition(":")
    room = next((r.name for r in visit.rooms if scope in {r.room_id, r.slug}), "")
    word = _DUTY_WORDS.get(name, name)
    return f"{word} in {room}" if room else word


def _check_reach(visit: Visit, address: str) -> Iterator[Check]:
    parts = urlsplit(address)
    if (parts.hostname or "") in _NEAR:
        yield Check(
            light="look",
            what="Links and QR code lead to this machine only",
            advice="Set [server] public_url to the address that people outside use.",
        )
    else:
        yield Check(light="good", what=f"Links and QR code lead to {parts.netloc}")
    if parts.scheme == "https" or (parts.hostname or "") in _NEAR:
        yield Check(light="good", what="Browsers allow cameras and offline pages here")
    else:
        yield Check(
            light="look",
            what="Browsers allow no camera and no offline pages",
            advice="They want https: put an edge in front or use --tls-cert.",
        )
    if visit.row.visibility == "public":
        yield Check(light="good", what="Everyone may look on and take part")
    else:
        yield Check(
            light="good",
            what=f"People need the code {visit.head.join_code}"
            if visit.head.join_code
            else "People need an invitation",
        )


def _check_machine(findings: Sequence[Finding]) -> Iterator[Check]:
    for finding in findings:
        subject, _, rest = finding.text.partition(": ")
        fact, _, advice = rest.partition(". ")
        yield Check(
            light=_LIGHTS[finding.level],
            what=f"{subject[:1].upper()}{subject[1:]}: {fact}",
            advice=advice,
        )


def _count(things: Any, name: str) -> str:
    number = things if isinstance(things, int) else len(things)
    return f"{number} {name}{'' if number == 1 else 's'}"
