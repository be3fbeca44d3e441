"""Live updates as people read them: newest first, beside the film, each for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from folkmoot.core.feeds import PUBLIC, REPORTERS
from folkmoot.core.refusals import Refusal
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, Visit, open_visit
from folkmoot.pages.live.updates import UpdateView, view_update, view_updates
from folkmoot.pages.watching.meeting import public_url
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.prose import shorten

Wire = Mapping[str, Any]


class LivePage(MeetingBase, frozen=True, kw_only=True):
    """All live updates of a meeting; `ld` is the same for search engines."""

    pinned: tuple[UpdateView, ...]
    shown: tuple[UpdateView, ...]
    ld: dict[str, Any] | None = None


class UpdatePage(MeetingBase, frozen=True, kw_only=True):
    """One live update at its lasting address."""

    update: UpdateView


async def show_live(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/live`."""
    return await answer_live(request, await open_visit(request))


async def answer_live(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render the updates, those that are kept on top first."""
    updates = view_updates(visit)
    page = LivePage(
        **visit.base("live", attempt=attempt),
        pinned=tuple(update for update in updates if update.pinned),
        shown=tuple(update for update in updates if not update.pinned),
        ld=(
            describe_live(visit, updates, public_url(request))
            if visit.head.visibility == "public"
            else None
        ),
    )
    return request.app[RENDERER].respond("live.html", page, status=status)


async def show_update(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/live/{update}`."""
    visit = await open_visit(request)
    return await answer_update(request, visit, request.match_info["update"])


async def answer_update(
    request: web.Request,
    visit: Visit,
    update_id: str,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    """Render one update's page; 410 for one that was taken back."""
    update = visit.state["updates"].get(update_id)
    if update is None:
        raise Refusal("no_such_update", "There is no such update.")
    if update["withdrawn"] and status == 200:
        status = 410
    page = UpdatePage(
        **visit.base("update", attempt=attempt), update=view_update(visit, update)
    )
    return request.app[RENDERER].respond("update.html", page, status=status)


async def read_drafts(request: web.Request, visit: Visit) -> dict[str, Wire]:
    """Return the drafts of those who report, to one of them."""
    if visit.me is None or not visit.me.reports:
        return {}
    journal = request.app[PORTS].journal
    snapshot = await journal.snapshot(visit.row.meeting_id, REPORTERS)
    drafts: dict[str, Wire] = snapshot.state["drafts"]
    return drafts


async def find_image_feed(
    request: web.Request, visit: Visit, image_id: str
) -> str | None:
    """Return the feed in which this reader may see an update's picture, if any."""
    if any(u["image_id"] == image_id for u in visit.state["updates"].values()):
        return PUBLIC
    drafts = await read_drafts(request, visit)
    if any(draft["image_id"] == image_id for draft in drafts.values()):
        return REPORTERS
    return None


def describe_live(
    visit: Visit, updates: tuple[UpdateView, ...], site: str
) -> dict[str, Any]:
    """Return the updates as Schema.org's `LiveBlogPosting`."""
    head = visit.head
    page = f"{site}/m/{head.slug}"
    begin = head.opened_at or head.starts_at
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": f"{head.title}: live updates",
        "url": f"{page}/live",
        "about": {"@type": "Event", "name": head.title, "url": page},
        "liveBlogUpdate": [_describe_update(update, site) for update in updates],
    }
    if begin is not None:
        told["coverageStartTime"] = wire_moment(begin)
        told["about"]["startDate"] = wire_moment(begin)
    if head.ended_at is not None:
        told["coverageEndTime"] = wire_moment(head.ended_at)
    if updates:
        newest = max(update.changed_at for update in updates)
        told["dateModified"] = wire_moment(newest)
    return told


def _describe_update(update: UpdateView, site: str) -> dict[str, Any]:
    body = "\n\n".join(part for part in (update.plain, update.quote) if part)
    told: dict[str, Any] = {
        "@type": "BlogPosting",
        "headline": shorten(body or update.alt, 100),
        "articleBody": body,
        "url": f"{site}{update.href}",
        "datePublished": wire_moment(update.posted_at or update.changed_at),
        "dateModified": wire_moment(update.changed_at),
        "author": {"@type": "Person", "name": update.author},
    }
    if update.image_url:
        told["image"] = f"{site}{update.image_url}"
    return told
