"""Where items, speakers and slides are prepared, marked in one click, and corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.frame.forms import (
    Form,
    give_and_lead_on,
    lead_on,
    run_command,
    take_form,
)
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.watching.chapters import ChapterView, view_markers
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.spans import near_clock

NUDGES = (-5, -1, 1, 5)
_PREFIXES = {"speaker": "Speaker:", "slide": "Slide:", "item": "Item:"}
_KINDS = {"speaker": "speaker", "slide": "slide", "item": "agenda"}
_MOST = 300
_LONGEST = 300


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What will be marked; `done` says when it was, `number` is its key."""

    kind: str
    label: str
    done: tuple[datetime, ...] = ()
    number: int | None = None


class Nudge(msgspec.Struct, frozen=True):
    """A moment a little off."""

    seconds: int
    at: datetime


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A marker with what it can be moved to."""

    chapter: ChapterView
    nudges: tuple[Nudge, ...]


class ItemsPage(MeetingBase, frozen=True, kw_only=True):
    """One room's items: prepared, next and made (the newest first)."""

    room: RoomView | None
    do: str
    here: str
    prepared: tuple[Prepared, ...]
    made: tuple[Made, ...]
    lines: str
    published: bool = False
    at: str = ""
    seek: float | None = None
    lean: bool = False


async def show_items(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/items`."""
    return await _answer(request, await open_visit(request))


async def post_items(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/items`: a list prepared, or a marker corrected."""
    home = f"/desk/{request.match_info['slug']}/items"
    return await take_form(request, home, _do, _answer)


async def _do(request: web.Request, form: Form, caller: Caller) -> web.StreamResponse:
    if form.type == "marker.prepare":
        items = read_lines(form.fields.get("lines", ""))
        room_id = form.fields.get("room_id", "")
        published = bool(form.fields.get("published"))
        data = {"room_id": room_id, "items": items, "published": published}
        await run_command(request, form, caller, data)
        return lead_on(form.next_path, form.type)
    visit = await open_visit(request, path=form.next_path, caller=caller)
    fields = {**form.fields, **_moment_of(form, visit)}
    changed = msgspec.structs.replace(form, fields=fields)
    return await give_and_lead_on(request, changed, caller)


def read_lines(text: str) -> list[dict[str, str]]:
    """Read a list as it is typed: one a line, `Speaker:` and `Slide:` before names."""
    items = []
    for line in text.splitlines():
        head, colon, rest = line.partition(":")
        kind = _KINDS.get(head.strip().casefold()) if colon else None
        label = (rest if kind else line).strip()[:_LONGEST]
        if label:
            items.append({"kind": kind or "agenda", "label": label})
    return items[:_MOST]


def write_lines(items: Iterable[Mapping[str, str]]) -> str:
    """Write a list as it can be typed again."""
    lines = []
    for item in items:
        label, kind = item["label"], item["kind"]
        like_one = label.partition(":")[0].strip().casefold() in _KINDS
        if kind == "agenda":
            lines.append(f"{_PREFIXES['item']} {label}" if like_one else label)
        else:
            lines.append(f"{_PREFIXES[kind]} {label}")
    return "\n".join(lines)


def view_prepared(
    items: Iterable[Mapping[str, str]], made: Iterable[ChapterView]
) -> tuple[Prepared, ...]:
    """Return what was prepared; the first nine that are left have a key."""
    done: dict[tuple[str, str], list[datetime]] = {}
    for each in made:
        done.setdefault((each.kind, each.label), []).append(each.at)
    views, number = [], 0
    for item in items:
        times = tuple(done.get((item["kind"], item["label"]), ()))
        number += not times
        key = number if not times and number <= 9 else None
        views.append(
            Prepared(kind=item["kind"], label=item["label"], done=times, number=key)
        )
    return tuple(views)


async def _answer(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "Items are marked by who runs the broadcast.")
    room = visit.room(visit.query.get("room"))
    slug = visit.head.slug
    home = f"/desk/{slug}/items"
    here = f"{home}?room={room.slug}" if room else home
    chapters = view_markers(visit.state, room.room_id) if room else ()
    items = _items_of(visit, room)
    page = ItemsPage(
        **visit.base("items", attempt=attempt, path=here),
        room=room,
        do=f"/desk/{slug}/do",
        here=here,
        prepared=view_prepared(items, chapters),
        made=tuple(_view_made(each) for each in reversed(chapters)),
        lines=write_lines(items),
        published=room is not None and room.room_id in visit.state["agenda"],
    )
    return request.app[RENDERER].respond("items.html", page, status=status)


def _items_of(visit: Visit, room: RoomView | None) -> list[Mapping[str, str]]:
    if room is None:
        return []
    prepared = visit.staff.get("prepared", {}).get(room.room_id, {})
    return list((prepared.get("content") or {}).get("items") or [])


def _view_made(chapter: ChapterView) -> Made:
    nudges = [
        Nudge(seconds, chapter.at + timedelta(seconds=seconds)) for seconds in NUDGES
    ]
    return Made(chapter=chapter, nudges=tuple(nudges))


def _moment_of(form: Form, visit: Visit) -> dict[str, str]:
    """Return `at` from a time of day: the one nearest to where the marker stands."""
    typed = form.fields.get("_time", "").strip()
    marker = visit.state["markers"].get(form.fields.get("marker_id", ""))
    if not typed or marker is None:
        return {}
    stands = datetime.fromisoformat(marker["marked_at"])
    if visit.moments.exact(stands) == typed:
        return {}  # unchanged: the part of a second stays
    return {"at": wire_moment(near_clock(typed, stands, visit.head.timezone))}
